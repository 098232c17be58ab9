"""A ranking without labels: the nearer file first, never called a score, and with an error that can be recomputed."""

from dataclasses import replace
from pathlib import Path
from statistics import mean

import pytest
from scipy.stats import spearmanr

import synthworth
from reviews import GERMAN, reviews, write_csv
from synthworth.__main__ import main
from synthworth.core import read
from synthworth.core.labelled_texts import UnlabelledTexts
from synthworth.leaderboard.scoring import rank_texts
from synthworth.leaderboard.scoring.ranking_error import (
    MEASURES,
    Distances,
    MeasuredSet,
    by_draw,
    measured_errors,
    measured_sets,
    ranking_error,
)

RESULTS = Path(__file__).parents[2] / "suites/results.jsonl"


def named(name, count=100, **options):
    return UnlabelledTexts(name=name, texts=tuple(reviews(count, **options)[0]), columns="")


def measured(task, name, macro_f1, far, draw=0):
    return MeasuredSet(task, draw, name, macro_f1, Distances(far, far, far))


@pytest.fixture(scope="module")
def ranking():
    """Of reviews of the same kind as the real ones, and of German ones."""
    return rank_texts([named("far.csv", seed=1, kinds=GERMAN), named("near.csv", seed=2)], named("real.csv", seed=3))


def test_the_nearer_file_comes_first_by_each_distance(ranking):
    assert list(ranking.distances) == ["near.csv", "far.csv"]
    near, far = ranking.distances.values()
    assert all(one < other for one, other in zip(near, far, strict=True))
    assert near.squared_mmd == pytest.approx(0, abs=0.01)


def test_a_ranking_says_that_it_is_no_score_and_how_often_it_is_right(ranking):
    error = measured_errors()["squared_mmd"]
    first = str(ranking).splitlines()[0]
    assert first.startswith("near.csv lies nearest to the real texts. This is a ranking, not a score: ")
    assert f"in {error.pairs:.0%}".replace("%", " %") in first
    assert "How far a ranking can be trusted" in str(ranking)


def test_the_measured_scores_are_those_of_the_committed_results():
    scores = {}
    for result in read(RESULTS):
        if result.method.startswith("data-") and (result.classifier, result.per_label) == ("minilm", 100):
            scores.setdefault((result.task, result.method.removeprefix("data-")), []).append(result.macro_f1)
    assert {(row.task, row.name) for row in measured_sets()} == set(scores)
    for row in measured_sets():
        assert row.macro_f1 == pytest.approx(mean(scores[row.task, row.name]), abs=6e-5)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_rank_correlation_is_scipy_s_and_pairs_are_counted_one_by_one(measure):
    by_task, pairs = {}, []
    for draw in by_draw(measured_sets()):
        near, scores = [-getattr(row.distances, measure) for row in draw], [row.macro_f1 for row in draw]
        if len(draw) > 2:
            by_task.setdefault(draw[0].task, []).append(spearmanr(near, scores)[0])
        for a, (one, score) in enumerate(zip(near, scores, strict=True)):
            for other, another in zip(near[:a], scores[:a], strict=True):
                pairs.append(0.5 if one == other else float((one > other) == (score > another)))
    found = ranking_error(measured_sets(), measure)
    assert found.rank_correlation == pytest.approx(mean(map(mean, by_task.values())))
    assert found.pairs == pytest.approx(mean(pairs))


def test_a_perfect_ranking_has_no_error_and_one_turned_round_is_always_wrong():
    sets = [measured("a", str(n), n / 10, 1 - n / 10) for n in range(4)]
    assert ranking_error(sets, "squared_mmd") == (1, 1, 1, 1)
    turned = [measured("a", str(n), n / 10, n / 10) for n in range(4)]
    assert ranking_error(turned, "squared_mmd") == (-1, -1, 0, 0)


def test_sets_of_different_tasks_are_not_compared():
    with pytest.raises(ValueError, match="a rank correlation needs three sets of one task"):
        ranking_error([measured(task, "x", 0.5, 0.1) for task in "abcd"], "squared_mmd")


def test_texts_that_are_real_ones_are_counted():
    real = named("real.csv", seed=3)
    copied = UnlabelledTexts(name="copied.csv", texts=(*real.texts[:7], *named("", seed=4).texts), columns="")
    found = rank_texts([copied, named("near.csv", seed=2)], real)
    assert "7 texts of copied.csv are among the real ones, word for word: they bring it nearer" in found.notes


