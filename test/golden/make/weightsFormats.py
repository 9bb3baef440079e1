"""Goldens for src/shared/weights: small checkpoints written by the libraries themselves, and what they hold.

Needs torch (2.x; made with 2.13), numpy (2.4), safetensors (0.8) and h5py (3.16). Run from the repository root:
    python3 test/golden/make/weightsFormats.py
Writes test/golden/data/weights/*. Expected values are in expected.json: by file, name -> [dtype, shape, values].
TensorFlow.js has no Python writer here; its files are laid out by hand as its format says, values by numpy.
"""

import argparse
import collections
import json
import pickle
import zipfile
from pathlib import Path

import h5py
import numpy as np
import torch
from safetensors.torch import save_file

OUT = Path(__file__).parent.parent / "data" / "weights"
EXPECTED: dict[str, dict[str, list]] = {}


def describe(tensors):
    def row(value):
        value = value if isinstance(value, torch.Tensor) else torch.from_numpy(np.array(value, dtype=value.dtype.newbyteorder("=")))
        dtype = str(value.dtype).removeprefix("torch.")
        return [dtype, list(value.shape), value.detach().to(torch.float32).flatten().tolist()]

    return {name: row(value) for name, value in tensors.items()}


def state():
    """Contiguous, transposed, strided and shared views, every number type, a parameter, an expanded and an empty tensor."""
    generator = torch.Generator().manual_seed(7)
    base = torch.randn(40, generator=generator)
    return collections.OrderedDict(
        [
            ("plain", base[:6].reshape(2, 3)),
            ("transposed", base[6:18].reshape(3, 4).t()),
            ("stepped", base[18:36:3]),
            ("channels_last", base[:36].reshape(1, 4, 3, 3).to(memory_format=torch.channels_last)),
            ("brain", torch.randn(5, generator=generator).bfloat16()),
            ("half", torch.randn(5, generator=generator).half()),
            ("double", torch.randn(5, generator=generator).double()),
            ("long", torch.tensor([-3, 2**24])),
            ("int", torch.tensor([-3, 2**20], dtype=torch.int32)),
            ("short", torch.tensor([-3, 300], dtype=torch.int16)),
            ("char", torch.tensor([-3, 100], dtype=torch.int8)),
            ("byte", torch.tensor([3, 255], dtype=torch.uint8)),
            ("bool", torch.tensor([True, False])),
            ("counter", torch.tensor(7)),
            ("parameter", torch.nn.Parameter(torch.randn(2, 2, generator=generator))),
            ("expanded", torch.randn(2, 1, generator=generator).expand(2, 3)),
            ("nothing", torch.zeros(0, 4)),
        ]
    )


def torch_files():
    tensors = state()
    checkpoint = {
        "epoch": 200,
        "arch": "resnet50",
        "state_dict": tensors,
        "again": tensors["plain"],
        "optimizer": {"state": {0: {"momentum_buffer": torch.arange(3.0)}}, "param_groups": [{"lr": 0.03, "params": [0]}]},
        "args": argparse.Namespace(lr=0.03, dist=None, schedule=[120, 160]),
    }
    expected = describe({f"state_dict.{name}": value for name, value in tensors.items()})
    expected["again"] = expected["state_dict.plain"]
    expected["optimizer.state.0.momentum_buffer"] = ["float32", [3], [0, 1, 2]]
    torch.save(checkpoint, OUT / "torch-zip.pth")
    torch.save(checkpoint, OUT / "torch-legacy.pth", _use_new_zipfile_serialization=False)
    EXPECTED["torch-zip.pth"] = EXPECTED["torch-legacy.pth"] = expected
    EXPECTED["torch-bare.pt"] = describe({"weight": tensors["plain"]})
    torch.save({"weight": tensors["plain"]}, OUT / "torch-bare.pt", pickle_protocol=4)
    # Packed by hand: torch never does, other tools do.
    with zipfile.ZipFile(OUT / "torch-zip.pth") as source, zipfile.ZipFile(OUT / "torch-packed.pth", "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in source.infolist():
            packed.writestr(entry.filename, source.read(entry.filename))
    EXPECTED["torch-packed.pth"] = expected


class Evil:
    def __reduce__(self):
        return print, ("code was run",)


class EvilByName:
    def __reduce__(self):
        return getattr, ("text", "upper")


def refused_files():
    torch.save({"state_dict": {"weight": torch.ones(2)}, "extra": Evil()}, OUT / "refused-print.pth")
    torch.save({"extra": EvilByName()}, OUT / "refused-getattr.pth", _use_new_zipfile_serialization=False)
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), OUT / "refused-script.pt")
    (OUT / "refused-system.pkl").write_bytes(b"cos\nsystem\n(S'echo code was run'\ntR.")


