"""Contradictions of a bundle: with itself, the suites, the real texts, or a replay of its recordings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from synthworth.core import BALANCED, SUITE_VERSION, Result, shown, version_of
from synthworth.generation.methods import METHODS, WRITTEN, holds_real_texts
from synthworth.pipeline import REAL
from synthworth.submission.bundle import Bundle
from synthworth.submission.contents import BundleText
from synthworth.submission.replay_answers import models_of, parameters_of, replay, usage_of
from synthworth.submission.rescoring import TaskWithData, score_problem
from synthworth.submission.retraining import cell_of
from synthworth.training import RECIPES

Place = tuple[str, int]  # task and generation seed


def contradictions(bundle: Bundle, known: Mapping[str, TaskWithData], tasks: Sequence[str]) -> list[str]:
    """Return every contradiction, in a line each, that needs no training to find.

    `tasks` are all of the suites, `known` those of the bundle's that are among them. Recordings are replayed if the
    method is one of ours; scores are recomputed from the predictions.
    """
    problems = [f"{task}: no texts; a submission has every task of the suites" for task in tasks if task not in known]
    problems += [f"{task}: not a task of the suites here" for task in bundle.tasks if task not in tasks]
    problems += [*_declaration_problems(bundle), *_missing_results(bundle)]
    problems += [
        f"{task}: made for version {shown(bundle.versions.tasks.get(task))}; here is version {ours.task.version}"
        for task, ours in known.items()
        if bundle.versions.tasks.get(task) != ours.task.version
    ]
    for at, texts in bundle.texts.items():
        if at[0] in known:
            problems += _unknown_labels(at, texts, known[at[0]])
            problems += _closed_division(bundle, known[at[0]], at) if bundle.declaration.division == "closed" else ()
    results = [result for result in bundle.results if result.task in known]
    problems += _counted(
        f"{result.task}, {result.classifier}: a result {line}"
        for result in results
        for line in _result_problems(bundle, result, known[result.task])
    )
    if bundle.declaration.method in METHODS:
        problems += [line for at in bundle.texts if at[0] in known for line in _replay_problems(bundle, known, at)]
    scores = ((result, score_problem(result, known[result.task])) for result in results)
    return problems + _counted(f"{one.task}, {one.classifier}: a result {line}" for one, line in scores if line)


def _replay_problems(bundle: Bundle, known: Mapping[str, TaskWithData], at: Place) -> Iterator[str]:
    """Yield a line if the texts are not, byte for byte, what the bundle's method makes of its recordings."""
    task, seed = at
    declared, where = bundle.declaration, f"{task}, generation seed {seed}"
    try:
        replayed = replay(
            known[task].task,
            METHODS[declared.method],
            bundle.recordings.get(task, {}),
            generator=declared.generator,
            per_label=declared.per_label,
            seed=seed,
            pool=known[task].data.train if declared.demonstrations == REAL else known[task].task.pool,
        )
    except ValueError as error:
        yield f"{where}: the recordings give no training set: {error}"
        return
    if replayed.differing:
        yield f"{where}: {replayed.differing} answers are recorded to a request that the suite does not make"
    given = bundle.texts[at]
    differing = abs(len(given) - len(replayed.texts)) + sum(a != b for a, b in zip(given, replayed.texts, strict=False))
    if differing:
        yield f"{where}: {differing} of {len(given)} texts are not what the recordings give"
    counts = replayed.generated.attempts, replayed.generated.dropped, replayed.generated.short
    for result in bundle.results:
        if (result.task, result.generation_seed) == at and (result.attempts, result.dropped, result.short) != counts:
            yield f"{where}: results count other attempts or dropped answers than the recordings hold"
            return
    stated = {(r.prompt_tokens, r.completion_tokens) for r in bundle.results if (r.task, r.generation_seed) == at}
    if stated - {(None, None), replayed.tokens}:
        yield f"{where}: results state other tokens than the recordings hold"


def _counted(lines: Iterable[str]) -> list[str]:
    """Return the lines without repetitions, in order; a repeated one says how often it came.

    >>> _counted(["a", "b", "a"])
    ['a (2 times)', 'b']
    """
    return [f"{line} ({times} times)" if times > 1 else line for line, times in Counter(lines).items()]


def _declaration_problems(bundle: Bundle) -> Iterator[str]:
    """Yield what the declaration says differently from recordings, texts and results."""
    declared = bundle.declaration
    answers = [one for by_key in bundle.recordings.values() for one in by_key.values()]
    yield from _generator_problems(bundle)
    if declared.division == "closed" and declared.demonstrations == REAL:
        yield "real demonstrations belong to the open division; the closed one shows the suites' own"
    if holds_real_texts(declared.method):
        yield f"training sets of the method {shown(declared.method)} hold real texts, which no bundle may hold"
    if declared.method in WRITTEN and not answers:
        yield "no recordings; the answers of the generator are what the texts are verified by"
    if bundle.versions.suite != SUITE_VERSION:
        yield f"made by version {bundle.versions.suite} of the suites; here is version {SUITE_VERSION}"
    if any(result.shares != BALANCED for result in bundle.results):
        yield "results of natural shares; the leaderboard compares balanced ones"
    for name in ("method", "generator", "data", "per_label", "demonstrations"):
        if others := {getattr(result, name) for result in bundle.results} - {getattr(declared, name)}:
            yield f"declared is the {name} {shown(getattr(declared, name))}, and results have {shown(min(others))}"
    for task in bundle.tasks:
        if sorted(seed for name, seed in bundle.texts if name == task) != sorted(declared.generation_seeds):
            yield f"{task}: its texts are not of the declared generation seeds {shown(declared.generation_seeds)}"


