"""A generator asked, in a person's place, for the more objective of two tasks: each pair in both orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

from synthworth.core import Request, Task
from synthworth.generation import Completes, short_hash
from synthworth.subjectivity.comparisons import OBJECTIVE, Comparison, answer_of, question, stand_in_name

NAME, RECORDING = "compare", "objective"  # of the recording, in the place of a task and a method
MOST_TOKENS = 64


@dataclass(frozen=True, kw_only=True)
class Survey:
    """A generator's `comparisons`, and how far its answers depend on the order in which tasks are shown.

    Of `questions`, `unanswered` named neither task, and `first` named the one shown first. Of the `pairs` answered in
    both orders, `consistent` got the same answer twice; a generator that sees nothing but the order has 0.
    """

    comparisons: tuple[Comparison, ...]
    questions: int
    unanswered: int
    first: int
    pairs: int
    consistent: int


def ask(tasks: Sequence[Task], generator: str, client: Completes, *, most_tokens: int = MOST_TOKENS) -> Survey:
    """Ask about every pair of tasks in both orders, at temperature 0; the annotator is `stand_in_name(generator)`.

    `most_tokens` bounds an answer with a reasoning model's thoughts. Raises ValueError if there are fewer than two
    tasks.
    """
    if len(tasks) < 2:
        raise ValueError(f"{len(tasks)} task; give at least 2 to compare")
    questions = list(permutations(sorted(tasks, key=lambda task: task.name), 2))
    answers = client.complete([_request(first, second, most_tokens) for first, second in questions])
    winners = {
        (first.name, second.name): answer_of(answer.text, first, second)
        for (first, second), answer in zip(questions, answers, strict=True)
    }
    both = [(pair, pair[::-1]) for pair in winners if pair < pair[::-1] and winners[pair] and winners[pair[::-1]]]
    return Survey(
        comparisons=tuple(
            Comparison(winner, second if winner == first else first, stand_in_name(generator))
            for (first, second), winner in winners.items()
            if winner
        ),
        questions=len(questions),
        unanswered=sum(winner is None for winner in winners.values()),
        first=sum(winner == pair[0] for pair, winner in winners.items()),
        pairs=len(both),
        consistent=sum(winners[one] == winners[other] for one, other in both),
    )


def _request(first: Task, second: Task, most_tokens: int) -> Request:
    text = question(first, second)
    return Request(
        messages=({"role": "user", "content": text},),
        parameters={"temperature": 0, "max_tokens": most_tokens},
        sample=0,
        label=f"{first.name}/{second.name}",
        parts={"definition": short_hash(OBJECTIVE), "question": short_hash(text)},
    )
