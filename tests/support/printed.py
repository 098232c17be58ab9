"""The tables, figures, numbers and options that README and docs/ print, each from its one source.

The pages call these functions between `[[[cog` and `[[[end]]]` (https://cog.readthedocs.io). `tox run -e refresh`
writes what they print into the pages, and `tests/project/test_docs.py` fails if a page holds anything else.
"""

import argparse
import ast
import contextlib
import csv
import importlib
import io
import json
import os
import pkgutil
import re
import shutil
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from math import inf
from pathlib import Path
from statistics import fmean, variance
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import interface
import variants
from layers import ROOMS
from synthworth.__main__ import main
from synthworth.core.result import Result, read
from synthworth.gate import PROMPT, ScoreComparison, families_of, judged_together, power_lines
from synthworth.generation import filters
from synthworth.generation.generator import Generator
from synthworth.generation.generator.limits import PRICES
from synthworth.generation.methods import is_of_files
from synthworth.generation.refinements import REFINEMENTS
from synthworth.measures.statistics import Variance

ROOT = Path(__file__).parents[2]
STUDY = ROOT / "suites/study"
GATE = ROOT / "suites/gate"
FIGURES = ROOT / "docs/figures"
REFRESH = "SYNTHWORTH_REFRESH"  # set by `tox run -e refresh`


@cache
def output(command: str) -> str:
    """What `synthworth COMMAND` prints at the root of this repository; ValueError if it fails."""
    printed, before = io.StringIO(), Path.cwd()
    try:
        os.chdir(ROOT)
        with contextlib.redirect_stdout(printed):
            code = main(command.split())
    finally:
        os.chdir(before)
    if code:
        raise ValueError(f"synthworth {command}: exit code {code}")
    return printed.getvalue().strip()


def synthworth(command: str) -> None:
    """Print what a command prints, its headings as bold lines, and the command below it."""
    text = re.sub(r"^#+ (.*)$", r"**\1**", output(command), flags=re.M)
    print(f"\n{text}\n\nPrinted by `synthworth {command}`.")


ASKED = {"zero_shot": "asked without examples", "few_shot": "with examples", "grounded": "beside real texts"}


def answer() -> None:
    """Print what written texts are worth: in a sentence, and a line for each task, a column for each way of asking."""
    command = "worth suites/results.jsonl"
    print("\n" + "\n\n".join(f"**{line}**" for line in output(f"{command} --show sentence").splitlines()))
    (table,) = json.loads(output(f"{command} --format json"))
    cells: dict[tuple[str, str], list[str]] = {}
    for row in table["rows"]:
        of_more = f"; 1,000 of them {escaped(row['worth of 1,000'])}" if row.get("worth of 1,000") else ""
        said = f"{row['generator']} {escaped(row['worth of 100'])}{of_more}"
        cells.setdefault((row["task"], row["asked for"].split()[0]), []).append(said)
    print("\nEach set of 100 per label, in real texts per label, in brackets 95 % over test rows and draws:")
    print(f"\n| task | {' | '.join(ASKED.values())} |")
    print("|---|" + "---|" * len(ASKED))
    for task in dict.fromkeys(task for task, _ in cells):
        print("|", " | ".join([task, *("<br>".join(cells.get((task, how), [])) for how in ASKED)]), "|")
    print(f"\nFrom `synthworth {command}`.")


