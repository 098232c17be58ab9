"""A generator is asked each pair both ways round, and how the embedded one answers is measured."""

import itertools
import json
import os
import re
from pathlib import Path

import pytest

import toys
from synthworth.core.completion import Completion
from synthworth.core.network import blocked
from synthworth.generation.generator import EMBEDDED, Client, Endpoint, Generator, Limits
from synthworth.generation.recording import Recording, find_secret, path_of
from synthworth.generation.recording.entries import REQUEST_FIELDS, dumps, loads
from synthworth.pipeline.replay import suites_in
from synthworth.subjectivity.comparisons import OBJECTIVE, Comparison, question
from synthworth.subjectivity.stand_in import NAME, RECORDING, ask

ROOT = Path(__file__).parents[2]
PATH = path_of(ROOT / "cassettes", EMBEDDED, NAME, RECORDING)
NAMES = ("ag_news", "imdb", "sms_spam", "tweet_irony")
TASKS = [toys.task(name=name) for name in NAMES]


class Fake:
    """Answers each request by what `says` makes of the names of the two tasks, and keeps what it was asked."""

    def __init__(self, says):
        self.says = says
        self.asked = []

    def complete(self, requests):
        self.asked += requests
        return [Completion(text=self.says(*request.label.split("/")), finish_reason="stop") for request in requests]


def test_every_pair_is_asked_in_both_orders_as_people_are_asked():
    client = Fake(min)
    ask(TASKS, "toy-llm", client)
    asked = [request.messages[0]["content"] for request in client.asked]
    assert asked == [question(one, other) for one, other in itertools.permutations(TASKS, 2)]
    assert all(OBJECTIVE in text for text in asked)


def test_the_order_of_the_tasks_does_not_matter():
    one, other = Fake(min), Fake(min)
    assert ask(TASKS, "toy-llm", one) == ask(TASKS[::-1], "toy-llm", other)
    assert one.asked == other.asked


def test_answers_are_short_and_not_by_chance():
    client = Fake(min)
    ask(TASKS, "toy-llm", client, most_tokens=9)
    assert {json.dumps(request.parameters) for request in client.asked} == {'{"temperature": 0, "max_tokens": 9}'}


def test_who_knows_the_order_of_tasks_is_consistent_on_every_pair():
    found = ask(TASKS, "toy-llm", Fake(min))
    assert (found.questions, found.unanswered, found.first, found.pairs, found.consistent) == (12, 0, 6, 6, 6)
    pairs = list(itertools.combinations(NAMES, 2))
    assert sorted(found.comparisons) == sorted(Comparison(*pair, "model:toy-llm") for pair in pairs * 2)


def test_who_names_what_is_shown_first_is_consistent_on_no_pair():
    found = ask(TASKS, "toy-llm", Fake(lambda first, second: first))
    assert (found.first, found.pairs, found.consistent) == (12, 6, 0)


def test_an_answer_without_a_task_is_no_comparison_and_its_pair_no_judge_of_consistency():
    found = ask(TASKS, "toy-llm", Fake(lambda first, second: min(first, second) if first != "imdb" else "Hm."))
    assert (found.unanswered, found.pairs, found.consistent, len(found.comparisons)) == (3, 3, 3, 9)


def test_one_task_is_no_question():
    with pytest.raises(ValueError, match="1 task; give at least 2 to compare"):
        ask(TASKS[:1], "toy-llm", Fake(min))


# ---- the committed recording


def missing(absent):
    return AssertionError(f"{len(absent)} answers are missing")


def test_the_embedded_generator_names_nearly_always_the_task_shown_first_and_no_answer_is_left_over():
    endpoint = Endpoint(Generator(name=EMBEDDED), Limits(), None, connect=lambda: pytest.fail("asked for the address"))
    recording = Recording(PATH)
    with blocked():
        tasks = [suite.task for suite in suites_in([ROOT / "suites"])]
        found = ask(tasks, EMBEDDED, Client(endpoint, recording, missing=missing))
    assert (found.questions, found.unanswered, found.first, found.pairs, found.consistent) == (90, 0, 89, 45, 1)
    assert recording.unused(recording.used) == 0


def test_the_recording_is_as_the_benchmark_writes_it_and_holds_allow_listed_fields_only():
    text = PATH.read_text(encoding="utf-8")
    assert dumps(dict(loads(text))) == text
    for entry in loads(text).values():
        assert set(entry) <= {"key", "sample", "request", "response"}
        assert set(entry["request"]) <= {*REQUEST_FIELDS, "label", "parts"}
        assert all(re.fullmatch("[0-9a-f]{8}", one) for one in entry["request"]["parts"].values())


def test_the_recording_holds_no_secret():
    assert find_secret(PATH.read_text(encoding="utf-8"), os.environ) == ""
