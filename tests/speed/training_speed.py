"""Training and predicting beside transformers' own `Trainer` and `pipeline`, in one run: `--help` says how.

    python tests/training_speed.py speed DIR      # samples/s, shares of the loop, the matrix rate of this machine
    python tests/training_speed.py scores DIR     # Macro-F1 of both over seeds
    python tests/training_speed.py tolerance DIR  # what another number of threads, or fp32, changes

DIR is a mirror: DIR/<task>/train.jsonl.gz and test.jsonl.gz. Both sides get the same rows, steps, batch, rate,
schedule, weight decay and length limit; `Trainer` pads each batch to its longest text. It is timed in turns with ours,
for these machines are noisy: read the ratios.
"""

import argparse
import gzip
import json
import os
import platform
import random
import statistics
import tempfile
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
import transformers
from tabulate import tabulate
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainingArguments,
    pipeline,
    set_seed,
)

from synthworth.core.task import Example
from synthworth.core.weights import minilm
from synthworth.measures.metrics import confusion, macro_f1
from synthworth.training import adamw, bert, encoder
from synthworth.training.recipes import recipe, steps_of

RECIPE = recipe("minilm")
NOTHING = (".",)  # to predict, where training is timed


def rows_of(folder, task, split, count):
    with gzip.open(folder / task / f"{split}.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    random.Random(0).shuffle(rows)
    return [Example(id=str(row["id"]), text=row["text"], label=str(row["label"])) for row in rows[:count]]


def seconds(work):
    begun = time.perf_counter()
    found = work()
    return time.perf_counter() - begun, found


def ours(chosen, train, texts, labels, seed, threads=None):
    """Seconds to train and predict, and the predicted labels; on as many threads as the other side, unless told."""
    threads = threads or torch.get_num_threads()
    work = partial(encoder.finetune, chosen, train, texts, labels, seed, lambda *stage: None, threads=threads)
    taken, found = seconds(work)
    return taken, found.labels


def trainer_of(chosen, train, labels, seed, *, bf16):
    """transformers' `Trainer` with its defaults, for the recipe."""
    set_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(minilm())
    network = AutoModelForSequenceClassification.from_pretrained(minilm(), num_labels=len(labels), dtype=torch.float32)
    encoded = tokenizer([example.text for example in train], truncation=True, max_length=chosen.length)["input_ids"]
    rows = [{"input_ids": ids, "labels": labels.index(e.label)} for ids, e in zip(encoded, train, strict=True)]
    steps = steps_of(chosen, len(train))
    arguments = TrainingArguments(
        output_dir=tempfile.gettempdir(),
        per_device_train_batch_size=chosen.batch,
        per_device_eval_batch_size=64,
        learning_rate=chosen.learning_rate,
        weight_decay=chosen.weight_decay,
        warmup_steps=max(1, round(chosen.warm_up * steps)),
        max_steps=steps,
        use_cpu=not torch.cuda.is_available(),
        bf16=bf16,
        seed=seed,
        save_strategy="no",
        logging_strategy="no",
        report_to=[],
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )
    return Trainer(
        model=network,
        args=arguments,
        train_dataset=rows,
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
    )


def theirs(chosen, train, texts, labels, seed, *, bf16):
    """Seconds to train, and the predicted labels."""

    def work():
        trainer = trainer_of(chosen, train, labels, seed, bf16=bf16)
        trainer.train()
        return trainer

    taken, trainer = seconds(work)
    if texts is NOTHING:
        return taken, ()
    encoded = trainer.processing_class(list(texts), truncation=True, max_length=chosen.length)["input_ids"]
    scores = trainer.predict([{"input_ids": ids} for ids in encoded]).predictions
    return taken, tuple(labels[i] for i in scores.argmax(-1))


def labels_of(examples):
    return sorted({example.label for example in examples})


def matrix_rate():
    """The most floating-point operations a second of a product of 2048 x 2048: what nothing here can pass."""
    rates = {}
    for name, kind in (("bf16", torch.bfloat16), ("fp32", torch.float32)):
        a, b = torch.randn(2048, 2048).to(kind), torch.randn(2048, 2048).to(kind)
        a @ b
        taken = [seconds(lambda a=a, b=b: a @ b)[0] for _ in range(20)]
        rates[name] = 2 * 2048**3 / min(taken)
    return rates


def operations(chosen, examples):
    """Floating-point operations of the matrix products of training on each text once: three passes, 2 a weight."""
    tokenizer = AutoTokenizer.from_pretrained(minilm())
    network = AutoModelForSequenceClassification.from_pretrained(minilm())
    weights = sum(p.numel() for name, p in network.named_parameters() if "layer" in name and p.ndim == 2)
    ids = tokenizer([e.text for e in examples], truncation=True, max_length=chosen.length)["input_ids"]
    tokens = sum(map(len, ids))
    attention = sum(4 * len(i) ** 2 for i in ids) * network.config.hidden_size * network.config.num_hidden_layers
    return 3 * (2 * weights * tokens + attention)


def shares(chosen, train, labels):
    """The shares of one fine-tuning's time: forward, backward, optimiser, and all the rest of the loop."""
    spent = dict.fromkeys(("forward", "backward", "optimiser"), 0.0)

    def timed(owner, name, part):
        work = getattr(owner, name)

        def wrapped(*given, **more):
            begun = time.perf_counter()
            try:
                return work(*given, **more)
            finally:
                spent[part] += time.perf_counter() - begun

        setattr(owner, name, wrapped)
        return lambda: setattr(owner, name, work)

    undo = [
        timed(bert.BertForward, "logits", "forward"),
        timed(torch.nn.functional, "cross_entropy", "forward"),
        timed(torch.Tensor, "backward", "backward"),
        timed(adamw.AdamW, "step", "optimiser"),
    ]
    loop = {}

    def progress(stage, done, total):
        if stage != "training":
            return
        loop.setdefault("begun", time.perf_counter())
        loop["ended"] = time.perf_counter()
        if done == 1:
            loop["first"] = dict(spent)
        loop["last"] = dict(spent)

    try:
        encoder.finetune(chosen, train, NOTHING, labels, 0, progress, threads=torch.get_num_threads())
    finally:
        for restore in undo:
            restore()
    whole = loop["ended"] - loop["begun"]
    parts = {name: (loop["last"][name] - loop["first"][name]) / whole for name in spent}
    return parts, 1 - sum(parts.values())


def speed(arguments):
    rates = matrix_rate()
    table = [(f"a product of 2048 x 2048 in {name}, GFLOP/s", rate / 1e9, "") for name, rate in rates.items()]
    chosen = replace(RECIPE, least_steps=1, epochs=arguments.epochs)
    for task in arguments.tasks.split(","):
        train = rows_of(arguments.mirror, task, "train", arguments.rows)
        labels, size = labels_of(train), len(train) * chosen.epochs
        taken = {"ours": [], "Trainer": [], "Trainer, bf16": []}
        for seed in range(arguments.rounds):
            taken["ours"].append(ours(chosen, train, NOTHING, labels, seed)[0])
            for name in ("Trainer", "Trainer, bf16"):
                taken[name].append(theirs(chosen, train, NOTHING, labels, seed, bf16="bf16" in name)[0])
        middle = {name: statistics.median(found) for name, found in taken.items()}
        for name, found in middle.items():
            beside = "" if name == "ours" else f"ours: {found / middle['ours']:.2f} x"
            table.append((f"{task}, fine-tune on {len(train):,} rows, {name}, samples/s", size / found, beside))
        reached = operations(chosen, train) * chosen.epochs / middle["ours"]
        table.append((f"{task}, products of ours, GFLOP/s", reached / 1e9, f"{reached / rates['bf16']:.0%} of bf16"))
        spent, rest = shares(replace(chosen, epochs=1), train[:960], labels)
        told = ", ".join(f"{name} {part:.0%}" for name, part in spent.items())
        table.append((f"{task}, share of the loop in none of its parts, %", 100 * rest, told))
        table += prediction(chosen, task, rows_of(arguments.mirror, task, "test", arguments.rows), labels)
    print_table(table)


def prediction(chosen, task, test, labels):
    texts = [example.text for example in test]
    tokenizer = AutoTokenizer.from_pretrained(minilm(), model_max_length=chosen.length)
    network = AutoModelForSequenceClassification.from_pretrained(minilm(), num_labels=len(labels))
    classify = pipeline("text-classification", model=network, tokenizer=tokenizer, device="cpu")
    rates = {}
    for size in (1, 8, 32, 128):
        part = texts[: len(texts) if size > 1 else 200]
        rates[size] = len(part) / seconds(lambda p=part, s=size: classify(p, batch_size=s, truncation=True))[0]
    best = max(rates, key=rates.get)
    loaded = encoder._load(chosen, len(labels))
    taken = min(seconds(lambda: encoder._predict(loaded, texts, labels, lambda *s: None))[0] for _ in range(3))
    rate = len(texts) / taken
    return [
        (f"{task}, predict {len(texts):,} rows, ours, texts/s", rate, ""),
        (f"{task}, the same by pipeline, batch {best}, texts/s", rates[best], f"ours: {rate / rates[best]:.2f} x"),
    ]


def scores(arguments):
    table = []
    for task in arguments.tasks.split(","):
        train = rows_of(arguments.mirror, task, "train", arguments.rows)
        test = rows_of(arguments.mirror, task, "test", arguments.rows)
        labels, found = labels_of(train), {"ours": [], "Trainer": []}
        true, texts = [e.label for e in test], [e.text for e in test]
        for seed in range(arguments.seeds):
            for name, predicted in (
                ("ours", ours(RECIPE, train, texts, labels, seed)[1]),
                ("Trainer", theirs(RECIPE, train, texts, labels, seed, bf16=False)[1]),
            ):
                found[name].append(100 * float(macro_f1(confusion(true, predicted, labels))))
        means = {name: statistics.fmean(each) for name, each in found.items()}
        spread = {name: statistics.stdev(each) for name, each in found.items()}
        table.append((task, len(train), means["ours"], spread["ours"], means["Trainer"], spread["Trainer"]))
        print(table[-1], flush=True)
    header = ("Macro-F1, %", "rows", "ours", "sd", "Trainer", "sd")
    print(tabulate(table, header, floatfmt=".2f"))


def tolerance(arguments):
    table = []
    for task in arguments.tasks.split(","):
        train = rows_of(arguments.mirror, task, "train", arguments.rows)
        test = rows_of(arguments.mirror, task, "test", arguments.rows)
        labels, true, texts = labels_of(train), [e.label for e in test], [e.text for e in test]
        cores, first = os.cpu_count() or 1, None
        for threads, precision in ((1, "bf16"), (cores, "bf16"), (1, "fp32")):
            name = f"{threads} thread{'s' if threads > 1 else ''}, {precision}"
            chosen = replace(RECIPE, precision=precision)
            predicted = [ours(chosen, train, texts, labels, seed, threads)[1] for seed in range(arguments.seeds)]
            score = [100 * float(macro_f1(confusion(true, each, labels))) for each in predicted]
            first = first or predicted
            same = statistics.fmean(
                a == b for x, y in zip(first, predicted, strict=True) for a, b in zip(x, y, strict=True)
            )
            table.append((task, name, statistics.fmean(score), 100 * same))
    print(tabulate(table, ("task", "", "Macro-F1, %", "same label as the first, %"), floatfmt=".2f"))


def print_table(rows):
    print(
        f"{platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads, Python "
        f"{platform.python_version()}, torch {torch.__version__}, transformers {transformers.__version__}"
    )
    print(tabulate(rows, floatfmt=".4g"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "scores", "tolerance"))
    parser.add_argument("mirror", type=Path)
    parser.add_argument("--tasks", default="tweet_emotion,ag_news")
    parser.add_argument("--rows", type=int, default=3000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=5)
    arguments = parser.parse_args()
    transformers.logging.set_verbosity_error()
    {"speed": speed, "scores": scores, "tolerance": tolerance}[arguments.what](arguments)


if __name__ == "__main__":
    main()
