"""A bundle is verified by data alone: tampering is caught by a hash, or by what follows from the data."""

import gzip
import json

import pytest

import bundles
from bundles import change, change_recording, copied, lines, rewrite, sealed
from synthworth.__main__ import main
from synthworth.core.result import digest, from_mapping, pack
from synthworth.measures.metrics import accuracy, confusion, macro_f1
from synthworth.measures.statistics import bootstrap_interval
from synthworth.submission.verify import verify

pytestmark = pytest.mark.usefixtures("no_embedder")
FILES = [
    "declaration.json",
    "recordings/letters.jsonl",
    "recordings/notes.jsonl",
    "results.jsonl",
    "texts/letters.0.jsonl",
    "texts/notes.0.jsonl",
    "usage.json",
    "versions.json",
]


def judged(submitted, folder):
    return verify(folder, bundles.verifier(submitted.project, submitted.results))


def test_an_honest_bundle_is_generation_verified_without_problems_or_flags_of_its_own(submitted):
    found = judged(submitted, submitted.bundle)
    assert (found.entry.state, found.problems) == ("generation-verified", [])
    assert [flag for flag in found.entry.flags if not flag.startswith("near copies were not looked for")] == []
    assert found.entry.who == "the tests"
    assert {(one.task, one.classifier) for one in found.repetitions} == {
        (task, classifier) for task in bundles.TASKS for classifier in bundles.CLASSIFIERS
    }


def test_verifying_writes_nothing(submitted):
    before = {path: path.stat().st_mtime_ns for path in submitted.project.rglob("*") if "__pycache__" not in str(path)}
    judged(submitted, submitted.bundle)
    after = {path: path.stat().st_mtime_ns for path in submitted.project.rglob("*") if "__pycache__" not in str(path)}
    assert before == after


@pytest.mark.parametrize("name", FILES)
def test_one_changed_byte_is_told_by_its_hash(submitted, tmp_path, name):
    path = copied(submitted, tmp_path) / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = judged(submitted, tmp_path / "bundle")
    assert found.entry is None
    assert not found.verified
    (problem,) = found.problems
    assert problem.startswith(f"{name} is not what the manifest says")


def test_every_file_of_a_bundle_is_in_the_list_above(submitted):
    names = {str(path.relative_to(submitted.bundle)) for path in submitted.bundle.rglob("*") if path.is_file()}
    assert names == {*FILES, "manifest.json"}


def test_a_file_that_is_gone_and_one_that_has_come_are_told(submitted, tmp_path):
    folder = copied(submitted, tmp_path)
    (folder / "texts/notes.0.jsonl").rename(folder / "texts/notes.1.jsonl")
    problems = judged(submitted, folder).problems
    assert problems == [
        "'texts/notes.0.jsonl' is in the manifest and not in the bundle",
        "texts/notes.1.jsonl is in the bundle and not in the manifest",
    ]


def test_a_changed_hash_is_told(submitted, tmp_path):
    folder = copied(submitted, tmp_path)
    change(folder / "manifest.json", lambda listed: listed["usage.json"].update(sha256="0" * 64))
    assert judged(submitted, folder).problems[0].startswith("usage.json is not what the manifest says")


def rescored(row, predicted, gold, labels):
    """The result that these predictions give: what a careful cheat writes."""
    counts = confusion(gold, predicted, labels)
    low, high = bootstrap_interval(counts, macro_f1)
    row |= {
        "predicted": pack([labels.index(label) for label in predicted], len(labels)),
        "confusion": counts.tolist(),
        "macro_f1": round(float(macro_f1(counts)), 6),
        "accuracy": round(float(accuracy(counts)), 6),
        "macro_f1_low": round(low, 6),
        "macro_f1_high": round(high, 6),
    }


def of_tfidf(edit):
    def tamper(folder):
        change(folder / "results.jsonl", lambda row: edit(row) if row["classifier"] == "tfidf" else None)

    return tamper


GOLD = ["good"] * 60 + ["bad"] * 60  # as the project's mirror has them


