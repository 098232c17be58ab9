"""A finished run becomes a bundle, or is refused with every reason at once."""

import json
import shlex
import shutil
import subprocess
from dataclasses import replace

import pytest

import bundles
from bundles import change_recording, lines
from synthworth.__main__ import main
from synthworth.core.result import read
from synthworth.generation.methods import resolve
from synthworth.generation.recording.entries import loads
from synthworth.pipeline.replay import run_of, suites_in, trainer
from synthworth.pipeline.training_sets import Settings
from synthworth.submission.bundle import read as read_bundle
from synthworth.submission.folder import load
from synthworth.submission.submit import SubmissionRefused, submit
from synthworth.submission.verify import verify


@pytest.fixture
def project(submitted, tmp_path):
    """A copy of the project without its bundle, to change."""
    shutil.copytree(submitted.project, tmp_path / "project", ignore=shutil.ignore_patterns("bundle", "__pycache__"))
    return tmp_path / "project"


def refusal(project, results, **changed):
    """The reasons, one line each, and that nothing is written."""
    with pytest.raises(SubmissionRefused) as caught:
        submit(bundles.submission(project, results, **changed), project / "bundle")
    first, *reasons = str(caught.value).split("\n  ")
    assert first == f"toy is not submitted, for {len(reasons)} reason(s):"
    assert not any("bundle" in path.name for path in project.iterdir())
    return reasons


def test_a_bundle_holds_what_was_sent_not_what_was_meant_to_be(submitted):
    found = read_bundle(load(submitted.bundle))
    assert found.declaration.models == ["toy-llm-2026"]  # as the server calls itself, not as it was asked for
    assert found.declaration.parameters == {
        "temperature": [0.7],
        "top_p": [0.9],
        "max_tokens": [40],
        "stop": [["\n\n"]],
    }
    assert (found.declaration.date, found.declaration.variants, found.declaration.data) == (bundles.DAY, 3, "mirror")


def test_a_text_names_the_answer_that_it_was_made_of(submitted):
    answers = loads((submitted.bundle / "recordings/notes.jsonl").read_text())
    for row in lines(submitted.bundle / "texts/notes.0.jsonl"):
        (key,) = row["answers"]
        assert answers[key]["response"]["text"] == row["text"]
        assert answers[key]["request"]["label"] == row["label"]


def test_recordings_are_copied_byte_for_byte(submitted):
    ours = submitted.project / "cassettes" / bundles.GENERATOR / "notes" / "zero_shot.jsonl"
    assert (submitted.bundle / "recordings/notes.jsonl").read_bytes() == ours.read_bytes()


def test_only_the_results_of_the_method_are_in_it(submitted):
    found = read(submitted.bundle / "results.jsonl")
    assert {(one.method, one.generator) for one in found} == {("zero_shot", bundles.GENERATOR)}
    assert sorted(found, key=lambda one: one.key) == [
        one for one in sorted(submitted.results, key=lambda one: one.key) if one.method == "zero_shot"
    ]


def test_usage_and_versions_are_those_of_the_run(submitted):
    usage = json.loads((submitted.bundle / "usage.json").read_text())
    assert usage["notes"]["prompt_tokens"] == 20 * usage["notes"]["requests"]
    versions = json.loads((submitted.bundle / "versions.json").read_text())
    assert versions["tasks"] == {"letters": 1, "notes": 1}
    assert set(versions["machines"]) == set(bundles.CLASSIFIERS)


def test_all_reasons_are_told_at_once(project, submitted):
    (project / "cassettes" / bundles.GENERATOR / "letters" / "zero_shot.jsonl").unlink()
    results = [one for one in submitted.results if (one.task, one.training_seed) != ("notes", 1)]
    reasons = refusal(project, [replace(one, predicted="") for one in results])
    for reason in (
        "letters, generation seed 0: the answer to sample 0 of the label 'good' is missing",
        "notes, tfidf: a result has no predictions; measure it again",
    ):
        assert reason in reasons


def test_a_result_that_others_have_may_not_be_left_out(project, submitted):
    results = [one for one in submitted.results if (one.task, one.training_seed) != ("notes", 1)]
    (reason,) = refusal(project, results)
    assert reason.startswith("notes, generation seed 0: 2 results that others have are missing, first 'majority'")


def test_missing_tasks_are_a_reason(project, submitted):
    (reason,) = refusal(project, [one for one in submitted.results if one.task == "notes"])
    assert "no results of zero_shot by toy-llm, 12 texts per label, on these real texts: letters; a sub" in reason


def test_texts_that_the_results_were_not_trained_on_are_a_reason(project, submitted):
    def other(rows):
        next(row for row in rows if row["sample"] == 11)["response"]["text"] = "so very warm"

    change_recording(project / "cassettes" / bundles.GENERATOR / "notes" / "zero_shot.jsonl", other)
    reasons = refusal(project, submitted.results)
    assert reasons == [
        f"notes, {name}: a result was trained on other texts than those of the bundle (2 times)"
        for name in bundles.CLASSIFIERS
    ]


