"""Real texts of a task, from the hub, from a mirror on disk, or the small quickstart set, in one shape."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from synthworth.core import (
    ENDINGS,
    OTHER,
    Example,
    Hub,
    Placed,
    Task,
    Vote,
    brief,
    digest,
    files_named,
    read_examples,
    unknown,
)
from synthworth.core.words import words

HUB, QUICKSTART, MIRROR = "hub", "quickstart", "mirror"
CONTRADICTING = 0.01  # of a set's texts may have two labels


@dataclass(frozen=True, kw_only=True)
class Data:
    """The real texts of a task: `source` is hub, mirror or quickstart, `version` a hash of the texts and labels.

    Equal rows have an equal version wherever they come from. That of hub data ends with the revision asked for, if
    there is one: it alone would not do, since a branch can move. The quickstart has no training texts, and a mirror may
    have none. `left_out` counts training texts that are test texts too, word for word; they are not in `train`.
    """

    source: str
    version: str
    train: tuple[Example, ...]
    test: tuple[Example, ...]
    left_out: int = 0


def load(task: Task, where: str, quickstart: Path) -> Data:
    """Load the data of a task from `where`: "hub", "quickstart" (the folder `quickstart`), or the folder of a mirror.

    A mirror holds a folder for each task, with `train` and `test` in any format that `read_examples` reads. Raises
    ValueError with the file, the line or the label that is wrong.
    """
    if where == HUB:
        source, train, test = HUB, *_from_hub(task)
    elif where == QUICKSTART:
        source, train, test = QUICKSTART, *_from_quickstart(task, quickstart)
    else:
        source, train, test = MIRROR, *_from_mirror(task, Path(where))
    data = data_of(task, source, train, test, where)
    if source == HUB and task.hub and task.hub.revision:
        return replace(data, version=f"{data.version}@{task.hub.revision}")
    return data


def data_of(task: Task, source: str, train: Sequence[Example], test: Sequence[Example], where: str) -> Data:
    """Make the data of a task from its texts, wherever they come from; `where` says that in messages.

    Raises ValueError if a label has no text, or many texts have two labels.
    """
    for name, examples in (("train", train), ("test", test)):
        labels = {example.label for example in examples}
        for label in task.labels:
            if label not in labels and (examples or name == "test"):
                raise ValueError(f"task {task.name!r}: the {name} set of {where} has no text with the label {label!r}")
        _check_contradictions(task, f"the {name} set of {where}", examples)
    version = digest(*([[e.text, e.label] for e in examples] for examples in (train, test)))
    held = {tuple(words(example.text)) for example in test}
    kept = tuple(example for example in train if tuple(words(example.text)) not in held)
    return Data(source=source, version=version, train=kept, test=tuple(test), left_out=len(train) - len(kept))


Loaded = tuple[Sequence[Example], Sequence[Example]]


def _from_quickstart(task: Task, folder: Path) -> Loaded:
    path = folder / f"{task.name}.jsonl"
    if not path.is_file():
        raise ValueError(f"task {task.name!r} has no quickstart texts: {path} is missing; name a mirror or the hub")
    return (), [example for _, example in read_examples(path, task)]


def _from_mirror(task: Task, mirror: Path) -> Loaded:
    if not mirror.is_dir():
        raise ValueError(f"no folder {mirror}; give hub, quickstart, or the folder of a mirror")
    folder = mirror / task.name
    train, test = (files_named(folder, split) for split in ("train", "test"))
    if not test:
        raise ValueError(_missing(task, mirror))
    splits = [[placed for path in paths for placed in read_examples(path, task)] for paths in (train, test)]
    if all(_numbers_rows(placed) for placed in splits):
        # Row numbers say nothing across files; those of the test set stay, as votes name them.
        splits[0] = [(place, replace(example, id=f"train-{example.id}")) for place, example in splits[0]]
    _check_ids(*splits)
    # The rules that are about a set as a whole are those of every source.
    train_texts, test_texts = ([example for _, example in placed] for placed in splits)
    return train_texts, test_texts


def _numbers_rows(placed: Sequence[Placed]) -> bool:
    """Return True if the ids count the texts in their order, from 0 or 1: they are numbers of rows, and no names."""
    ids = [example.id for _, example in placed]
    return bool(ids) and any(ids == [str(number) for number in range(first, first + len(ids))] for first in (0, 1))


def _missing(task: Task, mirror: Path) -> str:
    """Say what a mirror lacks for a task, and what it has instead."""
    folder = mirror / task.name
    if folder.is_dir():
        there = ", ".join(sorted(path.name for path in folder.iterdir())[:10]) or "nothing"
        return (
            f"task {task.name!r}: {folder / 'test.jsonl'} is missing, in any format ({', '.join(ENDINGS)}); there is "
            f"{there}"
        )
    tasks = ", ".join(sorted(p.name for p in mirror.iterdir() if p.is_dir() and _holds_texts(p))) or "none"
    misplaced = f"; move the files of {mirror} into {folder}" if _holds_texts(mirror) else ""
    return (
        f"task {task.name!r}: {folder} is missing, a folder with train.jsonl and test.jsonl or another format; tasks "
        f"in this mirror: {tasks}{misplaced}"
    )


def _holds_texts(folder: Path) -> bool:
    return any(path.name.startswith(("train.", "test.", "train-", "test-")) for path in folder.iterdir())


def _check_ids(train: Sequence[Placed], test: Sequence[Placed]) -> None:
    """Raise ValueError if a training and a test text have one id: votes and predictions would be mixed up."""
    held = {example.id: (place, example) for place, example in test}
    for place, example in train:
        there, other = held.get(example.id, (place, example))
        # A text that is in both has one id in both if it is derived from the text; such a text is left out.
        if other.text != example.text:
            problem = f"the id {example.id!r} is that of {there} too"
            raise ValueError(f"{place}: {problem}; number the texts of both files apart, or leave the id out")


def _from_hub(task: Task) -> Loaded:
    if task.hub is None:
        raise ValueError(
            f"task {task.name!r} names no hub data set; give --synth-data DIR (--data of a command) with "
            f"{task.name}/ in it"
        )
    hub = task.hub
    train = list(_hub_examples(task, hub, hub.train))
    if hub.test is not None:
        test = list(_hub_examples(task, hub, hub.test))
    else:
        test = [example for example in train if holdout_place(example.text) < hub.holdout]
        train = [example for example in train if holdout_place(example.text) >= hub.holdout]
    return train, test


def _check_contradictions(task: Task, name: str, examples: Sequence[Example]) -> None:
    """Raise ValueError if many texts have two labels; a few do in most data sets that people labelled."""
    labels: dict[str, set[str]] = {}
    for example in examples:
        labels.setdefault(example.text, set()).add(example.label)
    contradicting = [text for text, names in labels.items() if len(names) > 1]
    if len(contradicting) > CONTRADICTING * len(examples):
        raise ValueError(
            f"task {task.name!r}: {name} has {len(contradicting):,} texts with two labels, for one "
            f"{brief(contradicting[0])}; give each text one label"
        )


def votes_on_hub(task: Task) -> list[Vote]:
    """Load single annotators' labels of a task's texts, training texts too, if its hub data set has `Raters`; else [].

    An annotator who chose none of the task's labels votes for "other"; one who chose several, for these at once, which
    is a label of its own. Raises ValueError if the hub cannot be asked, or the columns are others.
    """
    if task.hub is None or task.hub.raters is None:
        return []
    raters = task.hub.raters
    columns = (raters.id, raters.rater, *raters.labels)
    rows = _loaded(task, task.hub, raters.config, raters.split, columns).select_columns(list(columns))
    votes: dict[tuple[str, str], Vote] = {}
    for row in rows:
        chosen = [label for column, label in raters.labels.items() if row[column]]
        vote = Vote(str(row[raters.id]), str(row[raters.rater]), "+".join(chosen) or OTHER)
        votes.setdefault(vote[:2], vote)
    return list(votes.values())


def _loaded(task: Task, hub: Hub, config: str | None, split: str, columns: Sequence[str]) -> Any:
    """Load a split with these columns from the hub; raises ValueError if it lacks one, or cannot be loaded."""
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
        names = [hub.labels[v] for v in (value if isinstance(value, list) else [value]) if v in hub.labels]
        if len(names) != 1:
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
        yield Example(id=name, text=text.lower() if hub.lowercase else text, label=names[0])


def holdout_place(text: str) -> float:
    """Return the place of a text in [0, 1) by a hash of its words: those below a share are that share of all texts."""
    hashed = hashlib.sha256(" ".join(words(text)).encode()).digest()
    return int.from_bytes(hashed[:4], "big") / 2**32


def newest_revision(path: str, revision: str | None = None) -> str:
    """Ask the hub for the commit that a data set, or a branch or ref of it, is at now, for `Hub.revision`.

    Raises ValueError if the hub cannot be asked.
    """
    from huggingface_hub import HfApi

    try:
        return str(HfApi().dataset_info(path, revision=revision).sha)
    except Exception as error:  # the library and the network below it raise dozens of types here
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        which = f"{path} at {revision}" if revision else path
        raise ValueError(f"cannot ask the hub for {which} ({reason}); check the name and the network") from None
