"""Fine-tunes an encoder on labelled texts and predicts: one flat loop."""

import contextlib
import math
import random
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core.task import Example
from synthworth.core.weights import minilm
from synthworth.training.forward import Forward, forward_of, padded_with
from synthworth.training.recipes import MINILM, Predicted, Progress, Recipe, Untrainable, steps_of

PREDICT_TOKENS = 8192
MOST_TEXTS = 500_000  # whose token ids are kept: 100 MB


class Encoder(NamedTuple):
    """An encoder with a head for the labels: its tokenizer, and its pass from token ids to scores."""

    tokens: "Tokens"
    forward: Forward
    device: Any


class Tokens:
    """The token ids of texts, cut to `length`; each text is cut once, however often and by whomever it is asked for."""

    def __init__(self, tokenizer: Any, length: int) -> None:
        self.pad: int = tokenizer.pad_token_id
        self._tokenizer = tokenizer
        self._length = length
        self._known: dict[str, array[int]] = {}

    def __call__(self, texts: Sequence[str]) -> list[Sequence[int]]:
        """The ids of each text, in the order of the texts."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if len(self._known) + len(new) > MOST_TEXTS:
            self._known.clear()
            new = list(dict.fromkeys(texts))
        if new:
            found = self._tokenizer(new, truncation=True, max_length=self._length)["input_ids"]
            self._known.update((text, array("i", ids)) for text, ids in zip(new, found, strict=True))
        return [self._known[text] for text in texts]


def finetune(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
    progress: Progress,
    *,
    threads: int = 1,
) -> Predicted:
    """Trains by the recipe and predicts a label for each text.

    Deterministic on one machine at one number of threads: order, dropout and the new head come from `seed`, and no
    other random state is touched. bf16 where the processor or the GPU multiplies it natively. FloatingPointError names
    the step at which the loss stopped being a number.
    """
    import torch

    from synthworth.training.adamw import AdamW

    with torch.random.fork_rng(), _computing_on(threads):
        torch.manual_seed(seed)
        encoder = _load(chosen, len(labels))

        # ---- texts
        place = {label: i for i, label in enumerate(labels)}
        targets = [place[example.label] for example in train]
        ids = encoder.tokens([example.text for example in train])

        # ---- steps
        steps = steps_of(chosen, len(train))
        encoder.forward.narrow(ids)
        optimiser = AdamW(encoder.forward.weights(), chosen, steps)
        batches = _batches([len(i) for i in ids], chosen.batch, seed)
        rows, losses = next(batches), []
        padded, hidden = padded_with(encoder.tokens.pad, [ids[r] for r in rows])
        for step in range(steps):
            wanted = torch.tensor([targets[r] for r in rows]).to(encoder.device, non_blocking=True)
            logits = encoder.forward.logits(padded, hidden, training=True)
            loss = torch.nn.functional.cross_entropy(logits, wanted)
            loss.backward()
            optimiser.step()
            rows = next(batches)  # before the loss is read: a GPU is still at work
            padded, hidden = padded_with(encoder.tokens.pad, [ids[r] for r in rows])
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise FloatingPointError(f"the loss is {losses[-1]} at step {step} of {steps}; lower the learning rate")
            progress("training", step + 1, steps)
        encoder.forward.widen(optimiser.decay)
        predicted = _predict(encoder, texts, labels, progress)
    return Predicted(predicted, steps, fmean(losses[-math.ceil(steps / 10) :]), _entropy(targets))


def _entropy(targets: Sequence[int]) -> float:
    """The entropy, in nats, of the shares of the labels."""
    shares = [count / len(targets) for count in Counter(targets).values()]
    return -sum(share * math.log(share) for share in shares)


@contextlib.contextmanager
def _computing_on(threads: int) -> Iterator[None]:
    """While open, torch computes on that many threads of the CPU."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _predict(encoder: Encoder, texts: Sequence[str], labels: Sequence[str], progress: Progress) -> tuple[str, ...]:
    """The most likely label of each text; texts of one length go together, so that almost nothing is padding."""
    import torch

    ids = encoder.tokens(texts)
    predicted, done = [""] * len(texts), 0
    with torch.inference_mode():
        for rows in _groups([len(i) for i in ids]):
            batch = padded_with(encoder.tokens.pad, [ids[r] for r in rows])
            best = encoder.forward.logits(*batch, training=False).argmax(-1).tolist()
            for row, choice in zip(rows, best, strict=True):
                predicted[row] = labels[choice]
            done += len(rows)
            progress("scoring", done, len(texts))
    return tuple(predicted)


def _load(chosen: Recipe, labels: int) -> Encoder:
    import torch

    source = str(minilm()) if chosen.encoder == MINILM and not Path(chosen.encoder).is_dir() else chosen.encoder
    tokens, network = _tokens_of(source, chosen.length), _network_of(source, labels)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    forward = forward_of(network, tokens.pad, device, has_bf16=chosen.precision == "bf16" and _has_bf16(device))
    return Encoder(tokens, forward, device)


@lru_cache(maxsize=2)  # in a process that trains many classifiers, the texts of a task are met again and again
def _tokens_of(source: str, length: int) -> Tokens:
    from transformers import AutoTokenizer

    with _loading(source):
        return Tokens(AutoTokenizer.from_pretrained(source), length)


def _network_of(source: str, labels: int) -> Any:
    import torch
    from transformers import AutoModelForSequenceClassification

    with _loading(source):
        return AutoModelForSequenceClassification.from_pretrained(source, num_labels=labels, dtype=torch.float32)


@contextlib.contextmanager
def _loading(source: str) -> Iterator[None]:
    from safetensors import SafetensorError
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise Untrainable(f"cannot load the encoder {source} ({reason}); give a hub id or a local folder") from None


def _has_bf16(device: Any) -> bool:
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported"):
        return False  # the wheels for macOS
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _batches(lengths: Sequence[int], size: int, seed: int) -> Iterator[list[int]]:
    """Batches for ever: each epoch is shuffled, then sorted by length within runs of 16 batches, then shuffled."""
    draw, rows = random.Random(seed), list(range(len(lengths)))
    while True:
        draw.shuffle(rows)
        epoch = []
        for start in range(0, len(rows), 16 * size):
            run = sorted(rows[start : start + 16 * size], key=lambda row: lengths[row])
            epoch += [run[i : i + size] for i in range(0, len(run), size)]
        draw.shuffle(epoch)
        yield from epoch


def _groups(lengths: Sequence[int]) -> Iterator[list[int]]:
    group: list[int] = []
    for row in sorted(range(len(lengths)), key=lambda r: lengths[r]):
        if group and (len(group) + 1) * lengths[row] > PREDICT_TOKENS:
            yield group
            group = []
        group.append(row)
    if group:
        yield group
