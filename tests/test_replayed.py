"""What is told of recorded answers is what the answers hold."""

from benchmark.generate import METHODS
from benchmark.recording import Recording
from benchmark.replay import suites_in
from benchmark.submission.bundle import recorded
from benchmark.submission.records import Recorded, Response
from benchmark.submission.replayed import models_of, parameters_of, replay, usage_of
from bundles import GENERATOR, PER_LABEL, lines

KEY = "0" * 64


def answer(model="", omitted=(), retries=0, **request):
    response = Response(text="a", tokens=[20, 5], model=model)
    asked = {"model": "toy", "label": "a", "parts": {}, **request}
    return Recorded(key=KEY, sample=0, request=asked, response=response, omitted=omitted, retries=retries)


def test_a_generator_is_called_as_its_server_calls_it():
    assert models_of([answer(), answer(model="toy-2026"), answer(model="toy-2026")]) == ["toy", "toy-2026"]


def test_parameters_are_those_that_were_sent():
    sent = [
        answer(temperature=0.7, stop=["\n\n"], seed=1),
        answer(temperature=0.9, max_tokens=40, seed=2, omitted=["max_tokens"]),
    ]
    assert parameters_of(sent) == {"temperature": [0.7, 0.9], "stop": [["\n\n"]]}


def test_usage_is_that_of_the_recording_itself(submitted):
    path = submitted.bundle / "recordings/notes.jsonl"
    assert usage_of(recorded(path.read_text(), "here").values()) == Recording(path).usage()
    assert usage_of([answer(retries=2)]).requests == 3


def test_a_replay_gives_the_texts_that_the_suite_gives(submitted):
    suite = next(one for one in suites_in([submitted.project / "suites"]) if one.task.name == "notes")
    answers = recorded((submitted.bundle / "recordings/notes.jsonl").read_text(), "here")
    made = replay(
        suite.task,
        METHODS["zero_shot"],
        answers,
        generator=GENERATOR,
        per_label=PER_LABEL,
        seed=0,
        pool=suite.task.pool,
    )
    assert made.differing == 0
    assert [(text.text, text.label) for text in made.texts] == [
        (row["text"], row["label"]) for row in lines(submitted.bundle / "texts/notes.0.jsonl")
    ]
