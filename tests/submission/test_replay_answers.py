"""What is told of recorded answers is what the answers hold."""

import socket

import pytest

from bundles import GENERATOR, PER_LABEL, lines
from synthworth.core.completion import Request
from synthworth.core.task import Example
from synthworth.generation.collect import Generated
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.prompts import prompt_hash
from synthworth.generation.recording import Recording
from synthworth.generation.recording.entries import ENDPOINT, entry, key
from synthworth.pipeline.replay import suites_in
from synthworth.submission.bundle import read_answers
from synthworth.submission.contents import BundleText, RecordedAnswer, RecordedResponse
from synthworth.submission.replay_answers import NO_ANSWER, models_of, parameters_of, replay, usage_of

KEY = "0" * 64


def answer(model="", omitted=(), retries=0, **request):
    response = RecordedResponse(text="a", tokens=[20, 5], model=model)
    asked = {"model": "toy", "label": "a", "parts": {}, **request}
    return RecordedAnswer(key=KEY, sample=0, request=asked, response=response, omitted=omitted, retries=retries)


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
    assert usage_of(read_answers(path.read_text(), "here").values()) == Recording(path).usage()
    assert usage_of([answer(retries=2)]).requests == 3


def test_a_replay_gives_the_texts_that_the_suite_gives(submitted):
    suite = next(one for one in suites_in([submitted.project / "suites"]) if one.task.name == "notes")
    answers = read_answers((submitted.bundle / "recordings/notes.jsonl").read_text(), "here")
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


def test_a_method_is_called_with_the_network_blocked_and_what_a_run_gives_it_and_may_send_no_seed(submitted):
    suite = suites_in([submitted.project / "suites"])[0]
    train = [Example(id="1", text="a real note", label="good")]
    request = Request(messages=({"role": "user", "content": "Write."},), parameters={}, sample=0, label="good")
    body = request.body("g")
    found = key(*ENDPOINT, body, 0)
    told = RecordedResponse(text="fine", tokens=[1, 1])
    answers = {
        found: RecordedAnswer(key=found, sample=0, request=entry(body, request, NO_ANSWER)["request"], response=told)
    }

    def nosy(task, sources, per_label, seed):
        with pytest.raises(OSError, match="network access is blocked"):
            socket.create_connection(("127.0.0.1", 9))
        assert sources.train == train
        (answer,) = sources.client.complete([request])
        origin = {"prompt": prompt_hash(request.messages), "sample": 0}
        return Generated(examples=(Example(id="0", text=answer.text, label="good", provenance=origin),))

    made = replay(suite.task, nosy, answers, generator="g", per_label=1, seed=0, pool=suite.task.pool, train=train)
    assert made.texts == (BundleText(text="fine", label="good", answers=[found]),)
    assert made.differing == 0
