"""A task about places, a mirror of its texts on disk, and an answer of a generator that asks for no other."""

import gzip
import json

import toys
from servers import answer_of

TASK = toys.places(5)


def line(number, body):
    """A text of the label asked for that no other request gets."""
    text = "sea {} wave" if "the sea" in body["messages"][-1]["content"] else "land {} hill"
    return answer_of(text.format(body["seed"]), tokens=(30, 4))


def mirror(folder):
    (folder / "data" / TASK.name).mkdir(parents=True, exist_ok=True)
    for split, count in (("train", 30), ("test", 12)):
        with gzip.open(folder / "data" / TASK.name / f"{split}.jsonl.gz", "wt", encoding="utf-8") as file:
            for i in range(count):
                label, word = ("sea", "wave") if i % 2 else ("land", "hill")
                word = "wave" if i == 4 else word  # one that misleads
                row = {"id": f"{split}-{i}", "text": f"a {split} {word} {i}", "label": label}
                file.write(json.dumps(row) + "\n")
    return str(folder / "data")


def quiet(stage, done, total):
    """No bar."""