def headline() -> None:
    """Print how many real texts per label 100 written ones are worth, for each task and the mean, beside the scores."""
    command = (
        "leaderboard suites/results.jsonl --format json --generator smollm2-135m --classifier minilm --per-label 100"
    )
    (board,) = json.loads(output(command))
    cells = {(row["task"], row["method"]): row for row in board["rows"]}
    methods = ("zero_shot", "few_shot")
    print("\n| task | `zero_shot` is worth | `few_shot` is worth | Macro-F1 of real | `zero_shot` | `few_shot` |")
    print("|---|---|---|---|---|---|")
    for task in dict.fromkeys(row["task"] for row in board["rows"]):
        worths = [escaped(cells[task, method]["worth"]) for method in methods]
        scores = [score(cells[task, method]) for method in ("real", *methods)]
        print("|", " | ".join([task, *worths, *scores]), "|")
    worths = [row["worth"] for row in board["rows"] if written_alone(row) and not row["task"].startswith("mean")]
    few = sum(number_of(worth) < 30 for worth in worths)
    draws = {row["method"]: row["draws"] for row in board["rows"] if row["task"].startswith("mean")}
    of_draws = ", ".join(f"{draws[method]} of `{method}`" for method in ("real", *methods))
    print(f"\nFrom `synthworth {command}`. †: at chance. Draws of the texts: {of_draws}.")
    print(f"Of these {len(worths)} sets of texts, {few} are worth fewer than 30 real texts per label.")
    (free,) = json.loads(output("leaderboard suites/results.jsonl --format json --classifier nearest --task mean"))
    (labels,) = (row for row in free["rows"] if row["method"] == "labels")
    print(
        "The label descriptions alone, with no generator and no training (`labels`, classifier `nearest`), have a mean "
        f"Macro-F1 of {labels['macro_f1']:.3f}."
    )


WORTH = "worth suites/results.jsonl"
# In claims, each kind by what it alone says.
ABOUT_REAL, LARGER, MORE, WITHIN = " real texts per label beat ", " beats the smaller ", " of them", " per label: "


def of_files() -> str:
    """The option that leaves the sets of files alone, "" as long as the results hold none."""
    return " --generator files" if any(r.method.startswith("data-") for r in every_result()) else ""


@cache
def every_result() -> tuple[Result, ...]:
    """The committed results."""
    return tuple(read(ROOT / "suites/results.jsonl"))


def by(classifier: str) -> str:
    """The options for a classifier that is not the default, and that was trained on the study's size too."""
    return "" if classifier == "minilm" else f" --classifier {classifier} --sizes 100,1000,3000"


def worth_sentences(classifier: str = "minilm") -> None:
    """Print what the written sets are worth, in a sentence for each size."""
    said = output(f"{WORTH}{by(classifier).partition(' --sizes')[0]}{of_files()} --show sentence")
    print("\n" + "\n\n".join(f"**{line}**" for line in said.splitlines()))


def worth_table(task: str = "", *, embedded: bool = True, classifier: str = "minilm") -> None:
    """Print the worth of written sets, task by generator: of one task or all, with or without embedded generators."""
    chosen = f" --task {task}" if task else "" if embedded else of_files()
    command = f"{WORTH} --format github{by(classifier)}{chosen}"
    print("\n" + re.sub(r"^### .*\n\n", "", output(command)) + f"\n\nPrinted by `synthworth {command}`.")


@cache
def worth_claims(classifier: str = "minilm") -> tuple[dict[str, Any], ...]:
    """The claims about written sets of both sizes, with their verdicts."""
    found = json.loads(output(f"{WORTH}{by(classifier)} --show claims --format json"))
    return tuple(row for table in found for row in table["rows"])


def counted_claims(classifier: str, size: str) -> None:
    """Print how sets that were made elsewhere compare with as many real texts, where there are as many."""
    about = [r for r in worth_claims(classifier) if f": {size}{ABOUT_REAL}{size} by " in r["claim"]]
    verdicts = Counter(r["verdict"] for r in about if "smollm2" not in r["claim"])
    lower, higher = verdicts["supported"], verdicts["contradicted"]
    print(
        f"\nOf {verdicts.total()} sets of {size} texts per label that can be compared with as many real ones, {lower}"
    )
    print(f"score clearly lower than the real ones, and {higher} clearly higher; of the rest the data cannot tell.")


def more_of_themselves(classifier: str) -> tuple[int, int, int]:
    """Sets of 1,000 texts per label beside 100 of their own: how many, for how many more is better, and worse."""
    ours = ": 1,000 per label by ", f"100{MORE}"
    about = [r["verdict"] for r in worth_claims(classifier) if all(words in r["claim"] for words in ours)]
    return len(about), about.count("supported"), about.count("contradicted")


def ten_times_as_many(classifier: str) -> None:
    """Print for how many sets 1,000 texts per label train better than 100 of them."""
    sets, more, fewer = more_of_themselves(classifier)
    print(f"\nOf {sets} sets, 1,000 texts per label score clearly higher than 100 for {more}, and clearly lower")
    print(f"for {fewer}, by {classifier}; of the rest the data cannot tell.")


