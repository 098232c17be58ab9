"""AdamW with a clipped gradient and a warmed-up, decaying learning rate, over all weights in two blocks."""

from collections.abc import Sequence

import torch

from synthworth.training.recipes import Recipe
from synthworth.training.weight import Weight

CLIP = 1.0


class AdamW:
    """AdamW (Loshchilov and Hutter 2019) for weights in any precision, by fp32 copies of them.

    Weights that decay (matrices) lie in one block, the others (biases and norms) in a second: a step goes over two
    tensors instead of hundreds. The gradient's norm is clipped to `CLIP`. The rate rises linearly to `learning_rate`
    over the recipe's warm-up, and falls linearly to 0 at the last of `steps`.
    """

    def __init__(self, weights: Sequence[Weight], learning_rate: float, recipe: Recipe, steps: int) -> None:
        self._leaves = [weight.leaf for weight in weights]
        blocks, self._views = [], {}
        for decays in (True, False):
            chosen = [weight for weight in weights if (weight.leaf.ndim > 1) == decays]
            block = torch.cat(
                [
                    weights[0].start.new_zeros(0, dtype=torch.float32),
                    *(weight.start.reshape(-1).float() for weight in chosen),
                ]
            )
            block.grad = torch.zeros_like(block)
            blocks.append(block)
            sizes = [weight.start.numel() for weight in chosen]
            for weight, value, gradient in zip(chosen, block.split(sizes), block.grad.split(sizes), strict=True):
                self._views[id(weight.leaf)] = value.view_as(weight.leaf), gradient.view_as(weight.leaf)
        self._blocks = blocks
        self._peak = learning_rate
        self._recipe = recipe
        self._steps = steps
        self._done = 0
        self._adamw = torch.optim.AdamW(
            [
                {"params": [block], "weight_decay": decay}
                for block, decay in zip(blocks, (recipe.weight_decay, 0.0), strict=True)
            ],
            lr=learning_rate,
            fused=True,
        )
        self._adamw.found_inf = torch.zeros((), device=blocks[0].device)  # type: ignore[attr-defined]
        self.decay = 1.0

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        warm = max(1, round(self._recipe.warm_up * self._steps))
        falling = max(0.0, (self._steps - self._done) / max(1, self._steps - warm))
        return self._peak * min((self._done + 1) / warm, falling)

    def step(self) -> None:
        """Update the weights by their gradients and clear these; `decay` is the factor of all weight decay so far."""
        with torch.no_grad():
            for leaf in self._leaves:
                if leaf.grad is not None:
                    self._views[id(leaf)][1].copy_(leaf.grad)
                    leaf.grad = None
            norm = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(b.grad) for b in self._blocks]))
            # What a gradient scaler uses: the step divides by it, which costs nothing.
            self._adamw.grad_scale = (norm / CLIP).clamp(min=1.0)  # type: ignore[attr-defined]
            self.decay *= 1 - self.rate * self._recipe.weight_decay
            for group in self._adamw.param_groups:
                group["lr"] = self.rate
            self._adamw.step()
            self._done += 1
            for leaf in self._leaves:
                leaf.copy_(self._views[id(leaf)][0])
