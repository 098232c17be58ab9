"""Our pass of BERT and RoBERTa against the library's: the same scores, the same gradients, the same training."""

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification

from synthworth.training.adamw import AdamW
from synthworth.training.bert import BertForward, _kept
from synthworth.training.forward import LibraryForward, forward_of, padded_with
from synthworth.training.recipes import Recipe

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
pytestmark = pytest.mark.usefixtures("one_thread")


EVEN = [[5, 7, 9, 11], [6, 8, 10, 12]]
RAGGED = [[5, 7, 9, 11, 13, 15], [6, 8], [10, 12, 14]]


def network(kind, seed=0, **changes):
    config, model, pad = KINDS[kind]
    torch.manual_seed(seed)
    return model(config(**SHAPE, pad_token_id=pad, **changes)).eval(), pad


def library_logits(built, pad, ids):
    width = max(map(len, ids))
    padded = torch.tensor([row + [pad] * (width - len(row)) for row in ids])
    mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in ids])
    return built(input_ids=padded, attention_mask=mask).logits


@pytest.mark.parametrize("ids", [EVEN, RAGGED], ids=["even", "ragged"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_scores_are_those_of_the_library(kind, ids):
    built, pad = network(kind)
    ours = BertForward(built, pad, torch.float32).logits(*padded_with(pad, ids), training=False)
    assert torch.allclose(ours, library_logits(built, pad, ids), atol=1e-5)


@pytest.mark.parametrize("ids", [EVEN, RAGGED], ids=["even", "ragged"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_gradients_are_those_of_the_library(kind, ids):
    built, pad = network(kind)
    target = torch.tensor([0, 2, 1][: len(ids)])
    torch.nn.functional.cross_entropy(library_logits(built, pad, ids), target).backward()
    theirs = {name: p.grad for name, p in built.named_parameters()}
    forward = BertForward(built, pad, torch.float32)
    forward.narrow([range(SHAPE["vocab_size"])])
    torch.nn.functional.cross_entropy(forward.logits(*padded_with(pad, ids), training=False), target).backward()
    assert sorted(name for weight in forward.weights() for name in weight.names) == sorted(theirs)
    for weight in forward.weights():
        assert torch.allclose(weight.leaf.grad, torch.cat([theirs[name] for name in weight.names]), atol=1e-5), weight


@pytest.mark.parametrize("kind", KINDS)
def test_training_the_rows_that_occur_is_training_them_all(kind):
    """AdamW on the narrow embedding, then the decay of the rest, against AdamW on the whole one."""
    target, steps, scores, pad = torch.tensor([0, 2, 1]), 6, [], KINDS[kind][2]
    for taught in (RAGGED, [range(SHAPE["vocab_size"])]):
        forward = BertForward(network(kind)[0], pad, torch.float32)
        forward.narrow(taught)
        optimiser = AdamW(forward.weights(), 0.01, Recipe(name="x", weight_decay=0.1), steps)
        for _ in range(steps):
            torch.nn.functional.cross_entropy(
                forward.logits(*padded_with(pad, RAGGED), training=False), target
            ).backward()
            optimiser.step()
        forward.widen(optimiser.decay)
        scores.append(forward.logits(*padded_with(pad, [[20, 5, 40], [50, 7]]), training=False))
    assert torch.allclose(*scores, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_bf16_stays_near_fp32(kind):
    built, pad = network(kind)
    precise = BertForward(built, pad, torch.float32).logits(*padded_with(pad, RAGGED), training=False)
    rounded = BertForward(built, pad, torch.bfloat16).logits(*padded_with(pad, RAGGED), training=False)
    assert rounded.dtype == torch.float32
    assert torch.allclose(precise, rounded, atol=0.02)
    assert not torch.equal(precise, rounded)


@pytest.mark.parametrize("drop", [1, 26, 128])
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_dropout_drops_its_share_and_keeps_the_mean(precision, drop):
    torch.manual_seed(1)
    dropped = _kept(torch.ones(1000, 1001), precision, drop).float()
    share = drop / 256
    spread = (share * (1 - share) / dropped.numel()) ** 0.5
    assert float((dropped == 0).float().mean()) == pytest.approx(share, abs=5 * spread)
    assert float(dropped.mean()) == pytest.approx(1, abs=5 * spread / (1 - share) + torch.finfo(precision).eps / 2)
    assert len(dropped.unique()) == 2


def test_the_same_seed_draws_the_same_dropout():
    built, pad = network("bert")
    forward = BertForward(built, pad, torch.float32)
    forward.narrow(RAGGED)

    def drawn(seed):
        torch.manual_seed(seed)
        return forward.logits(*padded_with(pad, RAGGED), training=True)

    assert torch.equal(drawn(3), drawn(3))
    assert not torch.equal(drawn(3), drawn(4))


NONE = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "classifier_dropout": 0.0}
PASSES = {
    "ours": lambda built, pad: BertForward(built, pad, torch.float32),
    "the library's": lambda built, pad: LibraryForward(built, CPU, has_bf16=False),
}


def spread(make, kind, **drops):
    """How far the scores of a text lie apart that stands 100 times in a batch that is trained on."""
    built, pad = network(kind, initializer_range=0.3, **NONE | drops)
    forward = make(built, pad)
    torch.manual_seed(1)
    with torch.no_grad():
        scores = forward.logits(*padded_with(pad, RAGGED * 100), training=True)
    return float(scores.view(100, len(RAGGED), -1).std(0).mean())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("make", PASSES.values(), ids=PASSES)
def test_without_dropout_in_the_configuration_there_is_none(make, kind):
    assert spread(make, kind) < 1e-6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NONE)
def test_each_dropout_of_the_configuration_moves_the_scores_as_the_library_s_does(name, kind):
    ours, theirs = (spread(make, kind, **{name: 0.25}) for make in PASSES.values())
    assert ours == pytest.approx(theirs, rel=0.25)
    assert spread(PASSES["ours"], kind, **{name: 0.05}) < ours


def test_the_gradient_goes_through_the_dropout_of_attention_weights():
    """Along a direction, against a difference quotient of the loss at the same draws."""
    built, pad = network("bert", initializer_range=0.3, **NONE | {"attention_probs_dropout_prob": 0.5})
    target, batch = torch.tensor([0, 2, 1]), padded_with(pad, RAGGED)
    forward = BertForward(built, pad, torch.float32)

    def loss():
        torch.manual_seed(3)
        return torch.nn.functional.cross_entropy(forward.logits(*batch, training=True), target)

    loss().backward()
    leaf = next(weight.leaf for weight in forward.weights() if "layer.0.attention.self.query.weight" in weight.names[0])
    direction, ends = leaf.grad / leaf.grad.norm(), []
    with torch.no_grad():
        for step in (2e-3, -2e-3):
            leaf += step * direction
            ends.append(float(loss()))
            leaf -= step * direction
    assert (ends[0] - ends[1]) / 4e-3 == pytest.approx(float(leaf.grad.norm()), rel=0.02)


def test_other_shapes_and_devices_take_the_pass_of_the_library():
    built, pad = network("bert")
    assert isinstance(forward_of(built, pad, CPU, has_bf16=False), BertForward)
    built.config.hidden_act = "relu"
    plain = forward_of(built, pad, CPU, has_bf16=False)
    assert isinstance(plain, LibraryForward)


@pytest.mark.parametrize("ids", [EVEN, RAGGED], ids=["even", "ragged"])
def test_the_pass_of_the_library_is_asked_with_the_right_mask(ids):
    built, pad = network("bert")
    found = LibraryForward(built, CPU, has_bf16=False).logits(*padded_with(pad, ids), training=False)
    assert torch.allclose(found, library_logits(built, pad, ids), atol=1e-6)
