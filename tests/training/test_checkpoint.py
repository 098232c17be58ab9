"""Encoders of many families are trained, each with a fresh head, or refused in one line that says what to do."""

import json
import shutil

import pytest

import zoo
from encoders import KNOWN, LABELS, texts, tuned
from synthworth.core.task import Example
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import Untrainable

ASKED = [example.text for example in texts(10, seed=2)]


def predict(folder, train=None, seed=0, **changes):
    return train_and_predict(tuned(str(folder), **changes), train or texts(8), ASKED, LABELS, seed)


def refusal(folder, **changes):
    """The one line by which the encoder is refused."""
    with pytest.raises(Untrainable) as caught:
        predict(folder, **changes)
    line = str(caught.value)
    assert "\n" not in line
    assert str(folder) in line
    return line


# ---- families


@pytest.mark.parametrize("family", zoo.FAMILIES)
def test_every_family_learns_separable_texts(tmp_path, family):
    zoo.save(tmp_path / family, family)
    train = texts(20)
    steps = {"least_steps": 100, "batch": 16}
    found = train_and_predict(
        tuned(str(tmp_path / family), **steps), train, [example.text for example in train], LABELS, 0
    )
    right = sum(label == example.label for label, example in zip(found.labels, train, strict=True))
    assert right >= 0.9 * len(train)
    assert found.notes == ()


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_decoder_reads_a_text_alike_whatever_fills_up_its_batch(tmp_path, family):
    zoo.save(tmp_path / family, family)
    chosen = tuned(str(tmp_path / family), least_steps=40, precision="fp32")
    short = ["apple", "iron", "nile"]
    long = [text + " the old and new of" for text in short]
    alone, together = (
        train_and_predict(chosen, texts(8), asked, LABELS, 0).labels for asked in (short, [*short, *long])
    )
    assert together[:3] == alone


# ---- heads


def with_head(folder, family, labels, *, scale=1.0):
    """An encoder's folder with a classification head for that many labels, whose body is the same for every scale."""
    import torch
    from transformers import AutoModelForSequenceClassification

    zoo.save(folder, family, kind="ForSequenceClassification", num_labels=labels)
    network = AutoModelForSequenceClassification.from_pretrained(folder)
    body = f"{network.base_model_prefix}."
    with torch.no_grad():
        for name, weight in network.named_parameters():
            if not name.startswith(body):
                weight.mul_(scale).add_(scale - 1)
    network.save_pretrained(folder)
    return folder


@pytest.mark.parametrize("family", ["bert", "distilbert", "gpt2", "t5"])
def test_a_head_that_the_checkpoint_brings_decides_nothing(tmp_path, family):
    one = predict(with_head(tmp_path / "one", family, len(LABELS)))
    other = predict(with_head(tmp_path / "other", family, len(LABELS), scale=9.0))
    assert one[:4] == other[:4]


def test_each_seed_draws_its_own_head(tmp_path):
    with_head(tmp_path / "bert", "bert", len(LABELS), scale=9.0)
    found = [predict(tmp_path / "bert", seed=seed, learning_rate=1e-5) for seed in range(4)]
    assert len({one.labels for one in found}) > 1


@pytest.mark.parametrize("labels", [len(LABELS), 5, 1])
def test_a_head_that_is_left_out_is_noted_and_nothing_else_is_printed(tmp_path, labels, capfd):
    with_head(tmp_path / "bert", "bert", labels)
    capfd.readouterr()
    found = predict(tmp_path / "bert")
    note = f"the encoder {tmp_path}/bert comes with a classification head; it is left out, and each seed draws its own"
    assert found.notes == (note,)
    assert capfd.readouterr() == ("", "")


# ---- tokens


@pytest.mark.parametrize("family", ["bert", "roberta", "gpt2"])
@pytest.mark.parametrize("left", [(), ("tokenizer_config.json",)])
def test_a_folder_without_a_vocabulary_is_refused(tmp_path, family, left):
    folder = tmp_path / family
    zoo.save(folder, family)
    for file in folder.glob("*token*"):
        if file.name not in left:
            file.unlink()
    assert "tokenizer" in refusal(folder)


def test_a_vocabulary_of_other_words_is_refused(tmp_path):
    folder = tmp_path / "bert"
    zoo.save(folder, "bert", tokenizer=False)
    zoo.save_tokenizer(folder, words=(*KNOWN[:5], *(f"other{number}" for number in range(len(KNOWN) - 5))))
    assert "100% of the tokens of the training texts are unknown to the tokenizer" in refusal(folder)


def test_a_tokenizer_larger_than_the_network_knows_is_refused(tmp_path):
    folder = tmp_path / "bert"
    zoo.save(folder, "bert", vocab_size=len(KNOWN) - 4)
    assert f"has {len(KNOWN)} tokens, and its network knows {len(KNOWN) - 4}; give an encoder with" in refusal(folder)


