"""The gate's calibration: what is planted is planted, what is counted is right, a user's mistake is one line."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import f1_score

import toys
from projects import SUITE
from synthworth.__main__ import main
from synthworth.core.result import write
from synthworth.gate.calibration import measured_cells
from synthworth.gate.error_rates import Design, MeasuredCell, _lowered, simulated_rates, split_rates
from synthworth.gate.pooling import WAYS, Spread, pooling_rates
from synthworth.gate.redraws import redraws
from synthworth.measures.statistics import moderated_variances
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
    assert found.alone.detected[0.3] == found.alone.planted == 10
    assert found.alone.detected[0.001] <= 2
    assert found.mean.of == 0  # of one task there is no mean


def test_the_same_seed_counts_the_same():
    one, two = (simulated_rates([cell(seeds=3)], THREE, trials=6, drops=(0.05,), seed=2) for _ in range(2))
    assert one == two


def test_each_method_and_size_is_a_gate_of_its_tasks():
    cells = [cell(), cell(task="other"), cell(method="zero_shot"), cell(per_label=30)]
    found = split_rates(cells, trials=2, drops=(0.1,))
    assert (found.tasks, found.mean.of, found.single.of, found.alone.of) == (2, 2, 2, 8)
    assert (found.mean.planted, found.single.planted, found.alone.planted) == (1, 2, 4)


def test_texts_are_not_drawn_of_a_cell_whose_draws_were_not_measured():
    with pytest.raises(ValueError, match="a cell has one generation seed; what draws differ by takes two or more"):
        simulated_rates([cell()], Design(generations=3, trainings=1, drawn=True), trials=1)


def test_cells_of_two_seeds_cannot_be_split():
    with pytest.raises(ValueError, match="no cell has three training seeds; measure them with --synth-seeds 3 or more"):
        split_rates([cell(seeds=2)], trials=1)


DRAWN = Design(generations=3, trainings=1, drawn=True)


@pytest.mark.slow
@pytest.mark.parametrize(("design", "generations"), [(THREE, 1), (DRAWN, 2)])
def test_false_alarms_stay_within_the_stated_rate(design, generations):
    cells = [cell(seeds=5, generations=generations), cell(seeds=5, generations=generations, task="other", spread=0.01)]
    found = simulated_rates(cells, design, trials=400, drops=())
    for counts in (found.mean, found.single, found.alone):
        assert stats.binomtest(counts.alarms, counts.of, 0.05, alternative="greater").pvalue > 0.01, counts


def apart(draws):
    """A cell whose draws are wrong in so many rows of 300 more than others, each of three alike training seeds."""
    true = [LABELS[i % 2] for i in range(300)]
    other = {"good": "bad", "bad": "good"}

    def run(wrong, seed):
        lost = set(np.random.default_rng(seed).permutation(300)[:wrong].tolist())
        return tuple(other[label] if i in lost else label for i, label in enumerate(true))

    return cell(predictions={g: {t: run(wrong + t, 9 * g + t) for t in range(3)} for g, wrong in enumerate(draws)})


@pytest.mark.slow
def test_a_verdict_about_texts_is_none_about_their_prompt():
    """One draw a side, read as if it were the prompt: the luck of the draw is an alarm."""
    found = simulated_rates([apart((40, 80))], Design(generations=1, trainings=5, drawn=True), trials=200, drops=())
    assert found.alone.alarms / found.alone.of > 0.2


# ---- tasks that share their variance


def spreads(*sds):
    return [Spread(f"task {number}", 1e-5, sd**2) for number, sd in enumerate(sds)]


UNLIKE = spreads(0.09, *[0.02] * 9)


def test_each_task_s_own_variance_keeps_the_rate_of_the_worst_task():
    found = pooling_rates(UNLIKE, WAYS["each its own"], trials=4000)
    assert found.worst < 0.065  # 4,000 trials: 5 % within 1
    assert found.mean < 0.065


def test_a_pooled_variance_keeps_the_average_and_lets_the_worst_task_fire():
    found = pooling_rates(UNLIKE, WAYS["pooled"], trials=4000)
    assert found.average < 0.06
    assert found.worst_task == "task 0"
    assert found.worst > 0.2


def test_a_variance_drawn_to_a_common_one_lies_between():
    own, drawn, pooled = (pooling_rates(UNLIKE, WAYS[way], trials=4000).worst for way in WAYS)
    assert own < drawn < pooled


def test_tasks_that_are_alike_lose_nothing_by_a_pooled_variance_and_gain_power():
    alike = spreads(*[0.03] * 10)
    own, pooled = (pooling_rates(alike, WAYS[way], trials=4000) for way in ("each its own", "pooled"))
    assert pooled.worst < 0.065
    assert pooled.found > own.found


@given(st.lists(st.floats(1e-6, 1e-2), min_size=3, max_size=8), st.integers(1, 10))
def test_a_variance_drawn_to_a_common_one_has_at_least_its_own_degrees_and_stays_positive(variances, degrees):
    values, of = moderated_variances(np.array([variances]), degrees)
    assert (values > 0).all()
    assert (of >= degrees).all()
    assert (np.sort(values) == values[:, np.argsort(variances)]).all()  # their order is kept


@pytest.mark.parametrize("how", [{"draws": 1}, {"trials": 0}])
def test_a_simulation_of_too_little_is_refused(how):
    with pytest.raises(ValueError, match="give at least 2 tasks, 2 draws, 1 trial"):
        pooling_rates(UNLIKE, WAYS["pooled"], **how)


# ---- draw against draw


def test_each_draw_meets_each_other_in_either_place_and_halves_meet_where_there_are_four():
    three = [(one.before, one.after) for one in redraws([apart((40, 41, 42))])]
    assert sorted(three) == [((a,), (b,)) for a in range(3) for b in range(3) if a != b]
    four = [(one.before, one.after) for one in redraws([apart((40, 41, 42, 43))])]
    assert len(four) == 12 + 6
    assert ((0, 3), (1, 2)) in four


def test_one_draw_against_a_luckier_one_never_fires_and_would_if_it_were_taken_for_the_prompt():
    lucky, unlucky = redraws([apart((40, 90))])
    assert (lucky.before, lucky.after, lucky.verdict, lucky.mean) == ((0,), (1,), "cannot tell", True)
    assert (unlucky.verdict, unlucky.mean) == ("cannot tell", False)


def test_several_draws_a_side_hold_the_luck_of_draws():
    found = {(one.before, one.after): one.verdict for one in redraws([apart((40, 90, 42, 88))])}
    assert found[(0, 1), (2, 3)] == found[(2, 3), (0, 1)] == "cannot tell"
    assert found[(0, 2), (1, 3)] == "regressed"  # both lucky ones against both others: one way in three


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


def test_the_table_has_a_line_for_each_design_that_was_measured(project, capsys):
    assert calibrate() == 0
    said = capsys.readouterr().out
    assert said.startswith("1 cells of 1 tasks; standard deviation of Macro-F1 between training seeds 0.0")
    assert sides(said) == ["half", "1 x 3", "1 x 5"]
    assert "between generation seeds not measured" in said
    assert "Lines about a prompt are left out: no cell has several generation seeds" in said


def sides(said):
    """The seeds a side of each line of the table."""
    return [re.split(r" {2,}", line)[1] for line in said.splitlines() if "   5%   " in line]


def redrawn(project, tmp_path):
    """A second draw of these results, with another score; gives the command's files."""
    write(tmp_path / "redrawn.jsonl", [replace(r, generation_seed=1) for r in project[::-1]])
    return ["calibrate", "results.jsonl", "redrawn.jsonl", "--data", "mirror"]


