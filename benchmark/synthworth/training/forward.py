"""How an encoder turns token ids into scores: by a pass of our own for BERT's shape on a CPU, else by the library's."""

from collections.abc import Sequence
from typing import Any, Protocol

from synthworth.training.weight import Weight

OURS = ("bert", "roberta")


class Forward(Protocol):
    """A network that is trained and asked, whichever way it computes."""

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Prepares for training on these texts."""

    def widen(self, decay: float) -> None:
        """Ends the training, in which the weights were multiplied by `decay` for its weight decay alone."""

    def logits(self, padded: Any, hidden: Any, *, training: bool) -> Any:
        """The scores of the labels for what `padded_with` made of a batch: a row a text, a column a label, fp32."""

    def weights(self) -> Sequence[Weight]:
        """What the optimiser changes."""


def forward_of(network: Any, pad: int, device: Any, *, has_bf16: bool) -> Forward:
    """The pass for this network on this device."""
    import torch

    config = network.config
    ours = config.model_type in OURS and config.hidden_act == "gelu" and not getattr(config, "is_decoder", False)
    if device.type == "cpu" and ours:
        from synthworth.training.bert import BertForward

        return BertForward(network, pad, torch.bfloat16 if has_bf16 else torch.float32)
    return LibraryForward(network, device, has_bf16=has_bf16)


class LibraryForward:
    """The network's own pass, under bf16 autocast where the device has it."""

    def __init__(self, network: Any, device: Any, *, has_bf16: bool) -> None:
        import torch

        self._network = network.to(device)
        self._device = device
        self._autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=has_bf16)

    def narrow(self, ids: Sequence[Sequence[int]]) -> None:
        """Nothing: all of it is trained."""

    def widen(self, decay: float) -> None:
        """Nothing: all of it was trained."""

    def logits(self, padded: Any, hidden: Any, *, training: bool) -> Any:
        """The scores of the labels for a batch of texts."""
        import torch

        mask = torch.ones_like(padded) if hidden is None else (~hidden).long()
        self._network.train(training)
        with self._autocast:
            found = self._network(
                input_ids=padded.to(self._device, non_blocking=True),
                attention_mask=mask.to(self._device, non_blocking=True),
            ).logits
        return found.float()

    def weights(self) -> Sequence[Weight]:
        """All of them."""
        return [Weight(p, p.detach(), (name,)) for name, p in self._network.named_parameters()]


def padded_with(pad: int, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
    """Token ids, a row a text, and which of them only fill up; None where none does."""
    import torch

    lengths = torch.tensor([len(row) for row in ids])
    rows = [torch.tensor(row) for row in ids]
    padded = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=pad)
    width = padded.shape[1]
    return padded, None if int(lengths.min()) == width else torch.arange(width) >= lengths[:, None]
