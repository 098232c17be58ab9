"""Makes a bundle of a finished run, or says all that speaks against it."""

import importlib.metadata
import os
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthworth.core.completion import Completion, Request
from synthworth.core.git import code_commit
from synthworth.core.places import cassettes_beside
from synthworth.core.result import SUITE_VERSION, Result
from synthworth.generation.collect import METHODS, Sources
from synthworth.generation.methods import FILES, OF_FILES, Method, holds_real_texts, resolve
from synthworth.generation.recording import find_secret, path_of
from synthworth.pipeline import dataset
from synthworth.pipeline.replay import Suite
from synthworth.pipeline.training_sets import POOL, REAL, private_cassettes
from synthworth.submission.bundle import Bundle, dumped, recorded
from synthworth.submission.consistency import contradictions, counted, not_replayed
from synthworth.submission.contents import BundleText, BundleVersions, Declaration, RecordedAnswer
from synthworth.submission.folder import write
from synthworth.submission.replay_answers import models_of, parameters_of, replay, usage_of
from synthworth.submission.rescoring import TaskWithData, computed_anew
from synthworth.submission.retraining import machine_of
from synthworth.submission.untrusted_json import lines, record
from synthworth.training.environment import LIBRARIES
from synthworth.training.recipes import RECIPES

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class SubmissionRequest:
    """What is to be submitted: who made it and how, and which of the `results` are its own.

    `data` is where the real texts are, as --synth-data takes it. `demonstrations` None stands for those of the results.
    `method` is named as --synth-method names it: a function is called once more, on recorded answers alone. `texts` is,
    for a method that cannot be called here, a folder of files: TASK.jsonl of `data:DIR`, of which the same are drawn
    again, or else the very training set of a seed, TASK.SEED.jsonl or TASK.jsonl, a text, its label and the keys of its
    answers a line. `code` are folders whose Python files must be committed, as those of suites and methods must.
    """

    name: str
    suites: Sequence[Suite]
    results: Sequence[Result]
    data: str
    method: str
    generator: str
    date: str
    per_label: int = 100
    demonstrations: str | None = None
    who: str = ""
    variants: int | None = None
    division: str = "closed"
    note: str = ""
    texts: Path | None = None
    code: Sequence[Path] = (PACKAGE,)
    notice: Callable[[str], None] = lambda line: None


class SubmissionRefused(ValueError):
    """What speaks against a submission, one reason a line."""

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        lines = "".join(f"\n  {reason}" for reason in reasons)
        super().__init__(f"{name} is not submitted, for {len(reasons)} reason(s):{lines}")


def submit(asked: SubmissionRequest, out: Path) -> Bundle:
    """Bundle a finished run, or list every reason it cannot be submitted.

    The bundle is written to the new folder `out`, whole or not at all. Recordings are replayed, as a verifier will do;
    nothing is trained. Raises `SubmissionRefused` with every reason.
    """
    if out.exists():
        raise ValueError(f"{out} is there already; name a new folder with --out")
    reasons: list[str] = []
    asked, method = _resolved(asked)
    commit = _commit([*asked.code, *(suite.path.resolve().parent for suite in asked.suites)], reasons)
    known = {}
    for suite in asked.suites:
        asked.notice(f"loading the real texts of {suite.task.name}")
        quickstart = suite.path.resolve().parent / "quickstart"
        known[suite.task.name] = TaskWithData(suite.task, dataset.load(suite.task, asked.data, quickstart))
    mine, demonstrations = _results(asked, known, reasons)
    recordings = _recordings(asked, demonstrations)
    answers = {task: recorded(content.decode(), f"recording of {task}") for task, content in recordings.items()}
    asked.notice("replaying the recordings")
    texts: dict[tuple[str, int], Sequence[BundleText]] = {}
    for task, seed in sorted({(result.task, result.generation_seed) for result in mine}):
        try:
            texts[task, seed] = _texts(asked, method, known[task], answers.get(task, {}), seed, demonstrations)
        except ValueError as error:
            reasons.append(f"{task}, generation seed {seed}: {error}")
    every = [one for by_key in answers.values() for one in by_key.values()]
    bundle = Bundle(
        declaration=Declaration(
            name=asked.name,
            method=asked.method,
            generator=asked.generator,
            who=asked.who,
            date=asked.date,
            variants=asked.variants,
            division=asked.division,
            note=asked.note,
            data=next(iter(known.values())).data.source,
            per_label=asked.per_label,
            demonstrations=demonstrations,
            generation_seeds=sorted({seed for _, seed in texts}) or [0],
            models=models_of(every),
            parameters=parameters_of(every),
        ),
        texts=texts,
        recordings=answers,
        usage={task: usage_of(by_key.values()) for task, by_key in answers.items()},
        results=[result for result in mine if (result.task, result.generation_seed) in texts],
        versions=_versions(known, mine, commit),
    )
    if texts:
        reasons += _against(bundle, known)
    files = dumped(bundle, recordings)
    secrets = ((name, find_secret(content.decode(), os.environ)) for name, content in files.items())
    reasons += [f"{name} holds {secret}; take it out, and record again" for name, secret in secrets if secret]
    if reasons:
        raise SubmissionRefused(asked.name, reasons)
    write(out, files)
    return bundle


