"""Methods that say more about each text than its label and length: a topic, a writer, attributes, words to avoid."""

import random
from collections import Counter
from collections.abc import Mapping, Sequence

from synthworth.core import Example, Request, Task
from synthworth.core.words import words
from synthworth.generation import prompts
from synthworth.generation.collect import Draw, Generated, Generates, Sources, collect
from synthworth.generation.methods.listing import ask_list, untied

TOPICS = "List 20 different topics that such texts are about."
PERSONAS = "List 20 different people who write such texts: age, work, place or mood, in a few words each."
DIMENSIONS = (
    "List 6 ways in which such texts differ from each other, such as their subject, their tone or their setting."
)
VALUES = "Such texts differ in this: {dimension}. List 10 different kinds of it."
MOST_DIMENSIONS, MOST_VALUES = 5, 10
EVERY = 10
TABOO = 8  # words
LETTERS = 5  # of a word that says something: shorter ones are mostly articles, pronouns and the like
REPEATED = 2  # texts that a word stands in before it is forbidden


def topics(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for a list of topics once, and then for texts about one of them each: every label gets the same topics.

    Topics that a label had for itself would be learnt in its place. Raises ValueError if the generator lists none.
    """
    return _about(task, sources, per_label, seed, ("topics", TOPICS, "It is about: {}."))


def personas(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for a list of people once, and then for texts as one of them would write each: every label gets the same.

    Raises ValueError if the generator lists none.
    """
    return _about(task, sources, per_label, seed, ("personas", PERSONAS, "Its writer: {}."))


def attributes(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask for dimensions and their values once, and then for texts with one value of each, drawn anew (AttrPrompt).

    Yu et al. 2023 (arXiv 2306.15895). The generator proposes at most 5 dimensions and 10 values of each; a value that
    it ties to one label is left out. Raises ValueError if it proposes none.
    """
    dimensions = ask_list(task, sources, DIMENSIONS, method="attributes", seed=seed)[:MOST_DIMENSIONS]
    values = {
        dimension: untied(
            task,
            sources,
            ask_list(task, sources, VALUES.format(dimension=dimension), method="attributes", seed=seed)[:MOST_VALUES],
        )
        for dimension in dimensions
    }

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "attributes", label, sample)
        chosen = "; ".join(f"{dimension}: {draw.random.choice(values[dimension])}" for dimension in dimensions)
        return draw.request(prompts.zero_shot(task, label, draw.words, more=f"{chosen}."))

    return collect(task, sources, per_label, ask)


def taboo(task: Task, sources: Sources, per_label: int, seed: int) -> Generated:
    """Ask as `zero_shot` does, and forbid the words that stand in most of the label's earlier texts.

    The incentive of Cegin et al. 2024 (arXiv 2401.06643) with the best lexical diversity. Words of fewer than 5 letters
    and those of the label's description are not forbidden.
    """

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, "taboo", label, sample)
        forbidden = _forbidden([example.text for example in kept], spared=words(task.labels[label]))
        more = f"Do not use these words: {', '.join(forbidden)}." if forbidden else ""
        return draw.request(prompts.zero_shot(task, label, draw.words, more=more))

    return collect(task, sources, per_label, ask, at_once=EVERY)


CONDITIONED: Mapping[str, Generates] = {
    "topics": topics,
    "personas": personas,
    "attributes": attributes,
    "taboo": taboo,
}


def _about(task: Task, sources: Sources, per_label: int, seed: int, what: tuple[str, str, str]) -> Generated:
    method, question, sentence = what
    listed = list(ask_list(task, sources, question, method=method, seed=seed))
    random.Random(f"{seed}/{task.name}/{method}").shuffle(listed)

    def ask(label: str, sample: int, kept: Sequence[Example]) -> Request:
        draw = Draw(seed, task, method, label, sample)
        more = sentence.format(listed[sample % len(listed)])
        return draw.request(prompts.zero_shot(task, label, draw.words, more=more))

    return collect(task, sources, per_label, ask)


def _forbidden(texts: Sequence[str], spared: Sequence[str]) -> list[str]:
    """Return the words that stand in most of the texts, the most frequent first, equals by alphabet."""
    counts = Counter(word for text in texts for word in set(words(text)) if len(word) >= LETTERS)
    often = [word for word, count in counts.items() if count >= REPEATED and word not in spared]
    return sorted(often, key=lambda word: (-counts[word], word))[:TABOO]
