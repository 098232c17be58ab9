"""Rules that decide which answers of a generator become texts of a training set, each named for its reason.

Rules look at form, never at topic: no word by itself drops a text (a filter for "sorry" would take every
apology out of an SMS task). What is dropped is counted by rule and label, and shown.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from itertools import pairwise

from synthworth.core import REJECTED, WITHHELD, Completion, Task, is_unspaced, word_count
from synthworth.core.words import words
from synthworth.generation.markup import without_markup
from synthworth.generation.phrases import preambles, refusals, tells_of_the_task, thinks_aloud
from synthworth.generation.sentences import whole_sentences
from synthworth.measures import RUN, SAME, Originals, shares_run

ECHOED_WORDS = 7
LOOP_WORDS, LOOP_TIMES, LOOP_SHARE = 4, 3, 0.2
LOOP_CHARACTERS = 12  # of a run in place of 4 words, in a script without spaces
_MARKS = "\"“”„'`*_«»「」『』"  # that chat models wrap a text in
# What stands in brackets in texts of people: notes of editors, sounds and gestures of transcripts, words put in.
_IN_BRACKETS = re.compile(
    r"sic|[a-z]|emphasis (mine|added)|citation needed|(un)?edited|edit|update[ds]?|deleted|removed|redacted|censored"
    r"|inaudible|unintelligible|crosstalk|(long )?pauses?|silence|beat|music( playing)?|noise|offscreen|voice[ -]?over"
    r"|((softly|loudly|nervous|more|audience|everyone|both|he|she|they) )?"
    r"(laugh|chuckl|giggl|applau|clap|cheer|sigh|cr(y|ies)|sob|cough|whisper|shout|scream|gasp|groan|yawn|shrug|wink|nod"
    r"|smil|grin|clears|mumbl|sing|snor|hum|boo)[a-z]*( (softly|loudly|nervously|quietly|throat|again|out loud))?"
    r"|the|an?|his|her|their|its?|my|our|he|she|they|we|you|i|is|are|was|were|has|have|had|and|or|of|to|in|on|that|this",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class AnswerContext:
    """Conditions that a candidate text is judged under: the task, the prompt, and how the answer ended.

    `ending` is that of `Completion.ending`, `refusal` the server's own word for one. `open_thoughts`: the answer shows
    thoughts that its markup does not close.
    """

    task: Task
    prompt: str = ""
    ending: str = "complete"
    refusal: str = ""
    open_thoughts: bool = False


def candidate(completion: Completion, task: Task, prompt: str) -> tuple[str, AnswerContext]:
    """Return the text that an answer offers, and what it is judged under.

    The text is without markup and wrapping, and cut back to whole sentences if it hit the token limit or is longer than
    any real text; "" if it was cut off within its first sentence.
    """
    answer = without_markup(completion.text)
    text, most = clean(answer.text), task.words[1]
    cut_off = completion.ending == "cut_off"
    if cut_off or word_count(text) > most:
        text = whole_sentences(text, most, task.language) or ("" if cut_off else text)
    return text, AnswerContext(
        task=task,
        prompt=prompt,
        ending=completion.ending,
        refusal=completion.refusal,
        open_thoughts=answer.open_thoughts,
    )


def clean(text: str) -> str:
    """Return a text without the wrapping that chat models add: outer quotes or asterisks, and runs of white space.

    >>> clean('  "Fog closes the airport ."\\n')
    'Fog closes the airport .'
    """
    text = " ".join(text.split())
    inner = text.strip(_MARKS)
    opening, closed = text.removesuffix(text.lstrip(_MARKS)), text.endswith(tuple(_MARKS))
    if opening and closed and len(text) > 1 and not any(mark in inner for mark in set(opening)):
        text = inner.strip()
    return text


def rejected(text: str, context: AnswerContext) -> bool:
    """The server refuses the request itself, whenever it is sent."""
    return context.ending == REJECTED


def withheld(text: str, context: AnswerContext) -> bool:
    """The client kept the answer back, because it looks like a key or a password."""
    return context.ending == WITHHELD


def filtered(text: str, context: AnswerContext) -> bool:
    """The server filtered the answer."""
    return context.ending == "filtered"


def unfinished(text: str, context: AnswerContext) -> bool:
    """The answer ended with an error, or for a reason that nobody knows."""
    return context.ending == "unknown"


def thinking(text: str, context: AnswerContext) -> bool:
    """The answer shows the thoughts of a reasoning generator, and no markup says where they end."""
    return context.open_thoughts or thinks_aloud(text)


def truncated(text: str, context: AnswerContext) -> bool:
    """The answer runs on, and has no whole sentence that is short enough to stand for it."""
    return context.ending == "cut_off" and not text


def empty(text: str, context: AnswerContext) -> bool:
    """Nothing but white space or punctuation."""
    return not words(text) and not context.refusal


def refusal(text: str, context: AnswerContext) -> bool:
    """The generator declines: the server says so, or the answer has one of the fixed openings of a refusal."""
    return bool(context.refusal) or any(pattern.match(text) for pattern in refusals(context.task.language))


def preamble(text: str, context: AnswerContext) -> bool:
    """The answer announces a text ("Sure! Here is a tweet:") or heads it ("Headline:")."""
    return any(pattern.match(text) for pattern in preambles(context.task.language))


def echo(text: str, context: AnswerContext) -> bool:
    """The answer repeats the prompt: 7 words in a row of it."""
    return bool(context.prompt) and shares_run(text, [context.prompt], ECHOED_WORDS)


def placeholder(text: str, context: AnswerContext) -> bool:
    """The answer leaves a gap to fill in, as in "Dear [Your Name]".

    No gap: a mask in capitals, as in [NAME]; what an editor or a transcript puts in brackets, as in [sic] and [laughs];
    a link, as in [this](address).
    """
    pieces = text.split("]")
    return any(_is_gap(piece.partition("[")[2], after) for piece, after in pairwise(pieces))


def _is_gap(inside: str, after: str) -> bool:
    inside = inside.strip()
    written = any(character.isalpha() and not character.isupper() for character in inside)
    return written and not after.startswith("(") and not _IN_BRACKETS.fullmatch(inside)


def length(text: str, context: AnswerContext) -> bool:
    """Fewer or more words than the task's real texts have."""
    fewest, most = context.task.words
    return not fewest <= word_count(text) <= most


