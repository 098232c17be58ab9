"""Our AdamW against torch's, with its clipping and its schedule."""

import pytest
import torch

from synthworth.training.adamw import CLIP, AdamW
from synthworth.training.recipes import Recipe
from synthworth.training.weight import Weight

STEPS = 20
RECIPE = Recipe(name="x", learning_rate=0.01, weight_decay=0.1)
SHAPES = ((5, 3), (3,), (4, 6), (6,))
pytestmark = pytest.mark.usefixtures("one_thread")


def starts():
    drawn = torch.Generator().manual_seed(0)
    return [torch.randn(shape, generator=drawn) for shape in SHAPES]


def weights(precision=torch.float32):
    return [Weight(start.to(precision, copy=True).requires_grad_(), start, ("w",)) for start in starts()]


def gradients(step, scale):
    drawn = torch.Generator().manual_seed(step + 1)
    return [scale * torch.randn(shape, generator=drawn) for shape in SHAPES]


def as_torch_does(scale, steps=STEPS):
    found = [torch.nn.Parameter(start) for start in starts()]
    decayed, plain = [p for p in found if p.ndim > 1], [p for p in found if p.ndim == 1]
    groups = [{"params": decayed, "weight_decay": RECIPE.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimiser, warm = torch.optim.AdamW(groups, lr=RECIPE.learning_rate), round(RECIPE.warm_up * STEPS)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min((step + 1) / warm, (STEPS - step) / (STEPS - warm))
    )
    for step in range(steps):
        for parameter, gradient in zip(found, gradients(step, scale), strict=True):
            parameter.grad = gradient
        torch.nn.utils.clip_grad_norm_(found, CLIP)
        optimiser.step()
        schedule.step()
    return found


def stepped(chosen, scale, steps=STEPS):
    optimiser = AdamW(chosen, RECIPE.learning_rate, RECIPE, STEPS)
    for step in range(steps):
        for weight, gradient in zip(chosen, gradients(step, scale), strict=True):
            weight.leaf.grad = gradient.to(weight.leaf.dtype)
        optimiser.step()
    return optimiser


@pytest.mark.parametrize("scale", [0.01, 1.0, 100.0], ids=["not clipped", "clipped", "clipped much"])
def test_the_steps_are_those_of_torch_with_its_clipping_and_its_schedule(scale):
    ours = weights()
    stepped(ours, scale)
    for weight, expected in zip(ours, as_torch_does(scale), strict=True):
        assert torch.allclose(weight.leaf, expected, atol=1e-6)


def test_the_rate_rises_over_a_tenth_of_the_steps_and_falls_to_nothing():
    rates = [stepped(weights(), 1, steps).rate / RECIPE.learning_rate for steps in range(STEPS + 1)]
    assert rates[:3] == pytest.approx([0.5, 1.0, 1.0])
    assert rates[11] == pytest.approx(0.5)
    assert rates[-1] == 0


def test_small_steps_add_up_in_weights_that_are_computed_with_in_bf16():
    """Alone, a bf16 weight of 1 loses every step below 0.002."""
    weight = Weight(torch.ones(2, 2, dtype=torch.bfloat16, requires_grad=True), torch.ones(2, 2), ("w",))
    small = Recipe(name="x", learning_rate=1e-4, weight_decay=0.0)
    optimiser = AdamW([weight], small.learning_rate, small, 1000)
    for _ in range(500):
        weight.leaf.grad = torch.ones(2, 2, dtype=torch.bfloat16)
        optimiser.step()
    assert float(weight.leaf.detach().max()) < 0.97


def test_matrices_decay_and_what_decay_alone_leaves_is_known():
    ours = weights()
    optimiser = AdamW(ours, RECIPE.learning_rate, RECIPE, STEPS)
    for _ in range(STEPS):
        optimiser.step()
    for weight in ours:
        left = optimiser.decay if weight.leaf.ndim > 1 else 1
        assert torch.allclose(weight.leaf, weight.start * left, atol=1e-6)
    assert optimiser.decay < 1


def test_gradients_are_gone_after_a_step():
    ours = weights()
    stepped(ours, 1, 1)
    assert all(weight.leaf.grad is None for weight in ours)