def ten_times_in_short() -> None:
    """Print the same for both classifiers, in a sentence."""
    (tuned, tuned_more, _), (plain, plain_more, _) = map(more_of_themselves, ("minilm", "tfidf"))
    print("\n**Ten times as many texts seldom train clearly better:** 1,000 per label do so, beside 100 of a set,")
    print(f"for {tuned_more} of {tuned} sets by this classifier, and for {plain_more} of {plain} by one of words")
    print("([ten times as many](docs/llms.md#ten-times-as-many-texts)).")


def not_clear() -> None:
    """Print how many comparisons with real texts are not clear, and why."""
    words = ("cannot tell", "withheld")
    counts = {word: sum(ABOUT_REAL in r["claim"] and r["verdict"] == word for r in worth_claims()) for word in words}
    unclear, single = (counts[word] for word in words)
    print(f"\nOf {unclear} other sets the data cannot tell, and of {single} there is one draw, on either side:")
    print(f"`synthworth {WORTH} --show claims` lists them.")


def claims_about(kind: str, *, task: str = "", verdict: str = "", classifier: str = "minilm") -> None:
    """Print the claims of a kind as sentences, each with its verdict, difference, interval and draws."""
    lines = []
    for row in worth_claims(classifier):
        claim = row["claim"]
        found = next(words for words in (ABOUT_REAL, LARGER, MORE, WITHIN) if words in claim)
        if kind == found and claim.startswith(task) and verdict in ("", row["verdict"]):
            mind = f" *Mind: {row['mind']}.*" if row["mind"] else ""
            lines.append(
                f"- {claim.replace('<', '&lt;')}: **{row['verdict']}**, difference in Macro-F1 "
                f"{row['difference in Macro-F1 (95 %)']}, {row['draws']} draws.{mind}"
            )
    print("\n" + ("\n".join(lines) if lines else "None so far."))


MIX = "mix suites/results.jsonl suites/mixing.jsonl --classifier tfidf --label-price 0.05"


def more_or_both() -> None:
    """Print for each task what written texts are worth beside k real ones, in further ones, and what to do."""
    asked = f"{MIX} --generator smollm2-135m"
    _, answers = json.loads(output(f"{asked} --format json"))
    cells = {(row["task"], row["real texts"]): row for row in answers["rows"]}
    sizes = sorted({size for _, size in cells})
    print("\n| task |", " | ".join("none" if size == 0 else f"{size}" for size in sizes), "|")
    print("|---" * (1 + len(sizes)) + "|")
    for task in dict.fromkeys(task for task, _ in cells):
        found = [cells[task, size] for size in sizes]
        said = [f"{row['worth in further']}: {row['do'].partition(':')[0]}" for row in found]
        print("|", " | ".join([task, *(cell.replace("<", "&lt;") for cell in said)]), "|")
    print(f"\nFrom `synthworth {asked}`.")


SIGNS = {"generate": " **+**", "both": " **+**", "label more": " **\u2212**", "cannot tell": ""}


BESIDE = MIX.removesuffix(" --label-price 0.05")


def beside_real() -> list[dict[str, Any]]:
    """The worth of sets by large generators beside real texts, a row for each set and number of these."""
    _, answers = json.loads(output(f"{BESIDE} --format json"))
    return [row for row in answers["rows"] if row["method"].startswith("data-")]


def sets_that_add(rows: list[dict[str, Any]]) -> dict[int, int]:
    """The number of sets that add something, beside each number of real texts."""
    adding = [row["real texts"] for row in rows if SIGNS[row["do"].partition(":")[0]] == SIGNS["both"]]
    return {size: adding.count(size) for size in sorted({row["real texts"] for row in rows})}


def beside_real_in_short() -> None:
    """Print in a sentence how many sets add something to real texts."""
    rows = beside_real()
    count, adding = len({(row["task"], row["method"]) for row in rows}), sets_that_add(rows)
    print(
        f"\n**Beside real texts they add less, the more of these there are:** of {count} sets by large generators, "
        f"{adding[5]} add something to 5 real texts per label (95 %), {adding[50]} to 50, and {adding[100]} to 100 "
        f"([mixing](docs/mixing.md#with-texts-by-large-generators), by a classifier of words)."
    )


