"""Simulated studies have the truth that they were given, and the intervals of the leaderboard hold it."""

import re

import numpy as np
import pytest

import toys
from printed import COVERAGE, ROOT
from synthworth.__main__ import main
from synthworth.core.result import write
from synthworth.leaderboard import coverage
from synthworth.leaderboard.simulated.measured import measured_tasks
from synthworth.leaderboard.simulated.study import QUANTITIES, tallies
from synthworth.leaderboard.simulated.world import StudyDesign, small, with_rare_label, world_of
from synthworth.measures import macro_f1

ROWS = 600
TRUE = ["good", "bad"] * (ROWS // 2)


def predicted(right, seed):
    """Predictions that are right on about that share of the rows; some rows are hard for all."""
    hard = np.random.default_rng(0).random(ROWS)
    score = 0.7 * hard + 0.3 * np.random.default_rng(seed).random(ROWS)
    wrong = score > np.quantile(score, right)
    return [("bad" if label == "good" else "good") if w else label for label, w in zip(TRUE, wrong, strict=True)]


def results(tasks=("one", "two")):
    """Two draws of two training seeds of real texts at two sizes and of one written set, for each task."""
    kinds = (("real", "", 50, 0.75), ("real", "", 100, 0.9), ("zero_shot", "smollm2-135m", 100, 0.8))
    made = []
    for place, task in enumerate(tasks):
        for kind, (method, generator, size, right) in enumerate(kinds):
            for draw in range(2):
                for training in range(2):
                    seed = [place, kind, draw, training]
                    share = right + 0.02 * draw + 0.01 * training
                    made.append(
                        toys.predicting(
                            TRUE,
                            predicted(share, seed),
                            task=task,
                            method=method,
                            generator=generator,
                            per_label=size,
                            demonstrations="",
                            generation_seed=draw,
                            training_seed=training,
                            train_version=f"{task} {method} {size} {draw}",
                        )
                    )
    return made


@pytest.fixture(scope="module")
def tasks():
    return measured_tasks(results(), "minilm", 100)


def test_a_world_has_the_scores_that_were_measured(tasks):
    world = world_of(tasks[0], tasks[0].rows)
    for name, cell in world.cells.items():
        assert cell.centre == pytest.approx(tasks[0].cells[name].mean, abs=1e-9)
        assert cell.truth == pytest.approx(cell.centre, abs=0.002)


def test_simulated_runs_have_the_mean_and_the_spread_of_their_cell(tasks):
    world = world_of(tasks[0], tasks[0].rows)
    cell = world.cells["zero_shot", "smollm2-135m", 100]
    scores = macro_f1(world.rows[:, None] * cell.runs(2000, 1, np.random.default_rng(0)))
    spread = (cell.between_draws**2 + cell.between_trainings**2) ** 0.5
    assert scores.mean() == pytest.approx(cell.truth, abs=4 * spread / 2000**0.5 + 1e-3)
    assert scores.std() == pytest.approx(spread, rel=0.1)


def test_simulated_predictions_agree_as_often_as_the_measured_ones(tasks):
    task = tasks[0]
    world, name = world_of(task, task.rows), ("real", "", 100)
    runs = [run for of in task.cells[name].predictions for run in of]
    measured = np.mean(runs[0] == runs[2])
    random = np.random.default_rng(0)
    shares = np.concatenate([task.cells[name].confusions[0][0][None] / task.rows[:, None]] * 2)
    agree = []
    for _ in range(30):
        _, found, _ = world._predicted(shares, world._latent([2], 1, random))
        agree.append(np.mean(found[0] == found[1]))
    assert np.mean(agree) == pytest.approx(measured, abs=0.03)


@pytest.mark.parametrize("rows", [np.array([900, 90, 10]), np.array([5, 5])])
def test_small_test_sets_keep_every_label_and_a_rare_one_has_its_share(rows):
    assert small(rows).min() >= 2
    assert with_rare_label(rows).min() == 20
    assert with_rare_label(rows).sum() == pytest.approx(400, abs=len(rows))


@pytest.mark.slow
def test_intervals_of_three_draws_hold_the_truth_and_tiers_seldom_part_equals(tasks):
    worlds = [world_of(task, task.rows) for task in tasks]
    found = tallies(worlds, StudyDesign(real=3, written=3, trainings=1), 100, trials=150, seed=1)
    assert all(found[quantity, False].share > 0.92 for quantity in QUANTITIES[:-1])
    assert found[QUANTITIES[-1], False].share < 0.06


@pytest.mark.slow
def test_one_draw_does_not_hold_the_luck_of_others(tasks):
    worlds = [world_of(task, task.rows) for task in tasks]
    one, three = (
        tallies(worlds, StudyDesign(real=n, written=n, trainings=3), 100, trials=60, seed=1)[
            "Macro-F1, written", False
        ].share
        for n in (1, 3)
    )
    assert one < three


@pytest.mark.slow
def test_the_table_has_a_line_for_each_quantity_and_its_mean_and_repeats_itself(tmp_path, capsys):
    write(tmp_path / "results.jsonl", results())
    command = ["coverage", str(tmp_path / "results.jsonl"), "--trials", "2"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert shown == coverage([tmp_path / "results.jsonl"], trials=2)
    for quantity in QUANTITIES:
        assert re.search(rf"^{re.escape(quantity)}, one task +\d", shown, flags=re.M)
        assert re.search(rf"^{re.escape(quantity)}, mean of 2 +\d", shown, flags=re.M)


@pytest.mark.slow
def test_the_committed_table_is_what_the_command_prints_within_chance():
    committed, again = _numbers(COVERAGE.read_text()), _numbers(coverage([ROOT / "suites/results.jsonl"], trials=3))
    assert set(again) == set(committed)
    for line, numbers in again.items():
        if "one task" in line:  # of ten tasks, so that three trials say something
            assert numbers[1:] == pytest.approx(committed[line][1:], abs=15), line


def _numbers(text):
    """The numbers of each line of the table of coverage, without those in brackets."""
    lines = re.findall(r"^\|? ?((?:Macro-F1|drop|gap|worth|three).*?(?:one task|mean of \d+))(.*)$", text, flags=re.M)
    return {name: [float(n) for n in re.findall(r"(?<!\()\b\d+\.\d\b", rest)] for name, rest in lines}


def test_results_of_one_draw_are_refused(tmp_path):
    write(tmp_path / "results.jsonl", [result for result in results() if result.generation_seed == 0])
    with pytest.raises(ValueError, match="no task with two draws of real and of written texts, 100 per label"):
        coverage([tmp_path / "results.jsonl"], trials=1)