@pytest.fixture
def files(tmp_path):
    """Two files of written texts, and one of real ones."""
    names = ("one", "other", "real")
    return [str(write_csv(tmp_path / f"{name}.csv", *reviews(100, seed=seed))) for seed, name in enumerate(names)]


def test_the_command_prints_a_ranking_without_test_texts(files, capsys):
    one, other, real = files
    assert main(["score", one, other, "--unlabelled", real]) == 0
    assert "This is a ranking, not a score" in capsys.readouterr().out


def test_from_python_the_ranking_is_the_command_s_from_files_and_from_lists(files):
    one, other, real = files
    found = synthworth.rank([one, other], unlabelled=real)
    lists = {Path(file).name: reviews(100, seed=seed)[0] for seed, file in enumerate((one, other))}
    from_lists = synthworth.rank(lists, unlabelled=reviews(100, seed=2)[0])
    assert replace(found, notes=found.notes[1:]) == from_lists  # the first one is about the columns of the files
    assert list(found.to_frame()["file"]) == list(found.distances)
    assert "This is a ranking, not a score" in found._repr_html_()


def test_lists_from_python_are_named_in_what_is_wrong_with_them():
    with pytest.raises(ValueError, match=r"^mine, row 1: the text is 7, not words"):
        synthworth.rank({"mine": [7], "theirs": ["a text"]}, unlabelled=["a text"])
    with pytest.raises(ValueError, match=r"^the real texts: 1 different texts; a ranking needs at least 100$"):
        synthworth.rank({name: reviews(100)[0] for name in ("mine", "theirs")}, unlabelled=["a text"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["one.csv"], "no real texts; give labelled ones with --test"),
        (["one.csv", "other.csv", "--test", "real.csv"], "2 files of written texts; --test scores one"),
        (["one.csv", "--unlabelled", "real.csv"], "one file; a ranking needs at least two files of written texts"),
        (["one.csv", "one.csv", "--unlabelled", "real.csv"], "one.csv comes twice; a ranking needs at least two files"),
        (
            ["one.csv", "other.csv", "--unlabelled", "few.csv"],
            "few.csv: 10 different texts; a ranking needs",
        ),
        (["one.csv", "other.csv", "--unlabelled", "real.csv", "--real", "real.csv"], "--real without --test"),
    ],
)
def test_a_mistake_is_one_line(files, tmp_path, monkeypatch, capsys, arguments, message):
    write_csv(tmp_path / "few.csv", *reviews(10))
    monkeypatch.chdir(tmp_path)
    assert main(["score", *arguments]) == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("error: ")
    assert printed.err.count("\n") == 1
    assert message in printed.err


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([["a text"], ["another"]], "^sets of texts without names; give files, or a dict of texts by the name of each"),
        ({1: ["a"] * 3}, "^one file; a ranking needs at least two"),
    ],
)
def test_what_cannot_be_ranked_is_refused_in_one_line(written, message):
    with pytest.raises(ValueError, match=message):
        synthworth.rank(written, unlabelled=["a", "b"])


def test_one_file_is_one_file_and_not_a_file_for_each_letter_of_its_name(tmp_path):
    path = write_csv(tmp_path / "written.csv", *reviews(100, seed=1))
    for one in (path, str(path)):
        with pytest.raises(ValueError, match=r"^one file; "):
            synthworth.rank(one, unlabelled=reviews(100, seed=2)[0])


def test_files_of_one_name_in_two_folders_are_ranked_by_their_paths(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for n, folder in enumerate(("gpt", "llama", "real")):
        (tmp_path / folder).mkdir()
        write_csv(tmp_path / folder / "train.csv", *reviews(100, seed=n))
    found = synthworth.rank(["gpt/train.csv", Path("llama/train.csv")], unlabelled="real/train.csv")
    assert set(found.to_frame()["file"]) == {"gpt/train.csv", "llama/train.csv"}
    assert main(["score", "gpt/train.csv", "llama/train.csv", "--unlabelled", "real/train.csv"]) == 0
    assert "gpt/train.csv" in capsys.readouterr().out


def test_a_ranking_says_the_columns_that_it_took(tmp_path):
    texts = [write_csv(tmp_path / f"{n}.csv", *reviews(100, seed=n), ("Review", "Mood")) for n in range(3)]
    assert (
        "0.csv, 1.csv, 2.csv: text in 'Review' (by its name)" in synthworth.rank(texts[:2], unlabelled=texts[2]).notes
    )