def mixed_with_large() -> None:
    """Print for each set by a large generator what it is worth beside k real texts, and how many sets pay."""
    rows = beside_real()
    pay = sets_that_add(rows)
    sizes, cells = list(pay), {(row["task"], row["method"], row["real texts"]): row for row in rows}
    sets = {(row["task"], row["method"]): row["generator"] for row in rows}
    none, *counts = [f"{count} beside {size}" for size, count in pay.items()]
    print(
        f"\n**Of {len(sets)} sets of 100 texts per label, the interval lies above 0 for {none.split()[0]} without real "
        f"texts, {', '.join(counts)} per label.** By chance alone it would for about {0.025 * len(rows):.0f} of these "
        f"{len(rows)} cells.\n"
    )
    print("| task | generator | asked for |", " | ".join(f"{size or 'none'}" for size in sizes), "|")
    print("|---" * (3 + len(sizes)) + "|")
    for (task, method), generator in sets.items():
        *_, prompting, source = method.split(".")
        found = [cells[task, method, size] for size in sizes]
        said = [row["worth in further"].replace("<", "&lt;") + SIGNS[row["do"].partition(":")[0]] for row in found]
        print("|", " | ".join([task, generator, f"{prompting} ({source})", *said]), "|")
    print(f"\nFrom `synthworth {BESIDE}`.")


REFINED = (
    "matrix suites/results.jsonl suites/refinements.jsonl --classifier tfidf --generator smollm2-135m "
    "--task ag_news,financial_phrasebank,humor_speech --sizes 50"
)


def print_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows as a table of Markdown, under the names of their columns."""
    print("\n|", " | ".join(rows[0]), "|\n" + "|---" * len(rows[0]) + "|")
    for row in rows:
        print("|", " | ".join("" if cell is None else str(cell).replace("<", "&lt;") for cell in row.values()), "|")


def refined() -> None:
    """Print what each refinement makes of each method's texts, on the tasks that were measured."""
    table, *_ = json.loads(output(f"{REFINED} --format json"))
    print_rows(table["rows"])
    print(f"\n{table['note']}\n\nFrom `synthworth {REFINED}`.")


METHODS = "matrix suites/results.jsonl suites/methods.jsonl --classifier tfidf --generator smollm2-135m --sizes 50"


def methods_on(task: str) -> None:
    """Print what each method's texts are worth on a task, at equal texts and at equal tokens."""
    command = f"{METHODS} --task {task}"
    for table in json.loads(output(f"{command} --format json"))[:2]:
        print(f"\n**{table['title']}**")
        print_rows(table["rows"])
    print(f"\nFrom `synthworth {command}`.")


CHANGED = "matrix suites/results.jsonl suites/refinements.jsonl --classifier tfidf"


def changed_by_refinements() -> None:
    """Print what each refinement changes over all sets that were measured with it and without."""
    tables = json.loads(output(f"{CHANGED} --format json"))
    (table,) = (table for table in tables if table["title"] == "What each refinement changes")
    print_rows(table["rows"])
    print(f"\n{table['note']}\n\nFrom `synthworth {CHANGED}`.")


RUNGS = (
    ("labels", "nearest", "100"),
    ("demonstrations", "nearest", "100"),
    ("demonstrations", "tfidf", "100"),
    ("augmented10", "tfidf", "100"),
    ("generator", "prompted", "100"),
    ("real", "minilm", "5"),
    ("real", "minilm", "10"),
    ("real", "minilm", "30"),
    ("real", "minilm", "100"),
)


