"""The command `variance` tells where a row's uncertainty comes from, and what one more of a source costs and gains."""

import re
from dataclasses import replace

import pytest

import toys
from synthworth.__main__ import main
from synthworth.core.result import write
from synthworth.leaderboard import Pace, leaderboards, purchases_table


def studied(scores):
    """Results of two or more draws (outer) with their training seeds (inner), each with texts of its own."""
    return [
        toys.result(generation_seed=g, training_seed=t, train_version=f"draw {g}", macro_f1=score)
        for g, of_draw in enumerate(scores)
        for t, score in enumerate(of_draw)
    ]


APART = studied([[0.60, 0.61, 0.62], [0.70, 0.71, 0.72], [0.80, 0.81, 0.82]])
TOGETHER = studied([[0.65, 0.70, 0.75], [0.65, 0.70, 0.75], [0.65, 0.70, 0.75]])


def shares(text):
    """Per cent of the variance by draws, training seeds and test rows."""
    (line,) = [line for line in text.splitlines() if line.startswith("toy")]
    return [int(share) for share in re.findall(r"(\d+) %", line)]


def test_the_source_that_moves_the_scores_has_the_largest_share():
    assert shares(purchases_table(APART, ()))[0] > 60
    assert shares(purchases_table(TOGETHER, ()))[0] == 0


def test_the_half_width_is_that_of_the_leaderboard():
    (board,) = leaderboards(APART)
    (row,) = board.rows
    found = re.search(r"0\.710 +(0\.\d+)", purchases_table(APART, ()))
    assert float(found[1]) == pytest.approx((row.high - row.low) / 2, abs=0.0006)


def test_a_draw_is_offered_with_its_answers_tokens_and_minutes():
    quality = [toys.quality(train_version=f"draw {g}", generation_seed=g) for g in range(3)]
    text = purchases_table(APART, quality, pace=Pace(step=1.0, row=0.0))
    assert re.search(r"draw \(230 answers, 3,000 tokens, about 3 min\): ±0\.\d+ to ±0\.\d+", text)


def test_every_offer_narrows_the_interval():
    offers = re.findall(r"±([\d.]+) to ±([\d.]+)", purchases_table([*APART, *TOGETHER], ()))
    assert offers
    assert all(float(after) < float(before) for before, after in offers)


def test_with_one_draw_its_share_is_unknown_and_no_draw_is_offered():
    text = purchases_table(studied([[0.6, 0.7, 0.8]]), ())
    assert "unknown" in text
    assert "draw (" not in text


def test_one_seed_alone_is_refused():
    with pytest.raises(ValueError, match=r"no row has several seeds.*--synth-seeds 3"):
        purchases_table([toys.result()], ())


def test_the_command_reads_results_and_what_was_measured_of_texts(tmp_path, capsys):
    write(tmp_path / "results.jsonl", [*APART, *(replace(r, task="other") for r in TOGETHER)])
    assert main(["variance", str(tmp_path / "results.jsonl"), "--task", "toy", "--format", "github"]) == 0
    shown = capsys.readouterr().out
    assert "| toy " in shown
    assert "| other " not in shown
