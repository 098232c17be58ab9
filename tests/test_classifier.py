"""Floors against scikit-learn, and fine-tuning of tiny encoders that are built here."""

import dataclasses
import json
import random

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from benchmark.classifier import RECIPES, Recipe, recipe, train_and_predict
from benchmark.task import Example

LABELS = ("fruit", "metal", "river")
WORDS = {
    "fruit": ("apple", "pear", "plum", "fig"),
    "metal": ("iron", "zinc", "tin", "lead"),
    "river": ("rhine", "nile", "volga", "tiber"),
}
COMMON = ("the", "old", "and", "new", "is", "of")
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


def tiny_bert(folder):
    import torch
    from transformers import BertConfig, BertModel, BertTokenizerFast

    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *COMMON, *(w for words in WORDS.values() for w in words)]
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(known) + "\n")
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    shape = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64, **WIDE}
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


ENCODERS = {"bert": tiny_bert, "roberta": tiny_roberta}


def tuned(encoder, **changes):
    given = {"epochs": 1, "least_steps": 3, "batch": 8, "learning_rate": 3e-3}
    return Recipe(name="tiny", encoder=encoder, **given | changes)


def predict(chosen, train, asked, seed=0, labels=LABELS):
    return train_and_predict(chosen, train, asked, labels, seed)


# ---- names


@pytest.mark.parametrize("name", RECIPES)
def test_a_folder_never_goes_by_the_name_of_a_recipe(tmp_path, name):
    (tmp_path / name).mkdir()
    assert recipe(str(tmp_path / name)).name not in RECIPES


def test_an_unknown_classifier_is_named_with_its_near_match_and_what_else_is_allowed():
    with pytest.raises(ValueError, match=r"unknown classifier 'tf-idf'; .*did you mean tfidf\?; or a hub id") as caught:
        recipe("tf-idf")
    assert all(name in str(caught.value) for name in RECIPES)


def test_a_local_folder_is_a_classifier_with_the_recipe_of_minilm(tmp_path):
    given = dataclasses.asdict(recipe(str(tmp_path)))
    assert given == {**dataclasses.asdict(RECIPES["minilm"]), "name": tmp_path.name, "encoder": str(tmp_path)}


def test_only_bert_and_roberta_need_a_gpu():
    assert {name for name, known in RECIPES.items() if known.gpu} == {"bert", "roberta"}


def test_a_folder_named_like_a_floor_is_still_an_encoder(tmp_path):
    (tmp_path / "tfidf").mkdir()
    with pytest.raises(ValueError, match="cannot load the encoder"):
        predict(recipe(str(tmp_path / "tfidf")), texts(3), ["apple"])


# ---- floors


@pytest.mark.parametrize("name", ["majority", "tfidf", "tiny"])
def test_a_label_without_training_texts_is_refused(name):
    chosen = RECIPES.get(name) or Recipe(name=name, encoder="nowhere")
    some = [example for example in texts(3) if example.label != "metal"]
    with pytest.raises(ValueError, match="no training text has the label 'metal'"):
        predict(chosen, some, ["iron"])


def test_the_majority_is_the_most_frequent_label():
    train = [*texts(2), Example(id="more", text="zinc", label="metal")]
    assert predict(RECIPES["majority"], train, ["apple", "nile"]).labels == ("metal", "metal")


def test_of_equally_frequent_labels_the_first_of_the_task_wins():
    assert predict(RECIPES["majority"], texts(2)[::-1], ["nile"], labels=LABELS).labels == ("fruit",)


@pytest.mark.parametrize("seed", [0, 1])
def test_tfidf_predicts_what_scikit_learn_predicts(seed):
    train, asked = texts(30, seed=1), [example.text for example in texts(30, seed=2)]
    asked += ["apple iron", "nile zinc the", "nothing known here"]
    vectorizer = TfidfVectorizer(ngram_range=(1, 2))
    rows = vectorizer.fit_transform([e.text for e in train])
    judge = LogisticRegression(max_iter=1000, random_state=seed).fit(rows, [e.label for e in train])
    expected = [str(label) for label in judge.predict(vectorizer.transform(asked))]
    assert list(predict(RECIPES["tfidf"], train, asked, seed).labels) == expected


@pytest.mark.parametrize("name", ["majority", "tfidf"])
def test_a_floor_takes_no_optimiser_steps(name):
    assert predict(RECIPES[name], texts(3), ["apple"]).steps == 0


# ---- encoders


@pytest.mark.parametrize("kind", ENCODERS)
def test_the_same_seed_gives_the_same_predictions(tmp_path, kind):
    chosen = tuned(ENCODERS[kind](tmp_path / kind))
    train, asked = texts(8), [example.text for example in texts(30, seed=2)]
    assert predict(chosen, train, asked, seed=3) == predict(chosen, train, asked, seed=3)


def test_the_seed_changes_the_predictions(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), learning_rate=1e-5)
    asked = [example.text for example in texts(30, seed=2)]
    assert len({predict(chosen, texts(8), asked, seed=seed).labels for seed in range(4)}) > 1


