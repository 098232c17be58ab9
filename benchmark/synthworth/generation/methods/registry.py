"""Methods by the names that a user gives: built in, a function of anybody's, or files of texts made elsewhere.

What identifies a result needs nothing of a method but its name: the texts and labels themselves are in
`Result.train_version`, the predictions kept are found by it, and recorded answers by their requests.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import NamedTuple

from synthworth.core import EntryNote, Task, unknown
from synthworth.generation.collect import Generated, Generates, Sources
from synthworth.generation.methods import files, functions, li2023
from synthworth.generation.methods.augmentation import augmented
from synthworth.generation.methods.builtin import FREE, LABELLED, METHODS, REAL, SHOWING, TEST, WRITTEN
from synthworth.generation.refinements import Chain, refined, split

GROUP = "synthworth.methods"
FILES, OF_FILES = "data:", "data-"  # as a user writes it, and as tables name it

FORMS = (
    "augmentedN",
    "realN+METHOD",
    "all+METHOD",
    "METHOD|REFINEMENT",
    "FILE.py:FUNCTION",
    "MODULE:FUNCTION",
    "data:DIR",
)  # of what is not built in
AUGMENTED = re.compile(r"augmented([1-9]\d*)")
ALL = "all"  # before the plus: all real training texts
MIXED = re.compile(r"(?:real(\d*)|all)\+(.+)")


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to make a training set: `make`, and what a run has to know about it.

    `name` stands in tables and results, and names recordings. `asks`: it may ask a generator. `shown`: what it shows
    is the task's own demonstrations, or real training texts, as `--synth-demonstrations` says. `real`: it draws on
    real training texts whatever that says. `shows_real`: it shows such texts to the generator, whatever that says.
    `asks_about`: the real texts whose labels it asks the generator for, train or test; "" for none. `foreign`: it is
    not ours, and may fail in any way. `recorded` names the recording of its answers, "" where that is its own name.
    `tasks` are those that its files have texts for, None if it makes texts for any task; `notes` lie beside the files.
    """

    name: str
    make: Generates
    asks: bool
    shown: bool
    real: bool = False
    asks_about: str = ""
    foreign: bool = False
    shows_real: bool = False
    recorded: str = ""
    tasks: Sequence[str] | None = None
    notes: Sequence[EntryNote] = ()

    @property
    def predicts(self) -> bool:
        """Tell whether the answers are the predictions for test texts, and no classifier is trained."""
        return self.asks_about == TEST

    @property
    def recording(self) -> str:
        """Return the name of the recording of its answers."""
        return self.recorded or self.name

    def lacks(self, task: str) -> str:
        """Return in words that its files have no texts for a task; "" if they have, or if it makes them itself."""
        if self.tasks is None or task in self.tasks:
            return ""
        return f"{self.name} has no texts for the task {task}; tasks there: {', '.join(self.tasks)}"


BUILT_IN: Mapping[str, Method] = {
    name: Method(
        name=name,
        make=make,
        asks=name in (*WRITTEN, *LABELLED),
        shown=name in SHOWING,
        real=name == REAL,
        asks_about=LABELLED.get(name, ""),
    )
    for name, make in METHODS.items()
} | {
    name: Method(name=name, make=make, asks=True, shown=False, shows_real=name == li2023.FEW_SHOT)
    for name, make in li2023.LI2023.items()
}


def resolve(given: Sequence[str]) -> dict[str, Method]:
    """Return the methods that these names stand for, by the names that tables give them, in the order given.

    A name is one of `BUILT_IN`, `augmentedN` (N real training texts of each label, and edits of these up to the quota),
    `realN+METHOD` (N real training texts of each label, or the quota without N, and then the texts of another method),
    `all+METHOD` (all real training texts there are, and then the texts of another method),
    `METHOD|REFINEMENT|...` (a method whose texts are refined, `generation.refinements`),
    `FILE.py:FUNCTION`, `MODULE:FUNCTION`, `data:DIR`, or one that an installed package has in the entry point group
    `synthworth.methods`. Functions have the signature of
    `builtin.zero_shot`; tables name them as they are called, and files as `data-DIR`. A DIR that holds no files of
    texts itself stands for every folder in it that does, each a method of its own. Raises ValueError if nothing has
    a name, or two methods have one.

    >>> {name: method.asks for name, method in resolve(["real", "few_shot"]).items()}
    {'real': False, 'few_shot': True}
    """
    resolved: dict[str, tuple[str, Method]] = {}
    for name in given:
        for method in [BUILT_IN[name]] if name in BUILT_IN else _foreign(name):
            if method.foreign and (method.name in BUILT_IN or AUGMENTED.fullmatch(method.name)):
                raise ValueError(f"{name} has the name of a built-in method, {method.name}; rename the function")
            if method.name in resolved:
                two = f"{resolved[method.name][0]} and {name}"
                raise ValueError(f"{two} are two methods with the same name, {method.name}; rename one")
            resolved[method.name] = name, method
    return {name: method for name, (_, method) in resolved.items()}


