"""What one session asks of a generator, and what it says: of what is missing, of what it costs, of what went wrong."""

import json
import re
import shlex
import subprocess
import sys

import pytest

from projects import (
    BOTH,
    FLOORS,
    WRITTEN,
    change,
    files,
    generator,
    note,
    project,
    record,
    recording,
    replay,
)
from servers import answer_of, error_of
from synthworth.generation.generator import price_of

QUIET = ("-p", "no:cacheprovider")
LACKS = re.compile(r"(\w+) lacks (\d+) of (\d+) answers")
CHANGES = [  # what is changed in the suite, the part that the line names, and what each method then lacks
    (("You write notes", "You jot notes"), "context prompt", {"zero_shot": 20, "few_shot": 10}),
    (("Write {description}", "Pen {description}"), "generation prompt", {"zero_shot": 20, "few_shot": 10}),
    (("a kind note", "a friendly note"), "generation prompt", {"zero_shot": 10, "few_shot": 5}),
    (("so kind", "ever so kind"), "demonstrations", {"few_shot": 5}),
]


def told(result):
    """The one line about what is missing."""
    lines = [line for line in result.outlines if line.endswith("--synth-record missing")]
    assert len(lines) == 1, result.stdout.str()
    return lines[0]


def lacking(result):
    return {method: int(n) for method, n, _ in LACKS.findall(told(result))}


def rows_of(result, title):
    """The rows of the table under a title, by task and method, as numbers where they are some."""
    _, _, after = result.stdout.str().partition(f"synthworth: {title}")
    if not after:
        return {}
    lines = after.splitlines()[1:]
    ruler = next(i for i, line in enumerate(lines) if re.match(r"-+  -", line))
    columns = [match.span() for match in re.finditer(r"-+", lines[ruler])]
    rows = {}
    for line in lines[ruler + 1 :]:
        cells = [line[start:end].strip().replace(",", "") for start, end in columns]
        rows[cells[0], cells[1]] = [int(cell) if cell.isdecimal() else cell for cell in cells[2:]]
        if cells[0] == "all":
            return rows
    raise AssertionError(f"no totals in {lines}")


def announced(pytester, *options, of=WRITTEN, name="toy-llm"):
    """The table of an estimate."""
    result = replay(pytester, "--synth-estimate", *options, of=of, name=name)
    assert result.ret == 0, result.stderr.str()
    return rows_of(result, "what is missing")


def spent(result):
    """The table of what recordings have cost."""
    return rows_of(result, "what the recordings added to have cost")


# ---- a miss


def test_a_miss_fails_one_test_of_the_suite_and_the_others_skip_naming_it(pytester):
    project(pytester)
    result = replay(pytester, "-rsf", of=BOTH)
    result.assert_outcomes(passed=3, failed=1, skipped=10)
    first = "test_toy.py::TestToy::test_every_label_reaches_its_quota[zero_shot]"
    skips = [line for line in result.outlines if line.startswith("SKIPPED") and "for the same reason" in line]
    assert sum(int(re.match(r"SKIPPED \[(\d+)\]", line)[1]) for line in skips) == 9
    assert all(line.endswith(f"for the same reason as {first}") for line in skips)
    assert first in next(line for line in result.outlines if line.startswith("FAILED test_toy"))


def test_a_miss_is_told_in_one_line_without_a_traceback(pytester):
    project(pytester)
    result = replay(pytester)
    folder = recording(pytester).parent
    assert re.fullmatch(
        rf"toy by toy-llm: zero_shot lacks 20 of 20 answers in {folder}; about \d+ prompt and \d+ completion tokens, "
        r"at an unknown price; record them with: pytest test_toy\.py --synth-data mirror --synth-per-label 5 "
        r"--synth-generator toy-llm --synth-method zero_shot --synth-record missing",
        told(result),
    )
    assert "Traceback" not in result.stdout.str()
    assert "session.py" not in result.stdout.str()


def test_two_suites_that_miss_are_two_failures(pytester):
    for name in ("toy", "game"):
        project(pytester, name=name)
    result = replay(pytester)
    assert result.parseoutcomes()["failed"] == 2
    lines = [line for line in result.outlines if line.endswith("--synth-record missing")]
    assert sorted(line.split(" by ")[0] for line in lines) == ["game", "toy"]


def test_a_miss_writes_nothing(pytester):
    project(pytester)
    record(pytester, *QUIET, of=BOTH)
    change(pytester, "You write notes", "You jot notes")
    before = files(pytester)
    replay(pytester, *QUIET, of=BOTH)
    assert files(pytester) == before


