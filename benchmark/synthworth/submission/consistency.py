"""What of a bundle contradicts another part of it, the suites, the real texts, or a replay of its recordings."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from synthworth.core.result import SUITE_VERSION, Result, version_of
from synthworth.generation.collect import METHODS, WRITTEN
from synthworth.generation.methods import holds_real_texts
from synthworth.pipeline.training_sets import REAL
from synthworth.submission.bundle import Bundle
from synthworth.submission.contents import BundleText
from synthworth.submission.replay_answers import models_of, parameters_of, replay, usage_of
from synthworth.submission.rescoring import TaskWithData
from synthworth.submission.retraining import cell_of
from synthworth.submission.untrusted_json import shown
from synthworth.training.recipes import RECIPES

Place = tuple[str, int]  # task and generation seed


def contradictions(found: Bundle, known: Mapping[str, TaskWithData], tasks: Sequence[str]) -> list[str]:
    """Each in one line; `tasks` are all of the suites, `known` those of the bundle's that are among them."""
    problems = [f"{task}: no texts; a submission has every task of the suites" for task in tasks if task not in known]
    problems += [f"{task}: not a task of the suites here" for task in found.tasks if task not in tasks]
    problems += [*_declared(found), *_complete(found)]
    problems += [
        f"{task}: made for version {shown(found.versions.tasks.get(task))}; here is version {ours.task.version}"
        for task, ours in known.items()
        if found.versions.tasks.get(task) != ours.task.version
    ]
    for at, texts in found.texts.items():
        if at[0] in known:
            problems += _labelled(at, texts, known[at[0]])
            problems += _not_closed(found, known[at[0]], at) if found.declaration.division == "closed" else ()
    return problems + counted(
        f"{result.task}, {result.classifier}: a result {line}"
        for result in found.results
        if result.task in known
        for line in _measured(found, result, known[result.task])
    )


def not_replayed(found: Bundle, known: TaskWithData, at: Place) -> Iterator[str]:
    """Where the texts are not, byte for byte, what the method of the bundle makes of its recordings."""
    task, seed = at
    declared, where = found.declaration, f"{task}, generation seed {seed}"
    try:
        made = replay(
            known.task,
            METHODS[declared.method],
            found.recordings.get(task, {}),
            generator=declared.generator,
            per_label=declared.per_label,
            seed=seed,
            pool=known.data.train if declared.demonstrations == REAL else known.task.pool,
        )
    except ValueError as error:
        yield f"{where}: the recordings give no training set: {error}"
        return
    if made.differing:
        yield f"{where}: {made.differing} answers are recorded to a request that the suite does not make"
    given = found.texts[at]
    differing = abs(len(given) - len(made.texts)) + sum(a != b for a, b in zip(given, made.texts, strict=False))
    if differing:
        yield f"{where}: {differing} of {len(given)} texts are not what the recordings give"
    counts = made.generated.attempts, made.generated.dropped, made.generated.short
    for result in found.results:
        if (result.task, result.generation_seed) == at and (result.attempts, result.dropped, result.short) != counts:
            yield f"{where}: results count other attempts or dropped answers than the recordings hold"
            return


def counted(lines: Iterable[str]) -> list[str]:
    """The lines without repetitions, in order; what comes several times says how often.

    >>> counted(["a", "b", "a"])
    ['a (2 times)', 'b']
    """
    return [f"{line} ({times} times)" if times > 1 else line for line, times in Counter(lines).items()]


