"""Goldens for src/worker/checkpoint: small safetensors files written by the reference library.

Needs torch (2.3 or later, for uint32), numpy and safetensors (made with 2.13, 2.5 and 0.8). Run from the repository root:
    python3 test/golden/make/weightFiles.py
Writes test/golden/data/weights-all-dtypes.safetensors, weights-writable.safetensors and weights-halves.safetensors
(float32 bit patterns, among them ties and subnormals, beside numpy's rounding of them to float16).
"""

from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

OUT = Path(__file__).resolve().parent.parent / "data"


def halves():
    """Float32 values around every kind of rounding decision."""
    bits = np.random.default_rng(0).integers(0, 2**32, 2000, dtype=np.uint64).astype(np.uint32)
    anywhere = bits.view(np.float32)
    # Exponents that float16 has, normal and subnormal.
    inside = ((bits & 0x807FFFFF) | (((bits >> 23) % 45 + 100) << 23).astype(np.uint32)).view(np.float32)
    exact = np.arange(0, 65536, 37, dtype=np.uint16).view(np.float16).astype(np.float32)
    exact = exact[np.isfinite(exact)]
    ties = (exact[:-1] + np.nextafter(exact[:-1].astype(np.float16), np.float16(np.inf)).astype(np.float32)) / 2
    edges = np.array([0, -0.0, 65504, 65519.996, 65520, -65520, 65536, 2**-24, 2**-25, 2**-25 * 1.0001, 6.1e-5, np.inf, -np.inf])
    values = np.concatenate([anywhere, inside, exact, ties, edges.astype(np.float32)])
    return values[~np.isnan(values)]


if __name__ == "__main__":
    grid = torch.arange(6, dtype=torch.float32).reshape(2, 3) / 7 - 0.3
    writable = {
        "layer1.0.conv1.weight": grid,
        "bn1.num_batches_tracked": torch.tensor(9007199254740993),
        "half": grid.half(),
        "counts": torch.tensor([-5, 2**31 - 1], dtype=torch.int32),
        "pixels": torch.tensor([0, 7, 255], dtype=torch.uint8),
        "nothing": torch.zeros(0, 4),
    }
    others = {
        "brain": grid.bfloat16(),
        "double": grid.double() / 3,
        "unsigned": torch.tensor([0, 2**32 - 1], dtype=torch.uint32),
        "flags": torch.tensor([True, False]),
    }
    save_file(writable, OUT / "weights-writable.safetensors", metadata={"format": "pt"})
    save_file({**writable, **others}, OUT / "weights-all-dtypes.safetensors", metadata={"format": "pt"})
    values = halves()
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float16)
    save_file(
        {"values": torch.from_numpy(values), "rounded": torch.from_numpy(rounded),
         "bits": torch.from_numpy(rounded.view(np.uint16).astype(np.int32))},
        OUT / "weights-halves.safetensors")
