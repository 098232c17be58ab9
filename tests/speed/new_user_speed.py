"""What a new user types, from an empty folder, and how long each command takes, with its processor time in brackets.

    python tests/speed/new_user_speed.py                    # all trials: about half an hour on two cores
    python tests/speed/new_user_speed.py tickets rare       # these alone
    python tests/speed/new_user_speed.py tickets --output   # what the commands print, too
    python tests/speed/new_user_speed.py tickets --keep /tmp/tried
    python tests/speed/new_user_speed.py --stand-in         # with a server that answers at once and writes nonsense

Each trial writes a file of texts from templates, with a fixed seed, and then runs its commands in that folder with an
empty cache. The texts are no data set, and scores on them mean nothing: this is about time and about what there is to
read.
"""

import argparse
import contextlib
import csv
import itertools
import os
import platform
import random
import re
import resource
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from servers import serving

RECORD = "--synth-data my-data --synth-per-label 20 --synth-record missing"
Rows = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Trial:
    """A file that a user comes with, and what is typed, in this order."""

    what: str
    rows: Callable[[random.Random], Rows]
    commands: tuple[str, ...]


def drawn(chance: random.Random, count: int, *slots: Sequence[str]) -> list[str]:
    """Draw that many different sentences with one phrase of each slot."""
    return [" ".join(parts) for parts in chance.sample(list(itertools.product(*slots)), count)]


WHEN = (
    "Since this morning",
    "After the last update",
    "For three days now",
    "As of yesterday evening",
    "Once again",
    "Since the storm",
    "After I moved",
    "Every night this week",
    "On two devices",
    "Without any warning",
)
PLEASE = (
    "Please look into it.",
    "What can I do?",
    "I have already restarted it.",
    "Can somebody call me back?",
    "This is urgent for me.",
    "Your chat could not help.",
)
TICKETS = {
    "billing": (
        "my invoice shows the router twice",
        "the direct debit was taken on the wrong day",
        "I am charged for a package I cancelled",
        "the refund you promised has not arrived",
        "the amount on my bill is higher than agreed",
        "a late fee appears although I paid in time",
    ),
    "fault": (
        "the connection drops every few minutes",
        "the router shows a red light",
        "there is no dial tone on the landline",
        "the television picture freezes",
        "pages load so slowly that work is impossible",
        "the wireless network cannot be found",
    ),
    "contract": (
        "I want to move my contract to a new address",
        "I would like to end my contract next month",
        "I need the terms of my contract in writing",
        "I want to change to the smaller plan",
        "my partner should take over the contract",
        "I ask how long my contract still runs",
    ),
    "delivery": (
        "the parcel with the new router is lost",
        "the technician did not come at the agreed time",
        "the courier left my modem at the wrong house",
        "the replacement phone arrived broken",
        "the tracking number you sent does not exist",
        "the installation date was moved without asking me",
    ),
}


def tickets(chance: random.Random, each: int = 100) -> Rows:
    """400 tickets of a help desk under four labels."""
    for label, problems in TICKETS.items():
        for text in drawn(chance, each, WHEN, problems, ("-", "and", "so"), PLEASE):
            yield text, label


def rare(chance: random.Random) -> Rows:
    """1,000 messages, 5 % of them threats to leave."""
    leaving = (
        "I will go to another provider if this is not solved",
        "this is my last month with you",
        "your competitor offers more for less and I am going there",
        "send me the form to end everything",
    )
    for text in drawn(chance, 50, WHEN, leaving, ("-", "and", "so"), PLEASE):
        yield text, "leaving"
    staying = [problem for problems in TICKETS.values() for problem in problems]
    for text in drawn(chance, 950, WHEN, staying, ("-", "and", "so"), PLEASE):
        yield text, "staying"


def german(chance: random.Random) -> Rows:
    """300 short reviews of household goods, in German."""
    things = (
        "Der Wasserkocher",
        "Die Kaffeemühle",
        "Das Bügeleisen",
        "Der Staubsauger",
        "Die Schreibtischlampe",
        "Der Toaster",
        "Das Radio",
        "Die Waage",
    )
    since = ("läuft seit drei Wochen", "kam pünktlich an", "steht nun in meiner Küche", "war schnell ausgepackt")
    good = (
        "und macht genau das, was er soll.",
        "und ich würde ihn sofort wieder kaufen.",
        "und ist leise, hübsch und gut verarbeitet.",
        "und die ganze Familie ist begeistert.",
    )
    bad = (
        "aber nach zwei Tagen war er kaputt.",
        "aber er riecht stark nach Plastik.",
        "und geht morgen wieder zurück.",
        "aber für diesen Preis ist das eine Frechheit.",
    )
    mixed = (
        "und ist weder besonders gut noch schlecht.",
        "und tut seinen Dienst, mehr aber nicht.",
        "aber die Anleitung könnte besser sein.",
        "und für den Preis ist das in Ordnung.",
    )
    for label, endings in (("zufrieden", good), ("enttäuscht", bad), ("gemischt", mixed)):
        for text in drawn(chance, 100, things, since, endings):
            yield text, label


