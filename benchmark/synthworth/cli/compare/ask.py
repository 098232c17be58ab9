"""`compare ask`: a generator's answers in place of a person's, from its recording or asked for now."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthworth.cli import Commands, add_folder_of_suites

if TYPE_CHECKING:
    from synthworth.generation.generator import Question
    from synthworth.generation.recording import Recording
    from synthworth.subjectivity import Survey

MODES = ("none", "missing")


def add(commands: Commands) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "ask",
        epilog="Example: synthworth compare ask --generator qwen3-8b@http://127.0.0.1:8000/v1 --record missing",
        help="ask a generator, as a stand-in for people: every pair both ways round",
    )
    parser.add_argument(
        "--generator",
        default="smollm2-135m",
        help="NAME[@BASE_URL] of an OpenAI-compatible server, key in OPENAI_API_KEY. Default: the embedded one",
    )
    add_folder_of_suites(parser)
    parser.add_argument("--record", default="none", help="answers: none or missing. Default: none")
    parser.add_argument("--max-tokens", type=int, default=64, help="of an answer, thoughts included. Default: 64")
    parser.add_argument("--out", type=Path, default=None, help="CSV file of the comparisons. Default: not written")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> None:
    """Print how the generator answered, and write its comparisons."""
    from synthworth.core import atomic, cassettes_beside, check_can_write, unknown
    from synthworth.generation.generator import Client, find_generator
    from synthworth.generation.recording import Recording, path_of
    from synthworth.pipeline import connected, suites_in
    from synthworth.subjectivity import NAME, RECORDING, ask, stand_in_name, to_csv

    if arguments.record not in MODES:
        raise ValueError(unknown("--record", arguments.record, MODES, "values"))
    if arguments.max_tokens < 1:
        raise ValueError(f"--max-tokens is {arguments.max_tokens}; give a whole number, 1 or more")
    if arguments.out:
        check_can_write(arguments.out)
    generator = find_generator(arguments.generator)
    suites = suites_in([arguments.suites])
    folder = cassettes_beside(suites[0].path.resolve().parent)
    recording = Recording(
        path_of(folder, generator.name, NAME, RECORDING), arguments.record, secrets=generator.line.secrets
    )

    def missing(absent: Sequence["Question"]) -> Exception:
        return ValueError(
            f"{len(absent):,} answers of {generator.name} are not recorded in {recording.path}; record them with: "
            f"synthworth compare ask --generator {generator.shown} --suites {arguments.suites} "
            "--record missing"
        )

    line = connected(generator, notice=lambda text: print(text, file=sys.stderr))
    with line as endpoint, _replayed_or_recorded(recording):
        client = Client(endpoint, recording, missing=missing)
        survey = ask([s.task for s in suites], generator.name, client, most_tokens=arguments.max_tokens)
    print(_summary(survey, stand_in_name(generator.name)))
    if arguments.out:
        if not survey.comparisons:
            raise ValueError(f"{arguments.out} is not written: none of the answers names a task; raise --max-tokens")
        atomic.replace(arguments.out, to_csv(survey.comparisons))
        print(f"Rank the tasks by them with: synthworth compare rank {arguments.out}")


@contextlib.contextmanager
def _replayed_or_recorded(recording: "Recording") -> Iterator[None]:
    """Block the network if nothing is to be recorded; keep the answers that came, whatever happens."""
    from synthworth.core import blocked

    try:
        with blocked() if recording.mode == "none" else contextlib.nullcontext():
            yield
    finally:
        recording.save()


def _summary(survey: "Survey", annotator: str) -> str:
    answered = survey.questions - survey.unanswered
    return (
        f"{annotator}, a stand-in and not a person: {answered} of {survey.questions} answers name a task, "
        f"{survey.first} of them the one shown first.\n"
        f"Of {survey.pairs} pairs answered both ways round, {survey.consistent} got the same answer twice; "
        "who sees only the order gets 0."
    )
