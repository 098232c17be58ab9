"""How an encoder turns token ids into scores: by a pass of our own for BERT's shape on a CPU, else by the library's."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

DROP = 26  # of 256: dropout of 0.1, decided by one random byte where torch's own decides by one random number
OURS = ("bert", "roberta")


class Forward(Protocol):
    """A network that is trained and asked, whichever way it computes."""

    network: Any

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Prepares for training on these texts."""

    def widen(self, decay: float) -> None:
        """Ends the training, in which the weights were multiplied by `decay` for its weight decay alone."""

    def logits(self, ids: Sequence[Sequence[int]], *, training: bool) -> Any:
        """The scores of the labels for a batch of texts: a row a text, a column a label, fp32."""

    def parameters(self) -> Iterable[Any]:
        """What the optimiser changes."""


def forward_of(network: Any, pad: int, device: Any, *, has_bf16: bool) -> Forward:
    """The pass for this network on this device."""
    import torch

    config = network.config
    ours = config.model_type in OURS and config.hidden_act == "gelu" and not getattr(config, "is_decoder", False)
    if device.type == "cpu" and ours:
        return BertForward(network, pad, torch.bfloat16 if has_bf16 else torch.float32)
    return LibraryForward(network, pad, device, has_bf16=has_bf16)


class LibraryForward:
    """The network's own pass, under bf16 autocast where the device has it."""

    def __init__(self, network: Any, pad: int, device: Any, *, has_bf16: bool) -> None:
        import torch

        self.network = network.to(device)
        self._pad = pad
        self._device = device
        self._autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bf16)

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Nothing: all of it is trained."""

    def widen(self, decay: float) -> None:
        """Nothing: all of it was trained."""

    def logits(self, ids: Sequence[Sequence[int]], *, training: bool) -> Any:
        """The scores of the labels for a batch of texts."""
        import torch

        padded, hidden = _padded(ids, self._pad)
        mask = torch.ones_like(padded) if hidden is None else (~hidden).long()
        self.network.train(training)
        with self._autocast:
            found = self.network(input_ids=padded.to(self._device), attention_mask=mask.to(self._device)).logits
        return found.float()

    def parameters(self) -> Iterable[Any]:
        """All of them."""
        return list(self.network.parameters())


class BertForward:
    """The pass of BERT and RoBERTa (Devlin et al. 2019, Liu et al. 2019), the same sums in fewer and cheaper steps.

    - Between layers everything is bf16, and no operation casts for itself; weights are fp32 and cast once a step.
    - Query, key and value are one product. The last layer computes what the head reads, the first token, and no more.
    - Of the word embedding only the rows that occur in the training texts are trained. AdamW does nothing to
      the others but decay them, which `widen` makes up for: the result is the same, without a gradient of
      30,000 rows for every batch.
    - Dropout is drawn a byte at a time. There is none on the attention weights.
    """

    def __init__(self, network: Any, pad: int, precision: Any) -> None:
        self.network = network
        self._body = getattr(network, network.config.model_type)
        self._pad = pad
        self._precision = precision
        self._heads = network.config.num_attention_heads
        self._words = self._body.embeddings.word_embeddings.weight
        self._rows: Any = None
        self._place: Any = None
        self._narrow: Any = None

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """From here on, only the rows of the word embedding that these texts use are there."""
        import torch

        self._rows = torch.tensor(sorted({self._pad, *(i for row in ids for i in row)}))
        self._place = torch.full((len(self._words),), -1)
        self._place[self._rows] = torch.arange(len(self._rows))
        self._narrow = torch.nn.Parameter(self._words.detach()[self._rows])

    def widen(self, decay: float) -> None:
        """Puts the trained rows back among the others, which have decayed meanwhile."""
        import torch

        with torch.no_grad():
            self._words.mul_(decay)
            self._words[self._rows] = self._narrow
        self._narrow = None

    def parameters(self) -> Iterable[Any]:
        """All of them, with the rows of the word embedding that are trained in place of the whole."""
        return [p for p in self.network.parameters() if p is not self._words] + [self._narrow]

    def logits(self, ids: Sequence[Sequence[int]], *, training: bool) -> Any:
        """The scores of the labels for a batch of texts."""
        import torch

        padded, hidden = _padded(ids, self._pad)
        states = self._embedded(padded, training=training)
        bias = None
        if hidden is not None:
            bias = torch.zeros(hidden.shape, dtype=self._precision).masked_fill_(hidden, -1e4)[:, None, None, :]
        *layers, last = self._body.encoder.layer
        for layer in layers:
            states = self._layer(layer, states, states, bias, training=training)
        states = self._layer(last, states[:, :1], states, bias, training=training)
        return self._head(states[:, 0].float(), training=training)

    def _embedded(self, padded: Any, *, training: bool) -> Any:
        from torch.nn.functional import embedding, layer_norm

        table = self._body.embeddings
        first = (
            self._pad + 1 if self.network.config.model_type == "roberta" else 0
        )  # RoBERTa counts from behind the pad
        places = (
            table.position_embeddings.weight[first : first + padded.shape[1]] + table.token_type_embeddings.weight[0]
        )
        narrow = self._narrow is not None
        found = embedding(self._place[padded], self._narrow) if narrow else embedding(padded, self._words)
        norm = table.LayerNorm
        found = layer_norm(found + places, found.shape[-1:], norm.weight, norm.bias, norm.eps)
        return self._dropped(found.to(self._precision), training=training)

    def _layer(self, layer: Any, asking: Any, states: Any, bias: Any, *, training: bool) -> Any:
        """One layer for the tokens `asking`, which attend to all `states`."""
        import torch
        from torch.nn.functional import gelu

        rows, _, size = states.shape
        one, after = layer.attention.self, layer.attention.output
        if asking is states:
            query, key, value = self._split(self._product(states, one.query, one.key, one.value), 3)
        else:
            (query,) = self._split(self._product(asking, one.query), 1)
            key, value = self._split(self._product(states, one.key, one.value), 2)
        scores = torch.matmul(query * (size // self._heads) ** -0.5, key.transpose(-1, -2))
        weights = torch.softmax(scores if bias is None else scores + bias, -1)
        found = torch.matmul(weights, value).transpose(1, 2).reshape(rows, -1, size)
        found = self._added(self._product(found, after.dense), asking, after.LayerNorm, training=training)
        wide = gelu(self._product(found, layer.intermediate.dense))
        return self._added(self._product(wide, layer.output.dense), found, layer.output.LayerNorm, training=training)

    def _product(self, states: Any, *linear: Any) -> Any:
        import torch

        weight = torch.cat([one.weight for one in linear]) if len(linear) > 1 else linear[0].weight
        bias = torch.cat([one.bias for one in linear]) if len(linear) > 1 else linear[0].bias
        return torch.nn.functional.linear(states, weight.to(self._precision), bias.to(self._precision))

    def _split(self, found: Any, parts: int) -> Any:
        rows, width, _ = found.shape
        return found.view(rows, width, parts, self._heads, -1).permute(2, 0, 3, 1, 4).unbind(0)

    def _added(self, found: Any, states: Any, norm: Any, *, training: bool) -> Any:
        from torch.nn.functional import layer_norm

        total = self._dropped(found, training=training) + states
        return layer_norm(total, total.shape[-1:], norm.weight, norm.bias, norm.eps)

    def _head(self, first: Any, *, training: bool) -> Any:
        import torch

        if self.network.config.model_type == "bert":
            inner, outer = self._body.pooler.dense, self.network.classifier
        else:
            inner, outer = self.network.classifier.dense, self.network.classifier.out_proj
            first = self._dropped(first, training=training)
        return outer(self._dropped(torch.tanh(inner(first)), training=training))

    def _dropped(self, states: Any, *, training: bool) -> Any:
        import torch

        if not training:
            return states
        size = states.numel()
        drawn = torch.empty((size + 7) // 8, dtype=torch.int64).random_(-(2**63), None).view(torch.uint8)
        kept = (drawn[:size].view(states.shape) >= DROP).to(states.dtype)
        return states * kept.mul_(256 / (256 - DROP))


def _padded(ids: Sequence[Sequence[int]], pad: int) -> tuple[Any, Any]:
    """Token ids, a row a text, and which of them only fill up; None where none does."""
    import torch

    lengths = torch.tensor([len(row) for row in ids])
    rows = [torch.tensor(row) for row in ids]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
    width = padded.shape[1]
    return padded, None if int(lengths.min()) == width else torch.arange(width) >= lengths[:, None]
