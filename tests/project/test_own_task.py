"""A task of one's own: a suite file, a mirror and a votes file outside of this repository go through all of it."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from synthworth.core.result import read
from synthworth.pipeline.dataset import load
from synthworth.pipeline.replay import suites_in
from synthworth.study.claims.accuracy_by_agreement import curve
from synthworth.subjectivity.sources import agreement_of, subjectivity

ROOT = Path(__file__).parents[2]
SOURCE = ROOT.parent / "shared" / "data" / "extra" / "md_agreement"
SUITE = """
from synthworth import Task, TaskSuite


class TestMdAgreement(TaskSuite):
    task = Task(
        name="md_agreement",
        labels={"not_offensive": "polite or neutral", "offensive": "rude, insulting or hateful"},
        words=(5, 50),
        context_prompt="You are a user of a social network who writes about politics and the news.",
        generation_prompt="Write one post that is {description}. About {words} words.",
        diversity_prompt="Write about something else, in another tone, than the posts before.",
        demonstrations={
            "not_offensive": ("Thanks to all nurses who worked this week",) * 3,
            "offensive": ("What a bunch of spineless clowns they are",) * 3,
        },
    )
"""
COMMAND = (
    *("-m", "pytest", "test_md_agreement.py", "-q", "-p", "no:cacheprovider"),
    *("--synth-data", "mirror", "--synth-method", "real", "--synth-classifier", "tfidf", "--synth-per-label", "1000"),
    *("--synth-cache", "off", "--synth-results", "results.jsonl"),
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """The folder of such a project, whose suite has run."""
    if not SOURCE.is_dir():
        pytest.skip(f"no {SOURCE}")
    folder = tmp_path_factory.mktemp("project")
    (folder / "test_md_agreement.py").write_text(SUITE)
    (folder / "mirror/md_agreement").mkdir(parents=True)
    with gzip.open(SOURCE / "texts.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    for split in ("train", "test"):
        with gzip.open(folder / f"mirror/md_agreement/{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows if row["split"] == split)
    (folder / "votes").mkdir()
    (folder / "votes/md_agreement.csv.gz").symlink_to(SOURCE / "annotations.csv.gz")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV"))}
    command = [sys.executable, *COMMAND]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=kept | {"PYTHONPATH": str(ROOT)})
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def measured(project):
    """Its task and data, what its suite has measured, and how far annotators agree."""
    (suite,) = suites_in([project])
    data = load(suite.task, str(project / "mirror"), project)
    (result,) = read(project / "results.jsonl")
    return data, result, agreement_of(suite.task, data, project / "votes")


def test_its_result_is_on_all_real_test_texts(measured):
    data, result, _ = measured
    assert (result.task, result.test_rows, result.train_rows) == ("md_agreement", 3057, 2000)
    assert result.macro_f1_low > 0.6
    assert len(result.predictions) == len(data.test)


def test_every_test_text_has_the_agreement_of_five_annotators_and_one_that_of_four(measured):
    data, _, rated = measured
    assert set(rated.agreement) == {example.id for example in data.test}
    assert set(rated.agreement.values()) == {0.6, 0.75, 0.8, 1.0}
    assert rated.mean.instances == 10_753


def test_its_subjectivity_has_a_source(project, measured):
    found = subjectivity(measured[2], "Krippendorff's alpha")
    assert round(found.value, 3) == 0.641
    assert found.low < found.value < found.high
    assert found.source == f"1 - Krippendorff's alpha, votes in {project / 'votes/md_agreement.csv.gz'}"


def test_a_classifier_is_right_more_often_where_annotators_agree(measured):
    """Partly of necessity: the gold label is the majority of these votes (see `study.claims.accuracy_by_agreement`)."""
    data, result, rated = measured
    right = {e.id: e.label == label for e, label in zip(data.test, result.predictions, strict=True)}
    found = curve(rated.agreement, [right])
    assert [point.threshold for point in found.points] == [0.6, 0.75, 0.8, 1.0]
    assert found.points[-1].low > found.points[0].high
    assert found.trend.low > 0
    assert found.trend.p < 0.01