def numpy_files():
    arrays = {
        "plain": np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3),
        "fortran": np.asfortranarray(np.arange(6, dtype=np.float32).reshape(2, 3)),
        "big_endian": np.arange(3, dtype=">f8") / 3,
        "half": np.linspace(-1, 1, 5, dtype=np.float16),
        "counts": np.array([-3, 2**24], dtype=np.int64),
        "scalar": np.array(2.5, dtype=np.float32),
        "flags": np.array([True, False]),
    }
    np.savez(OUT / "arrays.npz", **arrays)
    np.savez_compressed(OUT / "arrays-packed.npz", **arrays, zeros=np.zeros(50_000, np.float32))
    np.save(OUT / "array.npy", arrays["fortran"])
    EXPECTED["arrays.npz"] = describe(arrays)
    EXPECTED["arrays-packed.npz"] = {**describe(arrays), "zeros": ["float32", [50_000], []]}
    EXPECTED["array.npy"] = {"array": describe(arrays)["fortran"]}
    # As detectron2's model zoo has them; protocol 2 is Python 2's, 5 is today's. The long array is longer than a name.
    arrays["long"] = (np.arange(9000, dtype=np.float32) % 97) / 97
    model = {"model": arrays, "__author__": "Caffe2", "matching_heuristics": True}
    for protocol in (0, 2, 4, 5):
        name = f"detectron2-{protocol}.pkl"
        (OUT / name).write_bytes(pickle.dumps(model, protocol=protocol))
        EXPECTED[name] = {f"model.{key}": value for key, value in describe(arrays).items()}
        EXPECTED[name]["model.long"][2] = []


