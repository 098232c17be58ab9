"""The baseline of a gate: earlier results, from a file or from a git revision of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from synthworth.core import SUITE_VERSION, Quality, Result, git, parse, quality, read

RESULTS, QUALITY = "results.jsonl", "quality.jsonl"


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """Earlier results to compare with."""

    source: str
    """The file or revision, as the user named it."""
    results: tuple[Result, ...]
    commit: str = ""
    """The commit that holds the results; "" if git knows none."""
    root: Path | None = None
    """The root of their repository."""
    quality: Mapping[str, Quality] = field(default_factory=dict)
    """Measures of the texts, then and since, by the `train_version` that names the texts."""

    def of(self, setup: Mapping[str, Any]) -> list[Result]:
        """Return the results with these field values; raises ValueError, which names the nearest, if there are none."""
        wanted = {**setup, "suite_version": SUITE_VERSION}
        if results := [r for r in self.results if not _differing(r, wanted)]:
            return results
        name = "/".join(str(setup[part]) for part in ("task", "method", "classifier"))
        same = [r for r in self.results if not {"task", "method", "classifier"} & set(_differing(r, wanted))]
        if not same:
            raise ValueError(f"{self.source} has no result of {name}")
        near = min(same, key=lambda r: len(_differing(r, wanted)))
        apart = " and ".join(
            f"{part} {getattr(near, part)!r}, not {wanted[part]!r}" for part in _differing(near, wanted)
        )
        raise ValueError(f"{self.source} has {name} of {apart}")

    def drawn(self, results: Sequence[Result], seeds: Sequence[int]) -> str:
        """Return what the results of one cell lack of these generation seeds, in words; "" if nothing.

        The draws of a baseline are fixed before they are measured. One that was picked for its score is luckier than
        the next draw, which then seems to be a regression. So results of none of the seeds are refused: ValueError.
        """
        there = sorted({r.generation_seed for r in results})
        lacking = [seed for seed in seeds if seed not in there]
        if not lacking:
            return ""
        had, asked, missing = (",".join(map(str, some)) for some in (there, seeds, lacking))
        if len(lacking) < len(seeds):
            return f"{self.source} has generation seed {had} and lacks {missing}; measure it with all of {asked}"
        first = results[0]
        raise ValueError(
            f"{self.source} has {first.task}/{first.method}/{first.classifier} of generation seed {had} and none of "
            f"{asked}: the draws of a baseline are fixed before they are measured, for a picked one is luckier than "
            f"the next; measure it with {asked}, or name its draws: --synth-generation-seed {had}"
        )

    def suite(self, path: Path) -> str | None:
        """Return the text of a suite's file when the results were made; None if that is not known."""
        return git.text_at(self.root, self.commit, path) if self.root and self.commit else None


def load_baseline(given: str, files: Sequence[Path]) -> Baseline:
    """Return the baseline in a file of results, or else at a branch, tag or commit that has one of `files`.

    Each of `files` is looked for in the repository around its folder, at the revision. Measures of texts are read from
    `quality.jsonl` beside the results, and beside each of `files` as they are now. Raises ValueError, in one line with
    git's own reason, if neither a file nor such a revision exists, or it cannot be read.
    """
    now = _quality_beside(files)
    if Path(given).is_file():
        path = Path(given)
        commit = git.written_by(path)
        root = git.repository(path.resolve().parent) if commit else None
        measured = _quality_beside([path]) | now
        return Baseline(source=given, results=tuple(read(path)), commit=commit, root=root, quality=measured)
    tried = []
    for file in files:
        root = git.repository(file.resolve().parent)
        commit = git.commit(root, given) if root else ""
        if root is None or not commit:
            continue
        if (text := git.text_at(root, commit, file)) is not None:
            name = f"{given}:{file.name}"
            beside = git.text_at(root, commit, file.with_name(QUALITY)) or ""
            measured = {q.train_version: q for q in quality.parse(beside, f"{given}:{QUALITY}")} | now
            return Baseline(source=given, results=tuple(parse(text, name)), commit=commit, root=root, quality=measured)
        if reason := git.refusal(root, commit, file):
            raise ValueError(f"git cannot show {file.name} at {given}: {reason}")
        tried.append(file.resolve().relative_to(root.resolve()).as_posix())
    if tried:
        raise ValueError(
            f"the revision {given} has no {' or '.join(tried)}; commit what --synth-results {tried[0]} writes, or name "
            "a file"
        )
    reasons = dict.fromkeys(git.refusal(file.resolve().parent, given) for file in files)
    refused = "".join(f" ({reason})" for reason in reasons if reason)
    raise ValueError(
        f"no baseline {given!r}: neither a file of results nor a git revision of the suites' repository{refused}; give "
        "a file that --synth-results wrote, or a branch"
    )


def _quality_beside(files: Sequence[Path]) -> dict[str, Quality]:
    there = [path for file in files if (path := file.with_name(QUALITY)).is_file()]
    return {q.train_version: q for path in there for q in quality.read(path)}


def _differing(result: Result, wanted: Mapping[str, Any]) -> list[str]:
    return [name for name, value in wanted.items() if getattr(result, name) != value]