def _generator_problems(bundle: Bundle) -> Iterator[str]:
    declared = bundle.declaration
    answers = [one for by_key in bundle.recordings.values() for one in by_key.values()]
    models, parameters = models_of(answers), parameters_of(answers)
    if list(declared.models) != models:
        yield f"declared are the models {shown(declared.models)}, recorded {shown(models)}"
    for name in sorted({*declared.parameters, *parameters}):
        if declared.parameters.get(name) != parameters.get(name):
            given, sent = shown(declared.parameters.get(name)), shown(parameters.get(name))
            yield f"the parameter {shown(name)} is declared as {given}, and was sent as {sent}"
    usage = {task: usage_of(by_key.values()) for task, by_key in bundle.recordings.items()}
    for task in sorted({*bundle.usage, *usage}):
        if bundle.usage.get(task) != usage.get(task):
            yield f"{shown(task)}: the usage is not that of its recordings"


def _missing_results(bundle: Bundle) -> Iterator[str]:
    """Yield a line if results have no texts, are repeated, or lack a classifier or seed that others have."""
    cells = Counter((r.task, r.generation_seed, r.classifier, r.training_seed) for r in bundle.results)
    if sum(cells.values()) > len(cells):
        yield "two results for one task, generation seed, classifier and training seed"
    if strange := {cell[:2] for cell in cells} - set(bundle.texts):
        yield f"{len(strange)} training sets have results and no texts"
    wanted = {cell[2:] for cell in cells}
    for task, seed in bundle.texts:
        if lacking := sorted(wanted - {cell[2:] for cell in cells if cell[:2] == (task, seed)}):
            classifier, training_seed = lacking[0]
            first = f"{shown(classifier)} with training seed {training_seed}"
            yield f"{task}, generation seed {seed}: {len(lacking)} results that others have are missing, first {first}"
    if not cells:
        yield "no results; there is nothing to verify"
    if sorted(seeds := {cell[3] for cell in cells}) != list(range(len(seeds))):
        # Whoever may choose their seeds reports the best of many, and training with them gives the same again.
        yield f"training seeds {shown(sorted(seeds))}; they count from 0, as --synth-seeds does"


def _closed_division(bundle: Bundle, known: TaskWithData, at: Place) -> Iterator[str]:
    """Yield what the closed division does not allow: another quota, texts without a recorded answer."""
    texts, where = bundle.texts[at], f"{at[0]}, generation seed {at[1]}"
    quota, counts = bundle.declaration.per_label, Counter(text.label for text in texts)
    for label in known.task.labels:
        if counts[label] != quota:
            yield f"{where}: {counts[label]} texts of {label}, and the quota is {quota}; the open division allows it"
    answers = bundle.recordings.get(at[0], {})
    if lacking := sum(not text.answers or any(key not in answers for key in text.answers) for text in texts):
        yield f"{where}: {lacking} texts have no recorded answer; record them, or declare --division open"
    if weighted := sum(text.weight != 1 for text in texts):
        yield f"{where}: {weighted} texts have weights, which no recording gives; the open division allows them"


def _unknown_labels(at: Place, texts: Sequence[BundleText], known: TaskWithData) -> Iterator[str]:
    for label in sorted({text.label for text in texts} - set(known.task.labels)):
        yield f"{at[0]}, generation seed {at[1]}: texts have the unknown label {shown(label)}"


def _result_problems(bundle: Bundle, result: Result, known: TaskWithData) -> Iterator[str]:
    """Yield how a result contradicts the texts, the suite, the real texts, or the recipe."""
    texts = bundle.texts.get((result.task, result.generation_seed))
    if (result.task_version, result.suite_version) != (known.task.version, SUITE_VERSION):
        yield "has another version of the task or of the suites"
    if (result.data, result.data_version) != (known.data.source, known.data.version):
        given, here = f"{result.data} {shown(result.data_version)}", f"{known.data.source} {known.data.version}"
        yield f"was scored on other real texts: {given}; here is {here}"
    if result.classifier not in RECIPES:
        yield f"has an unknown classifier; known are {', '.join(RECIPES)}"
    elif texts is not None:
        if (result.train_version, result.train_rows) != (version_of(texts), len(texts)):
            yield "was trained on other texts than those of the bundle"
            return
        cell = cell_of(known, texts, result.classifier, result.training_seed)
        if (result.inputs, result.recipe) != (cell.inputs, cell.recipe_version):
            yield "was trained by another recipe, or on other threads than one (--synth-threads)"
