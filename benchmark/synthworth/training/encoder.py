"""Fine-tune an encoder on labelled texts and predict, in one flat loop."""

import math
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import Any, NamedTuple

from synthworth.core import Example, Progress
from synthworth.training.checkpoint import Tokens, hidden_size, load
from synthworth.training.forward import Forward, forward_of, padded_with
from synthworth.training.precision import has_bf16
from synthworth.training.recipes import Predicted, Recipe, Untrainable, learning_rate_of, steps_of
from synthworth.training.threads import computing_on
from synthworth.training.weighting import weights_of

PREDICT_TOKENS = 8192


class Encoder(NamedTuple):
    """An encoder with a head for the labels: its tokens, its pass from token ids to scores, and its learning rate."""

    tokens: Tokens
    forward: Forward
    device: Any
    learning_rate: float
    notes: tuple[str, ...]


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
    """Fine-tune by the recipe, and predict one of `labels` for each of `texts`.

    Deterministic on one machine at one number of threads: order, dropout and the new head come from `seed`, and no
    other random state is touched. bf16 if the processor or the GPU multiplies it natively. If texts have weights, the
    loss of a batch is the mean of weight times cross entropy. Raises Untrainable with the step at which the loss
    stopped being a number.
    """
    import torch

    from synthworth.training.adamw import AdamW

    with torch.random.fork_rng(), computing_on(threads):
        torch.manual_seed(seed)
        encoder = _load(chosen, len(labels))

        # ---- texts
        place = {label: i for i, label in enumerate(labels)}
        targets = [place[example.label] for example in train]
        train_texts, weights = [example.text for example in train], weights_of(train)
        encoder.tokens.check_known(train_texts)
        ids = encoder.tokens(train_texts)

        # ---- steps
        steps = steps_of(chosen, len(train))
        encoder.forward.narrow(ids)
        optimiser = AdamW(encoder.forward.weights(), encoder.learning_rate, chosen, steps)
        batches = _batches([len(i) for i in ids], chosen.batch, seed)
        rows, losses = next(batches), []
        padded, hidden = padded_with(encoder.tokens.pad, [ids[r] for r in rows])
        for step in range(steps):
            wanted = torch.tensor([targets[r] for r in rows]).to(encoder.device, non_blocking=True)
            logits = encoder.forward.logits(padded, hidden, training=True)
            loss = torch.nn.functional.cross_entropy(logits, wanted, reduction="mean" if weights is None else "none")
            if weights is not None:
                loss = (loss * torch.tensor([weights[r] for r in rows]).to(encoder.device)).mean()
            loss.backward()
            optimiser.step()
            rows = next(batches)  # before the loss is read: a GPU is still at work
            padded, hidden = padded_with(encoder.tokens.pad, [ids[r] for r in rows])
            losses.append(loss.item())
            if not math.isfinite(losses[-1]):
                raise Untrainable(f"the loss is {losses[-1]} at step {step} of {steps}; lower the learning rate")
            progress("training", step + 1, steps)
        encoder.forward.widen(optimiser.decay)
        predicted = _predict(encoder, texts, labels, progress)
    last = fmean(losses[-math.ceil(steps / 10) :])
    return Predicted(predicted, steps, last, _entropy(targets), encoder.notes)


def _entropy(targets: Sequence[int]) -> float:
    """The entropy, in nats, of the shares of the labels."""
    shares = [count / len(targets) for count in Counter(targets).values()]
    return -sum(share * math.log(share) for share in shares)


def _predict(encoder: Encoder, texts: Sequence[str], labels: Sequence[str], progress: Progress) -> tuple[str, ...]:
    """Return the most likely label of each text; batches hold texts of similar length, to pad little."""
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

    checkpoint = load(chosen, labels)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    in_bf16 = chosen.precision == "bf16" and has_bf16(device)
    forward = forward_of(checkpoint.network, checkpoint.tokens.pad, device, has_bf16=in_bf16)
    rate = chosen.learning_rate or learning_rate_of(hidden_size(checkpoint.network))
    return Encoder(checkpoint.tokens, forward, device, rate, checkpoint.notes)


def _batches(lengths: Sequence[int], size: int, seed: int) -> Iterator[list[int]]:
    """Yield batches of rows without end: each epoch is shuffled, sorted by length within 16 batches, and shuffled."""
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
