"""Bundle a finished run, or list every reason it cannot be submitted."""

import importlib.metadata
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from synthworth.core import (
    BALANCED,
    SUITE_VERSION,
    Completion,
    Request,
    Result,
    brief,
    cassettes_beside,
    code_commit,
    lines,
    record_of,
)
from synthworth.generation import Sources
from synthworth.generation.generator import find_generator
from synthworth.generation.methods import FILES, OF_FILES, Method, holds_real_texts, resolve
from synthworth.generation.recording import find_secret, path_of
from synthworth.pipeline import POOL, REAL, Suite, dataset, private_cassettes
from synthworth.submission.bundle import Bundle, read_answers, to_files
from synthworth.submission.consistency import contradictions
from synthworth.submission.contents import BundleText, BundleVersions, Declaration, RecordedAnswer
from synthworth.submission.folder import write
from synthworth.submission.replay_answers import models_of, parameters_of, replay, usage_of
from synthworth.submission.rescoring import TaskWithData
from synthworth.submission.retraining import machine_of
from synthworth.submission.suspects import find_suspects
from synthworth.training import RECIPES, libraries

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, kw_only=True)
class SubmissionRequest:
    """A finished run to submit: who made it and how, and the `results` among which its own are."""

    name: str
    suites: Sequence[Suite]
    results: Sequence[Result]
    data: str
    """Source of the real texts, as --synth-data takes it."""
    method: str
    """As --synth-method names it; a function is called again, on recorded answers alone."""
    generator: str
    date: str
    per_label: int = 100
    demonstrations: str | None = None
    """None: those of the results."""
    who: str = ""
    variants: int | None = None
    division: str = "closed"
    note: str = ""
    texts: Path | None = None
    """For a method that cannot be called here, a folder: TASK.jsonl of `data:DIR`, from which the same texts are drawn
    again, or else the very training set of a seed, TASK.SEED.jsonl or TASK.jsonl, with a text, its label and the keys
    of its answers a line."""
    code: Sequence[Path] = (PACKAGE,)
    """Folders whose Python files must be committed, as those of suites and methods must."""
    notice: Callable[[str], None] = lambda line: None
    """Called with the step under way."""


class SubmissionRefused(ValueError):
    """The reasons against a submission, one a line."""

    def __init__(self, name: str, reasons: Sequence[str]) -> None:
        text = "".join(f"\n  {reason}" for reason in reasons)
        super().__init__(f"{name} is not submitted, for {len(reasons)} reason(s):{text}")


def submit(request: SubmissionRequest, out: Path) -> Bundle:
    """Bundle a finished run, or list every reason it cannot be submitted.

    The bundle is written to the new folder `out`, whole or not at all. Recordings are replayed, as a verifier will do;
    nothing is trained. Raises `SubmissionRefused` with every reason.
    """
    if out.exists():
        raise ValueError(f"{out} exists; name a new folder with --out")
    reasons: list[str] = []
    request, method = _resolved(request)
    commit = _commit([*request.code, *(suite.path.resolve().parent for suite in request.suites)], reasons)
    known = {}
    for suite in request.suites:
        request.notice(f"loading the real texts of {suite.task.name}")
        quickstart = suite.path.resolve().parent / "quickstart"
        known[suite.task.name] = TaskWithData(suite.task, dataset.load(suite.task, request.data, quickstart))
    results, demonstrations = _results(request, known, reasons)
    recordings = _recordings(request, method.recording if method else request.method, demonstrations)
    answers = {task: read_answers(content.decode(), f"recording of {task}") for task, content in recordings.items()}
    request.notice("replaying the recordings")
    texts: dict[tuple[str, int], Sequence[BundleText]] = {}
    for task, seed in sorted({(result.task, result.generation_seed) for result in results}):
        try:
            texts[task, seed] = _texts(request, method, known[task], answers.get(task, {}), seed, demonstrations)
        except ValueError as error:
            reasons.append(f"{task}, generation seed {seed}: {error}")
    bundle = Bundle(
        declaration=_declaration(request, known, demonstrations, answers, sorted({seed for _, seed in texts})),
        texts=texts,
        recordings=answers,
        usage={task: usage_of(by_key.values()) for task, by_key in answers.items()},
        results=[result for result in results if (result.task, result.generation_seed) in texts],
        versions=_versions(known, results, commit),
    )
    if texts:
        request.notice("checking what a verifier will check without training")
        reasons += contradictions(bundle, known, list(known))
        reasons += _copies(bundle, known)
    files = to_files(bundle, recordings)
    secrets = ((name, find_secret(_written_by_people(content), os.environ)) for name, content in files.items())
    reasons += [f"{name} holds {secret}; remove it, and record again" for name, secret in secrets if secret]
    if reasons:
        raise SubmissionRefused(request.name, reasons)
    write(out, files)
    return bundle