def test_a_secret_is_a_reason_and_is_not_repeated(project, submitted, monkeypatch):
    monkeypatch.setenv("TOY_API_KEY", "hunter2-hunter2")
    reasons = refusal(project, submitted.results, note="made with hunter2-hunter2")
    assert reasons == ["declaration.json holds the value of TOY_API_KEY; remove it, and record again"]


def test_code_that_is_not_committed_is_a_reason(project, submitted):
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(project)]
    for arguments in (["init", "-q"], ["add", "suites"], ["commit", "-q", "-m", "suites"]):
        subprocess.run([*git, *arguments], check=True)
    submit(bundles.submission(project, submitted.results), project / "first")
    commit = json.loads((project / "first/versions.json").read_text())["commit"]
    assert commit == subprocess.check_output([*git, "rev-parse", "HEAD"], text=True).strip()
    with (project / "suites/test_notes.py").open("a") as file:
        file.write("# edited\n")
    assert "code is not committed: suites/test_notes.py; commit it" in refusal(project, submitted.results)[0]


def test_results_without_predictions_are_a_reason(project, submitted):
    old = [replace(one, predicted="") for one in submitted.results]
    assert "letters, tfidf: a result has no predictions; measure it again (2 times)" in refusal(project, old)


def test_the_texts_of_another_method_are_given_as_files(project, submitted, tmp_path):
    results = [replace(one, method="mine") for one in submitted.results if one.method == "zero_shot"]
    with pytest.raises(ValueError, match=r"unknown method 'mine'; .* or give the texts that it made: --texts DIR"):
        submit(bundles.submission(project, results, method="mine"), project / "bundle")
    (tmp_path / "texts").mkdir()
    for task in sorted(bundles.TASKS):
        rows = lines(submitted.bundle / f"texts/{task}.0.jsonl")
        plain = [{"text": row["text"], "label": row["label"], "provenance": "by hand"} for row in rows]
        bundles.rewrite(tmp_path / "texts" / f"{task}.jsonl", plain)
    texts = {"method": "mine", "texts": tmp_path / "texts"}
    assert refusal(project, results, **texts) == [
        f"{task}, generation seed 0: 24 texts have no recorded answer; record them, or declare --division open"
        for task in sorted(bundles.TASKS)
    ]
    bundles.rewrite(tmp_path / "texts/notes.jsonl", plain[1:])
    quota = "notes, generation seed 0: 11 texts of good, and the quota is 12; the open division allows it"
    assert quota in refusal(project, results, **texts)
    bundles.rewrite(tmp_path / "texts/notes.jsonl", plain)
    made = submit(bundles.submission(project, results, division="open", **texts), project / "bundle")
    assert made.texts["notes", 0][0].provenance == "by hand"


OWN = """
from synthworth.generation.methods.builtin import zero_shot

def mine(task, sources, per_label, seed):
    return zero_shot(task, sources, per_label, seed)
"""


def test_a_function_of_one_s_own_is_called_on_the_recordings_and_its_texts_name_their_answers(project, submitted):
    (folder := project / "own").mkdir()
    (folder / "own.py").write_text(OWN, encoding="utf-8")
    method = f"{folder / 'own.py'}:mine"
    for path in (project / "cassettes").rglob("zero_shot.jsonl"):
        shutil.copy(path, path.with_name("mine.jsonl"))
    results = []
    for suite in suites_in([project / "suites"]):
        with trainer(None, count=1) as trains:
            settings = Settings(data=str(project / "mirror"), per_label=bundles.PER_LABEL)
            run = run_of(suite, settings, trains, generator=bundles.GENERATOR, methods=resolve([method]))
            results += [run.result("mine", classifier) for classifier in bundles.CLASSIFIERS]
    made = submit(bundles.submission(project, results, method=method), project / "bundle")
    assert (made.declaration.method, made.declaration.division) == ("mine", "closed")
    assert all(text.answers for texts in made.texts.values() for text in texts)
    assert made.texts["notes", 0] == tuple(read_bundle(load(submitted.bundle)).texts["notes", 0])
    found = verify(project / "bundle", bundles.verifier(project))
    assert (found.entry.state, found.problems) == ("data-verified", [])

    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(project)]
    for arguments in (["init", "-q"], ["add", "suites", "own"], ["commit", "-q", "-m", "all"]):
        subprocess.run([*git, *arguments], check=True)
    (folder / "own.py").write_text(OWN + "# edited\n", encoding="utf-8")
    shutil.rmtree(project / "bundle")
    assert "code is not committed: own/own.py; commit it" in refusal(project, results, method=method)[0]


def test_a_training_set_with_real_texts_is_not_put_into_a_bundle(project, submitted):
    asked = {"method": "real5+zero_shot", "texts": submitted.bundle / "texts", "division": "open"}
    with pytest.raises(ValueError, match=r"real5\+zero_shot trains on real texts, which no bundle may hold"):
        submit(bundles.submission(project, submitted.results, **asked), project / "bundle")
    with pytest.raises(ValueError, match=r"real5\+zero_shot trains on real texts, which no bundle may hold"):
        submit(bundles.submission(project, submitted.results, method="real5+zero_shot"), project / "bundle")


