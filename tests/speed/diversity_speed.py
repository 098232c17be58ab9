"""Prints what the measures of diversity and the audit cost: seconds, and the peak memory of a process of their own.

Run: python tests/diversity_speed.py        (about a minute; the first line is what numpy and the data take themselves)
"""

import resource
import subprocess
import sys
import time

import numpy as np

from synthworth.measures.diversity import at_equal_size, chamfer, distinct_n, remote_clique, self_bleu, vendi_score
from synthworth.measures.leaks import audit
from synthworth.measures.similarity import top_k_similarity

ROWS, DIMENSIONS, SYNTHETIC, ORIGINALS = 10_000, 384, 3_000, 15_000
SHORT, LONG = 25, 230  # words of a headline with its sentence, and of a film review
VOCABULARY = [f"{a}{b}{c}" for a in "bcdfgklmnprst" for b in "aeiou" for c in range(300)]


def vectors(rows, seed=0):
    return np.random.default_rng(seed).normal(size=(rows, DIMENSIONS)).astype(np.float32)


def texts(rows, length, seed=0):
    """Texts whose words have the frequencies of Zipf's law; every tenth text repeats a sentence of 14 words."""
    chance, shared = np.random.default_rng(seed), " ".join(VOCABULARY[:14])
    drawn = chance.zipf(1.3, size=(rows, length)) % len(VOCABULARY)
    found = [" ".join(VOCABULARY[place] for place in row) for row in drawn]
    return [f"{text} {shared}" if row % 10 == 0 else text for row, text in enumerate(found)]


def of_vectors(measure):
    given = vectors(ROWS)
    return lambda: measure(given)


def of_texts(measure, length):
    given = texts(ROWS, length)
    return lambda: measure(given)


def audited(length, near):
    ours, theirs = texts(SYNTHETIC, length), {"train": texts(ORIGINALS, length, seed=1)}
    if not near:
        return lambda: audit(ours, theirs)
    embeddings, others = vectors(SYNTHETIC), {"train": vectors(ORIGINALS, seed=1)}
    return lambda: audit(ours, theirs, embeddings=embeddings, source_embeddings=others)


def top_k():
    real, synthetic = vectors(ROWS), vectors(ROWS, seed=1)
    return lambda: top_k_similarity(real, synthetic)


def subsets():
    sets = {name: vectors(2_000, seed) for seed, name in enumerate(("real", "few_shot", "zero_shot"))}
    return lambda: at_equal_size(chamfer, sets)


MEASURED = {
    f"nothing, with {ROWS} x {DIMENSIONS} vectors": lambda: of_vectors(len),
    f"remote clique, {ROWS} x {DIMENSIONS}": lambda: of_vectors(remote_clique),
    f"Chamfer, {ROWS} x {DIMENSIONS}": lambda: of_vectors(chamfer),
    f"Vendi score, {ROWS} x {DIMENSIONS}": lambda: of_vectors(vendi_score),
    f"top-5 similarity, {ROWS} to {ROWS} x {DIMENSIONS}": top_k,
    "Chamfer of three sets of 2000 at 1000, 100 draws": subsets,
    f"nothing, with {ROWS} texts of {SHORT} words": lambda: of_texts(len, SHORT),
    f"distinct-3, {ROWS} texts of {SHORT} words": lambda: of_texts(lambda given: distinct_n(given, 3), SHORT),
    f"self-BLEU, {ROWS} texts of {SHORT} words": lambda: of_texts(self_bleu, SHORT),
    f"self-BLEU, {ROWS} texts of {LONG} words": lambda: of_texts(self_bleu, LONG),
    f"audit, {SYNTHETIC} to {ORIGINALS} texts of {SHORT} words, x {DIMENSIONS}": lambda: audited(SHORT, near=True),
    f"audit, {SYNTHETIC} to {ORIGINALS} texts of {LONG} words, x {DIMENSIONS}": lambda: audited(LONG, near=True),
    f"audit, {SYNTHETIC} to {ORIGINALS} texts of {LONG} words, words only": lambda: audited(LONG, near=False),
}


def main():
    if sys.argv[1:]:
        measure = MEASURED[sys.argv[1]]()
        start = time.perf_counter()
        measure()
        seconds = time.perf_counter() - start
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{sys.argv[1]}: {seconds:.2f} s, {megabytes:.0f} MB at the peak", flush=True)
        return
    for name in MEASURED:
        subprocess.run([sys.executable, __file__, name], check=True)


if __name__ == "__main__":
    main()
