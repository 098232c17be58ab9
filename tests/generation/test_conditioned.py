"""Topics, writers, attributes and forbidden words: what each request says, and that labels get the same."""

from collections import Counter

import pytest

import toys
from synthworth.core.completion import Completion
from synthworth.generation.collect import Sources
from synthworth.generation.methods.conditioned import CONDITIONED, TABOO, attributes, personas, taboo, topics

TASK = toys.places(8)
LIST = "1. boats\n2. weather\n3. birds\n4. food"


class Writer:
    """Answers a question for a list with a list, one for yes or no with no, and each other with a text of its own."""

    def __init__(self, write=lambda request: f"{request.label} line {request.sample}"):
        self.write, self.asked = write, []

    def complete(self, requests):
        self.asked += requests
        return [Completion(text=self._answer(request), finish_reason="stop") for request in requests]

    def _answer(self, request):
        if request.choices:
            return "no"
        return self.write(request) if request.label else LIST


def written(method, per_label=8, seed=0, writer=None):
    """The requests for texts, by label, and those before them."""
    writer = writer or Writer()
    made = method(TASK, Sources(client=writer), per_label, seed)
    assert Counter(example.label for example in made.examples) == dict.fromkeys(TASK.labels, per_label)
    of_label = {label: [r for r in writer.asked if r.label == label] for label in TASK.labels}
    return of_label, [request for request in writer.asked if not request.label]


def last(request):
    return request.messages[-1]["content"]


@pytest.mark.parametrize(("method", "says"), [(topics, "It is about: "), (personas, "Its writer: ")])
def test_every_label_gets_the_same_entries_each_as_often(method, says):
    of_label, before = written(method)
    said = {label: [last(request).partition(says)[2] for request in requests] for label, requests in of_label.items()}
    sea, land = said.values()
    assert sea == land
    assert set(Counter(sea).values()) == {2}
    assert set(sea) == {"boats.", "weather.", "birds.", "food."}
    assert len({last(request) for request in before}) == 1


@pytest.mark.parametrize("method", [topics, personas])
def test_another_seed_has_another_order(method):
    orders = {tuple(last(r) for r in written(method, seed=seed)[0]["sea"]) for seed in range(6)}
    assert len(orders) > 1


def test_attributes_draw_one_value_of_each_dimension_for_every_text():
    of_label, before = written(attributes, 12)
    values = ("boats", "weather", "birds", "food")
    for requests in of_label.values():
        for request in requests:
            chosen = dict(part.split(": ") for part in last(request).rstrip(".").rpartition("words. ")[2].split("; "))
            assert set(chosen) == set(values)  # the list of dimensions is the same toy list
            assert set(chosen.values()) <= set(values)
    assert len({last(request) for request in of_label["sea"]}) > 6
    assert any(request.choices == ("yes", "no") for request in before)


def test_taboo_forbids_words_of_earlier_texts_but_none_of_the_description():
    described = TASK.labels["sea"].split()[-1]
    writer = Writer(lambda request: f"harbour lights and {described} number{request.sample}")
    of_label, _ = written(taboo, 15, writer=writer)
    first, later = of_label["sea"][0], of_label["sea"][-1]
    assert "Do not use" not in last(first)
    forbidden = last(later).partition("Do not use these words: ")[2].rstrip(".").split(", ")
    assert forbidden == ["harbour", "lights"]
    assert len(forbidden) <= TABOO


@pytest.mark.parametrize("method", CONDITIONED.values())
def test_a_smaller_quota_asks_for_nothing_that_a_larger_one_does_not(method):
    asked = []
    for quota in (6, 14):
        writer = Writer()
        method(TASK, Sources(client=writer), quota, 3)
        asked.append({(r.label, r.sample, last(r), r.parameters.get("seed", 0)) for r in writer.asked})
    assert asked[0] <= asked[1]
