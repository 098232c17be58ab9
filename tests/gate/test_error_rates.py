"""The gate's calibration: what is planted is planted, what is counted is right, a user's mistake is one line."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

import toys
from projects import SUITE
from synthworth.__main__ import main
from synthworth.core.result import write
from synthworth.gate.calibration import measured_cells
from synthworth.gate.error_rates import Design, MeasuredCell, _lowered, simulated_rates, split_rates
from synthworth.pipeline.dataset import load
from synthworth.pipeline.replay import suites_in

LABELS = ("good", "bad")


def cell(seeds=4, spread=0.03, rows=300, generations=1, **changed):
    """Predictions of seeds that are wrong in about a fifth of the rows, by that spread."""
    random = np.random.default_rng(3)
    true = [LABELS[i % 2] for i in range(rows)]

    def run():
        wrong = random.permutation(rows)[: int(rows * np.clip(random.normal(0.2, spread), 0, 0.5))]
        return tuple(LABELS[(label == "good") == (i in set(wrong))] for i, label in enumerate(true))

    given = {
        "task": "toy",
        "method": "few_shot",
        "classifier": "minilm",
        "per_label": 100,
        "labels": LABELS,
        "true": tuple(true),
        "predictions": {g: {t: run() for t in range(seeds)} for g in range(generations)},
    }
    return MeasuredCell(**given | changed)


THREE = Design(generations=1, trainings=3, drawn=False)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.floats(-0.1, 0.3), st.integers(2, 5))
def test_a_planted_drop_is_met_to_one_row_and_never_passed(seed, by, size):
    random = np.random.default_rng(seed)
    true, predicted = random.integers(0, size, (2, 200))
    predicted[:140] = true[:140]
    made = _lowered(true, predicted, by, size, random.permutation(200), random.integers(1, size, 200))
    labels = range(size)
    before, after = (f1_score(true, p, labels=labels, average="macro", zero_division=0) for p in (predicted, made))
    fell = before - after
    assert abs(fell) <= abs(by) + 1e-9
    assert abs(fell - by) < 0.05
    assert fell * by >= 0


def test_the_spread_between_seeds_is_that_of_their_scores():
    measured = cell(seeds=6)
    scores = [f1_score(measured.true, predicted, average="macro") for predicted in measured.predictions[0].values()]
    assert measured.training_sd == pytest.approx(np.std(scores, ddof=1))
    assert measured.generation_sd is None


def test_the_spread_between_draws_is_what_training_seeds_do_not_explain():
    measured = cell(seeds=4, generations=3)
    means = [of.mean() for of in measured.scores.values()]
    expected = np.var(means, ddof=1) - measured.training_sd**2 / 4
    assert measured.generation_sd == pytest.approx(np.sqrt(max(0.0, expected)))


def test_a_large_drop_is_told_of_every_cell_and_a_tiny_one_of_hardly_any():
    found = simulated_rates([cell()], THREE, trials=40, drops=(0.3, 0.001))
    assert found.detected[0.3] == found.planted == 10
    assert found.detected[0.001] <= 2


def test_the_same_seed_counts_the_same():
    one, two = (simulated_rates([cell(seeds=3)], THREE, trials=6, drops=(0.05,), seed=2) for _ in range(2))
    assert one == two


def test_a_family_holds_the_means_of_methods_of_several_cells():
    cells = [cell(), cell(task="other"), cell(method="zero_shot"), cell(per_label=30)]
    assert split_rates(cells, trials=1, drops=()).family == 5


def test_cells_of_two_seeds_cannot_be_split():
    with pytest.raises(ValueError, match="no cell has three training seeds; measure them with --synth-seeds 3 or more"):
        split_rates([cell(seeds=2)], trials=1)


@pytest.mark.slow
@pytest.mark.parametrize("design", [THREE, Design(generations=3, trainings=1, drawn=True)])
def test_false_alarms_stay_within_the_stated_rate(design):
    found = simulated_rates([cell(seeds=5), cell(seeds=5, task="other", spread=0.01)], design, trials=400, drops=())
    for alarms, of in ((found.alarms, found.trials), (found.single_alarms, found.cells)):
        assert stats.binomtest(alarms, of, 0.05, alternative="greater").pvalue > 0.01, alarms / of


@pytest.mark.slow
def test_a_verdict_about_texts_is_none_about_their_prompt():
    """One draw a side, read as if it were the prompt: the luck of the draw is an alarm."""
    luck = [cell(seeds=5, spread=0.03)]
    found = simulated_rates(luck, Design(generations=1, trainings=5, drawn=True), trials=200, drops=())
    assert found.single_alarms / found.cells > 0.1


# ---- the command


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A suite, a mirror of its data and results.jsonl of three training seeds of an encoder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "suites").mkdir()
    (tmp_path / "suites/test_toy.py").write_text(SUITE.format(name="toy", title="Toy"))
    (tmp_path / "mirror/toy").mkdir(parents=True)
    for split in ("train", "test"):
        rows = [{"id": f"{split}-{n}", "text": f"a {split} note {n}", "label": LABELS[n % 2]} for n in range(60)]
        with gzip.open(tmp_path / f"mirror/toy/{split}.jsonl.gz", "wt") as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)
    (suite,) = suites_in([tmp_path / "suites"])
    data = load(suite.task, "mirror", tmp_path / "suites/quickstart")
    true = [example.label for example in data.test]
    random, results = np.random.default_rng(0), []
    for seed in range(3):
        wrong = set(random.permutation(60)[: 10 + 2 * seed].tolist())
        predicted = [LABELS[(label == "good") == (i in wrong)] for i, label in enumerate(true)]
        results.append(toys.predicting(true, predicted, data_version=data.version, training_seed=seed))
    write(tmp_path / "results.jsonl", results)
    return results


def calibrate(*options):
    return main(["calibrate", "results.jsonl", "--data", "mirror", "--trials", "2", *options])


def test_the_table_has_a_line_for_each_design_alone_and_together(project, capsys):
    assert calibrate() == 0
    said = capsys.readouterr().out
    rows = [re.split(r" {2,}", line)[:3] for line in said.splitlines() if "   5%   " in line]
    assert said.startswith("1 cells of 1 tasks; standard deviation of Macro-F1 between training seeds 0.0")
    assert [row[1] for row in rows[::2]] == ["half", "1 x 3", "1 x 5", "3 x 1", "5 x 1", "1 x 3", "1 x 5"]
    assert "between generation seeds not measured, assumed to be the same" in said


def test_results_of_further_generation_seeds_may_lie_in_a_file_of_their_own(project, capsys, tmp_path):
    write(tmp_path / "redrawn.jsonl", [replace(r, generation_seed=1) for r in project])
    assert main(["calibrate", "results.jsonl", "redrawn.jsonl", "--data", "mirror", "--trials", "2"]) == 0
    assert "between generation seeds 0.0000 to 0.0000" in capsys.readouterr().out


def refused(capsys, *options):
    assert calibrate(*options) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    return err.strip()


def test_results_without_predictions_are_one_line(project, capsys, tmp_path):
    (tmp_path / "results.jsonl").unlink()
    write(tmp_path / "results.jsonl", [replace(r, predicted="") for r in project])
    assert refused(capsys).startswith("error: results.jsonl: no cell with several training seeds and predictions")


def test_results_of_other_data_are_one_line(project, capsys, tmp_path):
    write(tmp_path / "results.jsonl", [replace(r, data_version="other", training_seed=9) for r in project[:1]])
    assert refused(capsys) == (
        "error: the results of toy were measured on other data than mirror; give the data they were measured on"
    )


def test_a_task_without_a_suite_is_one_line(project, capsys, tmp_path):
    write(tmp_path / "results.jsonl", [replace(r, task="gone") for r in project])
    assert refused(capsys) == "error: no suite of gone; name the files or folders that have it with --suites"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--format", "html"), "error: unknown format 'html'; formats: plain, github"),
        (("--trials", "0"), "error: 0 trials; give at least 1"),
        (("--margin", "2"), "error: margin is 2.0; give the smallest drop of Macro-F1 that matters, as 0.01"),
        (("--suites", "nowhere.py"), "error: no suite nowhere.py; give a Python file, or a folder of files test_*.py"),
    ],
)
def test_a_mistake_is_one_line(project, capsys, options, said):
    assert refused(capsys, *options) == said


def test_floors_and_real_texts_are_no_cells(project):
    more = [*(replace(r, classifier="tfidf") for r in project), *(replace(r, generator="") for r in project)]
    assert len(list(measured_cells([*project, *more], "mirror", [Path("suites")]))) == 1