def ladder() -> None:
    """Print the free and cheap rungs beside what the generator wrote, with intervals, and the margins of the latter."""
    command = "leaderboard suites/results.jsonl --format json --generator smollm2-135m"
    (board,) = json.loads(output(command))
    rows = {(r["task"], r["method"], r["classifier"], r["per_label"]): r for r in board["rows"]}
    written = [(method, "minilm", "100") for method in ("zero_shot", "few_shot")]
    heads = [f"{m} {size}".removesuffix(" 100") + " tfidf" * (c == "tfidf") for m, c, size in (*RUNGS, *written)]
    heads = ["real 100" if head == "real" else head for head in heads]
    print("\n| task |", " | ".join([*(f"`{head}`" for head in heads), *(f"margin of `{w[0]}`" for w in written)]), "|")
    print("|---" * (1 + len(heads) + len(written)) + "|")
    for task in dict.fromkeys(row["task"] for row in board["rows"]):
        cells = [between(rows.get((task, *rung)), "macro_f1", "") for rung in (*RUNGS, *written)]
        margins = [between(rows.get((task, *rung)), "margin", "margin_") for rung in written]
        print("|", " | ".join([task, *cells, *margins]), "|")
    print(f"\nFrom `synthworth {command}`: `labels` and `demonstrations` by `nearest` but where")
    print("`tfidf` stands, `generator` by none, the rest by `minilm`.")


def between(row: dict[str, Any] | None, name: str, ends: str) -> str:
    """A row's number with its interval; "" without one."""
    if row is None or row[name] is None:
        return ""
    return f"{row[name]:.3f} ({row[f'{ends}low']:.3f} to {row[f'{ends}high']:.3f})"


def number_of(worth: str) -> float:
    """The number that a worth begins with; one below the curve counts as 0, one above it as infinity."""
    return {"<": 0.0, ">": inf}[worth[0]] if worth[0] in "<>" else float(worth.partition(" ")[0])


def written_alone(row: dict[str, Any]) -> bool:
    """Tell a row of one task and of written texts alone."""
    return row["method"] in ("few_shot", "zero_shot") and bool(row["worth"])


def score(row: dict[str, Any]) -> str:
    """A row's Macro-F1, with a mark if it is at chance."""
    return f"{row['macro_f1']:.3f}" + (" †" if "chance" in row["remarks"] else "")


@cache
def study_section(heading: str) -> str:
    """The lines below a heading of `suites/study/tables.md`."""
    rest = (STUDY / "tables.md").read_text(encoding="utf-8").split(f"### {heading}\n")
    if len(rest) != 2:
        raise ValueError(f"suites/study/tables.md has not one heading {heading!r}")
    return rest[1].partition("\n### ")[0].strip()


def variants_table(task: str) -> None:
    """Print what was measured of the variants of few_shot for a task, the best score first."""
    names = ("fidelity", "score", "gain", "distinct_2", "remote_clique", "loop", "about_the_task", "copies")
    rows = [row for row in variants.rows() if row["task"] == task]
    print("\n| method |", " | ".join(name.replace("_", " ") for name in names), "| asked per text |")
    print("|---" * (len(names) + 2) + "|")
    for row in sorted(rows, key=lambda row: float(row["score"]), reverse=True):
        shown = [f"{float(row[n]):.2f} ({float(row[f'{n}_low']):.2f} to {float(row[f'{n}_high']):.2f})" for n in names]
        print(
            f"| `{row['method']}` |",
            " | ".join(shown),
            f"| {float(row['asked_per_text']):.2f} |" if float(row["asked_per_text"]) else "|  |",
        )


def study(heading: str, rows: str = "") -> None:
    """Print a table of the study, or only its rows that begin with a word."""
    lines = [line for line in study_section(heading).splitlines() if line.startswith("|")]
    if rows:
        lines = [*lines[:2], *(line for line in lines[2:] if line.lstrip("| ").startswith(rows))]
    print("\n" + "\n".join(lines))


COVERAGE = ROOT / "suites/coverage.md"  # of `synthworth coverage`, which takes minutes; a test makes a part of it again


def coverage() -> None:
    """Print the simulated coverage of the leaderboard's intervals, and the command below it."""
    table = COVERAGE.read_text(encoding="utf-8").strip()
    trials = int(re.search(r"Per cent of (\d+) simulated", table)[1])  # type: ignore[index]
    print(f"\n{table}\n\nPrinted by `synthworth coverage suites/results.jsonl --trials {trials} --format github`.")