def safetensors_files():
    first, second = {"a": torch.arange(4.0).reshape(2, 2)}, {"b": torch.linspace(0, 1, 5).half()}
    save_file(first, OUT / "model-00001-of-00002.safetensors", metadata={"format": "pt"})
    save_file(second, OUT / "model-00002-of-00002.safetensors", metadata={"format": "pt"})
    index = {"metadata": {"total_size": 26}, "weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (OUT / "model.safetensors.index.json").write_text(json.dumps(index))
    EXPECTED["model.safetensors.index.json"] = describe({**first, **second})


def keras_files():
    arrays = {
        "model_weights/conv1_conv/conv1_conv/kernel:0": np.linspace(-1, 1, 18, dtype=np.float32).reshape(1, 3, 3, 2),
        "model_weights/conv1_conv/conv1_conv/bias:0": np.array([1, 2], dtype=">f4"),
        "model_weights/conv1_bn/conv1_bn/gamma:0": np.array([0.5, 0.25], dtype=np.float64),
        "counts": np.array([1, 2, 3], dtype=np.int32),
    }
    # More groups than one node of a B-tree holds.
    arrays |= {f"model_weights/dense_{i}/kernel:0": np.full(2, i, dtype=np.float16) for i in range(40)}
    with h5py.File(OUT / "keras.h5", "w") as file:
        file.attrs["keras_version"] = "2.4.0"
        file["text"] = "not a number"
        for name, value in arrays.items():
            file[name] = value
    EXPECTED["keras.h5"] = describe(arrays)
    with h5py.File(OUT / "refused-latest.h5", "w", libver="latest") as file:
        file["a"] = np.arange(3.0)
    with h5py.File(OUT / "refused-lzf.h5", "w") as file:
        file.create_dataset("a", data=np.arange(100.0), chunks=(10,), compression="lzf")
    packed = {"compression": "gzip"}
    made = {
        "plain": ({"chunks": (4, 3)}, np.arange(70, dtype=np.float32).reshape(10, 7)),
        "gzip": ({"chunks": (2, 3, 2), **packed}, np.linspace(-2, 2, 105, dtype=np.float32).reshape(5, 7, 3)),
        "shuffle": ({"chunks": (3,), "shuffle": True, **packed}, np.array([1.5, -2, 3e9, 4, 5e-9, 6, 7], dtype=">f8")),
        "checked": ({"chunks": (2, 2), "shuffle": True, "fletcher32": True, **packed}, np.arange(-9, 9, dtype=np.int16).reshape(6, 3)),
        # More pieces than one node of a B-tree holds.
        "many": ({"chunks": (1, 2), **packed}, np.arange(300, dtype=np.float16).reshape(150, 2)),
        "grown": ({"chunks": (4,), "maxshape": (None,)}, np.arange(9, dtype=np.uint8)),
    }
    with h5py.File(OUT / "chunks.h5", "w") as file:
        for name, (how, value) in made.items():
            file.create_dataset(name, data=value, **how)
        # Only one piece is ever written; the others are zeros.
        file.create_dataset("partly", shape=(9,), dtype=np.float32, chunks=(3,))[4] = 8
    made["partly"] = ({}, np.array([0, 0, 0, 0, 8, 0, 0, 0, 0], dtype=np.float32))
    EXPECTED["chunks.h5"] = describe({name: value for name, (_, value) in made.items()})


def tfjs_files():
    plain = np.linspace(-1, 1, 6, dtype=np.float32).reshape(2, 3)
    half = np.linspace(-1, 1, 4, dtype=np.float16)
    steps = np.array([0, 100, 255], dtype=np.uint8)
    scale, low = 2 / 255, -1.0
    data = plain.tobytes() + half.tobytes() + steps.tobytes()
    # The cut between the files lies inside the first weight.
    (OUT / "group1-shard1of2.bin").write_bytes(data[:10])
    (OUT / "group1-shard2of2.bin").write_bytes(data[10:])
    weights = [
        {"name": "conv1_conv/kernel", "shape": [2, 3], "dtype": "float32"},
        {"name": "conv1_conv/bias", "shape": [4], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}},
        {"name": "conv1_bn/gamma", "shape": [3], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": scale, "min": low}},
    ]
    manifest = [{"paths": ["group1-shard1of2.bin", "group1-shard2of2.bin"], "weights": weights}]
    (OUT / "model.json").write_text(json.dumps({"format": "layers-model", "generatedBy": "keras v2.4.0", "weightsManifest": manifest}))
    EXPECTED["model.json"] = describe({"conv1_conv/kernel": plain, "conv1_conv/bias": half, "conv1_bn/gamma": (steps * scale + low).astype(np.float32)})
    EXPECTED["model.json"]["conv1_bn/gamma"][0] = "uint8"


def formula(name, shape):
    """As test/unit/worker/models/formulaWeights.ts: murmur3's finaliser of FNV-1a(name) + index * 0x9e3779b9, scaled by kind."""
    if name.endswith("num_batches_tracked"):
        return torch.tensor(7)
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    count = int(np.prod(shape))
    with np.errstate(over="ignore"):
        h = np.uint32(state) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    v = h.astype(np.float64) / 2147483648 - 1
    if name.endswith("running_mean") or name.endswith(".bias"):
        v = 0.1 * v
    elif name.endswith("running_var"):
        v = 1 + 0.5 * v
    elif len(shape) == 4:
        v = np.sqrt(3 / np.prod(shape[1:])) * v
    else:
        v = 0.75 + 0.25 * v
    return torch.from_numpy(v.astype(np.float32).reshape(shape))


def tiny_resnet18():
    """torchvision's resnet18 with 2 channels where it has 64."""
    shapes = {"conv1.weight": (2, 3, 7, 7), "bn1": 2}
    channels = 2
    for stage in range(4):
        inner = 2 * 2**stage
        for block in range(2):
            name = f"layer{stage + 1}.{block}"
            shapes |= {f"{name}.conv1.weight": (inner, channels, 3, 3), f"{name}.bn1": inner}
            shapes |= {f"{name}.conv2.weight": (inner, inner, 3, 3), f"{name}.bn2": inner}
            if block == 0 and stage > 0:
                shapes |= {f"{name}.downsample.0.weight": (inner, channels, 1, 1), f"{name}.downsample.1": inner}
            channels = inner
    state = {}
    for name, shape in shapes.items():
        if isinstance(shape, tuple):
            state[name] = formula(name, shape)
            continue
        for part in ("weight", "bias", "running_mean", "running_var"):
            state[f"{name}.{part}"] = formula(f"{name}.{part}", (shape,))
        state[f"{name}.num_batches_tracked"] = formula("num_batches_tracked", ())
    return state


def tiny_networks():
    """One network as MoCo, the old MoCo, Lightly (by number) and detectron2 would have saved it. Not in expected.json."""
    state = tiny_resnet18()
    query = {f"module.encoder_q.{name}": value for name, value in state.items()}
    key = {f"module.encoder_k.{name}": value + 1 for name, value in state.items() if name == "conv1.weight"}
    moco = {"epoch": 200, "arch": "resnet18", "state_dict": query | key | {"module.queue": torch.zeros(2, 3)}}
    torch.save(moco, OUT / "tiny-moco.pth.tar")
    torch.save(moco, OUT / "tiny-moco-legacy.pth.tar", _use_new_zipfile_serialization=False)
    numbers = {"conv1": "0", "bn1": "1", "layer1": "4", "layer2": "5", "layer3": "6", "layer4": "7"}
    numbered = {}
    for name, value in state.items():
        first, rest = name.split(".", 1)
        numbered[f"backbone.{numbers[first]}.{rest}"] = value
    lightning = {"pytorch-lightning_version": "2.1.0", "state_dict": numbered, "hyper_parameters": {"lr": 0.06}}
    torch.save(lightning, OUT / "tiny-lightly.ckpt")
    renamed = {}
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        # detectron2's own order of replacements.
        new = name if "layer" in name else f"stem.{name}"
        for stage in (1, 2, 3, 4):
            new = new.replace(f"layer{stage}", f"res{stage + 1}")
        for index in (1, 2, 3):
            new = new.replace(f"bn{index}", f"conv{index}.norm")
        renamed[new.replace("downsample.0", "shortcut").replace("downsample.1", "shortcut.norm")] = value.numpy()
    model = {"model": renamed, "__author__": "torchvision", "matching_heuristics": True}
    (OUT / "tiny-detectron2.pkl").write_bytes(pickle.dumps(model, protocol=2))


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for make in (torch_files, refused_files, numpy_files, safetensors_files, keras_files, tfjs_files, tiny_networks):
        make()
    (OUT / "expected.json").write_text(json.dumps(EXPECTED) + "\n")
