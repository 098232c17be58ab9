"""Fine-tunes an encoder on labelled texts and predicts: one flat loop."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.classifier import MINILM, Predicted, Progress, Recipe
from benchmark.classifier.forward import Forward, forward_of
from benchmark.task import Example
from benchmark.weights import minilm

PREDICT_TOKENS = 8192
WARM_UP = 0.1


class Encoder(NamedTuple):
    """An encoder with a head for the labels: its tokenizer, and its pass from token ids to scores."""

    tokenizer: Any
    forward: Forward
    device: Any
    length: int

    def tokens(self, texts: Iterable[str]) -> list[list[int]]:
        """The token ids of each text, cut to `length`."""
        found: list[list[int]] = self.tokenizer(list(texts), truncation=True, max_length=self.length)["input_ids"]
        return found


def finetune(
    chosen: Recipe,
    train: Sequence[Example],
    texts: Sequence[str],
    labels: Sequence[str],
    seed: int,
    progress: Progress,
) -> Predicted:
    """Trains by the recipe and predicts a label for each text.

    Deterministic on one machine: order, dropout and the new head come from `seed`, and no other random state is
    touched. bf16 where the processor or the GPU multiplies it natively. FloatingPointError names the
    step at which the loss stopped being a number.
    """
    import torch

    with torch.random.fork_rng():
        torch.manual_seed(seed)
        encoder = _load(chosen, len(labels))

        # ---- texts
        place = {label: i for i, label in enumerate(labels)}
        targets = [place[example.label] for example in train]
        ids = encoder.tokens(example.text for example in train)

        # ---- steps
        steps = max(chosen.epochs * math.ceil(len(train) / chosen.batch), chosen.least_steps)
        encoder.forward.narrow(ids)
        parameters = list(encoder.forward.parameters())
        optimiser, schedule = _optimiser(parameters, chosen, steps)
        batches = _batches([len(i) for i in ids], chosen.batch, seed)
        decay = 1.0
        for step in range(steps):
            rows = next(batches)
            wanted = torch.tensor([targets[r] for r in rows], device=encoder.device)
            logits = encoder.forward.logits([ids[r] for r in rows], training=True)
            loss = torch.nn.functional.cross_entropy(logits, wanted)
            value = loss.item()
            if not math.isfinite(value):
                raise FloatingPointError(f"the loss is {value} at step {step} of {steps}; lower the learning rate")
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            optimiser.step()
            decay *= 1 - schedule.get_last_lr()[0] * chosen.weight_decay
            schedule.step()
            progress("training", step + 1, steps)
        encoder.forward.widen(decay)
    return Predicted(_predict(encoder, texts, labels, progress), steps)


def _optimiser(parameters: Sequence[Any], chosen: Recipe, steps: int) -> tuple[Any, Any]:
    """AdamW without decay of biases and norms; the rate rises over the first tenth of the steps, then falls to 0."""
    import torch

    decayed = [p for p in parameters if p.ndim > 1]
    plain = [p for p in parameters if p.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": chosen.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=chosen.learning_rate, fused=True)
    warm = max(1, round(WARM_UP * steps))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    )
    return optimiser, schedule


def _predict(encoder: Encoder, texts: Sequence[str], labels: Sequence[str], progress: Progress) -> tuple[str, ...]:
    """The most likely label of each text; texts of one length go together, so that almost nothing is padding."""
    import torch

    ids = encoder.tokens(texts)
    predicted, done = [""] * len(texts), 0
    with torch.inference_mode():
        for rows in _groups([len(i) for i in ids]):
            best = encoder.forward.logits([ids[r] for r in rows], training=False).argmax(-1).tolist()
            for row, choice in zip(rows, best, strict=True):
                predicted[row] = labels[choice]
            done += len(rows)
            progress("scoring", done, len(texts))
    return tuple(predicted)


def _load(chosen: Recipe, labels: int) -> Encoder:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForSequenceClassification, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    packaged = chosen.encoder == MINILM and not Path(chosen.encoder).is_dir()
    source = str(minilm()) if packaged else chosen.encoder
    try:
        tokenizer = AutoTokenizer.from_pretrained(source)
        network = AutoModelForSequenceClassification.from_pretrained(source, num_labels=labels, dtype=torch.float32)
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"cannot load the encoder {chosen.encoder} ({reason}); give a hub id or a local folder"
        ) from None
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    forward = forward_of(network, tokenizer.pad_token_id, device, has_bf16=_has_bf16(device))
    return Encoder(tokenizer, forward, device, chosen.length)


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
