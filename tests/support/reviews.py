"""Labelled texts by rule, written for this project: film reviews in two moods, as many as a test wants."""

import csv
import random
from string import ascii_lowercase

KIND = {
    "pos": ("a joy to watch", "warm and clever", "moving throughout", "the best we saw", "funny and kind"),
    "neg": ("a bore to watch", "cold and stupid", "tiring throughout", "the worst we saw", "loud and mean"),
}
SUBJECTS = ("The plot", "The lead", "The music", "Her first film", "The sequel", "This comedy", "The ending")
GERMAN = {
    "gut": ("eine Freude", "klug und herzlich", "spannend bis zuletzt", "der beste Film", "sehr komisch"),
    "schlecht": ("eine Qual", "dumm und kalt", "zäh bis zuletzt", "der ödeste Film", "sehr müde"),
}


def reviews(count, *, seed=0, noise=0.0, kinds=KIND, share=0.5):
    """Texts and labels, `share` of them with the last label; a share `noise` of the texts is about the other one."""
    lot, (first, last) = random.Random(seed), kinds
    texts, labels = [], []
    for number in range(count):
        label = last if number < round(share * count) else first
        about = (first if label == last else last) if lot.random() < noise else label
        # Made-up names, or two texts of so few kinds would pass for copies of each other.
        names = ["".join(lot.choices(ascii_lowercase, k=9)).title() for _ in range(6)]
        said = f"{lot.choice(SUBJECTS)} of {names[2]} {names[3]}: {lot.choice(kinds[about])}"
        texts.append(f"{names[0]} {names[1]}. {said}, {names[4]} {names[5]}.")
        labels.append(label)
    return texts, labels


def write_csv(path, texts, labels, columns=("text", "label")):
    """Write texts and labels as CSV, and return the path."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([columns, *zip(texts, labels, strict=True)])
    return path
