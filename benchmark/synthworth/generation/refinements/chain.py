"""Refinements by the text that a user writes: `dedup(0.95) | relabel(votes=3) | balance`."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import Example, brief, unknown
from synthworth.generation.refinements.draft import Draft, Refined
from synthworth.generation.refinements.selecting import SELECTIONS, balance, consistency, dedup, select
from synthworth.generation.refinements.votes import DEMONSTRATIONS, filter_by_votes, relabel
from synthworth.generation.refinements.weighting import reweight

Value = str | int | float
NEXT, OTHER = "|", ","  # what stands between two refinements, and between two chains of them
UNREFINED, EVERY = "none", "all"
CALL = re.compile(r"([A-Za-z_]+)\s*(?:\((.*)\))?")
WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True, kw_only=True)
class Argument:
    """An argument of a refinement: how its text is read, what is allowed in words, and if names of methods omit it."""

    name: str
    read: Callable[[str], Value]
    allowed: str
    bare: bool = False


@dataclass(frozen=True, kw_only=True)
class Refinement:
    """A refinement by its name: the function, its arguments, the first of which needs no name, and their defaults.

    `instead` is an argument that takes the place of all others. `needed` is one that must be given.
    """

    name: str
    refine: Callable[..., Refined]
    arguments: Sequence[Argument] = ()
    defaults: Mapping[str, Value] = field(default_factory=dict)
    instead: str = ""
    needed: str = ""

    @property
    def summary(self) -> str:
        """The sentence that its docstring opens with."""
        return " ".join((inspect.getdoc(self.refine) or "").partition("\n\n")[0].split())

    @property
    def usages(self) -> tuple[str, ...]:
        """The calls with all that they take."""
        inside = [a.allowed if a.bare else f"{a.name}={a.allowed}" for a in self.arguments if a.name != self.instead]
        calls = ([] if self.needed else [self.name]) + ([f"{self.name}({', '.join(inside)})"] if inside else [])
        return (*calls, *(f"{self.name}({a.name}={a.allowed})" for a in self.arguments if a.name == self.instead))

    @property
    def usage(self) -> str:
        """The same as an error shows them."""
        return " or ".join(self.usages)


def _number(least: float, most: float, *, whole: bool = False) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        value = int(text) if whole else float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return read


def _one_of(*allowed: str) -> Callable[[str], Value]:
    def read(text: str) -> Value:
        if text not in allowed:
            raise ValueError(text)
        return text

    return read


VOTES = Argument(name="votes", read=_number(1, 99, whole=True), allowed="1 to 99")
BY = Argument(name="by", read=_one_of(DEMONSTRATIONS), allowed=DEMONSTRATIONS)
SHARE = Argument(name="agreement", read=_number(0.01, 1), allowed="0.01 to 1")
COSINE = Argument(name="cosine", read=_number(0.01, 1), allowed="0.01 to 1", bare=True)
POWER = Argument(name="q", read=_number(0.01, 1), allowed="0.01 to 1")
SELECTION = Argument(name="by", read=_one_of(*SELECTIONS), allowed=" or ".join(SELECTIONS), bare=True)
REFINEMENTS: Mapping[str, Refinement] = {
    one.name: one
    for one in (
        Refinement(name="dedup", refine=dedup, arguments=(COSINE,)),
        Refinement(name="relabel", refine=relabel, arguments=(VOTES, BY), defaults={"votes": 3}, instead="by"),
        Refinement(
            name="filter",
            refine=filter_by_votes,
            arguments=(SHARE, VOTES, BY),
            defaults={"agreement": 0.6, "votes": 3},
            instead="by",
        ),
        Refinement(name="consistency", refine=consistency),
        Refinement(name="select", refine=select, arguments=(SELECTION,), defaults={"by": SELECTIONS[0]}, needed="by"),
        Refinement(name="balance", refine=balance),
        Refinement(name="reweight", refine=reweight, arguments=(POWER,), defaults={"q": 0.7}),
    )
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One refinement with its arguments; `str` writes it as names of methods do, with all that is not left out."""

    refinement: Refinement
    values: Mapping[str, Value]

    def __str__(self) -> str:
        bare = {argument.name for argument in self.refinement.arguments if argument.bare}
        spelled = {name: f"{v:g}" if isinstance(v, float) else str(v) for name, v in self.values.items()}
        inside = [value if name in bare else f"{name}={value}" for name, value in spelled.items()]
        return f"{self.refinement.name}({OTHER.join(inside)})" if inside else self.refinement.name

    def __call__(self, draft: Draft, examples: Sequence[Example]) -> Refined:
        """Refine the examples."""
        return self.refinement.refine(draft, examples, **self.values)

    @property
    def asks(self) -> bool:
        """Tell whether it asks the generator."""
        return "votes" in self.values


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Refinements one after the other; `str` writes them as names of methods do.

    >>> str(Chain.parse("dedup( 0.950 ) | filter"))
    'dedup(0.95)|filter(agreement=0.6,votes=3)'
    """

    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return NEXT.join(map(str, self.steps))

    @property
    def asks(self) -> bool:
        """Tell whether it asks the generator."""
        return any(step.asks for step in self.steps)

    @property
    def selects(self) -> bool:
        """Tell whether it selects texts from more than the quota."""
        return any(step.refinement.name == "select" for step in self.steps)

    @classmethod
    def parse(cls, text: str) -> "Chain":
        """Return the chain that a text stands for. Raises ValueError, in one line, if it stands for none."""
        steps: list[Step] = []
        for part in split(text, NEXT):
            before = {name: value for step in steps for name, value in step.values.items() if name == "votes"}
            steps.append(_step(part, before))
        names = [step.refinement.name for step in steps]
        if "reweight" in names[:-1]:
            raise ValueError(f"{text.strip()}: reweight weighs the texts that are left; put it last")
        if "select" in names and set(names[names.index("select") + 1 :]) - {"balance", "reweight"}:
            raise ValueError(
                f"{text.strip()}: select chooses the whole quota, so that only balance may follow it, and reweight; "
                "put it behind the others"
            )
        return cls(steps=tuple(steps))


def chains(text: str) -> tuple[str, ...]:
    """Return the chains that `--synth-refine` names, by comma, as names of methods have them; "" for `none`.

    `all` is none and each refinement by itself, with its defaults. Raises ValueError, in one line, for any other.

    >>> chains("none, dedup(0.95) | balance")
    ('', 'dedup(0.95)|balance')
    """
    parts = split(text, OTHER)
    if parts == [EVERY]:
        alone = [f"{one.name}({one.defaults[one.needed]})" if one.needed else one.name for one in REFINEMENTS.values()]
        parts = [UNREFINED, *alone]
    return tuple(dict.fromkeys("" if part == UNREFINED else str(Chain.parse(part)) for part in parts))


def split(text: str, sign: str) -> list[str]:
    """Split a text at a sign that stands in no parentheses; the parts without space around them, and no empty ones.

    >>> split("real, few_shot|filter(agreement=0.6,votes=3)", ",")
    ['real', 'few_shot|filter(agreement=0.6,votes=3)']
    """
    parts, depth = [""], 0
    for letter in text:
        depth += (letter == "(") - (letter == ")" and depth > 0)
        if letter == sign and not depth:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts if part.strip()]


def _step(text: str, before: Mapping[str, Value]) -> Step:
    """Read one refinement; `before` holds the number of votes that an earlier one asks for."""
    call = CALL.fullmatch(text.strip())
    if call is None:
        raise ValueError(f"{brief(text)} is no refinement; write as in dedup(0.95) | filter(agreement=0.6, votes=5)")
    if call[1] not in REFINEMENTS:
        raise ValueError(unknown("refinement", call[1], REFINEMENTS))
    refinement = REFINEMENTS[call[1]]
    given = dict(_arguments(refinement, text, split(call[2] or "", OTHER)))
    if refinement.needed and refinement.needed not in given:
        raise ValueError(f"{text.strip()} lacks an argument; write {refinement.usage}")
    if refinement.instead in given:
        if len(given) > 1:
            raise ValueError(f"{text.strip()}: {refinement.instead} stands alone; write {refinement.usage}")
        return Step(refinement=refinement, values=given)
    known = {**refinement.defaults, **{n: v for n, v in before.items() if n in refinement.defaults}, **given}
    return Step(refinement=refinement, values={a.name: known[a.name] for a in refinement.arguments if a.name in known})


def _arguments(refinement: Refinement, text: str, parts: Sequence[str]) -> Iterator[tuple[str, Value]]:
    by_name = {argument.name: argument for argument in refinement.arguments}
    seen: set[str] = set()
    for place, part in enumerate(parts):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals and not place and by_name:
            name, value = refinement.arguments[0].name, name
        if name not in by_name or name in seen or not WORD.fullmatch(value):
            raise ValueError(f"{text.strip()}: cannot read {brief(part)}; write {refinement.usage}")
        seen.add(name)
        try:
            yield name, by_name[name].read(value)
        except ValueError:
            raise ValueError(
                f"{text.strip()}: {name} is {value}; give {by_name[name].allowed}, as in {refinement.usage}"
            ) from None
