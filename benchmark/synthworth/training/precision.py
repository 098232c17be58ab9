"""The precision that a device multiplies natively."""

from typing import Any


def has_bf16(device: Any) -> bool:
    """Tell whether a torch device multiplies bf16 natively; if not, bf16 is converted, and slower than fp32."""
    import torch

    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if not torch.backends.mkldnn.is_available() or not hasattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported"):
        return False  # the wheels for macOS
    return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