def simulation(show: str) -> None:
    """Print a table of the gate's calibration; it takes minutes and the real texts, so it lies in a file."""
    print(f"\n{(GATE / f'{show}.md').read_text(encoding='utf-8').strip()}\n")
    print(
        "Printed by `synthworth calibrate suites/results.jsonl --data DIR --show "
        f"{show} --format github`, with the folder of a mirror for `DIR`."
    )


def baseline_power() -> None:
    """Print what a gate against the committed baseline finds, by the variance between its own draws."""
    drawn: dict[str, list[Result]] = {}
    for result in read(ROOT / "suites/baseline.jsonl"):
        drawn.setdefault(result.task, []).append(result)
    comparisons = []
    for task, results in drawn.items():
        scores, seeds = [result.macro_f1 for result in results], (len(results), 1)
        comparisons.append(
            ScoreComparison(
                task=task,
                method=results[0].method,
                classifier=results[0].classifier,
                before=fmean(scores),
                after=fmean(scores),
                variance=Variance(0.0, 2 * variance(scores) / len(scores), 2 * (len(scores) - 1)),
                rows=results[0].test_rows,
                before_seeds=seeds,
                after_seeds=seeds,
                about=PROMPT,
            )
        )
    for line in power_lines(judged_together(comparisons, families_of([list(drawn)]))):
        print(f"\nThe variance between its draws says: {line}.")


def figure(name: str, text: str) -> None:
    """Print a link to a figure of the study; the pages link only to files below docs/, so a copy of it lies there."""
    picture(f"{name}.png", (STUDY / f"{name}.png").read_bytes(), text)


def picture(name: str, content: bytes, text: str) -> None:
    """Print a link to a picture below docs/ with this content: written by `tox run -e refresh`, or else compared."""
    path = FIGURES / name
    if os.environ.get(REFRESH):
        FIGURES.mkdir(exist_ok=True)
        path.write_bytes(content)
    stale = not path.is_file() or path.read_bytes() != content
    print("\nThis picture is stale." if stale else f"\n![{text}](figures/{name})")


def results() -> list[Result]:
    """The committed results of minilm at 100 texts per label, of real texts and of those that were asked for here."""
    there = read(ROOT / "suites/results.jsonl")
    return [r for r in there if (r.classifier, r.per_label) == ("minilm", 100) and not is_of_files(r.method)]


def widest_move() -> str:
    """The largest difference of a task's mean score between two draws of the texts."""
    means: dict[tuple[str, str], dict[int, list[float]]] = {}
    for result in results():
        draws = means.setdefault((result.task, result.method), {})
        draws.setdefault(result.generation_seed, []).append(result.macro_f1)
    drawn = [[fmean(scores) for scores in of.values()] for of in means.values() if len(of) > 1]
    return f"{max(max(scores) - min(scores) for scores in drawn):.2f}"


WORD = r"[a-z0-9][\w-]*(?: \([^)]*\))?"  # that can be typed, with what it means
CHOICE = re.compile(rf"{WORD}(?:, {WORD})*,? or \w")


def escaped(text: str, *, typed: bool = False) -> str:
    """Text for a cell of a table; it begins with a capital letter, unless its first word is to be `typed` as it is."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    parts[::2] = [re.sub("<(?=[a-zA-Z/!])", "&lt;", part) for part in parts[::2]]  # in backticks it stands for itself
    line = "`".join(parts)
    return line if typed else line[:1].upper() + line[1:]


def begins_with_values(action: argparse.Action) -> bool:
    """True if an option's help begins with the words that may be typed, as in "plain, github or csv"."""
    return bool(action.option_strings and action.type is not Path and CHOICE.match(action.help or ""))


def options() -> None:
    """Print the options of the pytest plugin, a table for each group."""
    for title, actions in interface.plugin_options().groups.items():
        print(f"\n## {title.removeprefix('synthworth: ').capitalize()}\n\n| option | meaning |\n|---|---|")
        for action in actions:
            print(f"| `{action.option_strings[0]}` | {escaped(action.help or '', typed=begins_with_values(action))} |")


