"""Suites are found and replayed without pytest, from what is recorded alone."""

import json
import re
from pathlib import Path

import pytest

from synthworth.generation.methods import resolve
from synthworth.generation.recording import MissingAnswers
from synthworth.pipeline.missing import missing
from synthworth.pipeline.replay import run_of, suites_in, trainer
from synthworth.pipeline.training_sets import Settings

SUITES = Path(__file__).parents[2] / "suites"
SUITE = """
from synthworth import TaskSuite
from toys import task
class TestToy(TaskSuite):
    task = task({})
class Helper(TaskSuite):
    pass
"""


def written(folder, name, code):
    path = folder / name
    path.write_text(code, encoding="utf-8")
    return path


def test_the_ten_suites_of_this_repository_are_found_by_name():
    found = suites_in([SUITES])
    assert len(found) == 10
    assert all(suite.path.name == f"test_{suite.task.name}.py" for suite in found)


def test_only_classes_that_pytest_would_collect_and_that_have_a_task_are_suites(tmp_path):
    (found,) = suites_in([written(tmp_path, "test_toy.py", SUITE.format(""))])
    assert found.task.name == "toy"


def test_two_tasks_of_one_name_are_refused(tmp_path):
    written(tmp_path, "test_a.py", SUITE.format(""))
    written(tmp_path, "test_b.py", SUITE.format("words=(1, 9)"))
    with pytest.raises(ValueError, match=r"test_b.py and .*test_a.py hold two tasks named 'toy'; rename one"):
        suites_in([tmp_path])


@pytest.mark.parametrize(
    ("name", "code", "problem"),
    [
        ("test_a.py", "1 / 0", r"cannot import .*test_a.py \(ZeroDivisionError: division by zero\); does pytest"),
        ("test_a.py", "", r"no suite in .*test_a.py; name files or folders"),
    ],
)
def test_a_file_without_a_suite_is_refused_in_one_line(tmp_path, name, code, problem):
    with pytest.raises(ValueError, match=problem) as caught:
        suites_in([written(tmp_path, name, code)])
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no suite .*nowhere.py; give a Python file"):
        suites_in([tmp_path / "nowhere.py"])


def test_a_replayed_run_has_the_recorded_texts_and_scores_them(tmp_path):
    (suite,) = suites_in([SUITES / "test_sms_spam.py"])
    settings = Settings(data="quickstart", per_label=20)
    with trainer(tmp_path, count=1) as trains:
        run = run_of(suite, settings, trains)
        assert len(run.sets.generated("zero_shot").examples) == 40
        assert 0 <= run.result("zero_shot", "tfidf").macro_f1 <= 1


def test_a_replayed_run_knows_the_methods_it_is_given_and_names_them_where_another_is_asked_for(tmp_path):
    rows = [{"text": f"come and see me in {n} hours", "label": label} for n, label in enumerate(("ham", "spam"))]
    written(tmp_path, "sms_spam.jsonl", "".join(json.dumps(row) + "\n" for row in rows))
    (suite,) = suites_in([SUITES / "test_sms_spam.py"])
    methods = resolve([f"data:{tmp_path}"])
    (name,) = methods
    with trainer(None, count=1) as trains:
        run = run_of(suite, Settings(data="quickstart", per_label=1), trains, methods=methods)
        assert len(run.sets.generated(name).examples) == 2
        with pytest.raises(ValueError, match=rf"^unknown method 'zero'; methods: real, .*, {name};"):
            run.sets.generated("zero")


def test_what_is_not_recorded_is_missing_and_asks_nobody(tmp_path):
    (suite,) = suites_in([SUITES / "test_sms_spam.py"])
    with trainer(None, count=1) as trains:
        run = run_of(suite, Settings(data="quickstart", per_label=20), trains, generator="another")
        with pytest.raises(MissingAnswers):
            run.sets.generated("zero_shot")


@pytest.mark.parametrize(
    ("generator", "cost"),
    [("smollm2-135m", "0.0000 usd"), ("gpt-4o-mini", r"0\.\d+ usd"), ("mine", "at an unknown price")],
)
def test_what_is_missing_has_the_price_of_its_generator(tmp_path, generator, cost):
    (suite,) = suites_in([written(tmp_path, "test_toy.py", SUITE.format(""))])
    with trainer(None, count=1) as training:
        run = run_of(suite, Settings(data="quickstart", per_label=5), training, generator=generator)
        assert re.search(rf"completion tokens, {cost}; record them with", missing(run.sets, ["zero_shot"]))
