"""Forward and backward pass of BERT and RoBERTa on a CPU: the library's sums in fewer and cheaper steps."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import embedding, gelu, layer_norm

from synthworth.training.weight import Weight

BYTE = 256  # dropout is decided by one random byte where torch's own is by one random number: 0.1 becomes 26 / 256
NOWHERE = -1e4  # the score of a token that only fills up: its exponential is 0


class Layer(NamedTuple):
    """The weights of one layer, in order of use; rows of `inward` are query, key and value."""

    inward: Tensor
    inward_bias: Tensor
    outward: Tensor
    outward_bias: Tensor
    middle_norm: Tensor
    middle_shift: Tensor
    up: Tensor
    up_bias: Tensor
    down: Tensor
    down_bias: Tensor
    end_norm: Tensor
    end_shift: Tensor


PARTS = {  # of a layer, by the library's names; a list is stacked
    "inward": ["attention.self.query", "attention.self.key", "attention.self.value"],
    "outward": ["attention.output.dense"],
    "middle": ["attention.output.LayerNorm"],
    "up": ["intermediate.dense"],
    "down": ["output.dense"],
    "end": ["output.LayerNorm"],
}


class BertForward:
    """Forward and backward pass of BERT and RoBERTa (Devlin et al. 2019, Liu et al. 2019).

    - States between layers and products within them are in `precision`; norms, softmax, embeddings and the head are
      fp32. The gradients of a layer are written out, which saves casts and copies.
    - Query, key and value are one product. The last layer computes the first token only, as the head reads no other.
    - Only those rows of the word embedding that occur in the training texts are trained. AdamW would do nothing to the
      others but decay them, which `widen` makes up for: the same result without a gradient of 30,000 rows per batch.
    - Dropout is that of the configuration, to the nearest 256th: it is drawn a byte at a time.
    """

    def __init__(self, network: Any, pad: int, precision: torch.dtype) -> None:
        self._config = network.config
        self._parameters = {name: p.detach() for name, p in network.named_parameters()}
        self._pad = pad
        self._precision = precision
        self._body = network.config.model_type
        self._hidden_drop = _of_256(self._config.hidden_dropout_prob)
        self._attention_drop = _of_256(self._config.attention_probs_dropout_prob)
        head_drop = self._config.classifier_dropout
        self._head_drop = self._hidden_drop if head_drop is None else _of_256(head_drop)
        self._weights: dict[str, Weight] = {}
        for name in ("position_embeddings.weight", "token_type_embeddings.weight", *_both("LayerNorm")):
            self._leaf(f"{self._body}.embeddings.{name}")
        self._layers = [self._layer(number) for number in range(self._config.num_hidden_layers)]
        head = ("bert.pooler.dense", "classifier") if self._is_bert else ("classifier.dense", "classifier.out_proj")
        self._head = [self._leaf(name) for part in head for name in _both(part)]
        self._words = self._parameters[f"{self._body}.embeddings.word_embeddings.weight"]
        self._rows: Any = None
        self._place: Any = None

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Keep only those rows of the word embedding that these token ids use."""
        self._rows = torch.tensor(sorted({self._pad, *(i for row in ids for i in row)}))
        self._place = torch.full((len(self._words),), -1)
        self._place[self._rows] = torch.arange(len(self._rows))
        name = f"{self._body}.embeddings.word_embeddings.weight"
        self._weights[name] = _weight(self._words[self._rows], torch.float32, name)

    def widen(self, decay: float) -> None:
        """Put the trained rows back among the others, after multiplying these by `decay`."""
        self._words = self._words * decay
        trained = self._weights.pop(f"{self._body}.embeddings.word_embeddings.weight")
        self._words[self._rows] = trained.leaf.detach()
        self._place = None

    def weights(self) -> Sequence[Weight]:
        """Return all weights, with the trained rows of the word embedding in place of the whole."""
        return list(self._weights.values())

    def logits(self, padded: Tensor, hidden: Tensor | None, *, training: bool) -> Tensor:
        """Return the scores of the labels for a batch, as `Forward.logits`."""
        states = self._embedded(padded, training=training)
        for number, layer in enumerate(self._layers, 1):
            asking = states.shape[1] if number < len(self._layers) else 1
            drops = (self._hidden_drop, self._attention_drop) if training else (0, 0)
            states = _EncoderLayer.apply(states, hidden, asking, self._config, drops, *layer)
        return self._scores(states[:, 0].float(), training=training)

    @property
    def _is_bert(self) -> bool:
        return bool(self._body == "bert")

    def _embedded(self, padded: Tensor, *, training: bool) -> Tensor:
        of = f"{self._body}.embeddings"
        first = 0 if self._is_bert else self._pad + 1  # RoBERTa counts from behind the pad
        places = self._weights[f"{of}.position_embeddings.weight"].leaf[first : first + padded.shape[1]]
        kinds = self._weights[f"{of}.token_type_embeddings.weight"].leaf[0]
        narrow = self._place is not None
        words = self._weights[f"{of}.word_embeddings.weight"].leaf if narrow else self._words
        states = embedding(self._place[padded] if narrow else padded, words) + (places + kinds)
        norm, shift = (self._weights[name].leaf for name in _both(f"{of}.LayerNorm"))
        states = layer_norm(states, states.shape[-1:], norm, shift, self._config.layer_norm_eps).to(self._precision)
        return _dropped(states, self._hidden_drop if training else 0)

    def _scores(self, first: Tensor, *, training: bool) -> Tensor:
        inner, inner_bias, outer, outer_bias = self._head
        drop = self._head_drop if training else 0
        if not self._is_bert:
            first = _dropped(first, drop)
        middle = torch.tanh(torch.addmm(inner_bias, first, inner.t()))
        return torch.addmm(outer_bias, _dropped(middle, drop), outer.t())

    def _layer(self, number: int) -> Layer:
        tensors = []
        for part, names in PARTS.items():
            precision = torch.float32 if part in ("middle", "end") else self._precision
            for kind in ("weight", "bias"):
                full = [f"{self._body}.encoder.layer.{number}.{name}.{kind}" for name in names]
                tensors.append(self._leaf(*full, precision=precision))
        return Layer(*tensors)

    def _leaf(self, *names: str, precision: torch.dtype = torch.float32) -> Tensor:
        weight = _weight(torch.cat([self._parameters[name] for name in names]), precision, *names)
        self._weights[names[0]] = weight
        leaf: Tensor = weight.leaf
        return leaf