def intents(chance: random.Random) -> Rows:
    """3,080 requests to a bank under 77 intents: 7 things that are done with 11 objects."""
    does = {
        "open": ("open", "set up", "start"),
        "close": ("close", "get rid of", "shut down"),
        "lost": ("find", "replace, since I lost,", "report as stolen"),
        "limit": ("raise the limit of", "know the limit of", "spend more with"),
        "fee": ("understand the fee for", "avoid the charges for", "know what I pay for"),
        "delay": ("know why I still wait for", "speed up", "ask what holds up"),
        "change": ("change the name on", "update the address of", "correct a mistake in"),
    }
    objects = [
        "card",
        "account",
        "loan",
        "transfer",
        "top-up",
        "cheque",
        "mortgage",
        "deposit",
        "passcode",
        "statement",
        "currency-exchange",
    ]
    asks = ("How can I", "I would like to", "Please help me to", "Is there a way to", "Today I tried to")
    ends = ("in the app?", "from abroad.", "before the weekend.", "at a branch?", "without a phone.")
    for does_what, verbs in does.items():
        for thing in objects:
            for text in drawn(chance, 40, asks, verbs, (f"my {thing}", f"the {thing}", f"a second {thing}"), ends):
                yield text, f"{thing}_{does_what}"


def large(chance: random.Random) -> Rows:
    """100,000 tickets under four labels."""
    for number, (text, label) in enumerate(itertools.islice(_numbered(chance), 100_000)):
        yield f"{text} Ticket {number * 7919 % 1_000_003}.", label


def _numbered(chance: random.Random) -> Rows:
    while True:
        yield from tickets(chance, 400)


TRIALS = {
    "tickets": Trial(
        "400 support tickets, four labels",
        tickets,
        (
            "synthworth init tickets.csv",
            f"pytest -q test_tickets.py {RECORD}",
            "synthworth export --suites test_tickets.py --data my-data --per-label 20 --method few_shot --format csv "
            "--out written",
            "synthworth score written/few_shot/tickets.csv --test my-data/tickets/test.jsonl --real "
            "my-data/tickets/train.jsonl --html score.html",
        ),
    ),
    "rare": Trial(
        "1,000 messages, 5 % positives",
        rare,
        (
            "synthworth init rare.csv",
            f"pytest -q test_rare.py {RECORD} --synth-shares natural --synth-method real,few_shot,all+few_shot",
        ),
    ),
    "german": Trial(
        "300 German reviews, three labels",
        german,
        ("synthworth init german.csv", f"pytest -q test_german.py {RECORD}"),
    ),
    "intents": Trial(
        "3,080 requests, 77 intents",
        intents,
        (
            "synthworth init intents.csv",
            "pytest -q test_intents.py --synth-data my-data --synth-per-label 5 --synth-record missing",
        ),
    ),
    "large": Trial(
        "100,000 tickets, four labels",
        large,
        ("synthworth init large.csv", f"pytest -q test_large.py {RECORD}"),
    ),
}


def processor_s() -> float:
    """The processor time of all commands that have ended, and of what they started, in seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def tried(name: str, folder: Path, *, output: bool, generator: str) -> None:
    """Write the file of a trial, run its commands, and print each with its seconds."""
    trial = TRIALS[name]
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        written = csv.writer(file)
        written.writerow(("text", "label"))
        written.writerows(trial.rows(random.Random(14)))
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / ".cache")}
    print(f"\n{trial.what}", flush=True)
    for command in trial.commands:
        if generator and "--synth-record" in command:
            command += f" --synth-generator {generator}"
        elif generator and command.startswith("synthworth export"):
            command += f" --generator {generator.partition('@')[0]}"
        program, *arguments = shlex.split(command)
        begun, used = time.monotonic(), processor_s()
        done = subprocess.run(
            [sys.executable, "-m", program, *arguments],
            cwd=folder,
            env=environment,
            capture_output=not output,
            check=False,
        )
        failed = "" if done.returncode == 0 else f", exit code {done.returncode}"
        took = f"{time.monotonic() - begun:7.1f} s ({processor_s() - used:.1f} s){failed}"
        print(f"{took}  $ {command}", flush=True)


def nonsense(number: int, body: dict[str, Any]) -> str:
    """An answer of about the length that is asked for: words of the request, in another order."""
    asked = body["messages"][-1]["content"]
    chance, known = random.Random(f"{asked}/{body['seed']}"), re.findall(r"[\w-]+", asked)
    return " ".join([*chance.choices(known, k=6), *chance.choices(WHEN, k=2), f"and {chance.randrange(10**6)}."])


def main() -> None:
    """Run the trials that are named, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trials", nargs="*", metavar="TRIAL", help=f"{', '.join(TRIALS)}. Default: all")
    parser.add_argument("--output", action="store_true", help="print what the commands print")
    parser.add_argument("--stand-in", action="store_true", help="ask a server that answers at once with no sense")
    parser.add_argument("--keep", type=Path, help="a folder for what is written. Default: one that is deleted")
    chosen = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    if unknown := [name for name in chosen.trials if name not in TRIALS]:
        parser.error(f"no trial {unknown[0]}; trials: {', '.join(TRIALS)}")
    server = serving(nonsense) if chosen.stand_in else contextlib.nullcontext(("", None))
    with tempfile.TemporaryDirectory() as folder, server as (url, _):
        for name in chosen.trials or TRIALS:
            generator = f"stand-in@{url}" if url else ""
            tried(name, (chosen.keep or Path(folder)) / name, output=chosen.output, generator=generator)


if __name__ == "__main__":
    main()