def _resolved(request: SubmissionRequest) -> tuple[SubmissionRequest, Method | None]:
    """Return the request with its method named as in the results, and the method if it can be called here."""
    if holds_real_texts(request.method):
        raise ValueError(
            f"{request.method} trains on real texts, which no bundle may hold; submit the written ones alone"
        )
    if request.generator and not find_generator(request.generator).is_plain:
        raise ValueError(
            f"generator {request.generator} has a model's name or settings of its own in pyproject.toml, which a "
            "bundle does not carry: a verifier would not find its answers; submit what was recorded without them"
        )
    if request.texts is not None:
        return request, None
    try:
        method = _one_of(resolve([request.method]), request.method)
    except ValueError as error:
        raise ValueError(f"{error}; or give the texts that it made: --texts DIR") from None
    file = Path(request.method.rpartition(":")[0])
    code = (*request.code, file.resolve().parent) if file.suffix == ".py" else request.code
    return replace(request, method=method.name, code=code), method


def _one_of(methods: Mapping[str, Method], given: str) -> Method:
    """Return the only one of these methods; raises ValueError if the name given stands for several."""
    if len(methods) > 1:
        raise ValueError(f"{given} holds {len(methods)} entries, {brief(list(methods))}; submit them one by one")
    return next(iter(methods.values()))


def _commit(folders: Sequence[Path], reasons: list[str]) -> str:
    """Return the commit of the first folder that has one; uncommitted code is added to the reasons."""
    commits = []
    for folder in dict.fromkeys(folders):
        try:
            commits.append(code_commit(folder))
        except ValueError as error:
            reasons.append(str(error))
    return next((commit for commit in commits if commit), "")


def _results(
    request: SubmissionRequest, known: Mapping[str, TaskWithData], reasons: list[str]
) -> tuple[list[Result], str]:
    """Return the submission's own results, and the demonstrations that they name."""
    alike = [
        one
        for one in request.results
        if (one.method, one.generator, one.per_label) == (request.method, request.generator, request.per_label)
        and one.shares == BALANCED
    ]
    named = sorted({one.demonstrations for one in alike})
    first = POOL if POOL in named else "".join(named[:1])
    chosen = first if request.demonstrations is None else request.demonstrations
    here = {task: (ours.data.source, ours.data.version) for task, ours in known.items()}
    own = [one for one in alike if one.demonstrations == chosen and here.get(one.task) == (one.data, one.data_version)]
    if lacking := sorted(set(known) - {one.task for one in own}):
        reasons.append(
            f"no results of {request.method} by {request.generator or 'no generator'}, {request.per_label} texts per "
            f"label, on these real texts: {', '.join(lacking)}; a submission has every task: measure them with pytest, "
            "--synth-results and the same --synth-data"
        )
    return own, chosen


def _recordings(request: SubmissionRequest, recorded: str, demonstrations: str) -> dict[str, bytes]:
    recordings = {}
    for suite in request.suites:
        folder = private_cassettes() if demonstrations == REAL else cassettes_beside(suite.path.resolve().parent)
        path = path_of(folder, request.generator, suite.task.name, recorded)
        if path.is_file():
            recordings[suite.task.name] = path.read_bytes()
    return recordings


