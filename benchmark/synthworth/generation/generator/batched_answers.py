"""The answers of a batch: recorded, learnt from, and paid for as those of single requests are."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from synthworth.generation.generator.answer_store import AnswerStore, Question
from synthworth.generation.generator.limits import BATCH_SHARE, Spending
from synthworth.generation.generator.lines import Line
from synthworth.generation.generator.negotiation import Negotiation
from synthworth.generation.generator.transport import Reply
from synthworth.generation.thoughts import Room, decoded, tokens_in


@dataclass(frozen=True)
class BatchedAnswers:
    """A recording that takes the answers of a batch, and the forms of the questions in it."""

    answers: AnswerStore
    negotiation: Negotiation
    room: Room
    spending: Spending
    line: Line
    say: Callable[[str], None]

    def form_of(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the body in the form that the server takes."""
        return self.room.given(self.negotiation.adapted(body))

    def keeps(self, question: Question, form: Mapping[str, Any], reply: Reply) -> bool:
        """Record the reply to a question if it is an answer, and return True; learn from it if it is none."""
        body, request = question
        room = self.room.tokens if self.form_of(body) == dict(form) else 0
        if not reply.answered:
            if reply.status and (lesson := self.negotiation.learn(form, reply.text)):
                self.say(lesson)
            return False
        self.spending.spend(*tokens_in(reply.text), share=BATCH_SHARE)
        how = {"omitted": self.negotiation.omits(body), "room": room, "grows": self.room.grows}
        kept = self.answers.take(body, request, reply.text, server=self.line.transport.address.recorded, **how)
        if lesson := self.room.learn(decoded(reply.text), room):
            self.say(lesson)
        return kept

    def rejects(self, question: Question, quote: str) -> None:
        """Record that the server refuses a question for good."""
        body, request = question
        self.answers.reject(body, request, attempt=0, omitted=self.negotiation.omits(body))
