"""The command line: what --help says of it, and what becomes of a value that makes no sense."""

import os
import re
import subprocess
import sys
from dataclasses import fields

import pytest

import toys
from projects import FLOORS, REAL, project, record, replay
from synthworth.plugin.options import GROUPS, OPTIONS
from synthworth.plugin.options.values import Options, read_options, with_defaults

NEED_MORE = ("classifier",)  # its default follows from -m
HEADINGS = {f"{group.TITLE}:": name for name, group in GROUPS.items()}
NAMES = [option.name for option in OPTIONS]


@pytest.fixture(scope="module")
def help_text():
    """What `pytest --help` prints."""
    command = [sys.executable, "-m", "pytest", "--help", "-p", "no:cacheprovider"]
    return subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "80"}
    ).stdout


def described(help_text):
    """The help of each option of ours, by its name, and the heading that it stands under."""
    found, heading = {}, ""
    for part in re.split(r"\n(?=  --)|\n(?=\S)", help_text):
        if not part.startswith("  "):
            heading = " ".join(part.split("\n\n")[0].split())
        elif match := re.match(r"\s+--synth-([\w-]+)", part):
            found[match[1]] = " ".join(part.split()), heading
    return found


def refused(pytester, *options):
    """The one line that these options are refused with."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        read_options(pytester.parseconfig(*options))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def stopped(pytester, *options):
    """The one line that a session with these options says before it stops."""
    result = pytester.runpytest(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    lines = [line for line in result.errlines if line]
    assert len(lines) == 1, lines
    assert "passed" not in result.stdout.str()
    return lines[0].removeprefix("ERROR: ")


def test_an_option_that_makes_no_sense_stops_a_session_with_our_suites_before_any_test(pytester):
    project(pytester)
    assert stopped(pytester, *REAL, "--synth-seeds=0") == "--synth-seeds is 0; give a whole number, 1 or more"


def test_it_is_no_concern_of_a_session_without_our_suites(pytester):
    pytester.makepyfile("def test_it():\n    pass\n")
    pytester.runpytest("--synth-seeds=0", "--synth-data", "nowhere").assert_outcomes(passed=1)


def test_the_help_has_every_option_in_the_group_it_is_declared_in(help_text):
    shown = {name: HEADINGS[heading] for name, (_, heading) in described(help_text).items()}
    assert shown == {option.name: name for name, group in GROUPS.items() for option in group.OPTIONS}
    assert len(set(shown.values())) == 5


def test_every_option_is_declared_once_and_has_a_field():
    assert len(set(NAMES)) == len(NAMES)
    assert {option.attribute for option in OPTIONS} | {"command", "named", "matrix"} == {
        field.name for field in fields(Options)
    }


@pytest.mark.parametrize("word", ["Default: ", "Example: "])
def test_the_help_of_every_option_gives_its_default_and_an_example(help_text, word):
    assert {name: text.count(word) for name, (text, _) in described(help_text).items()} == dict.fromkeys(NAMES, 1)


def test_the_methods_by_default_are_real_texts_and_those_whose_answers_are_recorded():
    default = {option.name: option.default for option in OPTIONS}["method"].split(",")
    assert default == ["real", *toys.RECORDED]


@pytest.mark.parametrize("option", [o for o in OPTIONS if not o.flag and o.name not in NEED_MORE], ids=lambda o: o.name)
def test_the_example_of_an_option_makes_sense(option, tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "here" / "suites").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    option.read(option.example)
    option.read(option.default or option.example)


@pytest.mark.parametrize("name", ["seeds", "generation-seed", "per-label", "concurrency", "processes", "threads"])
@pytest.mark.parametrize("value", ["-1", "many", "1.5", "٣"])
def test_a_number_that_is_none_is_refused_with_the_least_that_is_taken(pytester, name, value):
    pytester.mkdir("mirror")
    said = refused(pytester, *REAL, f"--synth-{name}={value}")
    assert re.fullmatch(rf"--synth-{name} is {re.escape(value)}; give a whole number, [01] or more(, or auto)?", said)


@pytest.mark.parametrize("name", ["results", "used"])
def test_a_path_that_the_system_refuses_is_one_line(pytester, name):
    pytester.mkdir("mirror")
    assert "File name too long" in refused(pytester, *REAL, f"--synth-{name}", "r" * 300)


@pytest.mark.parametrize("name", ["seeds", "concurrency", "threads"])
def test_a_number_that_cannot_be_0_is_refused(pytester, name):
    pytester.mkdir("mirror")
    said = refused(pytester, *REAL, f"--synth-{name}=0").removesuffix(", or auto")
    assert said == f"--synth-{name} is 0; give a whole number, 1 or more"


@pytest.mark.parametrize("name", ["requests-per-minute", "tokens-per-minute"])
def test_a_quota_is_no_negative_number(pytester, name):
    pytester.mkdir("mirror")
    assert refused(pytester, *REAL, f"--synth-{name}=-5") == f"--synth-{name} is -5; give a whole number, 0 or more"


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        (
            "method",
            "few-shot",
            "unknown method 'few-shot'; methods: real, zero_shot, few_shot, labels, demonstrations, labelled, "
            "generator, topics, personas, attributes, taboo, grounded, completion, mixture, feedback, errors, "
            "li2023_zero_shot, li2023_few_shot, augmentedN, realN.METHOD, all.METHOD, METHOD.REFINEMENT, "
            "FILE.py:FUNCTION, "
            "MODULE:FUNCTION, data:DIR; did you mean few_shot?",
        ),
        ("method", ",", "--synth-method is empty; name at least one method"),
        ("classifier", "tf-idf", "unknown classifier 'tf-idf'; classifiers: .*; did you mean tfidf?.*"),
        ("classifier", " , ", "--synth-classifier is empty; name at least one classifier"),
        (
            "record",
            "mising",
            "unknown --synth-record 'mising'; values: none, missing, batch, all; did you mean missing?",
        ),
        ("demonstrations", "reel", "unknown --synth-demonstrations 'reel'; values: pool, real; did you mean real?"),
        (
            "data",
            "mirrow",
            "no folder mirrow; --synth-data takes hub, quickstart, or the folder of a mirror",
        ),
        ("results", "damaged.jsonl", "damaged.jsonl, line 1: .*"),
        ("results", "damaged.jsonl/r.jsonl", "--synth-results damaged.jsonl/r.jsonl cannot be written; give a file .*"),
        ("data", "", "--synth-data is empty; it takes hub, quickstart, or the folder of a mirror"),
        ("results", "mirror", "cannot read results from mirror: .*"),
        ("generator", "@http://127.0.0.1/v1", "generator is a base URL without the name of a model; give NAME or .*"),
        (
            "generator",
            "toy\n@http://127.0.0.1/v1",
            r"generator 'toy\\n@\*\*\*' has characters that cannot be shown; .*",
        ),
        ("generation-seed", "", "--synth-generation-seed is empty; name at least one number"),
        ("generator", "", "generator ''; give NAME or NAME@BASE_URL, as in .*"),
        ("budget", "5euro", "budget '5euro'; give 5usd, 200000tokens, or both by comma"),
        ("budget", "-5usd", "budget '-5usd'; give 5usd, 200000tokens, or both by comma"),
        ("budget", "1.5tokens", "budget '1.5tokens'; give 5usd, 200000tokens, or both by comma"),
        ("executor", "local=2", "unknown executor 'local=2'; executors: local, ray, ray=ADDRESS; did you mean local?"),
        ("executor", "rays", "unknown executor 'rays'; executors: local, ray, ray=ADDRESS; did you mean ray?"),
        ("executor", "", "unknown executor ''; executors: local, ray, ray=ADDRESS"),
        ("cache", "damaged.jsonl", "--synth-cache damaged.jsonl is not a folder; give one, or off"),
        ("curve", "10,many", "--synth-curve is many; give a whole number, 1 or more"),
        ("curve", "0", "--synth-curve is 0; give a whole number, 1 or more"),
        ("curve", ",", "--synth-curve is empty; name at least one number"),
        ("generation-seed", "0,many", "--synth-generation-seed is many; give a whole number, 0 or more"),
        ("margin", "0", "--synth-margin is 0; give the smallest drop of Macro-F1 that matters, as 0.01"),
        ("margin", "1 %", "--synth-margin is 1 %; give the smallest drop of Macro-F1 that matters, as 0.01"),
        ("seeds", "1000000000", "--synth-seeds is 1000000000; give 1,000 or fewer"),
        ("used", ".", "--synth-used . cannot be written; give a file in a folder that exists"),
        ("report", "gate.md", "--synth-report is about a comparison; add --synth-baseline FILE or a git revision"),
        ("prices", "none.json", "cannot read the prices in none.json: No such file or directory"),
        ("prices", "damaged.jsonl", "damaged.jsonl is not a file of prices; give .*"),
    ],
)
def test_a_mistake_in_an_option_is_one_line_that_says_what_is_allowed(pytester, option, value, said):
    project(pytester)
    (pytester.path / "damaged.jsonl").write_text("{\n")
    line = refused(pytester, *REAL, f"--synth-{option}={value}")
    assert re.fullmatch(said.replace("?", r"\?").replace("(", r"\("), line), line


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("none.jsonl", "no baseline 'none.jsonl': neither a file of results nor a git revision of .*"),
        ("damaged.jsonl", "damaged.jsonl, line 1: .*"),
    ],
)
def test_a_baseline_that_is_none_stops_the_session_with_one_line(pytester, given, said):
    project(pytester)
    (pytester.path / "damaged.jsonl").write_text("{\n")
    assert re.fullmatch(said, stopped(pytester, *REAL, "--synth-baseline", given))


def test_a_budget_in_usd_is_refused_where_the_price_is_unknown(pytester):
    project(pytester)
    said = stopped(pytester, *REAL, "--synth-generator", "toy-llm", "--synth-budget", "5usd")
    assert said == "a budget in usd needs the model's price; give --synth-prices FILE, or a budget in tokens"


def test_a_budget_in_usd_is_taken_where_a_file_gives_the_price(pytester):
    project(pytester)
    pytester.makefile(".json", prices='{"usd_per_million_tokens": {"toy-llm": [1, 2]}}')
    chosen = ("--synth-generator", "toy-llm", "--synth-budget", "5usd", "--synth-prices", "prices.json")
    assert read_options(pytester.parseconfig(*REAL, *chosen)).price.prompt == 1


@pytest.mark.parametrize("methods", ["real,zero_shot", "few_shot"])
def test_all_real_texts_there_are_make_no_quota_for_a_generator(pytester, methods):
    project(pytester)
    said = refused(pytester, *REAL, "--synth-per-label", "0", "--synth-method", methods)
    assert said == "--synth-per-label 0 asks for all real texts there are; add --synth-method real"


def test_per_label_0_trains_on_all_real_texts_there_are(pytester):
    project(
        pytester,
        '\n    def test_all(self, synth_run):\n        assert synth_run("real", "majority").train_rows == 20\n',
    )
    pytester.runpytest(*REAL, "--synth-per-label", "0", "-k", "test_all").assert_outcomes(passed=1)


@pytest.mark.parametrize("asked", [("--synth-record", "missing"), ("--synth-record", "all"), ("--synth-estimate",)])
@pytest.mark.parametrize("parallel", [("-n", "2"), ("--dist", "load", "--tx", "2*popen")])
def test_recording_in_several_processes_is_refused(pytester, asked, parallel):
    project(pytester)
    result = pytester.runpytest_subprocess(*REAL, *asked, *parallel)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: recording runs in one process, many requests at once; leave out -n"
    assert [line for line in result.errlines if line] == [told]


@pytest.mark.parametrize("parallel", [("-n", "2"), ("--dist", "load", "--tx", "2*popen")])
def test_two_ways_to_spread_the_work_are_refused(pytester, parallel):
    project(pytester)
    result = pytester.runpytest_subprocess(*REAL, "--synth-executor", "ray", *parallel)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    told = "ERROR: -n and --synth-executor ray both spread the work; use one of them"
    assert [line for line in result.errlines if line] == [told]


def test_replaying_in_no_other_process_than_this_one_may_record(pytester):
    project(pytester)
    assert record(pytester, "-n", "0")[0].ret == 0


def test_a_condition_that_is_given_as_it_is_by_default_is_not_in_the_command(pytester):
    project(pytester)
    shown = replay(pytester, "--synth-per-label", "100", "--synth-generation-seed", "0").stdout.str()
    assert "--synth-method zero_shot --synth-record missing" in shown


def test_what_decides_what_is_asked_is_in_the_command(pytester):
    project(pytester)
    given = ("--synth-generation-seed", "3", "--synth-demonstrations", "real", "--synth-seeds", "2")
    line = next(line for line in replay(pytester, *given).outlines if line.endswith("--synth-record missing"))
    told = "--synth-per-label 5 --synth-demonstrations real --synth-generator toy-llm --synth-method zero_shot"
    assert line.endswith(f"{told} --synth-generation-seed 3 --synth-record missing")


def test_a_folder_with_a_space_is_one_word_of_the_command(pytester):
    project(pytester)
    (pytester.path / "mirror").rename(pytester.path / "my mirror")
    shown = replay(pytester, of=("--synth-data", "my mirror", "--synth-method", "zero_shot", *FLOORS)).stdout.str()
    assert "pytest test_toy.py --synth-data 'my mirror' --synth-per-label 5" in shown


@pytest.mark.parametrize("given", [(), ("--synth-curve", "3,4,3,5")])
def test_a_curve_is_one_test_for_each_of_its_sizes(pytester, given):
    project(pytester)
    text = pytester.runpytest(*REAL, *given, "--collect-only", "-q").stdout.str()
    sizes = re.findall(r"::test_curve\[real-majority-(\d+)-0\]", text)
    assert sizes == (["3", "4", "5"] if given else [])


@pytest.mark.parametrize("given", ["--synth-processes=1", "--synth-threads=2", "--synth-cache=off"])
def test_who_trains_is_not_in_the_command_that_records(pytester, given):
    project(pytester)
    line = next(line for line in replay(pytester, given).outlines if line.endswith("--synth-record missing"))
    assert given.partition("=")[0] not in line


def test_strict_without_a_baseline_is_refused(pytester):
    project(pytester)
    said = refused(pytester, *REAL, "--synth-strict")
    assert said == "--synth-strict is about a comparison; add --synth-baseline FILE or a git revision"


def test_a_report_into_a_folder_that_is_not_there_is_refused_before_anything_is_collected(pytester):
    project(pytester)
    (pytester.path / "base.jsonl").write_text("")
    said = refused(pytester, *REAL, "--synth-baseline", "base.jsonl", "--synth-report", "reports/gate.md")
    assert said == "--synth-report reports/gate.md cannot be written; give a file in a folder that exists"


# ---- defaults that follow a baseline


@pytest.mark.parametrize(
    ("typed", "drawn", "trained"),
    [
        ({}, "0", "1"),
        ({"baseline": "base.jsonl"}, "0,1,2", "1"),
        ({"baseline": "base.jsonl", "seeds": "3"}, "0", "3"),
        ({"baseline": "base.jsonl", "generation-seed": "0"}, "0", "1"),
        ({"seeds": "2"}, "0", "2"),
        ({"method": "data:texts"}, "0,1,2", "1"),
        ({"method": "data:texts, real"}, "0,1,2", "1"),
        ({"method": "data:texts,zero_shot"}, "0", "1"),
        ({"method": "real"}, "0", "1"),
        ({"method": "data:texts", "generation-seed": "4"}, "4", "1"),
        ({"method": "data:texts", "seeds": "3"}, "0,1,2", "3"),
    ],
)
def test_a_baseline_and_files_ask_for_three_draws_unless_seeds_are_named(typed, drawn, trained):
    parsed = {option.name: None if option.with_baseline else option.default for option in OPTIONS}
    found = with_defaults(parsed | typed)
    assert (found["generation-seed"], found["seeds"]) == (drawn, trained)


def test_the_help_says_what_a_baseline_changes():
    told = next(option.help_text for option in OPTIONS if option.name == "generation-seed")
    assert "or with --synth-baseline unless --synth-seeds is given." in told
