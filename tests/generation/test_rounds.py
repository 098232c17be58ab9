"""Methods in rounds: which texts a small model chooses, what the next requests show of them, and that it replays."""

import hashlib
from collections import Counter

import numpy as np
import pytest

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation.collect import Sources
from synthworth.generation.generator import Generator
from synthworth.generation.methods import rounds
from synthworth.generation.methods.registry import resolve
from synthworth.generation.methods.rounds import BEST, FIRST, SHOWN, errors, feedback, mistaken, most_helpful
from synthworth.generation.plan import Walk
from synthworth.generation.recording import Recording

TASK = toys.places(8)
SEA, LAND = TASK.labels


def embed(texts):
    """A direction for each label, by the first word of a text, and the text's own: the same on every call."""
    rows = []
    for text in texts:
        own = np.random.default_rng(int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)).standard_normal(6)
        first = text.split()[0]
        rows.append([float(first == SEA), float(first == LAND), *(0.3 * own)])
    points = np.array(rows)
    return points / np.linalg.norm(points, axis=1, keepdims=True)


@pytest.fixture(autouse=True)
def toy_embeddings(monkeypatch):
    monkeypatch.setattr("synthworth.training.RememberedEmbeddings", lambda: embed)


class Writer:
    """Answers each request with a text of its own; every fifth has the words of the other label."""

    def __init__(self, write=None):
        self.asked, self.write = [], write or self.text

    @staticmethod
    def text(request):
        other = LAND if request.label == SEA else SEA
        return f"{other if request.sample % 5 == 4 else request.label} of {request.label} line {request.sample}"

    def complete(self, requests):
        self.asked += requests
        return [Completion(text=self.write(request), finish_reason="stop") for request in requests]


def made(method, per_label=90, writer=None, pool=TASK.pool, seed=0):
    writer = writer or Writer()
    return method(TASK, Sources(client=writer, pool=pool), per_label, seed), writer.asked


def shown_in(request):
    return [message["content"] for message in request.messages if message["role"] == "assistant"]


def test_feedback_shows_earlier_texts_of_the_label_to_every_other_request_after_the_first_round():
    result, asked = made(feedback)
    assert Counter(example.label for example in result.examples) == {SEA: 90, LAND: 90}
    assert result.dropped == {}
    for request in asked:
        shown = shown_in(request)
        assert len(shown) == (SHOWN if request.sample >= FIRST and request.sample % 2 == 0 else 0)
        for text in shown:  # "sea of land line 4": asked for as land, as sample 4
            assert text.split()[2] == request.label
            assert int(text.split()[-1]) < (request.sample if request.sample >= 2 * FIRST else FIRST)


def test_feedback_shows_no_text_whose_label_is_wrong_and_no_text_of_the_pool():
    _, asked = made(feedback)
    shown = {text for request in asked for text in shown_in(request)}
    assert shown
    assert not shown & {example.text for example in TASK.pool}
    assert all(text.split()[0] == text.split()[2] for text in shown)


@pytest.mark.parametrize("method", [feedback, errors])
def test_a_smaller_quota_asks_for_the_same_texts_first(method):
    large, all_asked = made(method, 90)
    small, asked = made(method, 50)
    assert {tuple(m["content"] for m in r.messages) for r in asked} <= {
        tuple(m["content"] for m in r.messages) for r in all_asked
    }
    for label in TASK.labels:
        texts = [[e.text for e in of.examples if e.label == label] for of in (large, small)]
        assert texts[1] == texts[0][:50]


@pytest.mark.parametrize("method", [feedback, errors])
def test_noise_in_embeddings_as_between_machines_changes_no_request(method, monkeypatch):
    def keys(asked):
        return [(r.label, r.sample, tuple(m["content"] for m in r.messages)) for r in asked]

    _, asked = made(method)
    noise = np.random.default_rng(0)
    monkeypatch.setattr(
        "synthworth.training.RememberedEmbeddings",
        lambda: lambda texts: embed(texts) + 1e-6 * noise.standard_normal((len(texts), 8)),
    )
    for _ in range(5):
        assert keys(made(method)[1]) == keys(asked)