def test_with_several_draws_there_are_lines_about_the_prompt(project, capsys, tmp_path):
    assert main([*redrawn(project, tmp_path), "--trials", "2"]) == 0
    said = capsys.readouterr().out
    assert sides(said) == ["half", "1 x 3", "1 x 5", "3 x 1", "5 x 1", "1 x 3"]
    assert "left out" not in said


def test_a_cell_of_one_draw_beside_one_of_two_is_left_out_of_the_lines_about_the_prompt(project, capsys, tmp_path):
    write(tmp_path / "results.jsonl", [replace(r, method="zero_shot") for r in project])
    assert main([*redrawn(project, tmp_path), "--trials", "2"]) == 0
    assert "Lines about a prompt rest on the 1 cells of several generation seeds" in capsys.readouterr().out


def test_draws_are_shown_against_each_other(project, capsys, tmp_path):
    assert main([*redrawn(project, tmp_path), "--show", "draws"]) == 0
    said = capsys.readouterr().out
    assert re.search(r"few_shot/minilm +1 x 3 +0 and 1 +2 +0 of 2 +0 of 2", said)
    assert "Gates of several draws a side take four draws; there are 2." in said


@pytest.mark.parametrize("show", ["draws", "pooling"])
def test_what_takes_several_draws_says_how_to_measure_another(project, capsys, show):
    assert refused(capsys, "--show", show) == (
        "error: results.jsonl: no cell with several generation seeds; measure another with --synth-generation-seed 1, "
        "and give its file too"
    )


def test_pooling_takes_several_tasks(project, capsys, tmp_path):
    assert main([*redrawn(project, tmp_path), "--show", "pooling"]) == 4
    assert "no method has several tasks" in capsys.readouterr().err


def test_results_of_further_generation_seeds_may_lie_in_a_file_of_their_own(project, capsys, tmp_path):
    write(tmp_path / "redrawn.jsonl", [replace(r, generation_seed=1) for r in project])
    assert main(["calibrate", "results.jsonl", "redrawn.jsonl", "--data", "mirror", "--trials", "2"]) == 0
    assert "between generation seeds, measured of 1 cells, 0.0000 to 0.0000" in capsys.readouterr().out


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
        (("--show", "all"), "error: unknown table 'all'; tables: rates, pooling, draws"),
        (("--trials", "0"), "error: 0 trials; give at least 1"),
        (("--margin", "2"), "error: margin is 2.0; give the smallest drop of Macro-F1 that matters, as 0.01"),
        (("--suites", "nowhere.py"), "error: no suite nowhere.py; give a Python file, or a folder of files test_*.py"),
    ],
)
def test_a_mistake_is_one_line(project, capsys, options, said):
    assert refused(capsys, *options) == said


def test_floors_a_generator_s_own_answers_and_real_texts_are_no_cells(project):
    untrained = [replace(r, classifier=name, steps=0) for r in project for name in ("tfidf", "prompted", "gone")]
    more = [*untrained, *(replace(r, generator="") for r in project)]
    assert len(list(measured_cells([*project, *more], "mirror", [Path("suites")]))) == 1
