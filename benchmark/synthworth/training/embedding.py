"""Embed texts by the pinned embedder, all-MiniLM-L6-v2 with mean pooling, with a cache keyed by content."""

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthworth.core import MINILM_SHA256, Progress, digest, minilm, unreported
from synthworth.training.threads import computing_on

EMBEDDER = "all-MiniLM-L6-v2"
EMBEDDING_VERSION = 1  # raise it when the same texts get other embeddings
LENGTH = 256
BATCH = 64


def embed(texts: Sequence[str], cache: Path | None = None, progress: Progress = unreported) -> NDArray[np.float32]:
    """Return embeddings of shape (texts, 384), each of length 1, so that a dot product is a cosine.

    The folder `cache`, if given, keeps them under a hash of the texts, the embedder's weights, and `EMBEDDING_VERSION`;
    a damaged file is replaced, and a folder that cannot be written is ignored. `progress` gets the stage, the texts
    that are embedded, and how many there are; nothing for kept ones. Raises ValueError if the embedder's
    package is not installed.
    """
    if cache is None:
        return _embed(texts, progress)
    key = digest({"weights": MINILM_SHA256, "embedding": EMBEDDING_VERSION, "length": LENGTH, "texts": list(texts)})
    path = cache / f"{key}.npy"
    try:
        stored = np.load(path, allow_pickle=False)
        if stored.shape[0] == len(texts) and stored.dtype == np.float32:
            return np.asarray(stored)
    except (OSError, ValueError, EOFError):
        pass
    embeddings = _embed(texts, progress)
    with contextlib.suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.stem}.{os.getpid()}.npy")
        np.save(temporary, embeddings)
        temporary.replace(path)
    return embeddings


class RememberedEmbeddings:
    """Embeddings of texts that come again: each is made once, on one CPU thread, and kept in memory."""

    def __init__(self) -> None:
        self._kept: dict[str, NDArray[np.float32]] = {}

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return embeddings of shape (texts, 384), each of length 1. Raises ValueError without the embedder."""
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        if new:
            with computing_on(1):
                self._kept |= dict(zip(new, embed(new), strict=True))
        return np.array([self._kept[text] for text in texts], dtype=np.float32)


def _embed(texts: Sequence[str], progress: Progress) -> NDArray[np.float32]:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = str(minilm())
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    embeddings = np.zeros((len(texts), network.config.hidden_size), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            inputs = tokenizer(
                [texts[r] for r in rows], padding=True, truncation=True, max_length=LENGTH, return_tensors="pt"
            )
            mask = inputs["attention_mask"][..., None]
            mean = (network(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
            embeddings[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
            progress("embedding", start + len(rows), len(order))
    return embeddings