def test_another_choice_changes_only_the_requests_that_would_show_it(monkeypatch):
    _, before = made(feedback, 40)

    def without_the_best(*arguments):
        return {label: texts[1:] for label, texts in most_helpful(*arguments).items()}

    monkeypatch.setattr(rounds, "most_helpful", without_the_best)
    _, after = made(feedback, 40)
    for one, other in zip(before, after, strict=True):
        assert len(set(shown_in(one)) - set(shown_in(other))) <= 1
    assert sum(one.messages == other.messages for one, other in zip(before, after, strict=True)) > len(before) / 2


def test_equal_scores_are_put_in_order_by_a_hash_of_the_texts():
    examples = [Example(id=str(i), text=f"{label} {i}", label=label) for i in range(30) for label in TASK.labels]

    def without_own_part(texts):
        return (embed(texts) > 0.5) * np.array([1, 1, 0, 0, 0, 0, 0, 0])

    best = most_helpful(examples, list(TASK.labels), without_own_part)
    for label, texts in best.items():
        order = sorted(
            (e.text for e in examples if e.label == label), key=lambda t: hashlib.sha256(t.encode()).digest()
        )
        assert [example.text for example in texts] == order[:BEST]


def test_a_near_copy_of_a_text_that_was_shown_is_dropped():
    def write(request):
        shown = shown_in(request)
        if shown and request.sample == FIRST:
            return shown[0].partition(" ")[2]  # 8 words in a row of it
        return f"{Writer.text(request)} and four words more"

    result, _ = made(feedback, 40, Writer(write))
    assert result.dropped == {label: {"demonstration_copy": 1} for label in TASK.labels}


def test_errors_shows_the_texts_of_the_pool_that_the_model_gets_wrong_with_their_own_label():
    hard = [f"{LAND} seen from the sea {i}" for i in range(4)]  # begins like the other label
    easy = [f"{SEA} seen from a boat {i}" for i in range(4)]
    pool = tuple(Example(id=text, text=text, label=SEA) for text in (*hard, *easy))
    result, asked = made(errors, 60, Writer(lambda r: f"{r.label} line {r.sample}"), pool=pool)
    assert Counter(example.label for example in result.examples) == {SEA: 60, LAND: 60}
    shown = {label: {t for r in asked if r.label == label for t in shown_in(r)} for label in TASK.labels}
    assert shown == {SEA: set(hard), LAND: set()}
    assert all(bool(shown_in(r)) == (r.label == SEA and r.sample >= FIRST) for r in asked)
    assert all(TASK.labels[r.label] in r.messages[-1]["content"] for r in asked)


def test_mistakes_are_those_of_the_model_trained_on_the_texts():
    examples = [Example(id=str(i), text=f"{label} {i}", label=label) for i in range(9) for label in TASK.labels]
    pool = [Example(id=f"p{i}", text=f"{first} pool {i}", label=SEA) for i, first in enumerate((SEA, LAND, SEA, LAND))]
    assert [e.id for e in mistaken(examples, pool, embed)[SEA]] == ["p1", "p3"]


def test_without_a_pool_errors_says_so_in_one_line():
    with pytest.raises(ValueError, match="no text to find errors on; give demonstrations, or --synth-demonstrations"):
        made(errors, pool=())


@pytest.mark.parametrize("method", [feedback, errors])
def test_a_dry_run_counts_the_requests_without_embedding_what_nobody_wrote(method, tmp_path, monkeypatch):
    def never(texts):
        raise AssertionError(f"{len(texts)} made-up texts embedded")

    monkeypatch.setattr("synthworth.training.RememberedEmbeddings", lambda: never)
    walk = Walk(TASK, Recording(tmp_path / "none.jsonl"), Generator(name="m"))
    method(TASK, Sources(client=walk, pool=TASK.pool), 50, 0)
    assert walk.plan().missing == 100


def test_errors_shows_the_pool_as_few_shot_does_and_feedback_none():
    methods = resolve(["feedback", "errors", "few_shot"])
    assert [methods[name].shown for name in methods] == [False, True, True]
    assert all(method.asks and not method.real and not method.shows_real for method in methods.values())