def command_reference() -> None:
    """Print every command of `synthworth`, each with a table of its arguments."""
    for words, meaning, parser in sorted(interface.commands(interface.command_parser()), key=lambda c: c[0]):
        print(f"\n## synthworth {words}\n\n{help_of(parser.description or meaning)}\n")
        if parser.epilog:
            examples = re.sub(r"(?<=\S)\n +synthworth ", "; or: synthworth ", parser.epilog.replace(":\n", ": ", 1))
            print(f"{help_of(examples)}\n")
        print("| argument | meaning |\n|---|---|")
        for action in parser._actions:
            if not isinstance(action, argparse._HelpAction):
                names = ", ".join(action.option_strings) or str(action.metavar or action.dest)
                print(f"| `{names}` | {help_of(action.help or '', typed=begins_with_values(action))} |")


def help_of(text: str, *, typed: bool = False) -> str:
    """Text as argparse shows it, which has formatted the percent signs, for a cell of a table."""
    return escaped(text.replace("%%", "%"), typed=typed)


def rooms() -> None:
    """Print the rooms of the package, each with the sentence that its docstring opens with."""
    import synthworth as package

    print("\n| room | in one sentence |\n|---|---|")
    for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda module: module.name):
        if module.ispkg:
            doc = importlib.import_module(f"synthworth.{module.name}").__doc__ or ""
            print(f"| `{module.name}` | {escaped(doc.strip().partition(chr(10) * 2)[0])} |")


def example(path: str, lines: int = 0) -> None:
    """Print a file of examples/, or its first lines, as a block of code."""
    text = (ROOT / "examples" / path).read_text(encoding="utf-8").rstrip().splitlines()
    kind = {".py": "python", ".jsonl": "json", ".csv": "text"}[Path(path).suffix]
    print("\n".join(["", f"```{kind}", *(text[:lines] if lines else text), "```"]))


def init_report() -> None:
    """Print what `synthworth init` says of the file in examples/."""
    with TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()) as said:
        shutil.copy(ROOT / "examples/own_data/messages.csv", folder)
        main(["init", "messages.csv", "--out", "new"])
    print("\n".join(["", "```text", said.getvalue().rstrip(), "```"]))


def rooms_picture() -> None:
    """Draw the rooms, the lowest at the top, with an arrow for each step of imports."""
    width, height, gap, top = 150, 38, 46, 16
    parts: list[str] = []
    for line, names in enumerate(ROOMS):
        y = top + line * (height + gap)
        for place, name in enumerate(names):
            x = 400 + (place - len(names) / 2) * (width + 30) + 15
            parts.append(f'<rect x="{x:g}" y="{y}" width="{width}" height="{height}" rx="8"/>')
            parts.append(f'<text x="{x + width / 2:g}" y="{y + 24}">{name}</text>')
        if line:
            parts.append(f'<path d="M400 {y - 4} V{y - gap + 10}" marker-end="url(#tip)"/>')
            parts.append(f'<text class="said" x="410" y="{y - gap / 2 + 4:g}">imports</text>')
    bottom = top + len(ROOMS) * (height + gap) - gap + top
    style = (
        "rect{fill:#e8eaf6;stroke:#3949ab}text{font:15px sans-serif;text-anchor:middle;fill:#111}"
        "text.said{font-size:11px;text-anchor:start;fill:#555}path{stroke:#3949ab;fill:none}"
    )
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 {bottom}" role="img">\n<title>The rooms</title>\n'
        f'<style>{style}</style>\n<rect width="800" height="{bottom}" style="fill:#fff;stroke:none"/>\n'
        '<defs><marker id="tip" orient="auto" markerWidth="8" markerHeight="8" refX="6" refY="4">'
        '<path d="M0 0 L8 4 L0 8 z" style="fill:#3949ab"/></marker></defs>\n' + "\n".join(parts) + "\n</svg>\n"
    )
    picture("rooms.svg", drawing.encode(), "The twelve rooms; arrows point to what is imported")


def rules() -> None:
    """Print the rules that drop an answer, each with the sentence that its docstring opens with."""
    print("\n| rule | reason to drop an answer |\n|---|---|")
    for rule in filters.RULES:
        print(f"| `{rule.__name__}` | {escaped((rule.__doc__ or '').partition(chr(10) * 2)[0])} |")
    print(f"| `{filters.DEMONSTRATION_COPY}` | It is a copy of a demonstration. |")
    print(f"| `{filters.DUPLICATE}` | It is a copy of a text that was kept. |")