def improved(row):
    """The predictions of a classifier that errs half as often, with all the scores that follow from them."""
    labels = list(row["labels"])
    numbers = bundles.unpacked(row)
    wrong = [i for i, label in enumerate(numbers) if label != GOLD[i]]
    better = [GOLD[i] if i in wrong[::2] else label for i, label in enumerate(numbers)]
    rescored(row, better, GOLD, labels)


def exchanged(row):
    """Two rows of one true label with their predictions exchanged: every count stays as it was."""
    predicted = bundles.unpacked(row)
    right = next(i for i in range(60) if predicted[i] == "good")
    wrong = next(i for i in range(60) if predicted[i] == "bad")
    predicted[right], predicted[wrong] = "bad", "good"
    row["predicted"] = pack([row["labels"].index(label) for label in predicted], 2)


def other_text(folder):
    path = folder / "texts/notes.0.jsonl"
    rows = lines(path)
    rows[3]["text"] = "a gentle and lovely word"
    rewrite(path, rows)


def other_label(folder):
    path = folder / "texts/notes.0.jsonl"
    rows = lines(path)
    rows[0]["label"] = "bad"
    rewrite(path, rows)


def weight_of_a_text(folder):
    path = folder / "texts/notes.0.jsonl"
    rows = lines(path)
    rows[3]["weight"] = 2.0
    rewrite(path, rows)


def other_text_with_new_hashes(folder):
    """A text is changed, and results name the changed set as theirs, with the inputs that follow from it."""
    other_text(folder)
    rows = lines(folder / "texts/notes.0.jsonl")
    version = digest([(row["text"], row["label"]) for row in rows])
    change(folder / "results.jsonl", lambda row: row.update(train_version=version) if row["task"] == "notes" else None)


def other_answer(folder):
    """The last answer of a label: no later request shows it, so that all the others are found."""

    def edit(rows):
        next(row for row in rows if row["sample"] == 11)["response"]["text"] = "so very warm"

    change_recording(folder / "recordings/notes.jsonl", edit)


def fewer_answers(folder):
    change_recording(folder / "recordings/notes.jsonl", lambda rows: rows.__delitem__(slice(0, 3)))
    change(folder / "usage.json", lambda u: u["notes"].update(requests=21, prompt_tokens=420, completion_tokens=105))


def sent_otherwise(folder):
    """The parameter is changed wherever it is told, but in the key, which is a hash of what was sent."""
    for name in bundles.TASKS:
        path = folder / f"recordings/{name}.jsonl"
        change_recording(path, lambda rows: [row["request"].update(temperature=0.1) for row in rows])
    change(folder / "declaration.json", lambda declared: declared["parameters"].update(temperature=[0.1]))


def declared(**fields):
    return lambda folder: change(folder / "declaration.json", lambda values: values.update(fields))


def in_results(**fields):
    return lambda folder: change(folder / "results.jsonl", lambda row: row.update(fields))


def without_a_task(folder):
    for path in ("texts/notes.0.jsonl", "recordings/notes.jsonl"):
        (folder / path).unlink()
    rewrite(folder / "results.jsonl", [row for row in lines(folder / "results.jsonl") if row["task"] != "notes"])
    change(folder / "usage.json", lambda usage: usage.pop("notes"))


def without_a_seed(folder):
    rows = lines(folder / "results.jsonl")
    rewrite(folder / "results.jsonl", [r for r in rows if (r["task"], r["training_seed"]) != ("notes", 1)])


def other_provenance(folder):
    path = folder / "texts/notes.0.jsonl"
    rows = lines(path)
    rows[0]["answers"], rows[1]["answers"] = rows[1]["answers"], rows[0]["answers"]
    rewrite(path, rows)


