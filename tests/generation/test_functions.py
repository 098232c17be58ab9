"""Anybody's function as a method: how it is found, what it may return, and whose error is shown."""

import functools
import pickle
import re
import sys
from dataclasses import replace
from types import MappingProxyType

import pytest

import toys
from synthworth.core.completion import Completion
from synthworth.core.task import Example
from synthworth.generation import prompts
from synthworth.generation.collect import Draw, Generated, Sources, collect
from synthworth.generation.methods.builtin import zero_shot
from synthworth.generation.methods.functions import FEWEST, checked, load, loaded

TASK = toys.task()


def example(text, label="good", **more):
    return Example(id=text, text=text, label=label, **more)


PAIR = (example("a good note"), example("a bad note", "bad"))


def returning(made):
    """A method that returns that."""

    def mine(task, sources, per_label, seed):
        return made

    return checked(mine, "mine", "mine.py:mine")


class Parrot:
    """A client that says the same to everybody."""

    def complete(self, requests):
        return [Completion(text="so it goes", finish_reason="stop") for _ in requests]


class Refusing:
    """A client that fails with that error, and counts how often it was asked."""

    def __init__(self, error):
        self.error, self.asked = error, 0

    def complete(self, requests):
        self.asked += 1
        raise self.error


def run(method, per_label=1, seed=0, client=None, train=(), pool=TASK.pool):
    return method(TASK, Sources(client=client, train=train, pool=pool), per_label, seed)


def refused(make):
    with pytest.raises(ValueError, match=r"\w") as caught:
        make()
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- where it is


@pytest.fixture
def wrote(tmp_path, monkeypatch):
    """Writes mine.py into the working folder."""
    monkeypatch.chdir(tmp_path)
    return lambda code: (tmp_path / "mine.py").write_text(code)


def test_a_function_of_a_file_is_found_and_its_dataclasses_work(wrote):
    wrote(
        "from __future__ import annotations\nfrom dataclasses import dataclass\nimport pickle\n\n"
        "@dataclass\nclass Point:\n    x: int\n\ndef mine():\n    return pickle.loads(pickle.dumps(Point(3))).x\n"
    )
    assert load("mine.py", "mine")() == 3


def test_two_files_of_one_name_are_two_modules(wrote, tmp_path):
    wrote("def mine(): return 1")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.py").write_text("def mine(): return 2")
    assert (load("mine.py", "mine")(), load("other/mine.py", "mine")()) == (1, 2)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("def mine(:", r"method mine\.py: cannot be imported \(SyntaxError: .* \(mine\.py, line 1\)\); .*"),
        ("a = 1\nb = c", r"method mine\.py, line 2: cannot be imported \(NameError: name 'c' is not defined\); .*"),
        ("import nowhere_at_all", r"method mine\.py, line 1: cannot be imported \(ModuleNotFoundError: .*\); .*"),
        ("raise SystemExit('two\\nlines')", r"method mine\.py, line 1: .* \(SystemExit: two lines\); .*"),
        ("def topics(): pass\ndef _not(): pass", r"mine\.py: unknown function 'mine'; functions: topics"),
        ("import json", r"mine\.py: it has no function 'mine'"),
    ],
)
def test_a_file_that_has_no_such_function_is_refused_in_one_line(wrote, code, said):
    wrote(code)
    assert re.fullmatch(said, refused(lambda: load("mine.py", "mine")))


def test_a_file_that_fails_leaves_no_module_behind(wrote):
    before = set(sys.modules)
    wrote("raise OSError")
    refused(lambda: load("mine.py", "mine"))
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("no.py", r"method no\.py:mine: there is no file no\.py; name one, or a module: MODULE:mine"),
        (
            "no.where",
            r"method no\.where: cannot be imported \(ModuleNotFoundError: No module named 'no'\); see why with: "
            r"python -c 'import no\.where'",
        ),
        (".mine", r"method \.mine: cannot be imported \(TypeError: .*\); .*"),
        ("json", "json: unknown function 'mine'; functions: dump, .*"),
    ],
)
def test_a_module_that_has_no_such_function_is_refused_in_one_line(wrote, where, said):
    assert re.fullmatch(said, refused(lambda: load(where, "mine")))


