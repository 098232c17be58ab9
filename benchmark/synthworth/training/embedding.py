"""Texts as unit vectors of the pinned embedder, all-MiniLM-L6-v2 with mean pooling, kept by content."""

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from synthworth.core.weights import MINILM_SHA256, minilm

EMBEDDER = "all-MiniLM-L6-v2"
LENGTH = 256
BATCH = 64


def embed(texts: Sequence[str], cache: Path | None = None) -> NDArray[np.float32]:
    """Embeddings of shape (texts, 384), each of length 1, so that a dot product is a cosine.

    They are found again in the folder `cache`, if there is one, by a hash of the texts and of the embedder's weights; a
    file there that is damaged is made anew. ValueError where the embedder's package is not installed.
    """
    if cache is None:
        return _embed(texts)
    name = hashlib.sha256("\0".join([MINILM_SHA256, str(LENGTH), *texts]).encode(errors="surrogatepass")).hexdigest()
    path = cache / f"{name[:32]}.npy"
    try:
        found = np.load(path, allow_pickle=False)
        if found.shape[0] == len(texts) and found.dtype == np.float32:
            return np.asarray(found)
    except (OSError, ValueError, EOFError):
        pass
    made = _embed(texts)
    cache.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.npy")
    np.save(temporary, made)
    temporary.replace(path)
    return made


def _embed(texts: Sequence[str]) -> NDArray[np.float32]:
    import torch
    from transformers import AutoModel, AutoTokenizer
    from transformers.utils import logging

    logging.disable_progress_bar()
    folder = str(minilm())
    tokenizer, network = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    found = np.zeros((len(texts), network.config.hidden_size), dtype=np.float32)
    order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    with torch.inference_mode():
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            inputs = tokenizer(
                [texts[r] for r in rows], padding=True, truncation=True, max_length=LENGTH, return_tensors="pt"
            )
            mask = inputs["attention_mask"][..., None]
            mean = (network(**inputs).last_hidden_state * mask).sum(1) / mask.sum(1)
            found[rows] = torch.nn.functional.normalize(mean, dim=1).numpy()
    return found