def _resolved(asked: SubmissionRequest) -> tuple[SubmissionRequest, Method | None]:
    """The submission with its method as results name it, and the method, where it can be called here."""
    if holds_real_texts(asked.method):
        raise ValueError(
            f"{asked.method} trains on real texts, which no bundle may hold; submit the written ones alone"
        )
    if asked.texts is not None:
        return asked, None
    try:
        (method,) = resolve([asked.method]).values()
    except ValueError as error:
        raise ValueError(f"{error}; or give the texts that it made: --texts DIR") from None
    file = Path(asked.method.rpartition(":")[0])
    code = (*asked.code, file.resolve().parent) if file.suffix == ".py" else asked.code
    return replace(asked, method=method.name, code=code), method


def _commit(folders: Sequence[Path], reasons: list[str]) -> str:
    """The commit of the first folder that has one; what is not committed speaks against the submission."""
    found = []
    for folder in dict.fromkeys(folders):
        try:
            found.append(code_commit(folder))
        except ValueError as error:
            reasons.append(str(error))
    return next((commit for commit in found if commit), "")


def _results(
    asked: SubmissionRequest, known: Mapping[str, TaskWithData], reasons: list[str]
) -> tuple[list[Result], str]:
    """The results that belong to it, and the demonstrations that they name."""
    alike = [
        one
        for one in asked.results
        if (one.method, one.generator, one.per_label) == (asked.method, asked.generator, asked.per_label)
    ]
    there = sorted({one.demonstrations for one in alike})
    chosen = asked.demonstrations if asked.demonstrations is not None else POOL if POOL in there else "".join(there[:1])
    here = {task: (ours.data.source, ours.data.version) for task, ours in known.items()}
    mine = [one for one in alike if one.demonstrations == chosen and here.get(one.task) == (one.data, one.data_version)]
    if lacking := sorted(set(known) - {one.task for one in mine}):
        reasons.append(
            f"no results of {asked.method} by {asked.generator or 'no generator'}, {asked.per_label} texts per label, "
            f"on these real texts: {', '.join(lacking)}; a submission has every task: measure them with pytest, "
            "--synth-results and the same --synth-data"
        )
    return mine, chosen


def _recordings(asked: SubmissionRequest, demonstrations: str) -> dict[str, bytes]:
    found = {}
    for suite in asked.suites:
        folder = private_cassettes() if demonstrations == REAL else cassettes_beside(suite.path.resolve().parent)
        path = path_of(folder, asked.generator, suite.task.name, asked.method)
        if path.is_file():
            found[suite.task.name] = path.read_bytes()
    return found


def _texts(
    asked: SubmissionRequest,
    method: Method | None,
    known: TaskWithData,
    answers: Mapping[str, RecordedAnswer],
    seed: int,
    shows: str,
) -> Sequence[BundleText]:
    if method is not None and method.asks:
        train = known.data.train if shows == REAL else ()
        return replay(
            known.task,
            method.make,
            answers,
            generator=asked.generator,
            per_label=asked.per_label,
            seed=seed,
            pool=train or known.task.pool,
            train=train if method.foreign else (),
        ).texts
    if method is not None:
        return _drawn(method, known, asked.per_label, seed)
    folder = asked.texts or Path()
    if asked.method.startswith(OF_FILES):
        (files,) = resolve([f"{FILES}{folder}"]).values()
        if files.name != asked.method:
            raise ValueError(f"{folder} is the method {files.name}, and {asked.method} was measured; give its folder")
        return _drawn(files, known, asked.per_label, seed)
    of_seed = folder / f"{known.task.name}.{seed}.jsonl"
    path = of_seed if of_seed.is_file() else folder / f"{known.task.name}.jsonl"
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path} ({error}); it holds a text and its label a line") from None
    return [record(BundleText, row, where) for where, row in lines(content, str(path))]


def _drawn(files: Method, known: TaskWithData, per_label: int, seed: int) -> list[BundleText]:
    """The texts of files made elsewhere that a run with `data:DIR` was trained on."""
    made = files.make(known.task, Sources(client=_NoGenerator(), pool=known.task.pool), per_label, seed)
    told = [", ".join(f"{name} {value}" for name, value in example.provenance.items()) for example in made.examples]
    return [BundleText(text=e.text, label=e.label, provenance=of) for e, of in zip(made.examples, told, strict=True)]


class _NoGenerator:
    """A client for those who ask nothing."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        raise ValueError(f"{len(requests)} requests, where files have the texts")


def _versions(known: Mapping[str, TaskWithData], results: Sequence[Result], commit: str) -> BundleVersions:
    return BundleVersions(
        synthworth=importlib.metadata.version("synthworth"),
        python=platform.python_version(),
        suite=SUITE_VERSION,
        tasks={task: ours.task.version for task, ours in known.items()},
        libraries={name: importlib.metadata.version(name) for name in LIBRARIES},
        machines={name: machine_of(name) for name in sorted({one.classifier for one in results}) if name in RECIPES},
        commit=commit,
    )


def _against(bundle: Bundle, known: Mapping[str, TaskWithData]) -> list[str]:
    """What a verifier would find, but for what takes training."""
    found = contradictions(bundle, known, list(known))
    wrong = ((result, computed_anew(result, known[result.task])) for result in bundle.results)
    found += counted(f"{one.task}, {one.classifier}: a result {line}; measure it again" for one, line in wrong if line)
    for at in bundle.texts:
        if bundle.declaration.method in METHODS:
            found += not_replayed(bundle, known[at[0]], at)
    return found
