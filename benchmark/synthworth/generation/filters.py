"""Which answers of a generator become texts of a training set: one named rule for each reason to drop one.

Rules look at form, never at topic: no word by itself drops a text (a filter for "sorry" would take every
apology out of an SMS task). What is dropped is counted by rule and label, and shown.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from synthworth.core.task import Task
from synthworth.core.words import word_count, words
from synthworth.measures.copies import RUN, SAME, Originals, shares_run

ECHOED_WORDS = 7

_MARKS = "\"“”'`*_"  # that chat models wrap a text in
_REFUSAL = re.compile(
    r"^((i['’]?m )?sorry,? (but )?)?"
    r"(as (an ai|a chatbot|a language model)\b|i['’]?m (just |only )?an ai\b"
    r"|i (cannot|can['’]t|am unable to|am not able to) "
    r"(assist with|fulfil|comply|help (you )?with|"
    r"(provide|create|generate|write) (a|an|any|this|that|such|content)\b))",
    re.IGNORECASE,
)
_PREAMBLE = re.compile(
    r"^((sure|certainly|of course|okay|absolutely)\b[^\n]{0,20}\b(here['’]s|here (is|are))\b"
    r"|here(['’]s| is| are)\b[^\n]{0,120}:"
    r"|((a|the|one|news) )?(title|headline|text|answer|tweet|review|sentence|comment|message|label|item)\s*:)",
    re.IGNORECASE,
)
# Recordings come from strangers too: no expression here takes more than a few passes over a text, whatever it holds.
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]++[\"”’')\]]*(?=\s|$)")
# Single letters are initials, as in J. Smith and U.S.; texts of some tasks are lower-case, where "no." ends a sentence.
_ABBREVIATION = re.compile(
    r"(?<![\w'’])([A-Za-z]|No|(?i:mr|mrs|ms|dr|st|inc|corp|co|ltd|jr|sr|gen|gov|sen|rep|vs))\.[\"”’')\]]*$"
)
_THINKING = re.compile(r"\s*<think>|.*</think>", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a candidate text is judged against: the task, the prompt that was sent, the finish reason, the whole answer.

    `answer` is what came before it was cut back to whole sentences; "" stands for the candidate itself.
    """

    task: Task
    prompt: str
    finish_reason: str
    answer: str = ""


def clean(text: str) -> str:
    """The text without the wrapping that chat models add: outer quotes or asterisks, and runs of white space.

    >>> clean('  "Fog closes the airport ."\\n')
    'Fog closes the airport .'
    """
    text = " ".join(text.split())
    inner = text.strip(_MARKS)
    opening, closed = text.removesuffix(text.lstrip(_MARKS)), text.endswith(tuple(_MARKS))
    if opening and closed and len(text) > 1 and not any(mark in inner for mark in set(opening)):
        text = inner.strip()
    return text


def whole_sentences(text: str, most: int) -> str:
    """The longest beginning of the text that ends with a sentence and has at most `most` words, "" where none has.

    For an answer that runs on: it hit the token limit, or is longer than any real text. An abbreviation ends a
    sentence only where it ends the text.

    >>> whole_sentences("A dull film. The actors try. Mr. Hill nods off, but", 9)
    'A dull film. The actors try.'
    """
    found = ""
    for match in _SENTENCE_END.finditer(text):
        beginning = text[: match.end()]
        if word_count(beginning) > most:
            break
        if beginning == text or not _ABBREVIATION.search(beginning):
            found = beginning
    return found


def thinking(text: str, asked: Asked) -> bool:
    """The answer shows the thoughts of a reasoning generator: it opens with `<think>`, or holds their end."""
    return bool(_THINKING.match(asked.answer or text))


def empty(text: str, asked: Asked) -> bool:
    """Nothing but white space or punctuation."""
    return not words(text)


def refusal(text: str, asked: Asked) -> bool:
    """The generator declines, in one of the fixed openings of a refusal, or the server filtered the answer."""
    return asked.finish_reason == "content_filter" or bool(_REFUSAL.match(text))


def truncated(text: str, asked: Asked) -> bool:
    """The answer runs on, and has no whole sentence that is short enough to stand for it."""
    return asked.finish_reason == "length" and not text


def preamble(text: str, asked: Asked) -> bool:
    """The answer announces a text ("Sure! Here is a tweet:") or heads it ("Headline:")."""
    return bool(_PREAMBLE.match(text))


def echo(text: str, asked: Asked) -> bool:
    """The answer repeats the prompt: 7 words in a row of it."""
    return shares_run(text, [asked.prompt], ECHOED_WORDS)


def placeholder(text: str, asked: Asked) -> bool:
    """The answer leaves a gap to fill in, as in "Dear [Your Name]"; a mask in capitals, as in [NAME], is none."""
    return any(re.search("[a-z]", piece.partition("[")[2]) for piece in text.split("]")[:-1])


def length(text: str, asked: Asked) -> bool:
    """Fewer or more words than the task's real texts have."""
    fewest, most = asked.task.words
    return not fewest <= word_count(text) <= most


RULES: tuple[Callable[[str, Asked], bool], ...] = (
    thinking,
    truncated,
    empty,
    refusal,
    preamble,
    echo,
    placeholder,
    length,
)
DEMONSTRATION_COPY, DUPLICATE = "demonstration_copy", "duplicate"


class Filter:
    """Judges one label's candidates in order: the rules, then copies of demonstrations, then duplicates."""

    def __init__(self, task: Task, demonstrations: Collection[str] = ()) -> None:
        self._task = task
        self._demonstrations = Originals(demonstrations, shown=True)
        self._seen: set[tuple[str, ...]] = set()

    def reason(self, text: str, asked: Asked) -> str:
        """The name of the first rule that drops `text`, or "" where it is kept (and counts as seen)."""
        for rule in RULES:
            if rule(text, asked):
                return rule.__name__
        if self._demonstrations.copies([text], rules=(SAME, RUN)):
            return DEMONSTRATION_COPY
        key = tuple(words(text))
        if key in self._seen:
            return DUPLICATE
        self._seen.add(key)
        return ""
