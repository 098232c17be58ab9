"""Methods by name, and methods that are not ours in a whole session: the same suites, recordings and tables."""

import gzip
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import toys
from projects import ADJECTIVES, FLOORS, change, files, generator, project, record, replay
from synthworth.core.result import read
from synthworth.generation.methods import BUILT_IN, resolve
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.methods.li2023 import LI2023
from synthworth.leaderboard import Context, View
from synthworth.leaderboard.render import render
from synthworth.leaderboard.rows import rows_of
from synthworth.pipeline.replay import run_of, suites_in, trainer
from synthworth.pipeline.training_sets import Settings

ROOT = Path(__file__).parents[2]
SUBJECTS = """
from dataclasses import replace
from synthworth import prompts
from synthworth.generation.collect import Draw, collect

def subjects(task, sources, per_label, seed):
    def ask(label, sample, kept):
        draw = Draw(seed, task, "subjects", label, sample)
        topic = draw.random.choice(("trains", "cooking"))
        about = replace(task, generation_prompt=task.generation_prompt + f" About {topic}.")
        return draw.request(prompts.zero_shot(about, label, draw.words))
    return collect(task, sources, per_label, ask)
"""
FUNCTION = ("--synth-data", "mirror", "--synth-method", "mine.py:subjects", *FLOORS)
DATA = ("--synth-data", "mirror", "--synth-method", "data:texts", "--synth-generation-seed", "0", *FLOORS)


def method(pytester, code=SUBJECTS):
    """mine.py in the project."""
    (pytester.path / "mine.py").write_text(code)


def failing(pytester, body):
    """A method subjects with that body, and the session that runs it without a generator."""
    project(pytester)
    method(pytester, f"def subjects(task, sources, per_label, seed):\n    {body}\n")
    return replay(pytester, of=FUNCTION)