class _EncoderLayer(torch.autograd.Function):
    """One layer for the first `asking` tokens, which attend to all; the states are rows x tokens x units.

    `drops` are dropout of states and of attention weights, in 256ths.
    """

    @staticmethod
    def forward(
        ctx: Any,
        states: Tensor,
        hidden: Tensor | None,
        asking: int,
        config: Any,
        drops: tuple[int, int],
        *weights: Tensor,
    ) -> Tensor:
        w = Layer(*weights)
        (rows, width, size), heads, eps = states.shape, config.num_attention_heads, config.layer_norm_eps
        flat, queried = states.reshape(-1, size), states[:, :asking].reshape(-1, size)
        if asking == width:
            query, key, value = _split(torch.addmm(w.inward_bias, flat, w.inward.t()), rows, heads, 3)
        else:
            (query,) = _split(torch.addmm(w.inward_bias[:size], queried, w.inward[:size].t()), rows, heads, 1)
            key, value = _split(torch.addmm(w.inward_bias[size:], flat, w.inward[size:].t()), rows, heads, 2)
        scores = torch.bmm(query, key.transpose(1, 2)).float().mul_((size // heads) ** -0.5)
        if hidden is not None:
            scores.view(rows, heads, asking, width).masked_fill_(hidden[:, None, None, :], NOWHERE)
        exact = torch.softmax(scores, -1)  # in fp32: bf16 has a slow one, and a rough one
        shares, kept_shares = exact.to(states.dtype), _kept(exact, states.dtype, drops[1])
        shares = shares if kept_shares is None else shares * kept_shares
        mixed = _joined(torch.bmm(shares, value)[None], rows, heads)
        attended = torch.addmm(w.outward_bias, mixed, w.outward.t())
        kept = [_kept(attended, attended.dtype, drops[0]) for _ in range(2)]
        middle = _added(queried, attended, kept[0])
        between, *middle_moments = torch.native_layer_norm(middle, [size], w.middle_norm, w.middle_shift, eps)
        wide = torch.addmm(w.up_bias, between, w.up.t())
        active = gelu(wide)
        end = _added(between, torch.addmm(w.down_bias, active, w.down.t()), kept[1])
        states_after, *end_moments = torch.native_layer_norm(end, [size], w.end_norm, w.end_shift, eps)
        ctx.save_for_backward(
            *(flat, queried, query, key, value, exact, shares, mixed, middle, *middle_moments, between, wide, active),
            *(end, *end_moments, *kept, kept_shares, *weights),
        )
        ctx.shape = rows, width, size, heads, asking
        return states_after.view(rows, asking, size)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Any:
        rows, width, size, heads, asking = ctx.shape
        flat, queried, query, key, value, exact, shares, mixed, middle, mean, scale, between, wide, active = (
            ctx.saved_tensors[:14]
        )
        end, end_mean, end_scale, kept_middle, kept_end, kept_shares, *weights = ctx.saved_tensors[14:]
        w = Layer(*weights)

        d_end, *d_end_norm = torch.ops.aten.native_layer_norm_backward(
            gradient.reshape(-1, size), end, [size], end_mean, end_scale, w.end_norm, w.end_shift, [True, True, True]
        )
        d_down = d_end if kept_end is None else d_end * kept_end
        d_wide = torch.ops.aten.gelu_backward(d_down @ w.down, wide)
        d_between = torch.addmm(d_end, d_wide, w.up)
        d_middle, *d_middle_norm = torch.ops.aten.native_layer_norm_backward(
            d_between, middle, [size], mean, scale, w.middle_norm, w.middle_shift, [True, True, True]
        )
        d_attended = d_middle if kept_middle is None else d_middle * kept_middle

        (d_mixed,) = _split(d_attended @ w.outward, rows, heads, 1)
        d_shares = torch.bmm(d_mixed, value.transpose(1, 2))
        d_shares = (d_shares if kept_shares is None else d_shares * kept_shares).float()
        d_scores = torch.ops.aten._softmax_backward_data(d_shares, exact, -1, torch.float32)
        d_scores = d_scores.mul_((size // heads) ** -0.5).to(flat.dtype)
        inner = torch.empty((3, *key.shape), dtype=flat.dtype) if asking == width else None
        d_query, d_key, d_value = (
            inner if inner is not None else (None, *torch.empty((2, *key.shape), dtype=flat.dtype))
        )
        d_query = torch.bmm(d_scores, key, out=d_query) if d_query is not None else torch.bmm(d_scores, key)
        torch.bmm(d_scores.transpose(1, 2), query, out=d_key)
        torch.bmm(shares.transpose(1, 2), d_mixed, out=d_value)
        if inner is not None:
            d_inward = _joined(inner, rows, heads)
            d_states = torch.addmm(d_middle, d_inward, w.inward)
            d_weight, d_bias = d_inward.t() @ flat, d_inward.sum(0)
        else:
            d_first, d_rest = _joined(d_query[None], rows, heads), _joined(torch.stack([d_key, d_value]), rows, heads)
            d_states = d_rest @ w.inward[size:]
            first = d_states.view(rows, width, size)[:, :asking]
            first += torch.addmm(d_middle, d_first, w.inward[:size]).view(rows, asking, size)
            d_weight = torch.cat([d_first.t() @ queried, d_rest.t() @ flat])
            d_bias = torch.cat([d_first.sum(0), d_rest.sum(0)])
        return (
            *(d_states.view(rows, width, size), None, None, None, None),
            *(d_weight, d_bias, d_attended.t() @ mixed, d_attended.sum(0), *d_middle_norm),
            *(d_wide.t() @ between, d_wide.sum(0), d_down.t() @ active, d_down.sum(0), *d_end_norm),
        )


def _split(columns: Tensor, rows: int, heads: int, parts: int) -> tuple[Tensor, ...]:
    """Split columns into parts, each of shape (rows x heads, tokens, units of a head)."""
    width = columns.shape[0] // rows
    apart = columns.view(rows, width, parts, heads, -1).permute(2, 0, 3, 1, 4)
    return apart.reshape(parts, rows * heads, width, -1).unbind(0)


def _joined(parts: Tensor, rows: int, heads: int) -> Tensor:
    """Undo `_split`."""
    count, _, width, units = parts.shape
    return parts.view(count, rows, heads, width, units).permute(1, 3, 0, 2, 4).reshape(rows * width, -1)


def _added(states: Tensor, change: Tensor, kept: Tensor | None) -> Tensor:
    return states + change if kept is None else torch.addcmul(states, change, kept)


def _of_256(share: float) -> int:
    return min(BYTE - 1, round(BYTE * share))


def _dropped(states: Tensor, drop: int) -> Tensor:
    kept = _kept(states, states.dtype, drop)
    return states if kept is None else states * kept


def _kept(states: Tensor, precision: torch.dtype, drop: int) -> Tensor | None:
    """A factor per state: 0 for about `drop` of 256, else 256 / (256 - drop); None if nothing is dropped."""
    if not drop:
        return None
    size = states.numel()
    drawn = torch.empty((size + 7) // 8, dtype=torch.int64).random_(-(2**63), None).view(torch.uint8)[:size]
    kept = drawn.view(states.shape).to(torch.int16).clamp_(drop - 1, drop).sub_(drop - 1)
    factor = BYTE / (BYTE - drop)
    if precision == torch.bfloat16:  # written as bits: five times faster than a comparison and a cast
        bits = int(torch.tensor(factor, dtype=torch.bfloat16).view(torch.int16))
        return kept.mul_(bits).view(torch.bfloat16)
    return kept.to(precision).mul_(factor)


def _weight(start: Tensor, precision: torch.dtype, *names: str) -> Weight:
    return Weight(start.to(precision, copy=True).requires_grad_(), start, names)


def _both(part: str) -> tuple[str, str]:
    return f"{part}.weight", f"{part}.bias"