def test_a_miss_of_all_makes_no_folder(pytester):
    project(pytester)
    replay(pytester, *QUIET, of=BOTH)
    assert not (pytester.path / "cassettes").exists()


@pytest.mark.parametrize(("changed", "part", "lacks"), CHANGES)
def test_a_miss_names_the_part_that_changed_and_counts_each_method(pytester, changed, part, lacks):
    project(pytester)
    record(pytester, of=BOTH)
    change(pytester, *changed)
    result = replay(pytester, of=BOTH)
    assert f"; since these changed: {part}; about" in told(result)
    assert lacking(result) == lacks


def test_a_changed_diversity_prompt_misses_what_it_was_sent_with(pytester):
    project(pytester)
    large = (*BOTH, "--synth-per-label", "25")
    record(pytester, of=large)
    change(pytester, "Another one.", "Yet another one.")
    result = replay(pytester, of=large)
    assert "; since these changed: diversity prompt; about" in told(result)
    assert lacking(result) == {"zero_shot": 4}  # samples 10 and 20 of either label


def test_a_changed_parameter_is_named_by_its_name(pytester, monkeypatch):
    project(pytester)
    record(pytester)
    monkeypatch.setattr("synthworth.generation.collect.SAMPLING", {"temperature": 0.8, "top_p": 0.9, "stop": ["\n\n"]})
    result = replay(pytester)
    assert "; since these changed: temperature; about" in told(result)
    assert lacking(result) == {"zero_shot": 20}


def test_a_changed_length_range_names_the_bound_of_the_answer_too(pytester):
    project(pytester)
    record(pytester)
    change(pytester, "words=(1, 12)", "words=(1, 24)")
    assert "; since these changed: generation prompt, max_tokens; about" in told(replay(pytester))


def test_another_generator_than_the_recorded_one_is_named_as_such(pytester):
    project(pytester)
    record(pytester)
    result = replay(pytester, name="other-llm")
    assert told(result).startswith("toy by other-llm: zero_shot lacks 20 of 20 answers in ")
    assert "; since these changed: model; about" in told(result)


