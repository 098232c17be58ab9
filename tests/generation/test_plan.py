"""What a run would ask for and what it would take, compared with what a recording then asks for."""

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toys
from servers import answer_of, serving
from synthworth.core.completion import Completion
from synthworth.generation.collect import Sources
from synthworth.generation.filters import AnswerContext, Filter
from synthworth.generation.generator import Client, Endpoint, Generator, Limits
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.plan import Plan, Walk
from synthworth.generation.recording import Recording
from synthworth.generation.recording.entries import entry
from synthworth.generation.recording.store import Store

TASK = toys.task(words=(2, 12))
MODEL = "m"
# Whose requests follow from the texts kept; what others ask first decides what they ask then.
PLANNED = (*toys.RECORDED, "completion")
OTHERS = ("Do not come here.", "What a mess it is!", "Leave us at once.")


class Writer:
    """A generator without a network that keeps each answer in a recording, `write(request)` being the text."""

    def __init__(self, path, write, tokens=(30, 6), thinking=0):
        self.recording, self._store, self._write, self._tokens = Recording(path), Store(path), write, tokens
        self.asked, self._thinking = 0, thinking

    def complete(self, requests):
        found = [self.recording.find(request.body(MODEL), request.sample) for request in requests]
        return [completion or self._answer(request) for completion, request in zip(found, requests, strict=True)]

    def _answer(self, request):
        self.asked += 1
        prompt, completion = self._tokens
        text, usage = self._write(request), {"prompt_tokens": prompt, "completion_tokens": completion}
        usage["completion_tokens_details"] = {"reasoning_tokens": self._thinking}
        choice = {"message": {"content": text}, "finish_reason": "stop"}
        answer = {"model": MODEL, "choices": [choice], "usage": usage}
        self._store.append(entry(request.body(MODEL), request, answer))
        return Completion(text=text, finish_reason="stop")


def kept(request):
    """A text that every rule keeps, and that no other request gets."""
    return f"{request.label} note {request.parameters['seed']}"


def record(path, method, quota, task=TASK, write=kept):
    """Records what is missing; how many answers that were."""
    writer = Writer(path, write)
    METHODS[method](task, Sources(client=writer, pool=task.pool), quota, 0)
    return writer.asked


def plan(path, method, quota, task=TASK, model=MODEL, before=None):
    recording = Recording(path)
    walk = Walk(task, recording, Generator(name=model), before or recording)
    METHODS[method](task, Sources(client=walk, pool=task.pool), quota, 0)
    return walk.plan()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "recording.jsonl"


CHANGES = {
    "nothing": {},
    "context": {"context_prompt": "You jot notes."},
    "generation": {"generation_prompt": "Pen {description} of about {words} words."},
    "diversity": {"diversity_prompt": "Surprise me."},
    "label": {"labels": {"good": "a friendly note", "bad": "an unkind note"}},
    "demonstrations": {
        "demonstrations": {
            **TASK.demonstrations,
            "bad": ("Do not come here.", "What a mess it is!", "Leave us at once."),
        }
    },
}


@pytest.mark.parametrize("method", PLANNED)
@pytest.mark.parametrize("quota", [1, 5, 10, 11, 25])
def test_a_first_recording_asks_for_what_was_planned(path, method, quota):
    planned = plan(path, method, quota)
    assert planned.needed == planned.missing == record(path, method, quota)


@pytest.mark.parametrize("method", PLANNED)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize(("before", "after"), [(25, 25), (10, 25), (25, 10)])
def test_a_recording_after_a_change_asks_for_what_was_planned(path, method, change, before, after):
    record(path, method, before)
    task = replace(TASK, **CHANGES[change])
    planned = plan(path, method, after, task)
    assert planned.missing == record(path, method, after, task)
    assert plan(path, method, after, task).missing == 0
    assert plan(path, method, after, task).needed == planned.needed


@settings(max_examples=30)
@given(
    st.sampled_from(PLANNED),
    st.integers(1, 30),
    st.integers(1, 30),
    st.sampled_from(sorted(CHANGES)),
    st.integers(2, 5),
)
def test_what_was_recorded_with_drops_counts_as_it_is(tmp_path_factory, method, before, after, change, every):
    path = tmp_path_factory.mktemp("plan") / "recording.jsonl"
    record(path, method, before, write=lambda request: "" if request.sample % every == 0 else kept(request))
    task = replace(TASK, **CHANGES[change])
    planned = plan(path, method, after, task)
    assert planned.missing == record(path, method, after, task)


def test_a_plan_sends_and_writes_nothing(path):
    plan(path, "zero_shot", 5)
    assert list(path.parent.iterdir()) == []


def test_the_server_gets_as_many_requests_as_were_planned(path):
    planned = plan(path, "zero_shot", 15)
    with serving(lambda number, body: answer_of(f"note {body['seed']}")) as (url, came):
        endpoint = Endpoint(Generator(name=MODEL, base_url=url), Limits(), None, connect=lambda: url)
        client = Client(endpoint, Recording(path, "missing"), missing=lambda asks: LookupError(len(asks)))
        METHODS["zero_shot"](TASK, Sources(client=client, pool=TASK.pool), 15, 0)
        endpoint.close()
    assert len(came) == planned.missing == 40


def test_drops_are_asked_for_beyond_the_plan(path):
    assert plan(path, "few_shot", 10).missing == 20
    assert record(path, "few_shot", 10, write=lambda r: "" if r.sample % 2 else kept(r)) == 38  # 0 to 18 of each label


# ---- what it takes