def _texts(
    request: SubmissionRequest,
    method: Method | None,
    known: TaskWithData,
    answers: Mapping[str, RecordedAnswer],
    seed: int,
    demonstrations: str,
) -> Sequence[BundleText]:
    if method is not None and method.asks:
        train = known.data.train if demonstrations == REAL else ()
        return replay(
            known.task,
            method.make,
            answers,
            generator=request.generator,
            per_label=request.per_label,
            seed=seed,
            pool=train or known.task.pool,
            train=train if method.foreign else (),
        ).texts
    if method is not None:
        return _drawn_from_files(method, known, request.per_label, seed)
    folder = request.texts or Path()
    if request.method.startswith(OF_FILES):
        files = _one_of(resolve([f"{FILES}{folder}"]), f"{FILES}{folder}")
        if files.name != request.method:
            raise ValueError(f"{folder} is the method {files.name}, and {request.method} was measured; give its folder")
        return _drawn_from_files(files, known, request.per_label, seed)
    of_seed = folder / f"{known.task.name}.{seed}.jsonl"
    path = of_seed if of_seed.is_file() else folder / f"{known.task.name}.jsonl"
    try:
        content = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {path} ({error}); it holds a text and its label a line") from None
    return [record_of(BundleText, row, where, older="") for where, row in lines(content, str(path))]


def _drawn_from_files(files: Method, known: TaskWithData, per_label: int, seed: int) -> list[BundleText]:
    """Return the texts of files that a run with `data:DIR` was trained on."""
    drawn = files.make(known.task, Sources(client=_NoGenerator(), pool=known.task.pool), per_label, seed)
    origins = [", ".join(f"{name} {value}" for name, value in example.provenance.items()) for example in drawn.examples]
    return [
        BundleText(text=example.text, label=example.label, provenance=origin, weight=example.weight)
        for example, origin in zip(drawn.examples, origins, strict=True)
    ]


class _NoGenerator:
    """A client for methods that send no requests."""

    def complete(self, requests: Sequence[Request]) -> list[Completion]:
        raise ValueError(f"{len(requests)} requests, but the texts come from files")


def _declaration(
    request: SubmissionRequest,
    known: Mapping[str, TaskWithData],
    demonstrations: str,
    answers: Mapping[str, Mapping[str, RecordedAnswer]],
    seeds: Sequence[int],
) -> Declaration:
    every = [one for by_key in answers.values() for one in by_key.values()]
    return Declaration(
        name=request.name,
        method=request.method,
        generator=request.generator,
        who=request.who,
        date=request.date,
        variants=request.variants,
        division=request.division,
        note=request.note,
        data=next(iter(known.values())).data.source,
        per_label=request.per_label,
        demonstrations=demonstrations,
        generation_seeds=seeds or [0],
        models=models_of(every),
        parameters=parameters_of(every),
    )


def _versions(known: Mapping[str, TaskWithData], results: Sequence[Result], commit: str) -> BundleVersions:
    return BundleVersions(
        synthworth=importlib.metadata.version("synthworth"),
        python=platform.python_version(),
        suite=SUITE_VERSION,
        tasks={task: ours.task.version for task, ours in known.items()},
        libraries=libraries(),
        machines={name: machine_of(name) for name in sorted({one.classifier for one in results}) if name in RECIPES},
        commit=commit,
    )


def _written_by_people(content: bytes) -> str:
    """Return a file's text without packed predictions, which may look like any key."""
    return re.sub(r'"predicted": "[A-Za-z0-9+/=]*"', "", content.decode())


def _copies(bundle: Bundle, known: Mapping[str, TaskWithData]) -> list[str]:
    """Return a line for each training set with too many copies by their words; a verifier also looks at meanings."""
    problems = []
    for (task, seed), texts in bundle.texts.items():
        (suspects,) = find_suspects([texts], known[task], bundle.recordings.get(task, {}), near=False)
        problems += [f"{task}, generation seed {seed}: {line}" for line in suspects.problems()]
    return problems