TAMPERINGS = {
    "score": (of_tfidf(lambda row: row.update(macro_f1=0.99, macro_f1_high=0.995)), "has macro_f1 0.99, but its"),
    "accuracy": (of_tfidf(lambda row: row.update(accuracy=0.99)), "has accuracy 0.99, but its predictions give"),
    "interval": (of_tfidf(lambda row: row.update(macro_f1_low=0.0)), "has the interval 0.0 to"),
    "confusion": (of_tfidf(lambda row: row.update(confusion=[row["confusion"][1], row["confusion"][0]])), "confusion"),
    "predictions with all scores": (of_tfidf(improved), "test rows are predicted differently by the same seed"),
    "two predictions": (of_tfidf(exchanged), "2 of 120 test rows are predicted differently"),
    "no predictions": (in_results(predicted=""), "has no predictions"),
    "text": (other_text, "trained on other texts than those of the bundle"),
    "text with new hashes": (other_text_with_new_hashes, "1 of 24 texts are not what the recordings give"),
    "label": (other_label, "1 of 24 texts are not what the recordings give"),
    "recorded answer": (other_answer, "1 of 24 texts are not what the recordings give"),
    "missing answers": (fewer_answers, "the recordings give no training set"),
    "recorded parameter": (sent_otherwise, "answers are recorded to a request that the suite does not make"),
    "declared parameter": (declared(parameters={"temperature": [0.1]}), "'temperature' is declared as [0.1]"),
    "declared model": (declared(models=["gpt-9"]), "declared are the models ['gpt-9']"),
    "declared generator": (declared(generator="gpt-9"), "declared is the generator 'gpt-9'"),
    "declared method": (declared(method="few_shot"), "declared is the method 'few_shot'"),
    "declared size": (declared(per_label=11), "declared is the per_label 11"),
    "declared seeds": (declared(generation_seeds=[0, 1]), "not of the declared generation seeds [0, 1]"),
    "declared division": (declared(demonstrations="real"), "real demonstrations belong to the open division"),
    "usage": (
        lambda folder: change(folder / "usage.json", lambda u: u["notes"].update(requests=1)),
        "'notes': the usage",
    ),
    "provenance": (other_provenance, "2 of 24 texts are not what the recordings give"),
    "one task left out": (without_a_task, "notes: no texts; a submission has every task"),
    "chosen training seeds": (in_results(training_seed=777), "training seeds [777]; they count from 0"),
    "one seed left out": (without_a_seed, "2 results that others have are missing"),
    "other real texts": (in_results(data_version="0" * 16), "was scored on other real texts"),
    "attempts": (in_results(attempts=24 * 2), "other attempts or dropped answers"),
    "tokens": (in_results(prompt_tokens=1, completion_tokens=1), "results state other tokens than the recordings"),
    "weight": (weight_of_a_text, "1 texts have weights, which no recording gives"),
    "recipe": (in_results(recipe="0" * 16), "was trained by another recipe"),
    "version of the suites": (
        lambda folder: change(folder / "versions.json", lambda values: values.update(suite=2)),
        "made by version 2 of the suites",
    ),
    "version of a task": (
        lambda folder: change(folder / "versions.json", lambda values: values["tasks"].update(notes=2)),
        "notes: made for version 2",
    ),
}


@pytest.mark.parametrize("what", TAMPERINGS)
def test_who_tampers_is_caught_though_the_manifest_is_written_anew(submitted, tmp_path, what, capsys):
    tamper, told = TAMPERINGS[what]
    folder = copied(submitted, tmp_path)
    tamper(folder)
    assert command(submitted, sealed(folder), "--processes", "1") in (1, 4)
    shown = capsys.readouterr()
    # A result that contradicts itself cannot even be read.
    assert told in (shown.out if "state: self-reported, of toy" in shown.out else shown.err)
    assert "-verified" not in shown.out


def command(submitted, folder, *more):
    project = submitted.project
    return main(["verify", str(folder), "--data", str(project / "mirror"), "--suites", str(project / "suites"), *more])


def test_the_command_says_the_state_last_and_exits_with_0(submitted, capsys):
    assert command(submitted, submitted.bundle, "--processes", "1") == 0
    assert capsys.readouterr().out.splitlines()[-1] == "state: generation-verified, of toy"


