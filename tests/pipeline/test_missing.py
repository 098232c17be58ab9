"""What recordings lack, what that would take and what was spent, of a generator server on loopback."""

import re

import pytest

from places import line
from servers import error_of, serving
from synthworth.generation.generator import GeneratorError, Price
from synthworth.generation.recording import MissingAnswers, path_of
from synthworth.generation.recording.entries import loads
from synthworth.pipeline import missing


def test_a_miss_writes_nothing(run_of, tmp_path):
    with pytest.raises(MissingAnswers):
        run_of().sets.generated("few_shot")
    assert not (tmp_path / "cassettes").exists()


def test_what_is_missing_is_one_line_with_counts_folder_tokens_price_and_command(run_of, tmp_path):
    said = missing.missing(run_of().sets, ["zero_shot", "few_shot"])
    assert re.fullmatch(
        r"places by m: zero_shot lacks 20 of 20 answers and few_shot lacks 10 of 10 answers in "
        rf"{tmp_path}/cassettes/m/places; about \d,\d+ prompt and 200 completion tokens, at an unknown price; record "
        r"them with: pytest suites/test_places\.py --synth-record missing",
        said,
    )


def test_a_miss_of_part_of_a_quota_counts_that_part(run_of, recorded):
    recorded("few_shot", per_label=10)
    run = run_of(per_label=12)
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot")
    assert "few_shot lacks 4 of 24 answers" in missing.missing(run.sets, ["few_shot"])


def test_what_is_missing_for_a_larger_quota_that_was_asked_is_that_method_s_alone(run_of, recorded):
    for method in ("zero_shot", "few_shot"):
        recorded(method, per_label=5)
    run = run_of(per_label=5)
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot", 7)
    said = missing.missing(run.sets, ["zero_shot", "few_shot"])
    assert "places by m: few_shot lacks 4 of 14 answers in" in said


def test_what_is_missing_names_a_method_that_was_asked_and_not_chosen(run_of):
    run = run_of()
    with pytest.raises(MissingAnswers):
        run.sets.generated("few_shot")
    assert "zero_shot lacks 20 of 20 answers and few_shot lacks 10 of 10 answers" in missing.missing(
        run.sets, ["real", "zero_shot"]
    )


def test_what_is_missing_is_told_though_another_method_cannot_be_made(run_of, recorded, tmp_path):
    recorded("few_shot")
    path_of(tmp_path / "cassettes", "m", "places", "few_shot").write_text("torn")
    said = missing.missing(run_of().sets, ["few_shot", "zero_shot"])
    assert said.startswith("places by m: zero_shot lacks 20 of 20 answers in ")


def test_what_is_missing_is_priced(run_of):
    said = missing.missing(run_of(price=Price(prompt=1000, completion=1_000_000)).sets, ["few_shot"])
    prompt, usd = (float(found) for found in re.search(r"about (\d+) prompt and .*, ([\d.]+) usd;", said).groups())
    assert usd == pytest.approx(prompt / 1000 + 67, abs=1e-3)  # 10 answers of 5 words, at 4 tokens for 3 words


def test_an_estimate_counts_each_method_and_asks_nothing(run_of, recorded):
    recorded("few_shot")
    with serving(line) as (url, came):
        found = missing.estimate(run_of(url, record="missing", per_label=8).sets, ["real", "zero_shot", "few_shot"])
    assert [(row.task, row.method, row.requests, row.retries, row.usd, row.kept) for row in found] == [
        ("places", "zero_shot", 20, 0, None, None),
        ("places", "few_shot", 6, 0, None, None),
    ]
    assert came.connections == 0


def test_an_estimate_needs_no_real_texts(run_of, tmp_path):
    found = missing.estimate(run_of(data=str(tmp_path / "nowhere")).sets, ["zero_shot", "few_shot"])
    assert [row.requests for row in found] == [20, 10]


def test_usage_is_that_of_the_recordings_that_were_added_to(run_of, recorded):
    recorded("few_shot")
    with serving(line) as (url, _):
        run = run_of(url, record="missing", price=Price(prompt=1000, completion=10_000))
        for method in ("real", "few_shot", "zero_shot"):
            run.sets.generated(method)
        (row,) = missing.usage(run.sets)
    assert (row.method, row.requests, row.retries, row.prompt_tokens, row.completion_tokens) == (
        "zero_shot", 20, 0, 600, 80,
    )  # fmt: skip
    assert row.usd == pytest.approx(0.6 + 0.8)
    assert row.kept == 10


def test_usage_after_a_run_that_was_cut_short_knows_no_texts(run_of):
    with serving(lambda number, body: error_of(401) if number > 6 else line(number, body)) as (url, _):
        run = run_of(url, record="missing", concurrency=1)
        with pytest.raises(GeneratorError):
            run.sets.generated("zero_shot")
        (row,) = missing.usage(run.sets)
    assert (row.requests, row.kept) == (7, None)


def test_what_was_used_are_the_answers_that_were_needed(run_of, recorded, tmp_path):
    recorded("few_shot", per_label=10)
    path = path_of(tmp_path / "cassettes", "m", "places", "few_shot")
    run = run_of(per_label=6)
    run.sets.generated("few_shot")
    (used,) = missing.used(run.sets).values()
    stored = loads(path.read_text())
    assert list(missing.used(run.sets)) == [path]
    assert used == {key for key, entry in stored.items() if entry["sample"] < 6}
    assert len(used) == 12


def test_nothing_was_used_where_there_is_no_recording(run_of):
    run = run_of()
    with pytest.raises(MissingAnswers):
        run.sets.generated("zero_shot")
    assert missing.used(run.sets) == {}
