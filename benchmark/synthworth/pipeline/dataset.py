"""Real texts of a task, from the hub, from a mirror on disk, or the small quickstart set, in one shape."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthworth.core.errors import unknown
from synthworth.core.result import digest
from synthworth.core.task import Example, Hub, Task
from synthworth.core.votes import Vote
from synthworth.core.words import words

HUB, QUICKSTART, MIRROR = "hub", "quickstart", "mirror"
EVERYBODY = "all"  # an agreement level of 100 %, as financial_phrasebank calls it


@dataclass(frozen=True, kw_only=True)
class Data:
    """The real texts of a task: `source` is hub, mirror or quickstart, `version` a hash of the texts and labels.

    Equal rows have an equal version wherever they come from. That of hub data ends with the revision asked for, if
    there is one: it alone would not do, since a branch can move. The quickstart has no training texts. `left_out`
    counts training texts that are test texts too, word for word; they are not in `train`.
    """

    source: str
    version: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    left_out: int = 0


def load(task: Task, where: str, quickstart: Path) -> Data:
    """The data of a task from `where`: "hub", "quickstart" (the folder `quickstart`), or a mirror's folder.

    ValueError says which file, which line or which label is wrong.
    """
    if where == HUB:
        source, train, test = HUB, *_from_hub(task)
    elif where == QUICKSTART:
        source, train, test = QUICKSTART, *_from_quickstart(task, quickstart)
    else:
        source, train, test = MIRROR, *_from_mirror(task, Path(where))
    for name, examples in (("train", train), ("test", test)):
        found = {example.label for example in examples}
        for label in task.labels:
            if label not in found and (examples or name == "test"):
                raise ValueError(f"task {task.name!r}: the {name} set of {where} has no text with the label {label!r}")
    version = digest(*([[e.text, e.label] for e in examples] for examples in (train, test)))
    if source == HUB and task.hub and task.hub.revision:
        version += f"@{task.hub.revision}"
    held = {tuple(words(example.text)) for example in test}
    kept = tuple(example for example in train if tuple(words(example.text)) not in held)
    return Data(source=source, version=version, train=kept, test=tuple(test), left_out=len(train) - len(kept))


Loaded = tuple[Sequence[Example], Sequence[Example]]


def _from_quickstart(task: Task, folder: Path) -> Loaded:
    path = folder / f"{task.name}.jsonl"
    if not path.is_file():
        raise ValueError(f"task {task.name!r} has no quickstart texts: {path} is missing; name a mirror or the hub")
    return (), list(_examples(path, task))


def _from_mirror(task: Task, folder: Path) -> Loaded:
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}; --synth-data takes hub, quickstart, or the folder of a mirror")
    paths = [folder / task.name / f"{split}.jsonl.gz" for split in ("train", "test")]
    for path in paths:
        if not path.is_file():
            there = ", ".join(sorted(p.name for p in folder.iterdir() if (p / "train.jsonl.gz").is_file())) or "none"
            raise ValueError(f"task {task.name!r}: {path} is missing; tasks in this mirror: {there}")
    train, test = (list(_examples(path, task)) for path in paths)
    return train, test


def _examples(path: Path, task: Task) -> Iterator[Example]:
    number = 0
    try:
        with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):  # noqa: B007, the error below names the line
                yield _example(json.loads(line), task)
    except (ValueError, KeyError, TypeError) as error:
        what = f"the key {error} is missing" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"{path}, line {max(number, 1)}: {what}; a line is {{id, text, label}} in JSON") from None
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path}, after line {number}: cannot be read ({error}); fetch the file again") from None


def _example(row: Mapping[str, Any], task: Task) -> Example:
    text, label = row["text"], row["label"]
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"the text is {text!r}, not words")
    if label not in task.labels:
        raise ValueError(unknown("label", str(label), task.labels))
    return Example(id=str(row["id"]), text=text, label=label, agreement=_level(row.get("agreement")))


def _level(came: Any) -> float | None:
    """The share that an agreement level stands for: "75" is a percentage, and a number a share."""
    if came is None:
        return None
    try:
        share = 1.0 if came == EVERYBODY else float(came) / (100 if isinstance(came, str) else 1)
    except (ValueError, TypeError):
        share = 0.0
    if isinstance(came, bool) or not 0 < share <= 1:
        raise ValueError(f'agreement is {came!r}; give a share in (0, 1], a percentage as text, or "{EVERYBODY}"')
    return share


def _from_hub(task: Task) -> Loaded:
    if task.hub is None:
        raise ValueError(f"task {task.name!r} names no hub data set; give --synth-data DIR with {task.name}/ in it")
    hub = task.hub
    train = list(_hub_examples(task, hub, hub.train))
    if hub.test is not None:
        test = list(_hub_examples(task, hub, hub.test))
    else:
        test = [example for example in train if _in_holdout(example.text, hub.holdout)]
        train = [example for example in train if not _in_holdout(example.text, hub.holdout)]
    return train, test


def votes_on_hub(task: Task) -> list[Vote]:
    """Single annotators' labels of a task's texts, of the train set too, where its hub data set has `Raters`; else [].

    Whoever chose none of the task's labels, or several, votes for "other" or for these labels at once: a vote of its
    own kind. ValueError where the hub cannot be asked, or the columns are others.
    """
    if task.hub is None or task.hub.raters is None:
        return []
    raters = task.hub.raters
    columns = (raters.id, raters.rater, *raters.labels)
    rows = _loaded(task, task.hub, raters.config, raters.split, columns).select_columns(list(columns))
    votes: dict[tuple[str, str], Vote] = {}
    for row in rows:
        chosen = [label for column, label in raters.labels.items() if row[column]]
        vote = Vote(str(row[raters.id]), str(row[raters.rater]), "+".join(chosen) or "other")
        votes.setdefault(vote[:2], vote)
    return list(votes.values())


def _loaded(task: Task, hub: Hub, config: str | None, split: str, columns: Sequence[str]) -> Any:
    """A split on the hub that has these columns; ValueError where it has not, or cannot be loaded."""
    import datasets

    datasets.disable_progress_bars()
    try:
        rows = datasets.load_dataset(hub.path, config, split=split, revision=hub.revision)
    except Exception as error:  # the library and the network below it raise dozens of types here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(
            f"task {task.name!r}: cannot load {hub.path} from the hub ({reason}); check the network, or name a "
            "mirror: --synth-data DIR"
        ) from None
    for column in columns:
        if column not in rows.column_names:
            raise ValueError(f"task {task.name!r}, {hub.path}: {unknown('column', column, rows.column_names)}")
    return rows


def _hub_examples(task: Task, hub: Hub, split: str) -> Iterator[Example]:
    rows = _loaded(task, hub, hub.config, split, (hub.text, hub.label, *filter(None, [hub.id])))
    for number, row in enumerate(rows):
        value, text = row[hub.label], row[hub.text]
        found = [hub.labels[v] for v in (value if isinstance(value, list) else [value]) if v in hub.labels]
        if len(found) != 1:
            if hub.other_labels:
                continue
            raise ValueError(
                f"task {task.name!r}, {hub.path} {split}, row {number}: label {value!r}; "
                f"labels there: {', '.join(str(k) for k in hub.labels)}"
            )
        text = " ".join(text) if isinstance(text, list) else text
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"task {task.name!r}, {hub.path} {split}, row {number}: the text is {text!r}, not words")
        name = str(row[hub.id]) if hub.id else f"{split}-{number}"
        yield Example(id=name, text=text.lower() if hub.lowercase else text, label=found[0])


def _in_holdout(text: str, share: float) -> bool:
    hashed = hashlib.sha256(" ".join(words(text)).encode()).digest()
    return int.from_bytes(hashed[:4], "big") < share * 2**32


def newest_revision(path: str, revision: str | None = None) -> str:
    """The commit that a hub data set, or a branch or ref of it, is at now, for `Hub.revision`.

    ValueError where the hub cannot be asked.
    """
    from huggingface_hub import HfApi

    try:
        return str(HfApi().dataset_info(path, revision=revision).sha)
    except Exception as error:  # the library and the network below it raise dozens of types here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        asked = f"{path} at {revision}" if revision else path
        raise ValueError(f"cannot ask the hub for {asked} ({reason}); check the name and the network") from None