def holds_real_texts(name: str) -> bool:
    """Tell whether what the method of that name makes holds real texts.

    >>> holds_real_texts("real10+few_shot"), holds_real_texts("labelled"), holds_real_texts("few_shot")
    (True, True, False)
    """
    return is_real(name) or MIXED.fullmatch(name) is not None


def is_real(name: str) -> bool:
    """Tell whether the method of that name takes real texts alone, as they are or augmented, whoever labelled them.

    >>> is_real("real"), is_real("augmented10"), is_real("labelled"), is_real("real10+few_shot")
    (True, True, True, False)
    """
    return name == REAL or name in LABELLED or AUGMENTED.fullmatch(name) is not None


def is_written(name: str) -> bool:
    """Tell whether training sets of the method of that name hold texts that were written to train on.

    A generator wrote them, or whoever made a file. Real texts were not, alone or augmented, nor were the words of a
    task itself: these are what written texts are measured by.

    >>> is_written("few_shot"), is_written("real10+few_shot"), is_written("all+few_shot"), is_written("data-texts")
    (True, True, True, True)
    >>> is_written("real"), is_written("augmented10"), is_written("labels"), is_written("real10+demonstrations")
    (False, False, False, False)
    """
    mixed = MIXED.fullmatch(name)
    return is_written(mixed[2]) if mixed else not is_real(name) and name not in FREE


def is_of_files(name: str) -> bool:
    """Tell whether the training sets of the method of that name are drawn from files of texts, and from nothing else.

    >>> is_of_files("data-texts"), is_of_files("real10+data-texts"), is_of_files("few_shot")
    (True, False, False)
    """
    return name.startswith(OF_FILES)


def is_drawn(name: str) -> bool:
    """Tell whether the generation seed draws the training set of the method of that name.

    The words of a task itself, its label descriptions and its demonstrations, are the same for every seed: there is one
    such set, no draw of many, so that one generation seed shows all there is. A generator that labels test texts itself
    has no training set to draw.

    >>> is_drawn("labels"), is_drawn("demonstrations"), is_drawn("real"), is_drawn("real10+labels")
    (False, False, True, True)
    """
    return name not in FREE and LABELLED.get(name) != TEST


class MixtureNames(NamedTuple):
    """The parts of a mixture's name: real texts of each label (0: the quota, None: all), and the written method."""

    real: int | None
    written: str


def mixture_of(name: str) -> MixtureNames | None:
    """Return the parts of the name of a mixture of real and other texts; None for any other name.

    >>> mixture_of("real10+few_shot|dedup"), mixture_of("all+few_shot"), mixture_of("few_shot")
    (MixtureNames(real=10, written='few_shot|dedup'), MixtureNames(real=None, written='few_shot'), None)
    """
    mixed = MIXED.fullmatch(name)
    return MixtureNames(None if mixed[1] is None else int(mixed[1] or 0), mixed[2]) if mixed else None


def augmented_name(size: int) -> str:
    """Return the name of the method that edits so many real texts of each label."""
    return f"augmented{size}"


def every_method() -> list[str]:
    """Return the names of real texts and of every built-in method that asks a generator to write texts.

    >>> [name for name in every_method() if name in ("real", "few_shot", "labelled", "labels")]
    ['real', 'few_shot']
    """
    return [REAL, *(name for name, method in BUILT_IN.items() if method.asks and not method.asks_about)]


def with_mixtures(names: Sequence[str], sizes: Sequence[int]) -> list[str]:
    """Return the names of the methods, each written one alone (size 0) and beside so many real texts of each label.

    With them, the real texts alone and with edits in place of written ones, whose quotas `mixed_quotas` has. Raises
    ValueError if none is written.

    >>> with_mixtures(["few_shot"], [0, 10])
    ['real', 'few_shot', 'real10+few_shot', 'augmented10']
    """
    alone = [name for name in names if is_written(name) and not holds_real_texts(name)]
    if not alone:
        raise ValueError(f"mixtures are of real and written texts, and none of {', '.join(names)} writes; add few_shot")
    few = [size for size in sizes if size]
    mixed = [f"real{size}+{name}" if size else name for name in names for size in (sizes if name in alone else [0])]
    return list(dict.fromkeys([*([REAL] if few else []), *mixed, *map(augmented_name, few)]))


def mixed_quotas(sizes: Sequence[int], per_label: int) -> dict[str, tuple[int, ...]]:
    """Return the quotas of the methods of real texts that stand beside mixtures.

    Of real texts alone: these. Of edited ones: as many edits as there are written texts, and the real ones.

    >>> mixed_quotas([0, 10, 50], 100)
    {'real': (10, 50), 'augmented10': (110,), 'augmented50': (150,)}
    """
    few = [size for size in sizes if size]
    return {REAL: tuple(few), **{augmented_name(size): (size + per_label,) for size in few}} if few else {}