def test_the_command_tells_each_problem_in_a_line_and_exits_with_1(submitted, tmp_path, capsys):
    folder = copied(submitted, tmp_path)
    other_text(folder)
    sealed(folder)
    assert command(submitted, folder) == 1
    shown = capsys.readouterr().out.splitlines()
    assert "problem: notes, generation seed 0: 1 of 24 texts are not what the recordings give" in shown
    assert shown[-1] == "state: self-reported, of toy"


def test_the_report_is_strict_json(submitted, tmp_path, capsys):
    command(submitted, submitted.bundle, "--processes", "1", "--json", str(tmp_path / "report.json"))
    found = json.loads((tmp_path / "report.json").read_text(), parse_constant=pytest.fail)
    assert (found["verified"], found["entry"]["state"], found["problems"]) == (True, "generation-verified", [])


@pytest.mark.parametrize("more", [("--seeds", "0"), ("--processes", "-1"), ("--reference", "nowhere.jsonl")])
def test_an_option_without_sense_is_one_line_and_exit_code_4(submitted, more, capsys):
    assert command(submitted, submitted.bundle, *more) == 4
    shown = capsys.readouterr()
    assert (shown.out, shown.err.count("\n")) == ("", 1)


def test_a_folder_that_is_no_bundle_is_one_line_and_exit_code_4(submitted, tmp_path, capsys):
    assert command(submitted, tmp_path / "nowhere") == 4
    assert command(submitted, tmp_path) == 4
    assert [line.split(":")[0] for line in capsys.readouterr().err.splitlines()] == ["error", "error"]


def test_a_stranger_s_words_are_printed_without_control_characters(submitted, tmp_path, capsys):
    folder = copied(submitted, tmp_path)
    change(folder / "usage.json", lambda usage: usage.update({"\x1b[31mred\n": usage["notes"]}))
    sealed(folder)
    assert command(submitted, folder) == 1
    assert "\x1b" not in capsys.readouterr().out


def test_a_method_of_a_stranger_is_data_verified_at_most_and_nothing_of_it_is_run(submitted, tmp_path):
    folder = copied(submitted, tmp_path)
    declared(method="mine.py:write")(folder)
    in_results(method="mine.py:write")(folder)
    found = judged(submitted, sealed(folder))
    assert (found.entry.state, found.problems) == ("data-verified", [])
    assert "its method is not built in, so its texts were not made again from the recordings" in found.entry.flags


def test_texts_without_a_recorded_answer_are_flagged(submitted, tmp_path):
    folder = copied(submitted, tmp_path)
    declared(method="mine", division="open")(folder)
    in_results(method="mine")(folder)
    change(folder / "texts/notes.0.jsonl", lambda row: row.update(answers=[]))
    found = judged(submitted, sealed(folder))
    assert "notes: 24 of 24 texts have no recorded answer" in found.entry.flags
    assert found.entry.state == "data-verified"
    declared(division="closed")(folder)
    found = judged(submitted, sealed(folder))
    assert found.entry.state == "self-reported"
    lacking = "24 texts have no recorded answer; record them, or declare --division open"
    assert found.problems == [f"notes, generation seed 0: {lacking}"]


def test_a_classifier_that_is_not_ours_is_refused_and_never_loaded(submitted, tmp_path, monkeypatch):
    folder = copied(submitted, tmp_path)
    in_results(classifier="evil/encoder")(folder)
    monkeypatch.setattr("synthworth.submission.verify.trainer", pytest.fail)
    found = judged(submitted, sealed(folder))
    assert "has an unknown classifier; known are majority, tfidf, nearest, probe, minilm, bert, roberta" in "\n".join(
        found.problems
    )