def test_an_added_token_that_the_network_does_not_know_is_refused_when_a_text_has_it(tmp_path):
    from transformers import AutoTokenizer

    folder = tmp_path / "bert"
    zoo.save(folder, "bert")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_tokens(["krypton"])
    tokenizer.save_pretrained(folder)
    assert predict(folder).steps == 3
    train = [*texts(8), Example(id="new", text="krypton", label="metal")]
    assert f"gives the token {len(KNOWN)}, and its network knows {len(KNOWN)}" in refusal(folder, train=train)


def test_a_padding_token_that_the_network_does_not_know_is_not_used(tmp_path):
    from transformers import AutoTokenizer

    folder = tmp_path / "gpt2"
    zoo.save(folder, "gpt2")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.add_special_tokens({"pad_token": "<fill>"})
    tokenizer.save_pretrained(folder)
    assert predict(folder).steps == 3


def test_an_encoder_with_nothing_to_pad_with_is_refused(tmp_path):
    folder = tmp_path / "gpt2"
    zoo.save(folder, "gpt2", tokenizer=False, eos_token_id=None, bos_token_id=None)
    zoo.save_tokenizer(folder, "neither")
    assert "neither a padding token nor an end-of-text token" in refusal(folder)


@pytest.mark.parametrize("family", ["bert", "gpt2"])
def test_texts_without_tokens_are_trained_on_and_asked_about(tmp_path, family):
    zoo.save(tmp_path / family, family)
    empty = [Example(id=f"no-{example.id}", text="", label=example.label) for example in texts(4)]
    found = train_and_predict(tuned(str(tmp_path / family), batch=4), [*texts(8), *empty], ["", " "], LABELS, 0)
    assert len(found.labels) == 2


# ---- positions


@pytest.mark.parametrize("family", ["bert", "roberta", "mpnet", "gpt2", "electra"])
def test_an_encoder_of_few_positions_reads_that_many_tokens_and_says_so(tmp_path, family):
    folder = tmp_path / family
    zoo.save(folder, family, **{"n_positions" if family == "gpt2" else "max_position_embeddings": 16})
    train = [Example(id=one.id, text=" ".join([one.text] * 30), label=one.label) for one in texts(8)]
    found = train_and_predict(tuned(str(folder)), train, ["iron " * 100], LABELS, 0)
    length = {"roberta": 15, "mpnet": 14}.get(family, 16)  # these count their positions from behind the pad
    assert found.notes == (f"the encoder {folder} reads {length} tokens of a text, not 128",)


def test_an_encoder_of_almost_no_positions_is_refused(tmp_path):
    zoo.save(tmp_path / "bert", "bert", max_position_embeddings=4)
    assert "reads 4 tokens of a text; at least 8 needed" in refusal(tmp_path / "bert")


# ---- what is no encoder of texts


def test_weights_of_another_architecture_are_refused(tmp_path):
    zoo.save(tmp_path / "bert", "bert")
    zoo.save(tmp_path / "gpt2", "gpt2")
    shutil.copy(tmp_path / "gpt2" / "model.safetensors", tmp_path / "bert")
    assert "has no weights of a bert" in refusal(tmp_path / "bert")


def test_weights_that_do_not_fit_the_configuration_are_refused(tmp_path):
    zoo.save(tmp_path / "bert", "bert")
    config = json.loads((tmp_path / "bert/config.json").read_text())
    (tmp_path / "bert/config.json").write_text(json.dumps(config | {"intermediate_size": 48}))
    assert "do not fit its configuration, first bert.encoder.layer.0.intermediate" in refusal(tmp_path / "bert")


@pytest.mark.parametrize("model_type", ["vit", "clip", "whisper", "no-such-type"])
def test_a_network_for_other_things_than_texts_is_refused(tmp_path, model_type):
    zoo.save(tmp_path / "other", "bert")
    (tmp_path / "other/config.json").write_text(json.dumps({"model_type": model_type}))
    assert "cannot load the encoder" in refusal(tmp_path / "other")


def test_code_that_comes_with_a_checkpoint_is_not_run(tmp_path):
    zoo.save(tmp_path / "bert", "bert")
    config = json.loads((tmp_path / "bert/config.json").read_text()) | {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Own", "AutoModelForSequenceClassification": "own.Net"},
    }
    (tmp_path / "bert/config.json").write_text(json.dumps(config))
    (tmp_path / "bert/own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\nclass Own: pass\n")
    refusal(tmp_path / "bert")
    assert not (tmp_path / "ran").exists()


def test_a_network_that_fails_on_a_text_is_refused(tmp_path):
    """BART counts the ends of texts, and every text of a batch must have as many."""
    zoo.save(tmp_path / "bart", "bart")
    train = [*texts(8), Example(id="two", text="iron [SEP] zinc", label="metal")]
    line = refusal(tmp_path / "bart", train=train, batch=25)
    assert "fails on a batch of texts (All examples must have the same number of <eos> tokens" in line
