"""A project with suites, real texts, recordings and results, its bundle, and ways to tamper with that."""

import gzip
import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import NamedTuple

from synthworth.core.completion import Completion
from synthworth.core.result import Result, unpack, write
from synthworth.generation.collect import Sources
from synthworth.generation.methods.builtin import METHODS
from synthworth.generation.recording.entries import dumps, entry
from synthworth.pipeline.replay import run_of, suites_in, trainer
from synthworth.pipeline.training_sets import Settings
from synthworth.submission import bundle
from synthworth.submission.folder import MANIFEST
from synthworth.submission.submit import SubmissionRequest, submit
from synthworth.submission.verify import Verifier

SUITE = """
from synthworth import Task, TaskSuite


class Test{title}(TaskSuite):
    task = Task(
        name="{name}",
        labels={{"good": "a kind note", "bad": "an unkind note"}},
        words=(1, 12),
        context_prompt="You write notes about {name}.",
        generation_prompt="Write {{description}} of {{words}} words.",
        diversity_prompt="Another one.",
        demonstrations={{
            "good": ("so kind", "how warm of you", "thanks a lot"),
            "bad": ("so rude", "how cold of you", "thanks for nothing"),
        }},
    )
"""
TASKS = ("notes", "letters")
WORDS = {"good": ("lovely", "warm", "gentle", "fine"), "bad": ("nasty", "cold", "bitter", "grim")}
SEEDS = (0, 1)
PER_LABEL = 12
CLASSIFIERS = ("majority", "tfidf")
GENERATOR = "toy-llm"
DAY = "2026-11-20"


def note(label, seed):
    """A note that no other has; a third of its adjectives belong to the other label."""
    chance = random.Random(seed)
    kinds = [label if chance.random() < 2 / 3 else "good" if label == "bad" else "bad" for _ in range(3)]
    return f"{' '.join(chance.choice(WORDS[kind]) for kind in kinds)} note {seed}"


class Writer:
    """Answers every request, and keeps what a recording would; `write` gives the text for a request."""

    def __init__(self, write=lambda request: note(request.label, request.parameters["seed"])):
        self.entries = {}
        self.write = write

    def complete(self, requests):
        return [self._completed(request) for request in requests]

    def _completed(self, request):
        text = self.write(request)
        answer = {"choices": [{"message": {"content": text}, "finish_reason": "stop"}], "model": "toy-llm-2026"}
        answer["usage"] = {"prompt_tokens": 20, "completion_tokens": 5}
        kept = entry(request.body(GENERATOR), request, answer)
        self.entries[kept["key"]] = kept
        return Completion(text=text, finish_reason="stop")


def project(
    folder,
    classifiers=CLASSIFIERS,
    seeds=SEEDS,
    writer_of=lambda suite: Writer(),
    tasks=TASKS,
    methods=("zero_shot", "real"),
):
    """Suites, a mirror of real texts, recordings, and results of zero_shot and of real texts."""
    for name in tasks:
        suite = folder / "suites" / f"test_{name}.py"
        suite.parent.mkdir(exist_ok=True)
        suite.write_text(SUITE.format(name=name, title=name.title()), encoding="utf-8")
        for split, count in (("train", 40), ("test", 60)):
            path = folder / "mirror" / name / f"{split}.jsonl.gz"
            path.parent.mkdir(parents=True, exist_ok=True)
            rows = [
                {
                    "id": f"{split}-{label}{n}",
                    "text": f"{split} {note(label, f'{name} {split} {label} {n}')}",
                    "label": label,
                }
                for label in WORDS
                for n in range(count)
            ]
            with gzip.open(path, "wt", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
    (folder / "pyproject.toml").touch()
    suites = suites_in([folder / "suites"])
    results = []
    for suite in suites:
        writer = writer_of(suite)
        METHODS["zero_shot"](suite.task, Sources(client=writer, pool=suite.task.pool), PER_LABEL, 0)
        path = folder / "cassettes" / GENERATOR / suite.task.name / "zero_shot.jsonl"
        path.parent.mkdir(parents=True)
        path.write_text(dumps(writer.entries), encoding="utf-8")
        with trainer(None, count=1) as trains:
            settings = Settings(data=str(folder / "mirror"), per_label=PER_LABEL)
            run = run_of(suite, settings, trains, generator=GENERATOR)
            results += [run.result(m, c, seed=s) for m in methods for c in classifiers for s in seeds]
    write(folder / "suites" / "results.jsonl", results)
    return results


def submission(folder, results, **changed):
    """What to submit of the project."""
    given = {
        "name": "toy",
        "suites": suites_in([folder / "suites"]),
        "results": results,
        "data": str(folder / "mirror"),
        "method": "zero_shot",
        "generator": GENERATOR,
        "date": DAY,
        "per_label": PER_LABEL,
        "who": "the tests",
        "variants": 3,
        "code": (),  # of this repository some may be edited just now
    }
    return SubmissionRequest(**given | changed)


def verifier(folder, reference=(), **changed):
    """A verifier who has the project."""
    return Verifier(
        suites=suites_in([folder / "suites"]), data=str(folder / "mirror"), reference=reference, processes=1, **changed
    )


class Submitted(NamedTuple):
    """A project's folder, its bundle, and all its results."""

    project: Path
    bundle: Path
    results: list[Result]


def made(folder):
    """The project in a folder, and its bundle in `folder/bundle`."""
    results = project(folder)
    submit(submission(folder, results), folder / "bundle")
    return Submitted(folder, folder / "bundle", results)


def lines(path):
    """The decoded lines of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def rewrite(path, rows):
    """Writes decoded lines back."""
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def sealed(folder):
    """Writes the manifest anew, as one who tampers with skill does."""
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    (folder / MANIFEST).write_bytes(bundle.manifest_of(files))
    return folder


def copied(submitted, to):
    """A copy of the bundle to tamper with."""
    return shutil.copytree(submitted.bundle, to / "bundle")


def unpacked(row):
    """The predicted labels of a decoded result."""
    return [row["labels"][number] for number in unpack(row["predicted"], len(row["labels"]), row["test_rows"])]


def change(path, edit):
    """Applies `edit` to each decoded line, or to the one object of a JSON file."""
    if path.suffix == ".json":
        value = json.loads(path.read_text(encoding="utf-8"))
        edit(value)
        path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
        return
    rows = lines(path)
    for row in rows:
        edit(row)
    rewrite(path, rows)


def footed(rows):
    """Lines of a recording with the footer that fits them."""
    sha256 = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return "".join(row + "\n" for row in [*rows, json.dumps({"count": len(rows), "sha256": sha256})])


def change_recording(path, edit):
    """Lets `edit` change the list of recorded answers, and writes the footer anew."""
    rows = lines(path)[:-1]
    edit(rows)
    path.write_text(dumps({row["key"]: row for row in rows}), encoding="utf-8")
