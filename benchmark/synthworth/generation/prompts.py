"""Messages of a request, built from a task's prompts."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from synthworth.core import Example, Message, Task, word_count
from synthworth.core.words import words as words_of
from synthworth.generation.markup import without_markup

ANSWER_ONLY = "You answer with the text only, and never talk about the task."
ONE_ONLY = "You label texts. You answer with the {} only."  # number, or letter
MOST_WORDS, MOST_CHARACTERS = 200, 1600  # of a text that is to be labelled: a small generator reads 2,048 tokens
CONTEXT, GENERATION, DIVERSITY, EARLIER = "context", "generation", "diversity", "earlier"
QUESTION = "question"
LINES_ONLY = "You answer with a list, one entry a line, a few words each, and nothing else."
YES_OR_NO = "You answer with yes or no only."
SHOW = "Show me a text as such authors write it."
REWRITE = "Rewrite this text: keep its style and its subject where you can, and make another text of it."
MISTAKEN = (
    "A reader took this text for something else. Write another that is just as easy to mistake, for the same reason, "
    "and about something else."
)
CONTINUE = "The list has examples of such texts: write entry {number}, without its number and unlike the others."
PARTS = {  # as a person calls them
    CONTEXT: "context prompt",
    GENERATION: "generation prompt",
    DIVERSITY: "diversity prompt",
    EARLIER: "earlier texts",
    QUESTION: "labelling prompt",
}
IMITATE = "You write in the style of your earlier answers, but you never modify or repeat any of them."


@dataclass(frozen=True, kw_only=True)
class Prompt:
    """The messages of one request, and what they are made of: a hash of each part, and of each text shown.

    When a recording has no answer to a request, the parts say which one of them changed.
    """

    messages: tuple[Message, ...]
    parts: Mapping[str, str]
    demonstrations: Mapping[str, str] = field(default_factory=dict)


def request(task: Task, label: str, words: int) -> str:
    """Return the generation prompt for one text of `label`, about `words` words long.

    >>> from synthworth.core.task import Task
    >>> sign = Task(name="sign", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 9),
    ...             context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...             diversity_prompt="Be different.", demonstrations={"pos": (), "neg": ()})
    >>> request(sign, "neg", 7)
    'Write a harsh review of 7 words.'
    """
    return task.generation_prompt.format(label=label, description=task.labels[label], words=words)


def zero_shot(task: Task, label: str, words: int, earlier: Sequence[str] = (), more: str = "") -> Prompt:
    """Build context and request; with `earlier` texts, these as turns and the diversity prompt before the request.

    `more` is a sentence at the end of the request.
    """
    context, ask = f"{task.context_prompt} {ANSWER_ONLY}", f"{request(task, label, words)} {more}".rstrip()
    messages, parts = [_system(context)], {CONTEXT: short_hash(context), GENERATION: short_hash(ask)}
    for text in earlier:
        messages += [_user(ask), _assistant(text)]
    if earlier:
        parts |= {DIVERSITY: short_hash(task.diversity_prompt), EARLIER: short_hash("\n".join(earlier))}
    messages.append(_user(f"{task.diversity_prompt} {ask}" if earlier else ask))
    return Prompt(messages=tuple(messages), parts=parts)


def few_shot(task: Task, label: str, words: int, demonstrations: Iterable[Example]) -> Prompt:
    """Build the context, each demonstration as the answer to its own request, then the request to imitate them.

    Turns, not one list: a small generator copies and comments a list. The last request alone describes the label, the
    earlier ones name it: three long requests that say the same dilute what they say, and labels are kept less often.
    """
    context, ask = f"{task.context_prompt} {ANSWER_ONLY} {IMITATE}", request(task, label, words)
    messages, shown = [_system(context)], {}
    for example in demonstrations:
        name, length = named(task, example.label), word_count(example.text)
        before = task.generation_prompt.format(label=example.label, description=name, words=length)
        messages += [_user(before), _assistant(example.text)]
        shown[example.id] = short_hash(example.text)
    messages.append(_user(ask))
    parts = {CONTEXT: short_hash(context), GENERATION: short_hash(ask)}
    return Prompt(messages=tuple(messages), parts=parts, demonstrations=shown)


def named(task: Task, label: str) -> str:
    """Return the name of a label in words, or its description if the name says nothing: a number, a letter or two.

    >>> from synthworth.core.task import Task
    >>> sign = Task(name="sign", labels={"not_kind": "a harsh review", "1": "a kind review"}, words=(5, 9))
    >>> named(sign, "not_kind"), named(sign, "1")
    ('not kind', 'a kind review')
    """
    name = " ".join(label.replace("_", " ").split())
    letters = [c for c in name if c.isalpha()]
    return name if len(letters) > 2 or not all(c.isascii() for c in letters) else task.labels[label]


def rewrite(task: Task, label: str, words: int, shown: Example) -> Prompt:
    """Build the context, a text as an earlier answer, and the request to make one of `label` of it.

    As an earlier answer, and not in the request: what the rewritten text keeps of it is no echo.
    """
    context = f"{task.context_prompt} {ANSWER_ONLY}"
    ask = f"{REWRITE} {request(task, label, words)}"
    messages = (_system(context), _user(SHOW), _assistant(shown.text), _user(ask))
    parts = {CONTEXT: short_hash(context), GENERATION: short_hash(ask)}
    return Prompt(messages=messages, parts=parts, demonstrations={shown.id: short_hash(shown.text)})


def extrapolation(task: Task, label: str, words: int, shown: Example) -> Prompt:
    """Build the context, a text of `label` as an earlier answer, and the request for another as easy to mistake.

    The text is one that a classifier gave another label. What it was taken for is not said: the answer is to have the
    label that the text has.
    """
    context = f"{task.context_prompt} {ANSWER_ONLY}"
    before, ask = request(task, label, word_count(shown.text)), f"{MISTAKEN} {request(task, label, words)}"
    messages = (_system(context), _user(before), _assistant(shown.text), _user(ask))
    parts = {CONTEXT: short_hash(context), GENERATION: short_hash(ask)}
    return Prompt(messages=messages, parts=parts, demonstrations={shown.id: short_hash(shown.text)})


def continuation(task: Task, label: str, words: int, demonstrations: Sequence[Example]) -> Prompt:
    """Build the context, and one request: a numbered list of texts of `label`, to continue by one entry."""
    context = f"{task.context_prompt} {ANSWER_ONLY}"
    listed = [f"{number}. {' '.join(example.text.split())}" for number, example in enumerate(demonstrations, 1)]
    ask = f"{request(task, label, words)} {CONTINUE.format(number=len(listed) + 1)}"
    messages = (_system(context), _user("\n".join([*listed, "", ask])))
    parts = {CONTEXT: short_hash(context), GENERATION: short_hash(ask)}
    return Prompt(messages=messages, parts=parts, demonstrations={e.id: short_hash(e.text) for e in demonstrations})


def listing(task: Task, question: str) -> Prompt:
    """Build the context, and a question that is answered by a list, one entry a line.

    Question and context never name a label, so that what is listed suits each of them.
    """
    context = f"{task.context_prompt} {LINES_ONLY}"
    parts = {CONTEXT: short_hash(context), QUESTION: short_hash(question)}
    return Prompt(messages=(_system(context), _user(question)), parts=parts)


def tied_to_a_label(task: Task, value: str) -> Prompt:
    """Build the question whether a value, of a topic or a style, can only be that of one label; a yes or a no."""
    described = "; or ".join(task.labels.values())
    question = (
        f"A text is one of these: {described}.\nIts author chose: {value}.\n"
        "Does that alone tell which of them the text is? Answer yes or no."
    )
    parts = {CONTEXT: short_hash(YES_OR_NO), QUESTION: short_hash(question)}
    return Prompt(messages=(_system(YES_OR_NO), _user(question)), parts=parts)


def label(task: Task, text: str) -> Prompt:
    """Build the question which label a text has: the beginning of the text, and the labels as a numbered list.

    A number is what even a small generator answers with: asked for a name, it writes a sentence, or the whole list.
    Where a label holds one of these numbers itself they are letters, so that an answer cannot be read in two ways.

    >>> from synthworth.core.task import Task
    >>> sign = Task(name="sign", labels={"pos": "a kind review", "neg": "a harsh review"}, words=(5, 9),
    ...             context_prompt="You review films.", generation_prompt="Write {description} of {words} words.",
    ...             diversity_prompt="Be different.", demonstrations={"pos": (), "neg": ()})
    >>> print(label(sign, "A film to see twice.").messages[-1]["content"])
    Text: A film to see twice.
    <BLANKLINE>
    Which of these is the text?
    1. pos: a kind review
    2. neg: a harsh review
    Answer with the number only.
    """
    marks = _marks(tuple(task.labels))
    kind = "number" if marks[0].isdecimal() else "letter"
    listed = [f"{mark}. {name}: {task.labels[name]}" for mark, name in zip(marks, task.labels, strict=True)]
    question = "\n".join(["Which of these is the text?", *listed, f"Answer with the {kind} only."])
    context = ONE_ONLY.format(kind)
    shown = " ".join(text.split()[:MOST_WORDS])[:MOST_CHARACTERS]
    return Prompt(
        messages=(_system(context), _user(f"Text: {shown}\n\n{question}")),
        parts={CONTEXT: short_hash(context), QUESTION: short_hash(question)},
    )


def named_label(answer: str, labels: Sequence[str]) -> str:
    """Return the label that an answer names, by its words or else by its number; "" if it names none, or several.

    Case and the signs between words do not matter, and of labels that begin alike, the longest counts. Where
    letters stand in place of numbers, only one that opens the answer counts: "a" is a word, too.

    >>> named_label("**Label:** non-irony.", ["irony", "non_irony"]), named_label("2", ["irony", "non_irony"])
    ('non_irony', 'non_irony')
    >>> named_label("Both.", ["irony", "non_irony"])
    ''
    """
    if answer in labels:
        return answer
    bare = without_markup(answer)
    said = [] if bare.open_thoughts else words_of(bare.text)
    by_name = _named(said, {label: words_of(label) for label in labels})
    marks = _marks(labels)
    opening = said if not marks or marks[0].isdecimal() else said[:1]
    named = by_name or _named(opening, {label: [mark.lower()] for mark, label in zip(marks, labels, strict=True)})
    return named.pop() if len(named) == 1 else ""


def _marks(labels: Sequence[str]) -> list[str]:
    """The marks of a list of labels: 1, 2, ...; or, if one of these stands in a label, A, B, ...; or else AA, BB, ...

    >>> _marks(["ham", "spam"]), _marks(["0", "1"]), _marks(["1", "b"])
    (['1', '2'], ['A', 'B'], ['AA', 'BB'])
    """
    in_labels = {word for label in labels for word in words_of(label)}
    places = range(len(labels))
    numbers, letters = [str(place + 1) for place in places], [_letters(place) for place in places]
    doubled = [2 * letter for letter in letters]
    return next((m for m in (numbers, letters) if in_labels.isdisjoint(mark.lower() for mark in m)), doubled)


def _letters(place: int) -> str:
    """The letters of a place from 0 on, as a spreadsheet names its columns: A to Z, then AA."""
    return (_letters(place // 26 - 1) if place >= 26 else "") + "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[place % 26]


def _named(said: Sequence[str], spelled: Mapping[str, Sequence[str]]) -> set[str]:
    """Return the labels whose words stand in a row in what was said; a word counts for one label, the longest."""
    longest_first = sorted((label for label in spelled if spelled[label]), key=lambda label: -len(spelled[label]))
    found: set[str] = set()
    place = 0
    while place < len(said):
        fits = (one for one in longest_first if list(said[place : place + len(spelled[one])]) == spelled[one])
        label = next(fits, "")
        found.add(label)
        place += len(spelled[label]) if label else 1
    return found - {""}


def short_hash(text: str, digits: int = 8) -> str:
    """Return the first hex digits of a sha256."""
    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def prompt_hash(messages: Sequence[Message]) -> str:
    """Return 12 hex digits of the sha256 of the messages: equal if every word that is sent is equal."""
    return short_hash(json.dumps([dict(m) for m in messages], ensure_ascii=False), 12)


def _system(text: str) -> Message:
    return {"role": "system", "content": text}


def _user(text: str) -> Message:
    return {"role": "user", "content": text}


def _assistant(text: str) -> Message:
    return {"role": "assistant", "content": text}
