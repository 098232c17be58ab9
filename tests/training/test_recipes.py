"""Floors against scikit-learn, and fine-tuning of tiny encoders that are built here."""

import dataclasses
import json
import random
from collections import Counter
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import entropy
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from encoders import ENCODERS, LABELS, damage, texts, tiny_bert, tuned
from synthworth.core.task import Example
from synthworth.training import checkpoint, encoder
from synthworth.training.checkpoint import Tokens
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import RECIPES, Predicted, Recipe, Untrainable, learning_rate_of, recipe, steps_of


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


def test_a_local_folder_is_a_classifier_with_minilm_s_steps_and_a_learning_rate_of_its_size(tmp_path):
    minilm = RECIPES["minilm"]
    own = {"name": tmp_path.name, "encoder": str(tmp_path), "learning_rate": None, "attention_dropout": None}
    assert recipe(str(tmp_path)) == dataclasses.replace(minilm, **own)
    assert learning_rate_of(384) == minilm.learning_rate


def test_a_larger_encoder_has_a_smaller_learning_rate(tmp_path, monkeypatch):
    rates = {}
    for width in (32, 64):
        monkeypatch.setattr(encoder, "learning_rate_of", lambda width: rates.setdefault(width, 1e-3))
        tiny_bert(tmp_path / str(width), hidden_size=width)
        predict(tuned(str(tmp_path / str(width)), learning_rate=None), texts(3), ["apple"])
    assert set(rates) == {32, 64}
    assert learning_rate_of(384) > learning_rate_of(768) > learning_rate_of(1024)


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


def test_of_equally_frequent_labels_the_seed_draws_one_whatever_the_order_of_labels_and_texts():
    drawn = [
        {
            predict(RECIPES["majority"], train, ["nile"], seed, labels=order).labels
            for order in permutations(LABELS)
            for train in (texts(2), texts(2)[::-1])
        }
        for seed in range(20)
    ]
    assert all(len(labels) == 1 for labels in drawn)
    assert set.union(*drawn) == {(label,) for label in LABELS}


def test_a_label_that_is_less_frequent_is_never_drawn():
    train = [*texts(2), Example(id="more", text="zinc", label="metal"), Example(id="most", text="pear", label="fruit")]
    drawn = {predict(RECIPES["majority"], train, ["nile"], seed).labels for seed in range(20)}
    assert drawn == {("metal",), ("fruit",)}


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
    with pytest.raises(Untrainable, match="the loss is nan at step 1 of 3; lower the learning rate"):
        predict(chosen, texts(8), ["apple"])


def test_weights_that_are_no_numbers_stop_at_the_first_step(tmp_path):
    folder = tiny_bert(tmp_path / "bert")
    damage(folder)
    with pytest.raises(Untrainable, match="at step 0 of 3"):
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


@pytest.mark.parametrize("content", ["{", json.dumps({"model_type": "no-such-type"})])
def test_an_encoder_folder_with_a_damaged_configuration_is_one_line(tmp_path, content):
    folder = tiny_bert(tmp_path / "bert")
    (tmp_path / "bert" / "config.json").write_text(content)
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


# ---- a training that failed


@pytest.mark.parametrize(
    ("labels", "loss", "chance", "expected"),
    [
        (("a", "b"), 0.1, 0.69, False),
        (("a", "b"), 0.65, 0.69, False),
        (("a", "b"), 0.66, 0.69, True),
        (("a", "b"), 0.9, 0.69, True),
        (("a", "a"), 0.1, 0.69, True),
        (("a", "a"), None, None, False),
        (("a", "b"), None, None, False),
    ],
)
def test_a_training_collapsed_where_the_loss_ends_at_chance_or_all_get_one_label(labels, loss, chance, expected):
    assert Predicted(labels, 60, loss, chance).collapsed is expected


@pytest.mark.parametrize("name", ["majority", "tfidf"])
def test_a_floor_never_collapses(name):
    found = predict(RECIPES[name], texts(3), ["apple", "pear"])
    assert len(set(found.labels)) == 1
    assert (found.loss, found.chance, found.collapsed) == (None, None, False)


@pytest.mark.parametrize(("rate", "collapsed"), [(3e-3, False), (1e-12, True)])
def test_an_encoder_that_learns_nothing_collapses(tmp_path, rate, collapsed):
    chosen = tuned(tiny_bert(tmp_path / "bert"), least_steps=150, learning_rate=rate)
    found = predict(chosen, texts(20), [example.text for example in texts(10, seed=2)])
    assert found.collapsed is collapsed


def test_chance_is_the_entropy_of_the_training_labels(tmp_path):
    train = [*texts(4), *(example for example in texts(9, seed=1) if example.label == "metal")]
    found = predict(tuned(tiny_bert(tmp_path / "bert")), train, ["apple"])
    assert found.chance == pytest.approx(entropy([4, 13, 4]))


