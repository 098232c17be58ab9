"""Fine-tune all-MiniLM-L6-v2 in a plain loop of torch and transformers, without the training code of this project.

    synthworth export --data MIRROR --suites suites/test_sms_spam.py --method data:ENTRY --out texts
    python tests/support/outside_loop.py ENCODER texts/METHOD/sms_spam.jsonl MIRROR/sms_spam/test.jsonl.gz

prints the Macro-F1 on the test texts, to be set beside that in suites/results.jsonl. Only the sample of texts is ours.
The recipe is that of docs/training.md: 3 epochs of batches of 32, at least 60 steps, AdamW (decay 0.01 on matrices),
learning rate 1e-4, a tenth of the steps to warm up and a linear decay, gradients clipped to norm 1, 128 tokens, no
dropout of attention weights. fp32, batches drawn without regard to length: neither order nor rounding is ours.
"""

import argparse
import gzip
import json
import random
import sys
from pathlib import Path

import torch
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer, get_linear_schedule_with_warmup

BATCH, EPOCHS, LEAST_STEPS, RATE, LENGTH = 32, 3, 60, 1e-4, 128


def rows(path: Path) -> list[tuple[str, str]]:
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        found = [json.loads(line) for line in file]
    return [(row["text"], row["label"]) for row in found]


def macro_f1(encoder: str, train: list[tuple[str, str]], test: list[tuple[str, str]], seed: int) -> float:
    torch.manual_seed(seed)
    labels = sorted({label for _, label in test})
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    network = AutoModelForSequenceClassification.from_pretrained(
        encoder, num_labels=len(labels), attention_probs_dropout_prob=0.0
    )
    steps = max(EPOCHS * -(-len(train) // BATCH), LEAST_STEPS)
    groups = [[w for w in network.parameters() if (w.ndim > 1) is matrix] for matrix in (True, False)]
    optimiser = torch.optim.AdamW(
        [{"params": groups[0], "weight_decay": 0.01}, {"params": groups[1], "weight_decay": 0.0}], lr=RATE
    )
    schedule = get_linear_schedule_with_warmup(optimiser, steps // 10, steps)
    draw, waiting = random.Random(seed), list[tuple[str, str]]()
    network.train()
    for _ in range(steps):
        if not waiting:
            waiting = draw.sample(train, len(train))
        batch, waiting = waiting[:BATCH], waiting[BATCH:]
        inputs = tokenizer([t for t, _ in batch], padding=True, truncation=True, max_length=LENGTH, return_tensors="pt")
        loss = network(**inputs, labels=torch.tensor([labels.index(label) for _, label in batch])).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        schedule.step()
        optimiser.zero_grad()
    network.eval()
    predicted = []
    with torch.inference_mode():
        for start in range(0, len(test), 64):
            texts = [text for text, _ in test[start : start + 64]]
            inputs = tokenizer(texts, padding=True, truncation=True, max_length=LENGTH, return_tensors="pt")
            predicted += [labels[place] for place in network(**inputs).logits.argmax(-1).tolist()]
    return float(f1_score([label for _, label in test], predicted, labels=labels, average="macro", zero_division=0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", help="folder of all-MiniLM-L6-v2")
    parser.add_argument("train", type=Path, help="the sample of texts, as `synthworth export` writes it")
    parser.add_argument("test", type=Path, help="the real test texts")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    sys.stdout.write(f"{macro_f1(given.encoder, rows(given.train), rows(given.test), given.seed):.3f}\n")


if __name__ == "__main__":
    main()