def _declared(found: Bundle) -> Iterator[str]:
    """What the declaration says otherwise than recordings, texts and results."""
    declared = found.declaration
    answers = [one for by_key in found.recordings.values() for one in by_key.values()]
    models, parameters = models_of(answers), parameters_of(answers)
    if list(declared.models) != models:
        yield f"declared are the models {shown(declared.models)}, recorded {shown(models)}"
    for name in sorted({*declared.parameters, *parameters}):
        if declared.parameters.get(name) != parameters.get(name):
            given, sent = shown(declared.parameters.get(name)), shown(parameters.get(name))
            yield f"the parameter {shown(name)} is declared as {given}, and was sent as {sent}"
    usage = {task: usage_of(by_key.values()) for task, by_key in found.recordings.items()}
    for task in sorted({*found.usage, *usage}):
        if found.usage.get(task) != usage.get(task):
            yield f"{shown(task)}: the usage is not that of its recordings"
    if declared.division == "closed" and declared.demonstrations == REAL:
        yield "real demonstrations belong to the open division; closed are those that show the suites' own"
    if holds_real_texts(declared.method):
        yield f"training sets of the method {shown(declared.method)} hold real texts, which no bundle may hold"
    if declared.method in WRITTEN and not answers:
        yield "no recordings; the answers of the generator are what the texts are verified by"
    if found.versions.suite != SUITE_VERSION:
        yield f"made by version {found.versions.suite} of the suites; here is version {SUITE_VERSION}"
    names = "method", "generator", "data", "per_label", "demonstrations"
    for name in names:
        if others := {getattr(result, name) for result in found.results} - {getattr(declared, name)}:
            came = shown(min(others))
            yield f"declared is the {name} {shown(getattr(declared, name))}, and results have {came}"
    for task in found.tasks:
        if sorted(seed for name, seed in found.texts if name == task) != sorted(declared.generation_seeds):
            yield f"{task}: its texts are not of the declared generation seeds {shown(declared.generation_seeds)}"


def _complete(found: Bundle) -> Iterator[str]:
    """Where results are of no texts, come twice, or lack a classifier or seed that others have."""
    cells = Counter((r.task, r.generation_seed, r.classifier, r.training_seed) for r in found.results)
    if sum(cells.values()) > len(cells):
        yield "two results of one task, generation seed, classifier and training seed"
    if strange := {cell[:2] for cell in cells} - set(found.texts):
        yield f"{len(strange)} training sets have results and no texts"
    wanted = {cell[2:] for cell in cells}
    for task, seed in found.texts:
        if lacking := sorted(wanted - {cell[2:] for cell in cells if cell[:2] == (task, seed)}):
            classifier, training_seed = lacking[0]
            first = f"{shown(classifier)} with training seed {training_seed}"
            yield f"{task}, generation seed {seed}: {len(lacking)} results that others have are missing, first {first}"
    if not cells:
        yield "no results; there is nothing to verify"
    if sorted(seeds := {cell[3] for cell in cells}) != list(range(len(seeds))):
        # Whoever may choose their seeds reports the best of many, and training by them gives the same again.
        yield f"training seeds {shown(sorted(seeds))}; they count from 0, as --synth-seeds does"


def _not_closed(found: Bundle, known: TaskWithData, at: Place) -> Iterator[str]:
    """What the closed division does not allow: another quota, texts without a recorded answer."""
    texts, where = found.texts[at], f"{at[0]}, generation seed {at[1]}"
    quota, counts = found.declaration.per_label, Counter(text.label for text in texts)
    for label in known.task.labels:
        if counts[label] != quota:
            yield f"{where}: {counts[label]} texts of {label}, and the quota is {quota}; the open division allows it"
    answers = found.recordings.get(at[0], {})
    if lacking := sum(not text.answers or any(key not in answers for key in text.answers) for text in texts):
        yield f"{where}: {lacking} texts have no recorded answer; record them, or declare --division open"


def _labelled(at: Place, texts: Sequence[BundleText], known: TaskWithData) -> Iterator[str]:
    for label in sorted({text.label for text in texts} - set(known.task.labels)):
        yield f"{at[0]}, generation seed {at[1]}: texts have the unknown label {shown(label)}"


def _measured(found: Bundle, result: Result, known: TaskWithData) -> Iterator[str]:
    """What of a result does not fit the texts, the suite, the real texts, or the recipe."""
    texts = found.texts.get((result.task, result.generation_seed))
    if (result.task_version, result.suite_version) != (known.task.version, SUITE_VERSION):
        yield "is of another version of the task or of the suites"
    if (result.data, result.data_version) != (known.data.source, known.data.version):
        given, here = f"{result.data} {shown(result.data_version)}", f"{known.data.source} {known.data.version}"
        yield f"was scored on other real texts: {given}, where {here} is here"
    if result.classifier not in RECIPES:
        yield f"has a classifier that is none of {', '.join(RECIPES)}"
    elif texts is not None:
        if (result.train_version, result.train_rows) != (version_of(texts), len(texts)):
            yield "was trained on other texts than those of the bundle"
            return
        cell = cell_of(known, texts, result.classifier, result.training_seed)
        if (result.inputs, result.recipe) != (cell.inputs, cell.recipe_version):
            yield "was trained by another recipe, or on other threads than one (--synth-threads)"
