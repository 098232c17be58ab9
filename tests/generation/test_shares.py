"""Natural shares of the labels: each method makes as many texts of a label as its share asks for."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation.collect import Generated, Sources
from synthworth.generation.methods.functions import checked
from synthworth.generation.methods.registry import BUILT_IN, resolve

TASK = toys.places(4)
RARE = {"sea": 0.1, "land": 0.9}
TRAIN = tuple(
    Example(id=f"{label}-{n}", text=f"{label} real text {n}", label=label)
    for label, count in (("sea", 10), ("land", 90))
    for n in range(count)
)


class Writer:
    """Answers with a text of the label asked for, and names the label of a text."""

    def __init__(self):
        self.asked = 0

    def complete(self, requests):
        first, self.asked = self.asked, self.asked + len(requests)
        return [
            Completion(text=f"{1 + (n % 2)}" if r.choices else f"{r.label} line {r.sample}", finish_reason="stop")
            for n, r in enumerate(requests, first)
        ]


def made(method, per_label=10, shares=RARE, train=TRAIN):
    client = Writer()
    sources = Sources(
        client=client, train=train, pool=TASK.pool, unlabelled=[e.text for e in train], shares=dict(shares)
    )
    return method.make(TASK, sources, per_label, 0), client


def counts(generated):
    return Counter(example.label for example in generated.examples)


@pytest.mark.parametrize(
    "name",
    ["real", "zero_shot", "few_shot", "augmented2", "li2023_zero_shot", "labelled", "taboo", "grounded", "feedback"],
)
def test_every_method_gives_each_label_its_share(name):
    (method,) = resolve([name]).values()
    generated, _ = made(method)
    assert counts(generated) == {"sea": 2, "land": 18}
    assert not generated.short


def test_a_mixture_has_the_shares_in_both_parts():
    (method,) = resolve(["real10+zero_shot"]).values()
    assert counts(made(method)[0]) == {"sea": 4, "land": 36}


def test_all_real_texts_and_as_many_written_ones_as_asked_for():
    (method,) = resolve(["all+zero_shot"]).values()
    assert (method.name, method.real, method.recording) == ("all+zero_shot", True, "zero_shot")
    generated, _ = made(method, per_label=3, shares={})
    assert counts(generated) == {"sea": 13, "land": 93}
    assert set(TRAIN) <= set(generated.examples)


def test_a_file_gives_each_label_its_share(tmp_path):
    lines = [f"{label},{label} text {n}" for label in TASK.labels for n in range(30)]
    (tmp_path / "places.csv").write_text("\n".join(["label,text", *lines]))
    (method,) = resolve([f"data:{tmp_path}"]).values()
    assert counts(made(method)[0]) == {"sea": 2, "land": 18}


def test_a_function_that_knows_no_shares_is_cut_down_to_them():
    def plain(task, sources, per_label, seed):
        assert not sources.shares
        return Generated(
            examples=tuple(
                Example(id=f"{label}{n}", text=f"{label} text {n}", label=label)
                for label in task.labels
                for n in range(per_label)
            )
        )

    generated = checked(plain, "plain", "plain")(TASK, Sources(client=Writer(), shares=RARE), 10, 0)
    assert counts(generated) == {"sea": 2, "land": 18}


def test_a_shortage_is_counted_against_the_label_s_own_quota():
    generated, _ = made(BUILT_IN["real"], per_label=60)
    assert generated.short == {"sea": 10, "land": 90}  # of 12 and 108
    assert made(BUILT_IN["real"], per_label=50)[0].short == {}


def test_natural_shares_ask_for_no_more_texts_than_equal_ones():
    assert made(BUILT_IN["few_shot"])[1].asked == made(BUILT_IN["few_shot"], shares={})[1].asked == 20


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=80), st.integers(1, 500))
def test_quotas_keep_the_sum_up_to_rounding_and_leave_no_label_out(sizes, per_label):
    shares = {str(n): size / sum(sizes) for n, size in enumerate(sizes)}
    quotas = [Sources(client=Writer(), shares=shares).quota(label, per_label) for label in shares]
    assert min(quotas) >= 1
    assert abs(sum(quotas) - per_label * len(shares)) <= len(shares)


def test_without_a_quota_all_texts_are_taken():
    assert Sources(client=Writer(), shares=RARE).quota("sea", 0) == 0
    assert counts(made(BUILT_IN["real"], per_label=0)[0]) == {"sea": 10, "land": 90}