def test_several_changes_are_named_together(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    change(pytester, "You write notes", "You jot notes")
    change(pytester, "so kind", "ever so kind")
    assert "; since these changed: context prompt, demonstrations; about" in told(replay(pytester, of=BOTH))


def test_a_larger_quota_has_changed_nothing(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    result = replay(pytester, "--synth-per-label", "15", of=BOTH)
    assert "zero_shot lacks 20 of 40 answers and few_shot lacks 20 of 30 answers in" in told(result)
    assert "since" not in told(result)


def test_the_cost_of_what_is_missing_is_that_of_the_price_list(pytester):
    project(pytester)
    line = told(replay(pytester, name="gpt-5-mini"))
    prompt, completion, usd = re.search(r"about (\d+) prompt and (\d+) completion tokens, ([\d.]+) usd", line).groups()
    assert price_of("gpt-5-mini").of(1_000_000, 1_000_000) == 2.25
    assert float(usd) == pytest.approx((int(prompt) * 0.25 + int(completion) * 2) / 1_000_000, abs=5e-5)
    assert float(usd) > 0


def test_the_tokens_of_what_is_missing_are_estimated_from_the_prompts_and_the_recorded_answers(pytester):
    project(pytester)
    _, bodies = record(pytester)
    line = told(replay(pytester, "--synth-per-label", "15"))
    prompt, completion = map(int, re.search(r"about (\d+) prompt and (\d+) completion tokens", line).groups())
    assert completion == 20 * 5  # as many answers, of as many tokens as those that are recorded
    size = sum(len(m["content"]) for body in bodies for m in body["messages"])
    assert size / 4 <= prompt <= 3 * size / 4


def test_the_path_in_the_command_counts_from_where_pytest_was_started(pytester, monkeypatch):
    project(pytester)
    below = pytester.mkdir("below")
    monkeypatch.chdir(below)
    chosen = ("--synth-data", "../mirror", "--synth-method", "zero_shot", *FLOORS, "--rootdir", "..", "../test_toy.py")
    result = pytester.runpytest(*chosen)
    assert "record them with: pytest ../test_toy.py --synth-data ../mirror " in told(result)


def test_the_command_records_what_is_missing(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    change(pytester, "You write notes", "You jot notes")
    with generator() as (address, came):
        missed = pytester.runpytest(*BOTH, "--synth-generator", address)
        command = shlex.split(told(missed).partition("record them with: ")[2])
        assert command[0] == "pytest"
        done = subprocess.run([sys.executable, "-m", *command, "--synth-classifier", "majority"], cwd=pytester.path)
    assert done.returncode == 0
    assert len(came) == sum(lacking(missed).values()) == 30
    assert replay(pytester, of=BOTH).ret == 0


def test_a_claim_about_a_larger_quota_misses_what_that_quota_needs(pytester):
    project(
        pytester, '\n    def test_more(self, synth_run):\n        synth_run("zero_shot", "majority", per_label=15)\n'
    )
    record(pytester, "-k", "not more")
    result = replay(pytester)
    result.assert_outcomes(passed=8, failed=1, skipped=1)
    assert lacking(result) == {"zero_shot": 20}


def test_a_claim_about_a_method_that_is_not_chosen_misses_its_answers(pytester):
    project(pytester, '\n    def test_other(self, synth_run):\n        synth_run("few_shot", "majority")\n')
    record(pytester, "-k", "not other")
    assert lacking(replay(pytester)) == {"few_shot": 10}


def reasons(result):
    """The lines of a session but those of its short summary, which repeat as much as the terminal is wide."""
    return [line for line in result.outlines if not line.startswith(("FAILED ", "ERROR "))]


def test_a_damaged_recording_is_told_beside_what_is_missing_of_the_other_method(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    recording(pytester, "few_shot").write_text("{}\n")
    change(pytester, "You write notes", "You jot notes")
    result = replay(pytester, of=BOTH)
    assert lacking(result) == {"zero_shot": 20}
    damaged = [line for line in reasons(result) if "few_shot.jsonl is damaged" in line]
    assert len(damaged) == 1
    assert result.parseoutcomes()["failed"] == 2


# ---- missing


@pytest.mark.parametrize(
    "changed",
    [change_ for change_, *_ in CHANGES] + [("Another one.", "Yet another one."), ("words=(1, 12)", "words=(2, 12)")],
)
def test_missing_asks_for_as_many_answers_as_the_estimate_announced(pytester, changed):
    project(pytester)
    large = (*BOTH, "--synth-per-label", "25")
    record(pytester, of=large)
    change(pytester, *changed)
    said = announced(pytester, of=large)
    done, bodies = record(pytester, of=large)
    assert done.ret == 0
    asked = {"few_shot": sum(shows_demonstrations(body) for body in bodies)}
    asked["zero_shot"] = len(bodies) - asked["few_shot"]
    assert {method: said["toy", method][0] for method in asked} == asked
    assert said["all", ""][0] == len(bodies) > 0
    assert replay(pytester, of=large).ret == 0


def shows_demonstrations(body):
    return "never modify or repeat" in body["messages"][0]["content"]


def test_missing_asks_for_a_first_recording_as_announced(pytester):
    project(pytester)
    said = announced(pytester, of=BOTH)
    assert said["all", ""][0] == len(record(pytester, of=BOTH)[1]) == 30


def test_missing_asks_with_the_new_diversity_prompt_alone(pytester):
    project(pytester)
    large = (*WRITTEN, "--synth-per-label", "25")
    record(pytester, of=large)
    change(pytester, "Another one.", "Yet another one.")
    asked = [body["messages"][-1]["content"] for body in record(pytester, of=large)[1]]
    assert len(asked) == 4
    assert all(text.startswith("Yet another one.") for text in asked)


def test_missing_asks_for_the_label_alone_whose_demonstrations_changed(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    change(pytester, "so kind", "ever so kind")
    bodies = record(pytester, of=BOTH)[1]
    assert len(bodies) == 5
    assert all("ever so kind" in [m["content"] for m in body["messages"]] for body in bodies)


def test_missing_asks_nothing_where_all_is_there(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    assert record(pytester, of=BOTH)[1] == []


def test_a_prompt_that_is_changed_back_asks_nothing(pytester):
    project(pytester)
    record(pytester)
    change(pytester, "You write notes", "You jot notes")
    record(pytester)
    change(pytester, "You jot notes", "You write notes")
    assert record(pytester)[1] == []


def test_mode_all_asks_for_everything_once_more(pytester):
    project(pytester)
    record(pytester)
    with generator() as (address, came):
        chosen = ("--synth-generator", address, "--synth-record", "all")
        assert pytester.runpytest(*WRITTEN, *chosen).ret == 0
    assert len(came) == 20


# ---- an estimate


def test_an_estimate_sends_nothing_runs_no_test_and_writes_nothing(pytester):
    project(pytester, "\n    def test_it(self):\n        open('ran', 'w').close()\n")
    before = files(pytester)
    with generator() as (address, came):
        chosen = ("--synth-generator", address, "--synth-estimate", "--synth-record", "missing", *QUIET)
        result = pytester.runpytest(*BOTH, *chosen)
    assert result.ret == 0
    assert came.connections == 0
    assert files(pytester) == before
    result.stdout.fnmatch_lines(["*no tests ran in*"])


def test_an_estimate_has_a_row_for_each_method_with_totals(pytester):
    project(pytester)
    said = announced(pytester, of=BOTH, name="gpt-5-mini")
    assert list(said) == [("toy", "few_shot"), ("toy", "zero_shot"), ("all", "")]
    assert [row[0] for row in said.values()] == [10, 20, 30]
    for column in (2, 3):
        assert said["all", ""][column] == said["toy", "few_shot"][column] + said["toy", "zero_shot"][column] > 0
    for row in said.values():
        assert float(row[4]) == pytest.approx((row[2] * 0.25 + row[3] * 2) / 1_000_000, abs=5e-5)
        assert float(row[4]) > 0


def test_an_estimate_says_that_a_price_is_unknown(pytester):
    project(pytester)
    result = replay(pytester, "--synth-estimate")
    result.stdout.fnmatch_lines(["all * unknown*", "The generator's price is unknown: give --synth-prices FILE."])


def test_an_estimate_takes_the_price_from_the_user_s_file(pytester):
    project(pytester)
    pytester.makefile(".json", prices='{"usd_per_million_tokens": {"toy-llm": [1000000, 0]}}')
    row = announced(pytester, "--synth-prices", "prices.json")["all", ""]
    assert row[4] == f"{row[2]}.0000"


def test_an_estimate_of_what_is_recorded_is_zero(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    assert announced(pytester, of=BOTH)["all", ""][:4] == [0, 0, 0, 0]


def test_an_estimate_in_mode_all_is_of_everything(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    assert announced(pytester, "--synth-record", "all", of=BOTH)["all", ""][0] == 30


def test_an_estimate_has_the_rows_of_every_suite(pytester):
    for name in ("toy", "game"):
        project(pytester, name=name)
    said = announced(pytester)
    assert list(said) == [("game", "zero_shot"), ("toy", "zero_shot"), ("all", "")]
    assert said["all", ""][0] == 40


def test_an_estimate_looks_where_the_suite_keeps_its_recordings(pytester):
    own = """
    @pytest.fixture
    def synth_cassette_dir(self, request):
        return request.config.rootpath / "mine"
"""
    project(pytester, own)
    record(pytester)
    assert (pytester.path / "mine" / "toy-llm" / "toy" / "zero_shot.jsonl").is_file()
    assert announced(pytester)["all", ""][0] == 0


def test_an_estimate_sets_up_nothing_of_the_suite(pytester):
    project(pytester, "\n    @pytest.fixture(autouse=True)\n    def costly(self):\n        open('ran', 'w').close()\n")
    announced(pytester)
    assert not (pytester.path / "ran").exists()


def test_an_estimate_needs_no_real_texts(pytester):
    project(pytester)
    (pytester.path / "mirror" / "toy" / "train.jsonl.gz").unlink()
    assert announced(pytester, of=BOTH)["all", ""][0] == 30


def test_an_estimate_leaves_out_a_suite_that_is_skipped(pytester):
    project(pytester, **{"class TestToy": "@pytest.mark.skip\nclass TestToy"})
    project(pytester, name="game")
    assert ("toy", "zero_shot") not in announced(pytester)


def test_an_estimate_for_a_suite_without_a_task_is_one_line_and_exit_code_4(pytester):
    pytester.makepyfile(test_toy="from synthworth import TaskSuite\n\nclass TestToy(TaskSuite):\n    pass\n")
    pytester.mkdir("mirror")
    result = replay(pytester, "--synth-estimate")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == ["ERROR: TestToy has no task; write `task = Task(...)` in it"]


# ---- what was spent


def test_after_recording_a_table_says_what_each_method_has_cost(pytester):
    project(pytester)
    done, _ = record(pytester, of=BOTH)
    assert spent(done) == {
        ("toy", "few_shot"): [10, 0, 200, 50, "unknown", 10],
        ("toy", "zero_shot"): [20, 0, 400, 100, "unknown", 10],
        ("all", ""): [30, 0, 600, 150, "unknown", 20],
    }


def test_the_table_of_costs_is_priced(pytester):
    project(pytester)
    pytester.makefile(".json", prices='{"usd_per_million_tokens": {"toy-llm": [1000, 10000]}}')
    done, _ = record(pytester, "--synth-prices", "prices.json", of=BOTH)
    assert [row[4] for row in spent(done).values()] == ["0.7000", "1.4000", "2.1000"]
    assert "price is unknown" not in done.stdout.str()


def test_retries_are_counted_as_requests(pytester):
    project(pytester)

    def reply(number, body):
        return error_of(429, **{"retry-after-ms": "1"}) if number < 3 else note(number, body)

    done, bodies = record(pytester, "--synth-concurrency", "1", reply=reply)
    assert len(bodies) == 23
    assert spent(done)["toy", "zero_shot"][:4] == [23, 3, 400, 100]


def test_costs_add_up_over_a_resumed_run(pytester):
    project(pytester)

    def reply(number, body):
        return error_of(401) if number >= 8 else note(number, body)

    first, _ = record(pytester, "--synth-concurrency", "1", reply=reply)
    second, bodies = record(pytester)
    assert spent(first)["toy", "zero_shot"] == [8, 0, 160, 40, "unknown", ""]
    assert len(bodies) == 12
    assert spent(second)["toy", "zero_shot"] == [20, 0, 400, 100, "unknown", 10]


def test_a_replay_shows_no_costs(pytester):
    project(pytester)
    record(pytester)
    assert "have cost" not in replay(pytester).stdout.str()


def test_a_recording_that_nothing_was_added_to_shows_no_costs(pytester):
    project(pytester)
    record(pytester, of=BOTH)
    recording(pytester, "few_shot").unlink()
    assert list(spent(record(pytester, of=BOTH)[0])) == [("toy", "few_shot"), ("all", "")]


# ---- a budget


def test_a_budget_in_tokens_is_never_passed_and_what_was_answered_is_kept(pytester):
    project(pytester)
    done, bodies = record(pytester, "--synth-budget", "400tokens")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    assert 0 < len(bodies) * 25 <= 400
    assert json.loads(recording(pytester).read_text().splitlines()[-1])["count"] == len(bodies)


def test_a_budget_that_is_reached_is_told_in_one_line(pytester):
    project(pytester)
    done, _ = record(pytester, "--synth-budget", "400tokens")
    lines = [line for line in reasons(done) if "within the budget" in line]
    assert len(lines) == 1
    assert re.fullmatch(
        r"generator toy-llm at http://\S+ was not asked again, to stay within the budget of 400 tokens: \d+ spent, the "
        r"next request may take \d+; raise --synth-budget and run the same command again; answers so far are kept",
        lines[0],
    )
    assert done.parseoutcomes()["failed"] == 1
    assert "errors" not in done.parseoutcomes()


def test_a_run_with_a_larger_budget_asks_for_the_rest(pytester):
    project(pytester)
    _, first = record(pytester, "--synth-budget", "400tokens")
    done, second = record(pytester, "--synth-budget", "100000tokens")
    assert done.ret == 0
    assert len(first) + len(second) == 20
    assert replay(pytester).ret == 0


def test_a_budget_is_that_of_all_suites_together(pytester):
    for name in ("toy", "game"):
        project(pytester, name=name)
    _, bodies = record(pytester, "--synth-budget", "900tokens")
    assert 20 < len(bodies) <= 900 / 25


def test_a_budget_in_usd_is_never_passed(pytester):
    project(pytester)
    pytester.makefile(".json", prices='{"usd_per_million_tokens": {"toy-llm": [1000000, 1000000]}}')
    done, bodies = record(pytester, "--synth-budget", "400usd", "--synth-prices", "prices.json")
    assert done.ret == pytest.ExitCode.TESTS_FAILED
    assert 0 < len(bodies) * 25 <= 400
    assert len([line for line in reasons(done) if "within the budget of 400 usd" in line]) == 1


# ---- what a server does not take


def test_what_a_server_does_not_take_is_said_once(pytester):
    project(pytester)

    def reply(number, body):
        if "seed" in body:
            return error_of(400, "Unsupported parameter", "seed")
        label = "bad" if "unkind" in body["messages"][-1]["content"] else "good"
        return answer_of(f"{label} note {number}")

    done, bodies = record(pytester, of=BOTH, reply=reply)
    assert done.ret == 0
    lines = [line for line in done.outlines if "does not take" in line]
    assert lines == ["synthworth: generator toy-llm does not take 'seed': sent without it from here on"]
    assert sum("seed" not in body for body in bodies) == 30
    assert replay(pytester, of=BOTH).ret == 0


# ---- mistakes, and what is none


def test_a_suite_without_a_task_is_told_in_one_line_once(pytester):
    pytester.makepyfile(test_toy="from synthworth import TaskSuite\n\nclass TestToy(TaskSuite):\n    pass\n")
    pytester.mkdir("mirror")
    result = replay(pytester)
    assert result.outlines.count("TestToy has no task; write `task = Task(...)` in it") == 1
    assert result.parseoutcomes()["failed"] == 1
    assert "Traceback" not in result.stdout.str()
    assert "session.py" not in result.stdout.str()


def test_two_tasks_of_one_name_are_told_in_one_line_once(pytester):
    project(pytester)
    record(pytester)
    text = (pytester.path / "test_toy.py").read_text()
    pytester.makepyfile(test_zoo=text.replace("TestToy", "TestZoo").replace("You write notes", "You jot notes"))
    result = replay(pytester)
    assert result.outlines.count("TestToy and TestZoo are two tasks with the same name, 'toy'; rename one") == 1
    assert result.parseoutcomes()["failed"] == 1
    assert result.parseoutcomes()["passed"] == 8


AGAIN = "\nclass TestAgain(TestToy):\n    pass\n"


@pytest.mark.parametrize("mode", ["missing", "all"])
def test_one_task_in_two_suites_is_asked_for_once(pytester, mode):
    project(pytester, AGAIN)
    done, bodies = record(pytester, "--synth-record", mode)
    assert len(bodies) == 20
    assert list(spent(done)) == [("toy", "zero_shot"), ("all", "")]
    assert replay(pytester).ret == 0


def test_one_task_in_two_suites_is_estimated_once(pytester):
    project(pytester, AGAIN)
    assert announced(pytester)["all", ""][0] == 20


def test_one_task_in_two_suites_that_misses_is_two_failures(pytester):
    project(pytester, AGAIN)
    result = replay(pytester)
    assert result.parseoutcomes()["failed"] == 2
    assert len([line for line in result.outlines if line.endswith("--synth-record missing")]) == 2


def test_a_password_in_the_generator_s_address_is_not_shown(pytester):
    project(pytester)
    result = pytester.runpytest(*WRITTEN, "--synth-generator", "toy-llm@http://me:hunter2@127.0.0.1:9/v1")
    assert "toy by toy-llm: zero_shot lacks 20 of 20 answers" in result.stdout.str()
    assert "hunter2" not in result.stdout.str()
    assert result.stdout.str().count("toy-llm@http://127.0.0.1:9/v1") == 2  # the header, and the command


@pytest.mark.parametrize("fixture", ["synth_data", "synth_run", "synth_generated", "synth_method", "synth_gate"])
def test_a_fixture_of_ours_outside_of_a_suite_is_told_in_one_line(pytester, fixture):
    pytester.makepyfile(f"def test_it({fixture}):\n    pass\n")
    result = pytester.runpytest()
    result.assert_outcomes(errors=1)
    assert result.outlines.count("fixtures named synth_... are for methods of a TaskSuite") == 1
    assert not {"session.py", "available fixtures"} & set(result.stdout.str().split())


def test_each_test_outside_of_a_suite_that_uses_a_fixture_of_ours_is_told(pytester):
    pytester.makepyfile(
        "def test_it(synth_data):\n    pass\n\nclass TestIt:\n    def test_it(self, synth_run):\n        pass\n"
    )
    pytester.runpytest().assert_outcomes(errors=2)


def test_a_fault_of_a_library_inside_our_code_keeps_its_traceback(pytester, monkeypatch):
    monkeypatch.setattr("sklearn.linear_model.LogisticRegression.fit", lambda *_, **__: int("x"))
    project(pytester)
    chosen = ("--synth-data", "mirror", "--synth-method", "real", *FLOORS, "--synth-cache", "off")
    result = pytester.runpytest(*chosen, "--synth-processes", "1", "-k", "test_score and tfidf")
    result.stdout.fnmatch_lines(["*floors.py:*", "*ValueError: invalid literal*"])