def test_tokens_of_the_prompts_are_a_quarter_of_their_bytes(path):
    sent = []
    record(path, "few_shot", 5, write=lambda request: sent.append(request) or kept(request))
    size = sum(len(message["content"].encode()) for request in sent for message in request.messages)
    path.with_name(path.name + ".partial").unlink()
    assert plan(path, "few_shot", 5).prompt_tokens == round(size / 4)


def test_tokens_of_the_answers_are_those_of_the_task_s_lengths_where_nothing_is_recorded(path):
    assert plan(path, "few_shot", 30).completion_tokens == round(60 * 7 * 4 / 3)


def test_tokens_of_the_answers_are_those_of_the_recorded_ones_where_there_are_some(path):
    record(path, "few_shot", 5)
    assert plan(path, "few_shot", 15).completion_tokens == 20 * 6


def test_a_server_that_counts_no_tokens_leaves_them_to_the_task_s_lengths(path):
    writer = Writer(path, kept, tokens=(0, 0))
    METHODS["few_shot"](TASK, Sources(client=writer, pool=TASK.pool), 5, 0)
    assert plan(path, "few_shot", 15).completion_tokens == round(20 * 7 * 4 / 3)


def test_what_is_recorded_takes_nothing(path):
    record(path, "zero_shot", 5)
    assert plan(path, "zero_shot", 5) == Plan(needed=20, missing=0, prompt_tokens=0, completion_tokens=0, changed={})


# ---- what changed


@pytest.mark.parametrize(
    ("change", "method", "changed"),
    [
        ("nothing", "zero_shot", {}),
        ("context", "zero_shot", {"context": 20}),
        ("context", "few_shot", {"context": 20}),
        ("generation", "few_shot", {"generation": 20}),
        ("label", "zero_shot", {"generation": 10}),
        ("diversity", "zero_shot", {"diversity": 2}),
        ("diversity", "few_shot", {}),
        ("demonstrations", "zero_shot", {}),
        ("demonstrations", "few_shot", {"demonstrations": 10}),
    ],
)
def test_the_parts_that_changed_are_counted(path, change, method, changed):
    quota = 20 if change == "diversity" else 10
    record(path, method, quota)
    assert plan(path, method, quota, replace(TASK, **CHANGES[change])).changed == changed


def test_what_follows_from_a_change_is_not_counted_as_another(path):
    """After the first round that is not recorded, earlier texts differ too, for no change of the user's."""
    record(path, "zero_shot", 25)
    assert plan(path, "zero_shot", 25, replace(TASK, **CHANGES["context"])).changed == {"context": 20}


def test_a_bound_of_the_answers_that_changed_is_named_beside_the_prompt(path):
    record(path, "zero_shot", 10)
    found = plan(path, "zero_shot", 10, replace(TASK, words=(2, 13))).changed
    assert found["max_tokens"] == 20
    assert set(found) == {"max_tokens", "generation"}


def test_another_model_is_named(path):
    record(path, "zero_shot", 10)
    assert plan(path, "zero_shot", 10, model="other").changed == {"model": 20}


def test_answers_of_another_recording_tell_what_changed(path, tmp_path):
    record(path, "zero_shot", 10)
    elsewhere = tmp_path / "other.jsonl"
    assert plan(elsewhere, "zero_shot", 10, model="other", before=Recording(path)).changed == {"model": 20}


@pytest.mark.parametrize("method", PLANNED)
def test_more_than_what_is_recorded_has_changed_nothing(path, method):
    record(path, method, 5)
    assert plan(path, method, 25).changed == {}


def test_a_prompt_that_is_like_an_older_one_differs_from_that_one(path):
    record(path, "zero_shot", 10)
    jotted = replace(TASK, context_prompt="You jot notes.")
    record(path, "zero_shot", 10, jotted)
    both = replace(jotted, generation_prompt="Pen {description} of about {words} words.")
    assert plan(path, "zero_shot", 10, both).changed == {"generation": 20}


# ---- the walk


@pytest.mark.parametrize("words", [(1, 1), (1, 2), (3, 9), (40, 200)])
def test_no_rule_drops_what_stands_for_an_answer(path, words):
    shown = {label: (" ".join([label] * words[0]),) for label in TASK.labels}
    task = replace(TASK, words=words, demonstrations=shown)
    walk = Walk(task, Recording(path), Generator(name=MODEL))
    made = METHODS["zero_shot"](task, Sources(client=walk, pool=task.pool), 30, 0)
    assert made.dropped == {}
    judge = Filter()
    for example in made.examples:
        context = AnswerContext(task=task, prompt=task.context_prompt)
        assert judge.reason(example.text, context) == ""
        assert re.fullmatch(r"word\S+( word\S+)*", example.text)


def test_an_estimate_holds_the_thoughts_of_recorded_answers(path):
    writer = Writer(path, kept, tokens=(30, 910), thinking=900)
    METHODS["zero_shot"](TASK, Sources(client=writer, pool=TASK.pool), 3, 0)
    planned = plan(path, "zero_shot", 40)
    assert planned.missing > 0
    assert planned.completion_tokens == planned.missing * 910  # far beyond the limit of a text
    assert planned.thinking_tokens == planned.missing * 900


def test_an_estimate_without_recorded_answers_takes_the_thoughts_it_is_told(path):
    plain = plan(path, "zero_shot", 10)
    walk = Walk(TASK, Recording(path), Generator(name=MODEL), thoughts=500.0)
    METHODS["zero_shot"](TASK, Sources(client=walk, pool=TASK.pool), 10, 0)
    assert walk.plan().completion_tokens == plain.completion_tokens + 500 * plain.missing