def test_ctrl_c_during_an_import_is_no_mistake_of_the_file():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        loaded(interrupted, "mine", "python mine.py")


async def coroutine(task, sources, per_label, seed): ...


def iterator(task, sources, per_label, seed):
    yield example("a")


@pytest.mark.parametrize(
    ("thing", "said"),
    [
        (3, r"method m:f is int; name a function \(task, sources, per_label, seed\)"),
        (lambda task, sources: None, r"method m:f cannot be called with .*: too many positional arguments; .*"),
        (lambda *, task: None, r"method m:f cannot be called with .*: too many positional arguments; .*"),
        (lambda a, b, c, d, e: None, r"method m:f cannot be called with .*: missing a required argument: 'e'; .*"),
        (coroutine, r"method m:f is async or a generator; make it a plain function that returns Generated"),
        (iterator, r"method m:f is async or a generator; make it a plain function that returns Generated"),
    ],
)
def test_what_cannot_be_called_as_a_method_is_refused(thing, said):
    assert re.fullmatch(said, refused(lambda: checked(thing, "f", "m:f")))


@pytest.mark.parametrize(
    "thing", [lambda *four: Generated(examples=PAIR), functools.partial(lambda g, *four: g, Generated(examples=PAIR))]
)
def test_whatever_can_be_called_with_the_four_is_a_method(thing):
    assert run(checked(thing, "f", "m:f")).examples == PAIR


# ---- what it returns


def test_a_built_in_method_is_the_same_through_the_checks():
    class Writer:
        def complete(self, requests):
            return [Completion(text=f"{r.label} note {r.sample % 7}", finish_reason="stop") for r in requests]

    method = checked(zero_shot, "mine", "mine.py:mine")
    assert run(method, 5, client=Writer()) == run(zero_shot, 5, client=Writer())


def test_texts_come_in_the_order_of_the_labels_and_what_is_short_is_told():
    given = (example("bad one", "bad"), example("good one"), example("good two"))
    found = run(returning(Generated(examples=given)), per_label=2)
    assert [e.text for e in found.examples] == ["good one", "good two", "bad one"]
    assert (found.short, found.attempts) == ({"bad": 1}, 3)


def test_what_the_method_says_is_short_is_counted_again():
    assert run(returning(Generated(examples=PAIR, short={"good": 0}))).short == {}


def test_the_rules_that_need_no_prompt_drop_and_are_added_to_what_the_method_dropped():
    given = (*PAIR, example("A GOOD NOTE"), example("w " * 20), example("so it is", "bad"))
    made = Generated(examples=given, attempts=9, dropped={"good": {"length": 2, "own": 1}, "bad": {"own": 0}})
    found = run(returning(made), per_label=3)
    assert found.dropped == {"good": {"length": 3, "own": 1, "duplicate": 1}}
    assert (found.attempts, found.short) == (9, {"good": 1, "bad": 2})


def test_real_texts_that_it_was_given_are_taken_as_they_are():
    real = (example("w " * 20), example("once again"), example("thank you very much"))
    given = (*real, example("once again"), example("a bad note", "bad"), example("v " * 20, "bad"))
    found = run(returning(Generated(examples=given)), per_label=4, train=real, pool=real)
    assert [e.text for e in found.examples] == [e.text for e in (*real, example("once again"), PAIR[1])]
    assert found.dropped == {"bad": {"length": 1}}


def test_what_it_returns_can_be_sent_to_another_process():
    class Mine(Example):
        pass

    odd = [Mine(id=e.id, text=e.text, label=e.label, provenance=MappingProxyType({"a": 1})) for e in PAIR]
    found = run(returning(Generated(examples=odd)))
    assert [e.provenance for e in pickle.loads(pickle.dumps(found)).examples] == [{"a": 1}] * 2