def loop(text: str, context: AnswerContext) -> bool:
    """The text runs in a circle: runs of 4 words that stand in it three times make up a fifth of it or more.

    Real film reviews repeat a title three times, which is a small part of them. Emoji are no words here, and a laugh is
    one character, however long: people repeat both.
    """
    found = [word for word in words(text) if word[0].isalnum()]
    run = LOOP_WORDS
    if is_unspaced(found):
        run = LOOP_CHARACTERS
        found = [word for word, before in zip(found, ["", *found], strict=False) if word != before]
    places: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(found) - run + 1):
        same = places.setdefault(tuple(found[place : place + run]), [])
        if not same or place >= same[-1] + run:  # in "no no no no no" one run stands once, not twice
            same.append(place)
    looping = {
        place + step for same in places.values() if len(same) >= LOOP_TIMES for place in same for step in range(run)
    }
    return len(looping) >= LOOP_SHARE * max(1, len(found))


def about_the_task(text: str, context: AnswerContext) -> bool:
    """The text tells of its writer, of itself or of its length ("The writer is sincere."); English phrases alone."""
    return tells_of_the_task(text)


Rule = Callable[[str, AnswerContext], bool]
REPORTED: tuple[Rule, ...] = (loop, about_the_task)
"""Rules about how a text is written, which answers are held to, and ready-made texts are not: theirs are reported."""
RULES: tuple[Rule, ...] = (
    rejected,
    withheld,
    filtered,
    unfinished,
    thinking,
    truncated,
    empty,
    refusal,
    preamble,
    echo,
    placeholder,
    length,
    *REPORTED,
)
READY_MADE: tuple[Rule, ...] = tuple(rule for rule in RULES if rule not in REPORTED)
"""Rules for texts that come ready-made, from a file or a function: what their maker left in is part of their worth."""
DEMONSTRATION_COPY, DUPLICATE = "demonstration_copy", "duplicate"


class Filter:
    """Judges one label's candidates in order: the rules, then copies of demonstrations, then duplicates.

    `rules` are all of `RULES` for a generator's answers; texts of a file are held to fewer.
    """

    def __init__(
        self,
        demonstrations: Collection[str] = (),
        *,
        rules: Collection[Rule] = RULES,
    ) -> None:
        self._rules = rules
        self._demonstrations = Originals(demonstrations, shown=True)
        self._seen: set[tuple[str, ...]] = set()

    def reason(self, text: str, context: AnswerContext) -> str:
        """Return the name of the first rule that drops a text; "" if it is kept, and counts as seen."""
        for rule in self._rules:
            if rule(text, context):
                return rule.__name__
        if self._demonstrations.copies([text], rules=(SAME, RUN)):
            return DEMONSTRATION_COPY
        key = tuple(words(text))
        if key in self._seen:
            return DUPLICATE
        self._seen.add(key)
        return ""
