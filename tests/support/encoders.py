"""Tiny encoders, texts that they learn in a moment, and cells of both."""

import random

from synthworth.core.result import digest
from synthworth.core.task import Example
from synthworth.training.recipes import RECIPES, Recipe
from synthworth.training.scheduler import Cell

LABELS = ("fruit", "metal", "river")
WORDS = {
    "fruit": ("apple", "pear", "plum", "fig"),
    "metal": ("iron", "zinc", "tin", "lead"),
    "river": ("rhine", "nile", "volga", "tiber"),
}
COMMON = ("the", "old", "and", "new", "is", "of")
KNOWN = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *COMMON, *(w for words in WORDS.values() for w in words))
WIDE = {"initializer_range": 0.2}  # at 32 units, the usual 0.02 makes the first hundred steps a plateau


def texts(per_label, seed=0):
    """Texts of common words and one to three words that only this label has."""
    draw, made = random.Random(seed), []
    for label in LABELS:
        for number in range(per_label):
            chosen = draw.choices(WORDS[label], k=draw.randint(1, 3)) + draw.choices(COMMON, k=draw.randint(1, 4))
            draw.shuffle(chosen)
            made.append(Example(id=f"{label}-{number}", text=" ".join(chosen), label=label))
    return made


def tiny_bert(folder, known=KNOWN, **changes):
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(known) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, **WIDE}
    shape |= changes
    with torch.random.fork_rng():
        torch.manual_seed(1)
        BertModel(BertConfig(vocab_size=len(known), max_position_embeddings=160, **shape)).save_pretrained(folder)
    return str(folder)


def tiny_roberta(folder):
    import torch
    from tokenizers import ByteLevelBPETokenizer
    from transformers import RobertaConfig, RobertaModel, RobertaTokenizerFast

    trained = ByteLevelBPETokenizer()
    trained.train_from_iterator(
        [example.text for example in texts(40)],
        vocab_size=400,
        special_tokens=["<s>", "<pad>", "</s>", "<unk>", "<mask>"],
        show_progress=False,
    )
    folder.mkdir()
    trained.save_model(str(folder))
    tokenizer = RobertaTokenizerFast.from_pretrained(folder)
    tokenizer.save_pretrained(folder)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, **WIDE}
    with torch.random.fork_rng():
        torch.manual_seed(1)
        config = RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=162, **shape)
        RobertaModel(config).save_pretrained(folder)
    return str(folder)


def tiny_distilbert(folder, dropout=0.1):
    """An encoder that the library's own pass computes."""
    import torch
    from transformers import BertTokenizerFast, DistilBertConfig, DistilBertModel

    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(KNOWN) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    shape = {"dim": 32, "n_layers": 2, "n_heads": 2, "hidden_dim": 64, "max_position_embeddings": 160, **WIDE}
    drops = {"dropout": dropout, "attention_dropout": dropout, "seq_classif_dropout": dropout}
    with torch.random.fork_rng():
        torch.manual_seed(1)
        DistilBertModel(DistilBertConfig(vocab_size=len(KNOWN), **shape, **drops)).save_pretrained(folder)
    return str(folder)


ENCODERS = {"bert": tiny_bert, "roberta": tiny_roberta}


def damage(encoder):
    """Makes numbers of the weights that are none."""
    from safetensors.torch import load_file, save_file

    weights = load_file(f"{encoder}/model.safetensors")
    weights["embeddings.word_embeddings.weight"] *= float("nan")
    save_file(weights, f"{encoder}/model.safetensors", metadata={"format": "pt"})


def tuned(encoder, **changes):
    """A recipe of few steps."""
    given = {"epochs": 1, "least_steps": 3, "batch": 8, "learning_rate": 3e-3}
    return Recipe(name="tiny", encoder=encoder, **given | changes)


def cell(chosen=RECIPES["majority"], **changed):
    """A cell of 24 training texts and 30 test texts, or one that differs from it in the fields given."""
    train = tuple(changed.pop("train", texts(8)))
    asked = tuple(changed.pop("texts", [example.text for example in texts(10, seed=2)]))
    given = {
        "name": f"words/real/{chosen.name}",
        "recipe": chosen,
        "train": train,
        "train_version": digest([(example.id, example.label) for example in train]),
        "texts": asked,
        "test_version": digest(asked),
        "labels": LABELS,
        "seed": 0,
    }
    return Cell(**given | changed)


def in_a_process(folder):
    """The majority, whose recipe has the empty `folder` for an encoder: it goes to a process, and loads no torch."""
    return Recipe(name="majority", encoder=str(folder))
