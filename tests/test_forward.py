"""Our pass of BERT and RoBERTa against the library's: the same scores, the same gradients, the same training."""

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from benchmark.classifier.forward import DROP, BertForward, LibraryForward, forward_of

SHAPE = {
    "vocab_size": 60,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 40,
    "max_position_embeddings": 32,
    "num_labels": 3,
}
KINDS = {
    "bert": (BertConfig, BertForSequenceClassification, 0),
    "roberta": (RobertaConfig, RobertaForSequenceClassification, 1),
}
CPU = torch.device("cpu")
EVEN = [[5, 7, 9, 11], [6, 8, 10, 12]]
RAGGED = [[5, 7, 9, 11, 13, 15], [6, 8], [10, 12, 14]]


def network(kind, seed=0):
    config, model, pad = KINDS[kind]
    torch.manual_seed(seed)
    return model(config(**SHAPE, pad_token_id=pad)).eval(), pad


def library_logits(built, pad, ids):
    width = max(map(len, ids))
    padded = torch.tensor([row + [pad] * (width - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    return built(input_ids=padded, attention_mask=mask).logits


@pytest.mark.parametrize("ids", [EVEN, RAGGED], ids=["even", "ragged"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_those_of_the_library(kind, ids):
    built, pad = network(kind)
    ours = BertForward(built, pad, torch.float32).logits(ids, training=False)
    assert torch.allclose(ours, library_logits(built, pad, ids), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_the_gradients_are_those_of_the_library(kind):
    built, pad = network(kind)
    target = torch.tensor([0, 2, 1])
    torch.nn.functional.cross_entropy(library_logits(built, pad, RAGGED), target).backward()
    theirs = {name: p.grad.clone() for name, p in built.named_parameters() if p.grad is not None}
    built.zero_grad()
    logits = BertForward(built, pad, torch.float32).logits(RAGGED, training=False)
    torch.nn.functional.cross_entropy(logits, target).backward()
    ours = {name: p.grad for name, p in built.named_parameters() if p.grad is not None}
    assert ours.keys() == theirs.keys()
    for name, gradient in ours.items():
        assert torch.allclose(gradient, theirs[name], atol=1e-5), name


@pytest.mark.parametrize("kind", KINDS)
def test_training_the_rows_that_occur_is_training_them_all(kind):
    """AdamW on the narrow embedding, then the decay of the rest, against AdamW on the whole one."""
    whole, pad = network(kind)
    narrow, _ = network(kind)
    target, rate, decay = torch.tensor([0, 2, 1]), 0.01, 0.1
    forward = BertForward(narrow, pad, torch.float32)
    forward.narrow(RAGGED)
    plain = BertForward(whole, pad, torch.float32)
    optimisers = [
        torch.optim.AdamW(forward.parameters(), lr=rate, weight_decay=decay),
        torch.optim.AdamW(whole.parameters(), lr=rate, weight_decay=decay),
    ]
    for _ in range(4):
        for one, optimiser in zip((forward, plain), optimisers, strict=True):
            optimiser.zero_grad()
            torch.nn.functional.cross_entropy(one.logits(RAGGED, training=False), target).backward()
            optimiser.step()
    forward.widen((1 - rate * decay) ** 4)
    for (name, ours), theirs in zip(narrow.named_parameters(), whole.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6), name


@pytest.mark.parametrize("kind", KINDS)
def test_bf16_stays_near_fp32(kind):
    built, pad = network(kind)
    precise = BertForward(built, pad, torch.float32).logits(RAGGED, training=False)
    rounded = BertForward(built, pad, torch.bfloat16).logits(RAGGED, training=False)
    assert rounded.dtype == torch.float32
    assert torch.allclose(precise, rounded, atol=0.02)
    assert not torch.equal(precise, rounded)


def test_dropout_drops_a_tenth_and_keeps_the_mean():
    built, pad = network("bert")
    torch.manual_seed(1)
    dropped = BertForward(built, pad, torch.float32)._dropped(torch.ones(1000, 1001), training=True)
    share = DROP / 256
    spread = (share * (1 - share) / dropped.numel()) ** 0.5
    assert float((dropped == 0).float().mean()) == pytest.approx(share, abs=5 * spread)
    assert float(dropped.mean()) == pytest.approx(1, abs=5 * spread / (1 - share))
    assert len(dropped.unique()) == 2


def test_the_same_seed_draws_the_same_dropout():
    built, pad = network("bert")
    forward = BertForward(built, pad, torch.float32)
    forward.narrow(RAGGED)

    def drawn(seed):
        torch.manual_seed(seed)
        return forward.logits(RAGGED, training=True)

    assert torch.equal(drawn(3), drawn(3))
    assert not torch.equal(drawn(3), drawn(4))


def test_other_shapes_and_devices_take_the_pass_of_the_library():
    built, pad = network("bert")
    assert isinstance(forward_of(built, pad, CPU, has_bf16=False), BertForward)
    built.config.hidden_act = "relu"
    plain = forward_of(built, pad, CPU, has_bf16=False)
    assert isinstance(plain, LibraryForward)


@pytest.mark.parametrize("ids", [EVEN, RAGGED], ids=["even", "ragged"])
def test_the_pass_of_the_library_is_asked_with_the_right_mask(ids):
    built, pad = network("bert")
    found = LibraryForward(built, pad, CPU, has_bf16=False).logits(ids, training=False)
    assert torch.allclose(found, library_logits(built, pad, ids), atol=1e-6)
