"""Lists of a generator: read from whatever form it gives them, asked once, and the same for every label."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import toys
from synthworth.core.completion import Completion
from synthworth.core.words import words
from synthworth.generation.collect import Sources
from synthworth.generation.methods.listing import LISTS, MOST_WORDS, ask_list, entries, untied

TASK = toys.places(8)
FORMS = {
    "numbers": "1. Boats\n2. Cliffs\n3. Storms",
    "brackets": "(1) Boats\n(2) Cliffs\n(3) Storms",
    "bullets": "- Boats\n* Cliffs\n• Storms",
    "bold, with explanations": "1. **Boats**: all that floats.\n2. **Cliffs**: of chalk\n3. **Storms**: in winter",
    "bare lines": "Boats\n\nCliffs\nStorms.",
    "an introduction": "Sure, here is the list of topics that you have asked me for:\n1. Boats\n2. Cliffs\n3. Storms",
    "one line": "Boats, cliffs, storms.",
    "quotes": '1. "Boats"\n2. “Cliffs”\n3. `Storms`',
    "thoughts before": "<think>What is by the sea?</think>\n1. Boats\n2. Cliffs\n3. Storms",
}


class Answers:
    """Gives these answers in turn, and keeps the requests."""

    def __init__(self, *answers):
        self.answers, self.asked = answers, []

    def complete(self, requests):
        self.asked += requests
        return [
            Completion(text=self.answers[place % len(self.answers)], finish_reason="stop")
            for place in range(len(requests))
        ]


@pytest.mark.parametrize("form", FORMS)
def test_a_list_is_read_in_each_form(form):
    assert [entry.capitalize() for entry in entries(FORMS[form])] == ["Boats", "Cliffs", "Storms"]


def test_a_long_line_counts_only_where_there_is_no_short_one():
    long = "The boats of the village which go out to sea every morning before dawn"
    assert entries(f"1. Cliffs\n2. {long}") == ["Cliffs"]
    assert entries(long) == ["The boats of the village which go out"]


@given(st.text(max_size=200))
def test_an_entry_has_words_and_not_many(answer):
    for entry in entries(answer):
        assert words(entry)
        assert len(entry.split()) <= MOST_WORDS or len(words(entry)) <= MOST_WORDS


def test_the_answers_are_joined_each_entry_once_and_in_their_order():
    client = Answers("1. Boats\n2. Cliffs", "1. cliffs\n2. Storms")
    assert ask_list(TASK, Sources(client=client), "List topics.", method="topics", seed=0) == (
        "Boats",
        "Cliffs",
        "Storms",
    )
    assert len(client.asked) == LISTS
    assert len({request.parameters["seed"] for request in client.asked}) == LISTS
    assert {request.label for request in client.asked} == {""}


def test_an_entry_that_names_a_label_is_left_out():
    client = Answers("1. Boats\n2. The sea in winter\n3. Storms")
    assert ask_list(TASK, Sources(client=client), "List topics.", method="topics", seed=0) == ("Boats", "Storms")


def test_no_list_is_one_line_that_says_what_was_asked_and_answered():
    client = Answers("Boats")
    with pytest.raises(
        ValueError, match=r"lists 1 things .*'List topics\.'.* begins: 'Boats'; choose another"
    ) as raised:
        ask_list(TASK, Sources(client=client), "List topics.", method="topics", seed=0)
    assert "\n" not in str(raised.value)


def test_another_seed_asks_anew():
    seeds = []
    for seed in (0, 1):
        client = Answers("1. Boats\n2. Cliffs")
        ask_list(TASK, Sources(client=client), "List topics.", method="topics", seed=seed)
        seeds.append({request.parameters["seed"] for request in client.asked})
    assert not seeds[0] & seeds[1]


def test_values_that_tell_the_label_are_left_out():
    client = Answers("No.", "Yes", "no")
    assert untied(TASK, Sources(client=client), ["Boats", "Fields", "Rain"]) == ["Boats", "Rain"]
    assert all(request.choices == ("yes", "no") for request in client.asked)


def test_if_all_values_are_said_to_tell_the_label_all_are_kept():
    assert untied(TASK, Sources(client=Answers("yes")), ["Boats", "Fields"]) == ["Boats", "Fields"]
