"""Texts as unit vectors of the pinned embedder, all-MiniLM-L6-v2 with mean pooling."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from benchmark.weights import minilm

EMBEDDER = "all-MiniLM-L6-v2"
LENGTH = 256
BATCH = 64


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embeddings of shape (texts, 384), each of length 1, so that a dot product is a cosine."""
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
