"""The texts that a method made, as files for other programs, with a card that says how it was made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from synthworth.core import Cell, Example, file_content, replace_all, unknown
from synthworth.generation import RULE, Generated
from synthworth.generation.methods import REAL, is_written
from synthworth.pipeline.run import Run

DATASETS = "datasets"
EXPORT_FORMS: Mapping[str, str] = {"csv": ".csv", "jsonl": ".jsonl", "parquet": ".parquet", DATASETS: ".parquet"}
FIRST = ("id", "text", "label", "origin", "generator")
WRITTEN = "written"
UNKNOWN = "unknown"  # as the hub names a licence that nobody has stated


@dataclass(frozen=True, kw_only=True)
class ExportedTask:
    """The texts of one task by one method, with the run that they come from."""

    run: Run
    method: str
    generated: Generated

    @property
    def kept(self) -> list[dict[str, Cell]]:
        """The training texts as rows: `origin` says which are real, the rest is how a text came to be."""
        written = set(self.run.sets.written(self.method, self.generated))
        by = self.run.sets.generator_of(self.method)
        return [
            _row(example, WRITTEN, by) if example in written else _row(example, REAL, "")
            for example in self.generated.examples
        ]

    @property
    def dropped(self) -> list[dict[str, Cell]]:
        """The texts that became no training text as rows, each with the rule in the column `dropped_by`."""
        by = self.run.sets.generator_of(self.method)
        return [_row(example, WRITTEN, by) for example in self.generated.discarded]


def exported(run: Run, method: str) -> ExportedTask:
    """Make the texts of a method from recorded answers or files. Raises ValueError if that cannot be done."""
    return ExportedTask(run=run, method=method, generated=run.sets.generated(method))


def write_export(
    by_folder: Mapping[Path, Sequence[ExportedTask]], form: str, *, licence: str = "", force: bool = False
) -> list[Path]:
    """Write the texts of methods, each for some tasks into its folder, the dropped ones and a card; returns the paths.

    As csv, jsonl and parquet: `FOLDER/TASK.ENDING`, which the method data:FOLDER reads, and `FOLDER/dropped/` beside
    it. As datasets: `FOLDER/TASK/train.parquet` and `dropped.parquet`, which `datasets.load_dataset` loads from the
    folder as `TASK` and `TASK_dropped`. `FOLDER/README.md` is the card. Raises ValueError if a file of any folder is
    there, unless `force`, or for an unknown form; nothing is written then.
    """
    if form not in EXPORT_FORMS:
        raise ValueError(unknown("format", form, EXPORT_FORMS))
    contents: dict[Path, bytes] = {}
    for folder, tasks in by_folder.items():
        for task in tasks:
            for name, rows in (("train", task.kept), ("dropped", task.dropped)):
                path = _path(folder, form, task.run.task.name, name)
                contents[path] = file_content(_columns(rows, name), rows, EXPORT_FORMS[form])
        contents[folder / "README.md"] = card(tasks, form, licence).encode()
    there = [path for path in contents if path.exists()]
    if there and not force:
        raise ValueError(f"{there[0]} is there already; add --force to overwrite, or give another --out")
    replace_all(contents)
    return list(contents)


def card(tasks: Sequence[ExportedTask], form: str, licence: str) -> str:
    """Return the card of texts by one method, as the hub reads it: metadata, then how the texts were made."""
    method = tasks[0].method
    languages = sorted({task.run.task.language.partition("-")[0] for task in tasks})
    lines = ["---", f"license: {_yaml(licence or UNKNOWN)}", "language:", *(f"- {tag}" for tag in languages)]
    lines += ["task_categories:", "- text-classification"]
    if any(row["origin"] == WRITTEN for task in tasks for row in task.kept):
        lines += ["tags:", "- synthetic"]
    if form == DATASETS:
        lines += ["configs:", *(line for task in tasks for line in _config(task.run.task.name))]
    lines += ["---", "", f"# Texts by the method {method}", ""]
    lines += [
        f"Made by synthworth {version('synthworth')} to train text classifiers. Licence: "
        f"{licence or 'not stated; the terms of the generator, and of real texts if there are any, decide'}.",
        "",
    ]
    for task in tasks:
        lines += _of_task(task)
    return "\n".join(lines) + "\n"


def _path(folder: Path, form: str, task: str, name: str) -> Path:
    if form == DATASETS:
        return folder / task / f"{name}.parquet"
    return folder / f"{task}{EXPORT_FORMS[form]}" if name == "train" else folder / name / f"{task}{EXPORT_FORMS[form]}"


def _row(example: Example, origin: str, generator: str) -> dict[str, Cell]:
    made = {name: value for name, value in example.provenance.items() if name not in FIRST}
    by = str(example.provenance.get("generator", generator))
    weight = {} if example.weight == 1 else {"weight": example.weight}
    first = {"id": example.id, "text": example.text, "label": example.label, "origin": origin, "generator": by}
    return {**first, **weight, **made}


def _columns(rows: Sequence[Mapping[str, Cell]], name: str) -> list[str]:
    """Return all columns of the rows, in their order."""
    rule = [RULE] if name == "dropped" else []
    return list(dict.fromkeys([*FIRST, *rule, *(column for row in rows for column in row)]))


def _config(task: str) -> Iterator[str]:
    # Two configurations: the splits of one must have the same columns.
    for name, split in ((task, "train"), (f"{task}_dropped", "dropped")):
        yield from (
            f"- config_name: {name}",
            "  data_files:",
            f"  - split: {split}",
            f"    path: {task}/{split}.parquet",
        )


def _of_task(task: ExportedTask) -> Iterator[str]:
    """Yield what the card says of one task."""
    run, stated, generated = task.run, task.run.task, task.generated
    counts = {label: sum(e.label == label for e in generated.examples) for label in stated.labels}
    yield from (f"## {stated.name}", "", "| label | texts | meaning |", "|---|---|---|")
    yield from (f"| {_cell(label)} | {counts[label]:,} | {_cell(text)} |" for label, text in stated.labels.items())
    yield ""
    yield f"- generator: {run.sets.generator_of(task.method) or 'none, or not stated'}"
    yield f"- generation seed: {run.settings.generation_seed}"
    yield f"- real texts of the task: {run.data.source}, version {run.data.version}"
    shown = run.sets.demonstrations_of(task.method)
    if shown:
        real = "real training texts, which written ones may resemble"
        yield f"- demonstrations shown: {real if shown == REAL else 'those of the task, written by hand'}"
    if run.sets.method(task.method).asks and is_written(task.method):
        yield f"- context prompt: {_cell(stated.context_prompt)}"
        yield f"- generation prompt: {_cell(stated.generation_prompt)}"
        yield f"- diversity prompt: {_cell(stated.diversity_prompt)}"
        yield f"- length: {stated.words[0]} to {stated.words[1]} words"
    totals: dict[str, int] = {}
    for rules in generated.dropped.values():
        for rule, count in rules.items():
            totals[rule] = totals.get(rule, 0) + count
    told = ", ".join(f"{rule} {count:,}" for rule, count in sorted(totals.items(), key=lambda one: -one[1]))
    yield f"- dropped, of {generated.attempts:,} looked at, by rule: {told or 'none'}"
    if generated.short:
        short = ", ".join(f"{_cell(label)}: {count:,}" for label, count in generated.short.items())
        yield f"- fewer texts than asked for: {short}"
    yield ""


def _cell(text: str) -> str:
    """Return a stranger's words on one line of Markdown, without what would open a tag or a cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def _yaml(text: str) -> str:
    """Return a text as a value of YAML: in quotes, unless it is a plain identifier."""
    plain = text.replace("-", "").replace(".", "").isalnum() and text.isascii()
    return text if plain else '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'