@pytest.mark.parametrize(
    ("made", "said"),
    [
        ([*PAIR], r"it returned list; return a synthworth\.generation\.collect\.Generated"),
        (None, r"it returned NoneType; return a synthworth\.generation\.collect\.Generated"),
        (Generated(examples=iter(PAIR)), r"its examples are tuple_iterator; give a tuple of synthworth\.Example"),
        (Generated(examples=("text",)), r"example 0 is str; give a synthworth\.Example"),
        (Generated(examples=(*PAIR, example("a", "god"))), "example 2: unknown label 'god'; labels: good, bad; .*"),
        (Generated(examples=(example("a", ["good"]),)), r"example 0: unknown label .*"),
        (Generated(examples=(example(" \n"),)), "example 0: the text is empty; leave it out"),
        (Generated(examples=(example(None),)), "example 0: the id is None, not a string"),
        (Generated(examples=(replace(PAIR[0], text=b"a"),)), "example 0: the text is b'a', not words"),
        (Generated(examples=(example("a", provenance=[]),)), r"example 0: the provenance is \[\]; .*"),
        (Generated(examples=(example("a", provenance={"a": object()}),)), r"example 0: the provenance is \{.*\}; .*"),
        (Generated(examples=(*PAIR, example("another"))), "2 texts of 'good'; the quota is 1"),
        (Generated(examples=PAIR[:1]), r"no text of 'bad' is left \(dropped: none\); give at least one"),
        (Generated(examples=PAIR, attempts="9"), "attempts is '9'; give the number of answers asked for"),
        (Generated(examples=PAIR, attempts=-1), "attempts is -1; .*"),
        (Generated(examples=PAIR, dropped=3), "dropped is 3; .*"),
        (Generated(examples=PAIR, dropped={"god": {"own": 1}}), "dropped is {'god': {'own': 1}}; .*"),
        (Generated(examples=PAIR, dropped={"good": {"own": "1"}}), "dropped is {'good': {'own': '1'}}; .*"),
    ],
)  # fmt: skip
def test_what_is_no_training_set_is_refused_in_one_line_with_method_and_task(made, said):
    assert re.fullmatch(f"method mine, task toy: {said}", refused(lambda: run(returning(made))))


# ---- what goes wrong in it


def test_a_value_error_that_it_raises_is_told_in_one_line():
    def mine(task, sources, per_label, seed):
        raise ValueError("no topics for this;\n give some")

    told = refused(lambda: run(checked(mine, "mine", "mine.py:mine")))
    assert told == "method mine, task toy: no topics for this; give some"


@pytest.mark.parametrize(
    ("code", "kind"), [("{}['a']", KeyError), ("int('x')", ValueError), ("1 / 0", ZeroDivisionError)]
)
def test_any_other_error_in_it_keeps_its_traceback(code, kind):
    def mine(task, sources, per_label, seed):
        eval(code)

    with pytest.raises(kind) as caught:
        run(checked(mine, "mine", "mine.py:mine"))
    assert [frame for frame in caught.traceback if frame.name == "mine"]


@pytest.mark.parametrize("error", [ValueError("not recorded"), OSError("blocked")])
def test_a_method_that_tries_again_after_every_error_ends_at_the_client_s_first(error):
    def stubborn(task, sources, per_label, seed):
        while True:
            try:
                return sources.client.complete([None])
            except Exception:
                continue

    client = Refusing(error)
    with pytest.raises(type(error)) as caught:
        run(checked(stubborn, "mine", "mine.py:mine"), client=client)
    assert caught.value is error
    assert client.asked == 1


def test_a_method_that_asks_for_ever_is_ended():
    def greedy(task, sources, per_label, seed):
        while True:
            sources.client.complete([None] * 10)

    told = refused(lambda: run(checked(greedy, "mine", "mine.py:mine"), client=Parrot()))
    assert told == f"method mine, task toy: it asks more than {FEWEST:,} times; let it end if texts stay short"


def test_a_large_quota_may_use_up_its_attempts():
    def mine(task, sources, per_label, seed):
        def ask(label, sample, kept):
            draw = Draw(seed, task, "mine", label, sample)
            return draw.request(prompts.zero_shot(task, label, draw.words))

        return collect(task, sources, per_label, ask)

    made = run(checked(mine, "mine", "mine.py:mine"), per_label=60, client=Parrot())
    assert made.attempts == 10 * 60 * 2 > FEWEST
    assert made.short == {"good": 1, "bad": 1}