def with_all_real(names: Sequence[str]) -> list[str]:
    """Return the names of the methods, with that of the real texts if a method adds to all there are of them.

    >>> with_all_real(["few_shot", "all+few_shot"]), with_all_real(["few_shot"])
    (['real', 'few_shot', 'all+few_shot'], ['few_shot'])
    """
    return [REAL, *names] if adds_to_all_real(names) and REAL not in names else list(names)


def adds_to_all_real(names: Iterable[str]) -> bool:
    """Tell whether one of these methods adds its texts to all real ones: `all+METHOD`.

    >>> adds_to_all_real(["real", "all+few_shot"]), adds_to_all_real(["real", "real10+few_shot"])
    (True, False)
    """
    return any((mixture := mixture_of(name)) is not None and mixture.real is None for name in names)


def _mixed(size: int | None, name: str, other: Method) -> Method:
    """Mix `size` real texts of each label (0: the quota, None: all there are) with the texts of another method."""

    def make(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
        wanted = 0 if size is None else size or per_label
        small = BUILT_IN[REAL].make(task, replace(sources, pool=()), wanted, seed)
        shows_real = sources.pool is sources.train  # as --synth-demonstrations real has it: then the other has them too
        given = sources if other.real or shows_real else replace(sources, train=())
        written = other.make(task, given, per_label, seed)
        return replace(written, examples=(*small.examples, *written.examples), short={**written.short, **small.short})

    return replace(other, name=name, make=make, real=True, recorded=other.recording)


def _refined(name: str, chain: Chain, other: Method) -> Method:
    if not is_written(other.name):
        raise ValueError(f"{name}: refinements are for written texts, and {other.name} holds none; leave them out")
    return replace(
        other,
        name=f"{other.name}|{chain}",
        make=refined(other.make, chain),
        asks=other.asks or chain.asks,
        recorded=other.recording,
    )


def names_in(text: str) -> list[str]:
    """Return the names of methods in a text that separates them by comma; a comma in parentheses separates none.

    >>> names_in("real, few_shot|filter(agreement=0.6,votes=5)")
    ['real', 'few_shot|filter(agreement=0.6,votes=5)']
    """
    return list(dict.fromkeys(split(text, ",")))


def with_refinements(names: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """Return the names of the methods, each written one once for each chain of refinements ("": as it is).

    Raises ValueError if none is written.

    >>> with_refinements(["real", "few_shot"], ["", "dedup"])
    ['real', 'few_shot', 'few_shot|dedup']
    """
    if chosen and not any(map(is_written, names)):
        raise ValueError(f"refinements are for written texts, and none of {', '.join(names)} writes any; add few_shot")
    return [
        f"{name}|{chain}" if chain else name
        for name in names
        for chain in (chosen if chosen and is_written(name) else [""])
    ]


def _foreign(name: str) -> list[Method]:
    """The methods of a name that is not built in: several for a folder of entries, else one."""
    if mixed := mixture_of(name):
        others = resolve([mixed.written]).values()
        for other in others:
            if other.predicts:
                raise ValueError(
                    f"{name}: {other.name} trains no classifier; mix in another method, as real10+few_shot"
                )
        return [_mixed(mixed.real, f"{name.partition('+')[0]}+{other.name}", other) for other in others]
    given, refines, chain = name.partition("|")
    if refines:
        return [_refined(name, Chain.parse(chain), other) for other in resolve([given]).values()]
    if number := AUGMENTED.fullmatch(name):
        return [Method(name=name, make=augmented(int(number[1])), asks=False, shown=False, real=True)]
    where, _, function = name.rpartition(":")
    if name.startswith(FILES):
        return [_of_files(folder) for folder in files.entry_folders(name.removeprefix(FILES))]
    if where:
        called = functions.load(where, function)
        return [_of_function(function, name, called)]
    return [_of_function(name, name, _installed(name))]


def _of_files(folder: Path) -> Method:
    name = file_name(f"{OF_FILES}{folder.resolve().name}")
    return Method(
        name=name,
        make=files.reader(folder),
        asks=False,
        shown=False,
        foreign=True,
        tasks=files.tasks_of(folder),
        notes=files.notes_in(folder, name),
    )


def _of_function(name: str, given: str, function: object) -> Method:
    fit = file_name(name)
    return Method(name=fit, make=functions.checked(function, fit, given), asks=True, shown=True, foreign=True)


def _installed(name: str) -> object:
    there: dict[str, list[EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        there.setdefault(entry.name, []).append(entry)
    if name not in there:
        raise ValueError(unknown("method", name, [*BUILT_IN, *sorted(there), *FORMS]))
    entry, *others = there[name]
    if others:
        values = " and ".join(sorted({e.value for e in there[name]}))
        raise ValueError(f"method {name!r} comes from two packages, {values}; name one as MODULE:FUNCTION")
    return functions.loaded(entry.load, name, f"python -c 'import {entry.module}'")


def file_name(name: str) -> str:
    """Return the name of a method, fit for a file or folder that `data:` finds again.

    >>> file_name("few_shot|dedup(0.95)")
    'few_shot_dedup_0.95_'
    """
    return re.sub(r"[^\w.-]", "_", name)