def test_the_loss_is_the_mean_over_the_last_tenth_of_the_steps(tmp_path, monkeypatch):
    import torch

    losses, measure = [], torch.nn.functional.cross_entropy

    def measured(*given, **options):
        losses.append(measure(*given, **options))
        return losses[-1]

    monkeypatch.setattr(torch.nn.functional, "cross_entropy", measured)
    found = predict(tuned(tiny_bert(tmp_path / "bert"), least_steps=21), texts(8), ["apple"])
    assert len(losses) == 21
    assert found.loss == pytest.approx(np.mean([loss.item() for loss in losses[-3:]]))


# ---- steps


@pytest.mark.parametrize("rows", [3, 24, 25, 160])
def test_the_steps_are_known_without_training(tmp_path, rows):
    chosen = tuned(tiny_bert(tmp_path / "bert"), epochs=2)
    train = sorted(texts(60), key=lambda example: example.id.rpartition("-")[2])[:rows]  # some of each label
    assert predict(chosen, train, ["apple"]).steps == steps_of(chosen, rows)


# ---- tokens


class Counting:
    """A tokenizer that counts the texts that are given to it."""

    name_or_path = "counting"

    def __init__(self, tokenizer=None):
        self.counts = Counter()
        self._tokenizer = tokenizer

    def __getattr__(self, name):
        return getattr(self._tokenizer, name)

    def __len__(self):
        return len(self._tokenizer)

    def __call__(self, texts, truncation, max_length):
        self.counts.update(texts)
        if self._tokenizer:
            return self._tokenizer(texts, truncation=truncation, max_length=max_length)
        return {"input_ids": [[ord(letter) for letter in text][:max_length] for text in texts]}


def rows(found):
    return [list(row) for row in found]


def test_a_text_is_cut_once_however_often_it_is_asked_for():
    counting = Counting()
    tokens = Tokens(counting, 3, pad=0, vocabulary=128)
    assert rows(tokens(["abcd", "e", "abcd"])) == [[97, 98, 99], [101], [97, 98, 99]]
    assert rows(tokens(["f", "e"])) == [[102], [101]]
    assert rows(tokens([])) == []
    assert counting.counts == {"abcd": 1, "e": 1, "f": 1}


def test_beyond_the_most_texts_what_is_kept_is_dropped_and_what_is_asked_for_is_cut_again(monkeypatch):
    monkeypatch.setattr(checkpoint, "MOST_TEXTS", 3)
    counting = Counting()
    tokens = Tokens(counting, 8, pad=0, vocabulary=128)
    tokens(["a", "b"])
    tokens(["c"])
    assert counting.counts == {"a": 1, "b": 1, "c": 1}
    assert rows(tokens(["a", "d", "a"])) == [[97], [100], [97]]
    assert counting.counts == {"a": 2, "b": 1, "c": 1, "d": 1}
    assert rows(tokens(list("vwxyz"))) == [[ord(letter)] for letter in "vwxyz"]  # more at once than are kept


def test_in_one_process_a_text_is_cut_once_for_all_methods_and_seeds(tmp_path, monkeypatch):
    from transformers import AutoTokenizer

    chosen = tuned(tiny_bert(tmp_path / "bert"))
    tokenizer, loaded = AutoTokenizer.from_pretrained(chosen.encoder), []
    counting = Counting(tokenizer)
    monkeypatch.setattr(AutoTokenizer, "from_pretrained", lambda source, **_: loaded.append(source) or counting)
    asked = [example.text for example in texts(10, seed=2)]
    made = {"real": texts(8), "few_shot": [*texts(4), *texts(4, seed=3)]}
    for train in made.values():
        for seed in (0, 1):
            predict(chosen, train, asked, seed)
    everything = {example.text for train in made.values() for example in train} | set(asked)
    assert counting.counts == dict.fromkeys(everything, 1)
    assert loaded == [chosen.encoder]


# ---- threads


@pytest.fixture
def two_threads():
    """Torch on two threads, which the tests of others do not see."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("threads", [1, 3])
def test_a_training_computes_on_its_threads_and_leaves_those_of_others_as_they_are(tmp_path, two_threads, threads):
    import torch

    inside = set()
    train_and_predict(
        *(tuned(tiny_bert(tmp_path / "bert")), texts(8), ["apple"], LABELS, 0),
        lambda *stage: inside.add(torch.get_num_threads()),
        threads=threads,
    )
    assert inside == {threads}
    assert torch.get_num_threads() == 2


def test_a_training_that_fails_leaves_the_threads_of_others_as_they_are(tmp_path, two_threads):
    import torch

    damage(tiny_bert(tmp_path / "bert"))
    with pytest.raises(Untrainable):
        predict(tuned(str(tmp_path / "bert")), texts(8), ["apple"])
    assert torch.get_num_threads() == 2
