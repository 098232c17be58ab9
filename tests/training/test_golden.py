"""Training gives the golden predictions and losses of its version, or the version must be raised.

After a change that is meant: raise `TRAINING_VERSION`, then write the golden file again by
`python tests/training/test_golden.py`, and measure the committed results anew.
"""

import dataclasses
import json
import sys
import tempfile
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "support"))  # when it is run by itself, to write the file

from encoders import LABELS, texts, tiny_bert, tiny_distilbert, tiny_roberta, tuned
from synthworth.core.task import Example
from synthworth.training.environment import TRAINING_VERSION, libraries
from synthworth.training.fit import train_and_predict
from synthworth.training.recipes import RECIPES

GOLDEN = Path(__file__).with_name("golden.json")
LOSS = 2e-3  # relative: sums of fp32 round otherwise on another processor
CHANGED = (
    "training gives other numbers than training version {} did. If that is not meant, a change has broken the "
    "training. If it is, raise TRAINING_VERSION in synthworth.training.environment, write the golden file again with "
    "`python tests/training/test_golden.py`, and measure the committed results anew. Libraries: golden {}, here {}"
)
TRAIN = (
    ("The kettle whistled while she buttered the toast.", "kitchen"),
    ("He chopped onions and wiped his eyes.", "kitchen"),
    ("A pan of soup simmered on the back burner.", "kitchen"),
    ("She kneaded the dough until it was smooth.", "kitchen"),
    ("Waves broke over the bow of the little boat.", "sea"),
    ("Gulls followed the trawler back to the harbour.", "sea"),
    ("The lighthouse blinked through the fog.", "sea"),
    ("He hauled the anchor up, hand over hand.", "sea"),
)
ASKED = (
    "The oven was still warm from the bread.",
    "A storm tore the sail from its mast.",
    "She stirred sugar into the sauce.",
    "The tide left shells along the beach.",
    "Pepper, salt, and a spoon of oil.",
    "The captain watched the compass.",
)


def of_words(recipe, per_label=8):
    """Trained on short texts, and asked about pairs of them, which may speak for two labels."""
    asked = [example.text for example in texts(20, seed=2)]
    pairs = [" ".join(pair) for pair in zip(asked, asked[25:], strict=False)]
    return train_and_predict(recipe, texts(per_label), pairs, LABELS, 3)


def of_sentences(recipe):
    train = [Example(id=str(number), text=text, label=label) for number, (text, label) in enumerate(TRAIN)]
    return train_and_predict(recipe, train, ASKED, ("kitchen", "sea"), 3)


def weighted(examples):
    """The same texts, every other of a label with twice the weight of the rest."""
    return [dataclasses.replace(example, weight=(0.5, 1.5)[number % 2]) for number, example in enumerate(examples)]


def of_weighted_words(recipe, per_label=8):
    asked = [example.text for example in texts(20, seed=2)]
    pairs = [" ".join(pair) for pair in zip(asked, asked[25:], strict=False)]
    return train_and_predict(recipe, weighted(texts(per_label)), pairs, LABELS, 3)


CASES = {
    "tfidf with weights": lambda folder: of_weighted_words(RECIPES["tfidf"]),
    "our pass with weights, as BERT": lambda folder: of_weighted_words(
        tuned(tiny_bert(folder / "bert"), precision="fp32", least_steps=24, batch=4), 20
    ),
    "majority": lambda folder: of_words(RECIPES["majority"]),
    "tfidf": lambda folder: of_words(RECIPES["tfidf"]),
    "nearest": lambda folder: of_sentences(RECIPES["nearest"]),
    "probe": lambda folder: of_sentences(RECIPES["probe"]),
    "minilm": lambda folder: of_sentences(
        dataclasses.replace(RECIPES["minilm"], precision="fp32", least_steps=8, batch=4)
    ),
    "our pass, as BERT": lambda folder: of_words(
        tuned(tiny_bert(folder / "bert"), precision="fp32", least_steps=24, batch=1), 20
    ),
    "our pass, as RoBERTa": lambda folder: of_words(
        tuned(tiny_roberta(folder / "roberta"), precision="fp32", least_steps=24)
    ),
    # Without dropout: the library draws its own by whatever the processor has for it.
    "the library's pass": lambda folder: of_words(
        tuned(tiny_distilbert(folder / "distilbert", dropout=0.0), precision="fp32", least_steps=24)
    ),
}


def test_the_golden_file_is_of_this_training_version():
    made = json.loads(GOLDEN.read_text())["training_version"]
    assert made == TRAINING_VERSION, (
        f"golden.json is of training version {made}, and the code of {TRAINING_VERSION}: write it again with "
        "`python tests/training/test_golden.py`"
    )


@pytest.mark.parametrize("case", CASES)
def test_training_gives_the_golden_numbers_or_has_a_new_version(tmp_path, case):
    golden = json.loads(GOLDEN.read_text())
    expected, found = golden["cases"][case], CASES[case](tmp_path)
    told = CHANGED.format(golden["training_version"], golden["libraries"], libraries())
    assert " ".join(found.labels) == expected["labels"], told
    assert found.steps == expected["steps"], told
    assert found.loss == (expected["loss"] and pytest.approx(expected["loss"], rel=LOSS)), told


def write():
    """Write the golden file by the code of now."""
    cases = {}
    for name, train in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            found = train(Path(folder))
        cases[name] = {"labels": " ".join(found.labels), "steps": found.steps, "loss": found.loss}
    golden = {"training_version": TRAINING_VERSION, "libraries": libraries(), "cases": cases}
    GOLDEN.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    write()