@pytest.mark.parametrize("kind", ENCODERS)
def test_separable_training_texts_are_learnt_without_an_error(tmp_path, kind):
    chosen = tuned(ENCODERS[kind](tmp_path / kind), least_steps=150)
    train = texts(20)
    found = predict(chosen, train, [example.text for example in train])
    assert [*found.labels] == [example.label for example in train]


def test_predictions_do_not_depend_on_the_order_or_company_of_the_texts(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), least_steps=150)
    asked = [example.text for example in texts(20)]
    together = predict(chosen, texts(20), asked).labels
    assert predict(chosen, texts(20), asked[::-1]).labels == together[::-1]


def test_long_texts_are_cut_and_not_refused(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), length=16)
    train = [*texts(3), Example(id="long", text="apple " * 1000, label="fruit")]
    assert len(predict(chosen, train, ["iron " * 1000]).labels) == 1


def test_no_random_state_outside_is_touched(tmp_path):
    import torch

    chosen = tuned(tiny_bert(tmp_path / "bert"))
    before = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()
    predict(chosen, texts(8), ["apple"], seed=5)
    assert torch.equal(torch.random.get_rng_state(), before[0])
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]


def test_the_random_state_outside_does_not_change_the_predictions(tmp_path):
    import torch

    chosen = tuned(tiny_bert(tmp_path / "bert"))
    asked = [example.text for example in texts(30, seed=2)]
    found = []
    with torch.random.fork_rng():
        for state in (1, 2):
            torch.manual_seed(state)
            found.append(predict(chosen, texts(8), asked))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("epochs", "least", "batch", "expected"),
    [(1, 1, 8, 3), (2, 1, 8, 6), (2, 1, 24, 2), (2, 1, 7, 8), (1, 5, 8, 5), (3, 9, 8, 9), (3, 8, 8, 9)],
)
def test_the_steps_are_epochs_of_batches_or_the_least_steps(tmp_path, epochs, least, batch, expected):
    chosen = tuned(tiny_bert(tmp_path / "bert"), epochs=epochs, least_steps=least, batch=batch)
    assert predict(chosen, texts(8), ["apple"]).steps == expected


def test_progress_counts_every_step_and_every_scored_text(tmp_path):
    told = []
    chosen = tuned(tiny_bert(tmp_path / "bert"), least_steps=4)
    train_and_predict(chosen, texts(8), ["apple"] * 5, LABELS, 0, lambda *told_now: told.append(told_now))
    assert [t for t in told if t[0] == "training"] == [("training", step, 4) for step in (1, 2, 3, 4)]
    assert told[-1] == ("scoring", 5, 5)


@pytest.mark.parametrize("mkldnn", [False, True], ids=["no mkldnn", "mkldnn without the question"])
def test_a_build_of_torch_that_cannot_say_whether_it_has_bf16_trains_all_the_same(tmp_path, monkeypatch, mkldnn):
    import torch

    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: mkldnn)
    monkeypatch.setattr(torch.ops, "mkldnn", object())
    assert predict(tuned(tiny_bert(tmp_path / "bert")), texts(8), ["apple"]).steps == 3


def test_a_loss_that_is_no_number_stops_with_its_step(tmp_path):
    chosen = tuned(tiny_bert(tmp_path / "bert"), learning_rate=float("inf"))
    with pytest.raises(FloatingPointError, match="the loss is nan at step 1 of 3; lower the learning rate"):
        predict(chosen, texts(8), ["apple"])


def test_weights_that_are_no_numbers_stop_at_the_first_step(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = tiny_bert(tmp_path / "bert")
    weights = load_file(f"{folder}/model.safetensors")
    weights["embeddings.word_embeddings.weight"] *= float("nan")
    save_file(weights, f"{folder}/model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FloatingPointError, match="at step 0 of 3"):
        predict(tuned(folder), texts(8), ["apple"])


def test_an_encoder_folder_without_files_is_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"cannot load the encoder .*; give a hub id or a local folder") as caught:
        predict(recipe(str(tmp_path)), texts(3), ["apple"])
    assert str(tmp_path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encoder_folder_without_weights_is_one_line(tmp_path):
    folder = tiny_bert(tmp_path / "bert")
    (tmp_path / "bert" / "model.safetensors").unlink()
    with pytest.raises(ValueError, match="cannot load the encoder") as caught:
        predict(tuned(folder), texts(3), ["apple"])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["{", json.dumps({"model_type": "no-such-type"})])
def test_an_encoder_folder_with_a_damaged_configuration_is_one_line(tmp_path, damage):
    folder = tiny_bert(tmp_path / "bert")
    (tmp_path / "bert" / "config.json").write_text(damage)
    with pytest.raises(ValueError, match="cannot load the encoder") as caught:
        predict(tuned(folder), texts(3), ["apple"])
    assert "\n" not in str(caught.value)


def test_an_encoder_folder_with_cut_off_weights_is_one_line(tmp_path):
    folder = tiny_bert(tmp_path / "bert")
    weights = tmp_path / "bert" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match="cannot load the encoder") as caught:
        predict(tuned(folder), texts(3), ["apple"])
    assert "\n" not in str(caught.value)