def refinements() -> None:
    """Print the refinements, each as it is written, with the sentence that its docstring opens with."""
    print("\n| refinement | what it does |\n|---|---|")
    for one in REFINEMENTS.values():
        print(f"| `{'` or `'.join(one.usages)}` | {escaped(one.summary)} |")


COSTS = ROOT / "suites/costs.csv"  # of tests/support/measure_costs.py, which takes minutes; a test makes a part again
SMALL_MODELS = {  # at each provider's own server
    "gpt-6-luna": "https://api.openai.com/v1",
    "claude-haiku-5-5": "https://api.anthropic.com/v1",
    "gemini-3.5-flash-lite": "https://generativelanguage.googleapis.com/v1beta/openai",
}


def costs() -> None:
    """Print what one draw of the ten tasks takes by each small model, in answers, tokens and US dollars."""
    with COSTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    prices = json.loads(PRICES.read_text(encoding="utf-8"))
    of_both = " | ".join(f"{name}, both" for name in ("answers", "prompt tokens", "completion tokens"))
    head = f"| model | per label | {of_both} | zero_shot, usd | few_shot, usd | price |"
    lines = [head, "|---|---|---|---|---|---|---|---|"]
    for model, server in SMALL_MODELS.items():
        price = Generator(name=model, base_url=server).price_by()
        read = prices["read"].get(model) or prices["servers"][urlsplit(server).hostname]
        for per_label in dict.fromkeys(row["per_label"] for row in rows):
            mine = [row for row in rows if row["per_label"] == per_label]
            usd = [
                sum(
                    price.of(int(r["prompt_tokens"]), int(r["completion_tokens"]))
                    for r in mine
                    if r["method"] == method
                )
                for method in ("zero_shot", "few_shot")
            ]
            total = [
                f"{sum(int(row[name]) for row in mine):,}" for name in ("answers", "prompt_tokens", "completion_tokens")
            ]
            cells = [
                model,
                f"{int(per_label):,}",
                *total,
                *(f"{one:.2f}" for one in usd),
                f"[{read['date']}]({read['source']})",
            ]
            lines.append(f"| {' | '.join(cells)} |")
    print("\n" + "\n".join(lines))


def rates_of_rules() -> None:
    """Print what `synthworth rules` found of real texts and of the recorded ones, which needs the real texts."""
    rows = list(csv.DictReader((ROOT / "suites/rules.csv").read_text(encoding="utf-8").splitlines()))
    shown = [name for name in rows[0] if name != "table"]
    print_rows([{name: row[name] for name in shown} for row in rows])
    print("\nPrinted by `synthworth rules --data DIR --generation-seed 0,1,2 --format csv`, DIR with the real texts.")


def ranking_error() -> None:
    """Print how well distances rank written sets of known Macro-F1, as the command does beside a ranking."""
    from synthworth.core import render
    from synthworth.leaderboard.scoring.ranking_error import measured_error

    print("\n" + render([measured_error()], "github"))


def fixtures() -> None:
    """Print the fixtures of the plugin, each with the sentence that its docstring opens with."""
    import synthworth.plugin

    tree = ast.parse(Path(str(synthworth.plugin.__file__)).read_text(encoding="utf-8"))
    print("\n| fixture | meaning |\n|---|---|")
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(mark) for mark in node.decorator_list):
            print(f"| `{node.name}` | {escaped((ast.get_docstring(node) or '').partition(chr(10) * 2)[0])} |")


def report(command: str) -> None:
    """Print what a command prints as a block of text, lines folded at the width of a page, and the command below it."""
    lines: list[str] = []
    for line in output(command).splitlines():
        is_sentence = "   " not in line and set(line) - {"-", " "}  # a row of a table has gaps, or is a rule
        lines += textwrap.wrap(line, 118) if is_sentence and line else [line]
    print("\n```text\n" + "\n".join(lines) + f"\n```\n\nPrinted by `synthworth {command}`.")
