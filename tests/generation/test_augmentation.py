"""Edits of a few real texts: what they keep, what they change, and that a seed decides all of it."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from synthworth.core.task import Example
from synthworth.core.words import words
from synthworth.generation.collect import Sources
from synthworth.generation.methods import BUILT_IN, holds_real_texts, resolve
from synthworth.generation.methods.augmentation import EDITS, delete, swap

TASK = toys.task()
SENTENCES = (
    "the harbour was closed by fog until the late afternoon",
    "nobody in the valley could say why the cider was better",
    "a storm tore the sail from its mast in the night",
    "she stirred sugar into the sauce and wiped her eyes",
)


def train_of(texts):
    return [
        Example(id=f"{label}-{i}", text=f"{text} {label}", label=label)
        for label in TASK.labels
        for i, text in enumerate(texts)
    ]


def made(size=3, per_label=20, seed=0, train=None, task=TASK):
    (method,) = resolve([f"augmented{size}"]).values()
    sources = Sources(client=None, train=train_of(SENTENCES) if train is None else train, pool=task.pool)
    return method.make(task, sources, per_label, seed)


TEXTS = st.lists(st.text(alphabet="abc dé今日\u2003\n", max_size=30), min_size=1, max_size=8)


@settings(max_examples=60)
@given(TEXTS, st.integers(1, 6), st.integers(1, 25), st.integers(0, 9))
def test_whatever_the_texts_the_originals_stay_and_the_rest_are_edits_of_them(texts, size, per_label, seed):
    train = train_of(texts)
    found = made(size, per_label, seed, train)
    assert found == made(size, per_label, seed, train)
    drawn = BUILT_IN["real"].make(TASK, Sources(client=None, train=train), min(size, per_label), seed).examples
    for label in TASK.labels:
        mine = [example for example in found.examples if example.label == label]
        originals = {example.id: example for example in drawn if example.label == label}
        assert mine[: len(originals)] == list(originals.values())
        assert len(mine) == found.short.get(label, per_label) <= per_label
        for edit in mine[len(originals) :]:
            source = originals[edit.provenance["original"]]
            assert edit.text.strip()
            assert not Counter("".join(edit.text.split())) - Counter("".join(source.text.split()))


@given(st.integers(1, 4), st.integers(0, 20), st.integers(0, 20), st.integers(0, 9))
def test_a_smaller_quota_is_part_of_a_larger_one(size, one, other, seed):
    small, large = (
        set(map(str, made(size, quota, seed).examples)) for quota in (1 + min(one, other), 1 + max(one, other))
    )
    assert small <= large


def test_ordinary_sentences_fill_the_quota_with_texts_that_all_differ():
    found = made(size=4, per_label=60)
    assert not found.short
    for label in TASK.labels:
        texts = [tuple(words(example.text)) for example in found.examples if example.label == label]
        assert len(set(texts)) == len(texts) == 60


def test_each_original_gives_about_as_many_edits_as_another():
    counts = Counter(example.provenance.get("original") for example in made(size=4, per_label=84).examples)
    del counts[None]
    assert len(counts) == 8
    assert max(counts.values()) <= 1.5 * min(counts.values())


def test_another_seed_draws_other_texts_and_other_edits():
    assert len({str(made(seed=seed).examples) for seed in range(5)}) == 5


def test_a_text_of_one_word_has_no_edits_and_the_label_says_so():
    one_word = [Example(id=label, text=label, label=label) for label in TASK.labels]
    assert made(1, 5, train=one_word).short == {"good": 1, "bad": 1}


def test_a_script_without_spaces_is_edited_by_its_characters():
    train = [
        Example(id=label, text=text, label=label)
        for label, text in zip(TASK.labels, ("今日は雨が降る", "明日は晴れる"), strict=True)
    ]
    for example in made(1, 8, train=train).examples:
        assert " " not in example.text


@given(st.lists(st.sampled_from("abcdef"), min_size=2, max_size=60), st.integers(0, 99))
def test_a_swap_keeps_all_words_and_moves_two_for_every_ten(tokens, seed):
    swapped = swap(tokens, random.Random(seed))
    assert Counter(swapped) == Counter(tokens)
    assert sum(a != b for a, b in zip(tokens, swapped, strict=True)) <= 2 * max(1, round(len(tokens) / 10))


def test_a_deletion_leaves_out_one_word_of_ten_and_keeps_their_order():
    tokens, draw = list(range(20_000)), random.Random(0)
    left = delete(tokens, draw)
    assert left == sorted(left)
    assert 1 - len(left) / len(tokens) == pytest.approx(0.1, abs=0.01)


@given(st.lists(st.text("ab", min_size=1), min_size=2, max_size=4), st.integers(0, 99))
def test_no_edit_leaves_nothing(tokens, seed):
    assert all(edit(tokens, random.Random(seed)) for edit in EDITS)


def test_without_a_quota_one_line_says_what_to_give():
    with pytest.raises(ValueError, match=r"^augmented3 has no quota to fill up to; give one with --synth-per-label$"):
        made(per_label=0)


def test_a_small_quota_takes_real_texts_alone():
    assert made(size=3, per_label=2).examples == made(size=4, per_label=2).examples
    assert len(made(size=3, per_label=2).examples) == 4


@pytest.mark.parametrize("name", ["augmented0", "augmented", "augmented1.5", "augmented-1"])
def test_a_number_that_is_none_is_refused(name):
    assert not holds_real_texts(name)
    with pytest.raises(ValueError, match=r"^unknown method .*augmentedN"):
        resolve([name])


def test_the_method_asks_no_generator_and_holds_real_texts():
    (method,) = resolve(["augmented10"]).values()
    assert (method.asks, method.shown, method.real, method.foreign) == (False, False, True, False)
    assert holds_real_texts(method.name)
