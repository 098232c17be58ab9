"""The pass of an encoder from token ids to scores: our own for BERT on a CPU, else the library's."""

from collections.abc import Sequence
from typing import Any, Protocol

from synthworth.training.recipes import Untrainable
from synthworth.training.weight import Weight

OURS = ("bert", "roberta")


class Forward(Protocol):
    """A network that can be trained and asked for scores."""

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Prepare for training on texts with these token ids."""

    def widen(self, decay: float) -> None:
        """End the training; `decay` is the factor by which weight decay alone has shrunk a weight."""

    def logits(self, padded: Any, hidden: Any, *, training: bool) -> Any:
        """Return the fp32 scores, shape (texts, labels), of a batch as `padded_with` returns it."""

    def weights(self) -> Sequence[Weight]:
        """Return the weights to train."""


def forward_of(network: Any, pad: int, device: Any, *, has_bf16: bool) -> Forward:
    """Return the pass for this network on this device."""
    import torch

    config = network.config
    ours = config.model_type in OURS and config.hidden_act == "gelu" and not getattr(config, "is_decoder", False)
    if device.type == "cpu" and ours:
        from synthworth.training.bert import BertForward

        return BertForward(network, pad, torch.bfloat16 if has_bf16 else torch.float32)
    return LibraryForward(network, device, has_bf16=has_bf16)


class LibraryForward:
    """The library's pass of a network, under bf16 autocast if `has_bf16`."""

    def __init__(self, network: Any, device: Any, *, has_bf16: bool) -> None:
        import torch

        self._network = network.to(device)
        self._device = device
        self._autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bf16)

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Do nothing: all weights are trained."""

    def widen(self, decay: float) -> None:
        """Do nothing: all weights were trained."""

    def logits(self, padded: Any, hidden: Any, *, training: bool) -> Any:
        """Return the scores of the labels for a batch."""
        import torch

        mask = torch.ones_like(padded) if hidden is None else (~hidden).long()
        self._network.train(training)
        try:
            with self._autocast:
                logits = self._network(
                    input_ids=padded.to(self._device, non_blocking=True),
                    attention_mask=mask.to(self._device, non_blocking=True),
                ).logits
        except Exception as error:  # of a stranger's network: nothing of ours runs in it
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            name = self._network.config.name_or_path
            raise Untrainable(f"the encoder {name} fails on a batch of texts ({reason}); give another") from error
        return logits.float()

    def weights(self) -> Sequence[Weight]:
        """Return all weights."""
        return [Weight(p, p.detach(), (name,)) for name, p in self._network.named_parameters()]


def padded_with(pad: int, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Return token ids of shape (texts, longest), and a mask that is True at padding; None without padding."""
    import torch

    lengths = torch.tensor([len(row) for row in ids])
    rows = [torch.tensor(row) for row in ids]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
    width = padded.shape[1]
    return padded, None if int(lengths.min()) == width else torch.arange(width) >= lengths[:, None]
