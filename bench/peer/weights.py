"""The peer of bench/weights.ts: torch.load of a ResNet-50 (98 MiB), and safetensors' load_file where it is installed.

    python bench/peer/weights.py [--threads 2]         time the files that bench/weights.ts has had made
    python bench/peer/weights.py --make FOLDER         make them (needs torch and torchvision, or torch alone)
"""
import argparse
import json
import os
import struct
import tempfile
import time

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--make")
arguments = parser.parse_args()
torch.set_num_threads(arguments.threads)
folder = arguments.make or os.path.join(tempfile.gettempdir(), "transferscope-bench-weights")


def state():
    """torchvision's names and shapes; random numbers."""
    torch.manual_seed(0)
    shapes = {"conv1.weight": (64, 3, 7, 7), "bn1": 64, "fc.weight": (1000, 2048), "fc.bias": (1000,)}
    channels = 64
    for stage, blocks in enumerate([3, 4, 6, 3], start=1):
        inner = 32 * 2**stage
        for block in range(blocks):
            name = f"layer{stage}.{block}"
            shapes |= {f"{name}.conv1.weight": (inner, channels, 1, 1), f"{name}.bn1": inner, f"{name}.conv2.weight": (inner, inner, 3, 3)}
            shapes |= {f"{name}.bn2": inner, f"{name}.conv3.weight": (4 * inner, inner, 1, 1), f"{name}.bn3": 4 * inner}
            if block == 0:
                shapes |= {f"{name}.downsample.0.weight": (4 * inner, channels, 1, 1), f"{name}.downsample.1": 4 * inner}
            channels = 4 * inner
    tensors = {}
    for name, shape in shapes.items():
        if isinstance(shape, tuple):
            tensors[name] = torch.randn(shape)
            continue
        for part in ("weight", "bias", "running_mean", "running_var"):
            tensors[f"{name}.{part}"] = torch.rand(shape)
        tensors[f"{name}.num_batches_tracked"] = torch.tensor(0)
    return tensors


def save_safetensors(tensors, path):
    header, position = {}, 0
    for name, tensor in tensors.items():
        size = tensor.numel() * tensor.element_size()
        dtype = "I64" if tensor.dtype == torch.int64 else "F32"
        header[name] = {"dtype": dtype, "shape": list(tensor.shape), "data_offsets": [position, position + size]}
        position += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in tensors.values():
            file.write(tensor.contiguous().numpy().tobytes())


if arguments.make:
    os.makedirs(folder, exist_ok=True)
    tensors = state()
    torch.save(tensors, os.path.join(folder, "resnet50.pth"))
    torch.save(tensors, os.path.join(folder, "resnet50-legacy.pth"), _use_new_zipfile_serialization=False)
    save_safetensors(tensors, os.path.join(folder, "resnet50.safetensors"))
    raise SystemExit

readers = [("resnet50.pth", torch.load), ("resnet50-legacy.pth", torch.load)]
try:
    from safetensors.torch import load_file

    # The library maps the file and reads nothing; touching every page is the reading.
    readers.append(("resnet50.safetensors", lambda path: [tensor.clone() for tensor in load_file(path).values()]))
except ImportError:
    pass
for name, read in readers:
    times = []
    for _ in range(9):
        start = time.perf_counter()
        read(os.path.join(folder, name))
        times.append(time.perf_counter() - start)
    print(json.dumps({"workload": f"read-{name}", "threads": arguments.threads, "seconds": sorted(times)[4]}), flush=True)