@pytest.mark.slow
def test_an_encoder_trained_again_gives_equal_predictions_here(submitted, tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    results = bundles.project(project, classifiers=("minilm",), seeds=(0,), tasks=("notes",), methods=("zero_shot",))
    bundles.submit(bundles.submission(project, results), project / "bundle")
    found = verify(project / "bundle", bundles.verifier(project, results))
    assert found.entry.state == "generation-verified"
    assert {one.differing for one in found.repetitions} == {0}


def copier(split, share):
    """A maker of forged recordings: that share of the answers to each label are real texts of the split."""

    def writer_of(suite):
        served = dict.fromkeys(bundles.WORDS, 0)
        mirror = suite.path.parents[1] / "mirror" / suite.task.name / f"{split}.jsonl.gz"
        rows = [json.loads(line) for line in gzip.decompress(mirror.read_bytes()).splitlines()]

        def write(request):
            number, served[request.label] = served[request.label], served[request.label] + 1
            real = [row["text"] for row in rows if row["label"] == request.label]
            copied = number * share // 1 < (number + 1) * share // 1
            return real[number] if copied else bundles.note(request.label, request.parameters["seed"])

        return bundles.Writer(write)

    return writer_of


def forged(folder, split, share):
    """A bundle of a run on copied texts, made without asking `submit`, which would refuse it."""
    results = bundles.project(folder, writer_of=copier(split, share))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("synthworth.submission.submit._copies", lambda bundle, known: [])
        bundles.submit(bundles.submission(folder, results), folder / "bundle")
    return bundles.Submitted(folder, folder / "bundle", results)


@pytest.mark.parametrize("split", ["test", "train"])
def test_a_bundle_of_real_texts_is_refused_though_its_forged_recordings_give_them(tmp_path, split):
    made = forged(tmp_path, split, 0.5)
    found = judged(made, made.bundle)
    assert found.entry.state == "self-reported"
    source = {"test": "test", "train": "training"}[split]
    assert [line for line in found.problems if f"of 24 texts are suspected copies of {source} texts" in line]
    assert all(line.endswith("at most 10% may be") for line in found.problems)
    assert found.repetitions == found.results == ()
    with pytest.raises(ValueError, match=f"suspected copies of {source} texts"):
        bundles.submit(bundles.submission(tmp_path, made.results), tmp_path / "again")


def test_as_few_copies_as_honest_sets_may_have_are_flagged_and_not_refused(tmp_path):
    made = forged(tmp_path, "test", 0.09)
    found = judged(made, made.bundle)
    assert (found.entry.state, found.problems) == ("generation-verified", [])
    assert [flag for flag in found.entry.flags if "of 24 texts are suspected copies of test texts" in flag]


def test_the_report_says_what_a_recording_cannot_prove_and_holds_the_verifier_s_own_results(submitted, tmp_path):
    command(submitted, submitted.bundle, "--processes", "1", "--json", str(tmp_path / "report.json"))
    found = json.loads((tmp_path / "report.json").read_text())
    assert found["meaning"].endswith("a recording cannot prove that the named generator wrote its answers")
    own = [from_mapping(row) for row in found["results"]]
    assert {(one.task, one.classifier, one.training_seed) for one in own} == {
        (task, classifier, 0) for task in bundles.TASKS for classifier in bundles.CLASSIFIERS
    }


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"method": "zer\u043e_shot"}, "method is 'zer\\u043e_shot'; give ASCII letters"),
        ({"generator": "gpt\u20115"}, "generator is 'gpt\\u20115'; give ASCII letters"),
        ({"name": "\u041epen model"}, "name has the word '\\u041epen', which mixes scripts that look alike"),
        ({"who": "\uff21nna"}, "who has the word '\\uff21nna', which mixes scripts"),
        ({"date": "2999-01-01"}, "date is 2999-01-01; allowed: 2020-01-01 to today"),
        ({"date": "1999-01-01"}, "date is 1999-01-01; allowed: 2020-01-01 to today"),
    ],
)
def test_a_declaration_that_disguises_a_name_or_a_day_is_refused(submitted, tmp_path, fields, told, capsys):
    folder = copied(submitted, tmp_path)
    declared(**fields)(folder)
    assert command(submitted, sealed(folder)) == 4
    assert told in capsys.readouterr().err


def test_a_name_in_a_script_of_its_own_is_none_of_a_disguise(submitted, tmp_path):
    folder = copied(submitted, tmp_path)
    declared(who="Анна Π. 王芳 Zoë")(folder)
    assert judged(submitted, sealed(folder)).problems == []