def test_the_texts_of_each_generation_seed_may_be_a_file_of_their_own(project, submitted, tmp_path):
    results = [replace(one, method="mine") for one in submitted.results if one.method == "zero_shot"]
    (tmp_path / "texts").mkdir()
    for task in bundles.TASKS:
        shutil.copy(submitted.bundle / f"texts/{task}.0.jsonl", tmp_path / "texts")
        (tmp_path / "texts" / f"{task}.jsonl").write_text("of another seed\n", encoding="utf-8")
    asked = {"method": "mine", "texts": tmp_path / "texts", "division": "open"}
    made = submit(bundles.submission(project, results, **asked), project / "bundle")
    assert len(made.texts["notes", 0]) == 2 * bundles.PER_LABEL


@pytest.fixture
def made_elsewhere(project):
    """Files of twice the quota, in no order, with ids and provenance, and the results of a run that drew from them."""
    (folder := project / "texts").mkdir()
    results = []
    for suite in suites_in([project / "suites"]):
        rows = [
            {"id": f"{n}-{label}", "text": bundles.note(label, f"elsewhere {n}"), "label": label, "provenance": told}
            for n in range(2 * bundles.PER_LABEL)
            for label, told in (("bad", {"generator": "gpt-x", "page": 7}), ("good", {"generator": "gpt-x"}))
        ]
        bundles.rewrite(folder / f"{suite.task.name}.jsonl", rows)
        with trainer(None, count=1) as trains:
            settings = Settings(data=str(project / "mirror"), per_label=bundles.PER_LABEL)
            run = run_of(suite, settings, trains, methods=resolve([f"data:{folder}"]))
            results += [run.result("data-texts", classifier) for classifier in bundles.CLASSIFIERS]
    return folder, results


def test_the_files_that_a_run_drew_from_are_given_as_they_were_to_the_run(project, made_elsewhere):
    folder, results = made_elsewhere
    asked = {"method": "data-texts", "generator": "gpt-x", "division": "open", "texts": folder}
    made = submit(bundles.submission(project, results, **asked), project / "bundle")
    assert [len(texts) for texts in made.texts.values()] == [2 * bundles.PER_LABEL] * len(bundles.TASKS)
    assert {text.provenance for text in made.texts["notes", 0]} == {"generator gpt-x, page 7", "generator gpt-x"}


def test_files_of_another_name_than_what_was_measured_are_a_reason(project, made_elsewhere):
    folder, results = made_elsewhere
    asked = {"method": "data-texts", "generator": "gpt-x", "division": "open", "texts": folder.rename(project / "t")}
    reason = f"{project}/t is the method data-t, and data-texts was measured; give its folder"
    assert any(reason in line for line in refusal(project, results, **asked))


def arguments(project, *more):
    known = ["--data", str(project / "mirror"), "--suites", str(project / "suites")]
    made = ["--method", "zero_shot", "--generator", bundles.GENERATOR, "--per-label", str(bundles.PER_LABEL)]
    results = ["--results", str(project / "suites/results.jsonl")]
    return ["submit", "toy", *results, *known, *made, "--out", str(project / "bundle"), *more]


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (["--division", "half"], "unknown division 'half'; divisions: closed, open"),
        (["--variants", "0"], "0 variants; allowed: 1 and more, this one counts"),
        (["--date", "yesterday"], "date is 'yesterday'; give a day"),
        (["--per-label", "0"], "per_label is 0; allowed: 1 to 10,000"),
        (["--note", "a\nb"], "give one line"),
        (["--results", "nowhere.jsonl"], "cannot read results from nowhere.jsonl"),
    ],
)
def test_a_mistake_of_the_command_line_is_an_error_and_exit_code_4(project, capsys, more, told):
    assert main(arguments(project, *more)) == 4
    shown = capsys.readouterr()
    assert told in shown.err
    assert shown.out == ""
    assert not (project / "bundle").exists()


def test_a_folder_that_is_there_is_not_written_over(submitted, capsys):
    assert main(arguments(submitted.project)) == 4
    assert "exists; name a new folder with --out" in capsys.readouterr().err


def test_the_printed_command_verifies_the_bundle_in_a_repository_of_another_shape(tmp_path, monkeypatch, capsys):
    """Suites lie where `testpaths` says, and the bundle's folder needs quotes in a shell."""
    bundles.project(tmp_path)
    (tmp_path / "suites").rename(tmp_path / "my checks")
    (tmp_path / "pytest.ini").write_text('[pytest]\ntestpaths = "my checks"\n'.replace('"my checks"', "my*"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("synthworth.submission.submit.code_commit", lambda folder: "")
    options = ("--results", "my checks/results.jsonl", "--data", "mirror", "--out", "the bundle")
    options = (*options, "--generator", bundles.GENERATOR, "--per-label", str(bundles.PER_LABEL))
    assert main(["submit", "toy", *options]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    command = shlex.split(line.removeprefix("verify it with: "))
    assert command[0] == "synthworth"
    assert main([*command[1:], "--processes", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "state: generation-verified, of toy"