def texts(pytester, task="toy", count=5, folder="texts", **more):
    """Texts made elsewhere, so many of each label."""
    (pytester.path / folder).mkdir(exist_ok=True)
    rows = [
        {"text": f"{ADJECTIVES[label][n % 3]} words {'abcdefghijklmnop'[n]}", "label": label, **more}
        for label in ADJECTIVES
        for n in range(count)
    ]
    (pytester.path / folder / f"{task}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def measured(pytester, *options, run=replay):
    """The results of a session."""
    run(pytester, *options, "--synth-results", "results.jsonl")
    return read(pytester.path / "results.jsonl")


# ---- names


def test_the_methods_of_ours_are_resolved_as_any_other():
    assert resolve(["few_shot", "real"]) == {"few_shot": BUILT_IN["few_shot"], "real": BUILT_IN["real"]}
    assert {name: found.make for name, found in BUILT_IN.items()} == {**METHODS, **LI2023}


def refused(*names):
    with pytest.raises(ValueError, match=r"\w") as caught:
        resolve(names)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def folder(pytester, monkeypatch):
    """A working folder with two modules of one function, and two folders of texts of one name."""
    for where in ("", "other"):
        (pytester.path / where / "texts").mkdir(parents=True)
        (pytester.path / where / "texts" / "toy.jsonl").touch()
        (pytester.path / where / "mine.py").write_text("def subjects(a, b, c, d): ...\ndef real(a, b, c, d): ...\n")
    (pytester.path / "empty").mkdir()
    monkeypatch.syspath_prepend(pytester.path)
    return pytester.path


def installed(folder, name, points):
    """A package of that name, installed in the folder, with these entry points."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = "".join(f"{point} = {value}\n" for point, value in points.items())
    (info / "entry_points.txt").write_text(f"[synthworth.methods]\n{lines}")


@pytest.mark.parametrize(
    ("given", "name", "asks"),
    [
        ("mine.py:subjects", "subjects", True),
        ("./other/mine.py:subjects", "subjects", True),
        ("other.mine:subjects", "subjects", True),
        ("data:texts", "data-texts", False),
        ("data:other/texts/", "data-texts", False),
        ("data:.", "data-my_texts__1_", False),
        ("by-topic", "by-topic", True),
        ("by/topic", "by_topic", True),
    ],
)
def test_the_name_of_a_method_is_short_and_fit_for_a_file(folder, monkeypatch, given, name, asks):
    installed(folder, "mine", {"by-topic": "mine:subjects", "by/topic": "mine:subjects"})
    if given == "data:.":
        shutil.move(folder / "texts", folder / "my texts (1)")
        monkeypatch.chdir(folder / "my texts (1)")
    ((key, found),) = resolve([given]).items()
    assert (key, found.name, found.asks, found.foreign) == (name, name, asks, True)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["mine.py:real"], "mine.py:real has the name of a built-in method, real; rename the function"),
        (
            ["mine.py:subjects", "real", "mine:subjects"],
            "mine.py:subjects and mine:subjects are two methods with the same name, subjects; rename one",
        ),
        (
            ["data:texts", "data:other/texts"],
            "data:texts and data:other/texts are two methods with the same name, data-texts; rename one",
        ),
        (["data:"], "no folder (none is named); data:DIR takes one with a TASK.jsonl for each task"),
        (["data:mine.py"], "no folder mine.py; data:DIR takes one with a TASK.jsonl for each task"),
        (
            ["data:empty"],
            "empty holds no TASK.jsonl, .json, .csv, .tsv or .parquet, and no folder that does; name the folder that "
            "does",
        ),
        (
            ["data:texts", "data:other"],
            "data:texts and data:other are two methods with the same name, data-texts; rename one",
        ),
        (["mine.py:subject"], "mine.py: unknown function 'subject'; functions: subjects, real; did you mean subjects?"),
        (
            ["mine.py"],
            "unknown method 'mine.py'; methods: real, zero_shot, few_shot, labels, demonstrations, labelled, "
            "generator, topics, personas, attributes, taboo, grounded, completion, mixture, feedback, errors, "
            "li2023_zero_shot, li2023_few_shot, both, by-topic, lost, augmentedN, realN+METHOD, all+METHOD, "
            "METHOD|REFINEMENT, FILE.py:FUNCTION, MODULE:FUNCTION, data:DIR",
        ),
        (["both"], "method 'both' comes from two packages, mine:real and mine:subjects; name one as MODULE:FUNCTION"),
        (
            ["lost"],
            "method lost: cannot be imported (ModuleNotFoundError: No module named 'lost'); see why with: "
            "python -c 'import lost'",
        ),
    ],
)
def test_a_name_that_stands_for_no_method_is_refused(folder, given, said):
    installed(folder, "mine", {"by-topic": "mine:subjects", "both": "mine:subjects", "lost": "lost:subjects"})
    installed(folder, "more", {"both": "mine:real"})
    assert refused(*given) == said


def test_a_wrong_name_stops_the_session_with_one_line(pytester):
    project(pytester)
    result = pytester.runpytest("--synth-method", "mine.py:subjects")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = "ERROR: method mine.py:subjects: there is no file mine.py; name one, or a module: MODULE:subjects"
    assert [line for line in result.errlines if line] == [said]


# ---- a function in a whole session


def test_a_function_is_recorded_and_replayed_as_ours_are(pytester):
    project(pytester)
    method(pytester)
    first, bodies = record(pytester, of=FUNCTION)
    assert first.ret == 0
    assert len(bodies) == 10
    assert all(re.search(r" About (trains|cooking)\.$", body["messages"][-1]["content"]) for body in bodies)
    assert (pytester.path / "cassettes/toy-llm/toy/subjects.jsonl").is_file()
    (one, *others) = {(r.method, r.generator, r.demonstrations, r.attempts) for r in measured(pytester, run=subjects)}
    assert (one, others) == (("subjects", "toy-llm", "pool", 10), [])


def subjects(pytester, *options):
    return replay(pytester, *options, of=FUNCTION)


def test_a_function_stands_in_the_table_beside_ours(pytester):
    project(pytester)
    method(pytester)
    both = ("--synth-method", "real,zero_shot,mine.py:subjects")
    record(pytester, *both, of=FUNCTION)
    lines = replay(pytester, *both, of=FUNCTION).outlines
    rows = [line.split()[1] for line in lines if re.match(r"toy +\w+ .* tfidf ", line)]
    assert rows == ["real", "zero_shot", "subjects"]


def test_two_processes_measure_what_one_does(pytester):
    project(pytester)
    method(pytester)
    texts(pytester)
    chosen = ("--synth-method", "mine.py:subjects,data:texts", "--synth-results")
    record(pytester, of=FUNCTION)
    assert replay(pytester, *chosen, "one.jsonl", of=FUNCTION).ret == 0
    command = [sys.executable, "-m", "pytest", "-n2", *FUNCTION, *chosen, "two.jsonl", "--synth-generator", "toy-llm"]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    one, two = ((pytester.path / name).read_bytes() for name in ("one.jsonl", "two.jsonl"))
    assert one == two
    assert {r.method for r in read(pytester.path / "one.jsonl")} == {"subjects", "data-texts"}


def test_missing_answers_of_a_function_are_told_with_the_command_that_records_them(pytester):
    project(pytester)
    method(pytester)
    result = subjects(pytester)
    (said,) = [line for line in result.outlines if line.endswith("--synth-record missing")]
    assert "subjects lacks 10 of 10 answers in" in said
    command = said.partition("record them with: pytest ")[2]
    assert "--synth-method mine.py:subjects" in command
    with generator() as (address, came):
        assert pytester.runpytest(*shlex.split(command), *FLOORS[:2], "--synth-generator", address).ret == 0
    assert len(came) == 10
    assert subjects(pytester).ret == 0


def test_an_estimate_of_a_function_sends_nothing(pytester):
    project(pytester)
    method(pytester)
    with generator() as (address, came):
        result = pytester.runpytest(*FUNCTION, "--synth-generator", address, "--synth-estimate")
    assert (result.ret, came.connections) == (0, 0)
    result.stdout.re_match_lines([r"toy +subjects +10 +0 "])


def test_a_function_that_cannot_read_what_an_estimate_answers_is_counted_up_to_there(pytester):
    project(pytester)
    method(pytester, SUBJECTS.replace("    return collect(", "    made = collect(") + "    {}[made]\n")
    result = replay(pytester, "--synth-estimate", of=FUNCTION)
    assert result.ret == 0
    result.stdout.re_match_lines([r"toy +subjects +10 +0 "])


def test_prune_keeps_what_a_function_uses_and_drops_the_rest(pytester):
    project(pytester)
    method(pytester)
    record(pytester, of=FUNCTION)
    change(pytester, "You write notes", "You jot notes")
    record(pytester, of=FUNCTION)
    chosen = ("test_toy.py", *FUNCTION, "--synth-classifier", "majority", "--synth-generator", "toy-llm")
    command = [sys.executable, "-m", "synthworth", "prune", "--yes", *chosen]
    done = subprocess.run(command, cwd=pytester.path, capture_output=True, text=True)
    assert "toy-llm/toy/subjects: 10 of 20 unused" in done.stdout
    assert subjects(pytester).ret == 0


def test_real_texts_are_a_function_s_only_where_that_is_asked_for(pytester, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pytester.path / "cache"))
    project(pytester)
    method(
        pytester,
        "from synthworth.generation.collect import Generated\n"
        "def subjects(task, sources, per_label, seed):\n"
        "    return Generated(examples=[e for x in task.labels for e in sources.train if e.label == x][::2])\n",
    )
    subjects(pytester).stdout.fnmatch_lines(["*method subjects, task toy: no text of 'good' is left*"])
    found = measured(pytester, "--synth-demonstrations", "real", run=subjects)
    assert {(r.train_rows, r.demonstrations, r.generator) for r in found} == {(10, "real", "")}


# ---- what goes wrong in a function


def test_a_value_error_of_a_function_is_one_line_and_the_other_tests_are_skipped(pytester):
    result = failing(pytester, "raise ValueError('no subjects')")
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(["method subjects, task toy: no subjects"])
    assert "mine.py:2" not in result.stdout.str()


def test_an_error_in_a_function_shows_where_it_is(pytester):
    result = failing(pytester, "return {}['nothing']")
    result.stdout.fnmatch_lines(["E *KeyError: 'nothing'", "mine.py:2: KeyError"])


def test_a_function_that_returns_something_else_is_told(pytester):
    result = failing(pytester, "return []")
    result.stdout.fnmatch_lines(
        ["method subjects, task toy: it returned list; return a synthworth.generation.collect.Generated"]
    )


def test_texts_that_are_short_are_a_warning_with_their_numbers(pytester):
    texts(pytester, count=3)
    project(pytester)
    result = replay(pytester, "-W", "default", of=DATA)  # this session's own filters make errors of warnings
    result.assert_outcomes(passed=8, skipped=1, warnings=1)
    line = "*ShortTrainingSet: toy/data-texts: fewer texts of a label than asked for (good: 3, bad: 3)*"
    result.stdout.fnmatch_lines([line])


def test_the_results_of_a_changed_function_take_the_place_of_the_old(pytester):
    project(pytester)
    method(pytester)
    record(pytester, of=FUNCTION)
    before = measured(pytester, run=subjects)
    method(pytester, SUBJECTS.replace('"subjects", label', '"others", label'))
    record(pytester, of=FUNCTION)
    after = measured(pytester, run=subjects)
    assert [r.key for r in after] == [r.key for r in before]
    assert not {r.train_version for r in after} & {r.train_version for r in before}


# ---- texts made elsewhere in a whole session


def test_texts_made_elsewhere_are_measured_without_a_generator_or_a_recording(pytester):
    project(pytester)
    texts(pytester, provenance={"generator": "gpt-9"})
    before = set(files(pytester))
    found = measured(pytester, run=data)
    assert {(r.method, r.generator, r.demonstrations, r.train_rows) for r in found} == {("data-texts", "gpt-9", "", 10)}
    assert {name for name in set(files(pytester)) - before if not name.startswith(".")} == {"results.jsonl"}


def data(pytester, *options):
    return replay(pytester, *options, of=DATA)


def test_a_curve_of_texts_made_elsewhere_draws_the_sizes_asked_for(pytester):
    project(pytester)
    texts(pytester, count=8)
    found = measured(pytester, "--synth-curve", "2,8", run=data)
    assert sorted({(r.per_label, r.train_rows) for r in found}) == [(2, 4), (5, 10), (8, 16)]


def test_a_folder_of_folders_is_a_method_each_and_a_task_that_one_lacks_is_skipped_with_a_reason(pytester):
    for name in ("toy", "game"):
        project(pytester, name=name)
    for folder, task in (("gpt-9.few_shot.lab", "toy"), ("gpt-9.few_shot.lab", "game"), ("mine", "toy")):
        (pytester.path / "texts").mkdir(exist_ok=True)
        texts(pytester, task, folder=f"texts/{folder}", provenance={"prompting": "by hand"} if folder == "mine" else {})
    result = data(pytester, "-rs", "--synth-results", "results.jsonl")
    assert result.parseoutcomes().get("failed", 0) == 0
    result.stdout.fnmatch_lines(["*data-mine has no texts for the task game; tasks there: toy"])
    assert {(r.task, r.method, r.generator, r.prompting, r.source) for r in read(pytester.path / "results.jsonl")} == {
        ("toy", "data-gpt-9.few_shot.lab", "gpt-9", "few_shot", "lab"),
        ("game", "data-gpt-9.few_shot.lab", "gpt-9", "few_shot", "lab"),
        ("toy", "data-mine", "", "by hand", ""),
    }


def test_an_entry_without_a_label_is_refused_in_one_line_and_ends_no_other(pytester):
    project(pytester)
    (pytester.path / "texts").mkdir()
    for folder in ("all", "some"):
        texts(pytester, folder=f"texts/{folder}")
    path = pytester.path / "texts/some/toy.jsonl"
    path.write_text("".join(line for line in path.read_text().splitlines(keepends=True) if '"good"' in line))
    result = data(pytester)
    assert result.parseoutcomes()["failed"] == 1
    result.stdout.fnmatch_lines(
        ["texts/some/toy.jsonl has no text of 'bad' for the task toy, *labels there: good (5)*"]
    )
    assert [line for line in result.outlines if re.match(r"toy +data-all .* tfidf ", line)]


def test_notes_beside_the_texts_stand_in_the_row(pytester):
    project(pytester)
    texts(pytester)
    (pytester.path / "texts/entry-notes.jsonl").write_text('{"text": "lower-cased"}\n')
    assert [line for line in data(pytester).outlines if re.match(r"toy +data-texts .*; lower-cased", line)]


def test_draws_of_a_file_that_holds_no_more_are_one_and_the_row_says_so(pytester):
    project(pytester)
    texts(pytester, count=5)
    for seed in range(2):
        data(pytester, "--synth-generation-seed", str(seed), "--synth-results", "results.jsonl")
    shown = render(read(pytester.path / "results.jsonl"), view=View(columns=("draws", "remarks")))
    assert [line.split(maxsplit=1)[0] for line in shown.splitlines() if "one draw, the whole file" in line] == [
        "1",
        "1",
    ]


@pytest.mark.parametrize(("count", "said"), [(6, True), (12, False)])
def test_draws_that_have_most_of_their_texts_in_common_are_named(pytester, count, said):
    project(pytester)
    texts(pytester, count=count)
    for seed in range(2):
        data(pytester, "--synth-generation-seed", str(seed), "--synth-results", "results.jsonl")
    rows = rows_of(read(pytester.path / "results.jsonl"), Context(), {})
    assert ["each draw holds 83 % of its file" in row.remarks for row in rows] == [said, said]


def test_a_broken_line_fails_the_suite_with_its_number(pytester):
    project(pytester)
    texts(pytester)
    with (pytester.path / "texts/toy.jsonl").open("a") as file:
        file.write("{broken\n")
    data(pytester).stdout.re_match_lines([r"texts/toy\.jsonl, line 11: broken JSON \(Expecting property name"])


def test_a_text_under_two_labels_fails_the_suite(pytester):
    project(pytester)
    texts(pytester)
    lines = (pytester.path / "texts/toy.jsonl").read_text().splitlines()
    lines[0] = lines[-1].replace('"bad"', '"good"')
    (pytester.path / "texts/toy.jsonl").write_text("\n".join(lines))
    data(pytester).stdout.fnmatch_lines(["*toy/data-texts: * texts appear under two labels: *"])


def test_all_texts_made_elsewhere_are_taken_where_no_quota_is_set(pytester):
    project(pytester)
    texts(pytester, count=9)
    assert {r.train_rows for r in measured(pytester, "--synth-per-label", "0", run=data)} == {18}


def test_a_suite_may_state_an_expectation_of_a_method_that_is_not_ours(pytester):
    claim = 'Expectation(method="data-texts", classifier="tfidf", per_label=5, at_least=0.9, generator="toy-llm")'
    project(pytester, f"\n    expectations = ({claim},)\n")
    texts(pytester)
    data(pytester, "-k", "expectation").assert_outcomes(passed=1, deselected=8)
    texts(pytester, count=1)
    data(pytester, "-k", "expectation", "--synth-per-label", "1").assert_outcomes(skipped=1, deselected=8)


@pytest.mark.parametrize("task", ["relation", "sms_spam"])
@pytest.mark.parametrize("method", toys.RECORDED)
def test_the_recorded_texts_of_our_methods_are_the_same_training_set_as_a_file(tmp_path, task, method):
    (suite,) = suites_in([ROOT / f"suites/test_{task}.py"])
    settings = Settings(data="quickstart", per_label=100)
    with trainer(None, count=1) as trains:
        made = run_of(suite, settings, trains).sets.generated(method)
        rows = [{"id": e.id, "text": e.text, "label": e.label, "provenance": e.provenance} for e in made.examples]
        (tmp_path / f"{task}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        ((name, chosen),) = resolve([f"data:{tmp_path}"]).items()
        again = run_of(suite, settings, trains, methods={name: chosen}).sets.generated(name)
    assert again.examples == made.examples
    assert [e.provenance for e in again.examples] == [e.provenance for e in made.examples]


# ---- real texts and written ones together


def test_a_small_real_set_comes_before_all_that_a_method_writes(tmp_path):
    (suite,) = suites_in([ROOT / "suites/test_sms_spam.py"])
    rows = (ROOT / "suites/quickstart/sms_spam.jsonl").read_text(encoding="utf-8").splitlines()
    (folder := tmp_path / "sms_spam").mkdir()
    for split, some in (("train", rows[::2]), ("test", rows[1::2])):
        with gzip.open(folder / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.write("\n".join(some))
    given = "real3+few_shot"
    with trainer(None, count=1) as trains:
        settings = Settings(data=str(tmp_path), per_label=20)
        run = run_of(suite, settings, trains, methods=resolve([given, "real", "few_shot"]))
        both = run.sets.generated(given)
        assert both.examples == (*run.sets.generated("real", 3).examples, *run.sets.generated("few_shot").examples)
        assert (both.attempts, both.dropped) == (
            run.sets.generated("few_shot").attempts,
            run.sets.generated("few_shot").dropped,
        )
        result = run.result(given, "tfidf")
        assert (result.method, result.generator, result.demonstrations, result.train_rows) == (
            given,
            "smollm2-135m",
            "pool",
            46,
        )


def test_both_together_need_no_recording_of_their_own():
    assert resolve(["real5+few_shot"])["real5+few_shot"].recording == "few_shot"


def test_what_is_missing_of_both_and_of_one_is_missing_once(pytester):
    project(pytester)
    told = replay(pytester, of=("--synth-data", "mirror", "--synth-method", "few_shot,real2+few_shot", *FLOORS))
    lines = [line for line in told.outlines if "record them with" in line]
    assert lines
    assert all(line.count(" lacks ") == 1 for line in lines)


@pytest.mark.parametrize("given", ["real10+nothing", "real10+", "real-1+few_shot"])
def test_real_texts_beside_no_method_are_refused(given):
    with pytest.raises(ValueError, match="unknown method"):
        resolve([given])


# ---- methods that ask no generator


def test_the_words_of_the_task_and_augmented_texts_need_neither_a_generator_nor_a_recording(pytester):
    project(pytester)
    before = set(files(pytester))
    chosen = ("--synth-data", "mirror", "--synth-method", "labels,demonstrations,augmented2", *FLOORS)
    result = replay(pytester, "--synth-results", "results.jsonl", of=chosen)
    assert result.ret == 0
    found = read(pytester.path / "results.jsonl")
    assert {(r.method, r.generator, r.demonstrations, r.attempts) for r in found} == {
        ("labels", "", "", 0),
        ("demonstrations", "", "", 0),
        ("augmented2", "", "", 0),
    }
    assert {name for name in set(files(pytester)) - before if not name.startswith(".")} == {"results.jsonl"}


def test_a_task_without_demonstrations_fails_the_method_of_that_name_in_one_line(pytester):
    project(pytester)
    text = (pytester.path / "test_toy.py").read_text()
    (pytester.path / "test_toy.py").write_text(re.sub(r"demonstrations=\{.*?\},\n", "", text, flags=re.DOTALL))
    result = replay(pytester, of=("--synth-data", "mirror", "--synth-method", "demonstrations", *FLOORS))
    assert result.ret == 1
    result.stdout.fnmatch_lines(["task 'toy': no demonstration of 'good'; *leave the method out"])


def test_a_function_may_not_take_the_name_of_an_augmented_method(folder):
    (folder / "mine.py").write_text("def augmented7(a, b, c, d): ...\n")
    said = "mine.py:augmented7 has the name of a built-in method, augmented7; rename the function"
    assert refused("mine.py:augmented7") == said
