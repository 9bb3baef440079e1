"""Goldens for src/worker/models/resnet.ts and src/shared/experiment/layers.ts: torchvision's ResNets on formula weights.

Needs torch and torchvision (made with 1.13.1 and 0.14.1). Run from the repository root:
    python3 test/golden/make/resnet.py
Writes test/golden/data/resnet-names.json (state dict names and shapes, parameter and multiply-add counts),
resnet-eval.json (eval-mode outputs per layer) and resnet-train.json (one training step: gradients, running statistics).

Weights and images are not stored: both sides compute them from their names (`formula` here,
test/unit/worker/models/formulaWeights.ts there). Everything runs in float64 on float32 weights, so the goldens carry no
rounding of their own.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.models.resnet import BasicBlock, Bottleneck

OUT = Path(__file__).resolve().parent.parent / "data"
BLOCKS = {
    "resnet18": (BasicBlock, [2, 2, 2, 2]),
    "resnet34": (BasicBlock, [3, 4, 6, 3]),
    "resnet50": (Bottleneck, [3, 4, 6, 3]),
    "resnet101": (Bottleneck, [3, 4, 23, 3]),
}


def uniform(name, count):
    """count values in [-1, 1): murmur3's finaliser of FNV-1a(name) + index * 0x9e3779b9."""
    state = 0x811C9DC5
    for byte in name.encode():
        state = ((state ^ byte) * 0x01000193) & 0xFFFFFFFF
    with np.errstate(over="ignore"):
        h = np.uint32(state) + np.arange(count, dtype=np.uint32) * np.uint32(0x9E3779B9)
        h = (h ^ (h >> np.uint32(16))) * np.uint32(0x85EBCA6B)
        h = (h ^ (h >> np.uint32(13))) * np.uint32(0xC2B2AE35)
        h = h ^ (h >> np.uint32(16))
    return h.astype(np.float64) / 2147483648 - 1


def formula(name, shape):
    """The float32 value of a weight, from its name and shape alone."""
    v = uniform(name, int(np.prod(shape)))
    if name.endswith("running_mean"):
        v = 0.1 * v
    elif name.endswith("running_var"):
        v = 1 + 0.5 * v
    elif name.endswith(".bias"):
        v = 0.1 * v
    elif len(shape) == 4:
        v = math.sqrt(3 / (shape[1] * shape[2] * shape[3])) * v
    elif len(shape) == 3:
        v = 0.5 * v
    elif len(shape) == 2:
        v = 1 / math.sqrt(shape[1]) * v
    elif len(shape) == 1:
        v = 0.75 + 0.25 * v
    return torch.from_numpy(v.reshape(shape).astype(np.float32))


def images(count, side, name="images"):
    values = 1.5 * uniform(name, count * 3 * side * side)
    return torch.from_numpy(values.astype(np.float32)).double().reshape(count, 3, side, side)


class VariantResNet(torchvision.models.ResNet):
    """torchvision's ResNet with another base width and stem."""

    def __init__(self, name, width=64, stem="imagenet", dilate=(False, False, False), classes=10):
        block, layers = BLOCKS[name]
        super().__init__(block, layers, classes)
        self.inplanes, self.dilation = width, 1
        kernel, stride, padding = {"imagenet": (7, 2, 3), "cifar": (3, 1, 1), "small": (3, 2, 1)}[stem]
        self.conv1 = nn.Conv2d(3, width, kernel, stride, padding, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        if stem != "imagenet":
            self.maxpool = nn.Identity()
        self.layer1 = self._make_layer(block, width, layers[0])
        for index in range(1, 4):
            stage = self._make_layer(block, width * 2**index, layers[index], stride=2, dilate=dilate[index - 1])
            setattr(self, f"layer{index + 1}", stage)
        self.fc = nn.Linear(8 * width * block.expansion, classes)


class SplitBatchNorm(nn.BatchNorm2d):
    """Each equal run of images has its own statistics; the running ones move by the average over runs."""

    groups = 1

    def forward(self, x):
        if not self.training or self.groups == 1:
            return super().forward(x)
        parts, means, variances = [], [], []
        for part in x.chunk(self.groups):
            means.append(part.mean((0, 2, 3)))
            variances.append(part.var((0, 2, 3), unbiased=True))
            parts.append(F.batch_norm(part, None, None, self.weight, self.bias, True, 0.0, self.eps))
        with torch.no_grad():
            self.running_mean.lerp_(torch.stack(means).mean(0), self.momentum)
            self.running_var.lerp_(torch.stack(variances).mean(0), self.momentum)
        return torch.cat(parts)


def fill(net):
    state = {
        name: torch.tensor(7) if name.endswith("num_batches_tracked") else formula(name, tuple(value.shape))
        for name, value in net.state_dict().items()
    }
    net.load_state_dict(state)
    return net.double()


def nhwc(tensor):
    return tensor.permute(0, 2, 3, 1) if tensor.dim() == 4 else tensor


def summary(tensor, samples):
    """Shape, mean, mean absolute value, largest absolute value and evenly spread samples."""
    flat = tensor.detach().contiguous().flatten()
    step = max(1, len(flat) // samples)
    return {
        "shape": list(tensor.shape),
        "mean": flat.mean().item(),
        "meanAbs": flat.abs().mean().item(),
        "maxAbs": flat.abs().max().item(),
        "step": step,
        "samples": [float(f"{value:.9g}") for value in flat[::step][:samples]],
    }


def names():
    result = {}
    for name in BLOCKS:
        net = getattr(torchvision.models, name)()
        adds = []
        count = lambda conv, _, out: adds.append(conv.weight.numel() * out.shape[2] * out.shape[3])
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(count)
        macs = {}
        for side in (224, 65):
            adds.clear()
            net.eval()(torch.zeros(1, 3, side, side))
            macs[str(side)] = sum(adds)
        result[name] = {
            "parameters": sum(p.numel() for p in net.parameters()),
            "multiplyAdds": macs,
            "state": [f"{key} {list(value.shape)}" for key, value in net.state_dict().items()],
        }
    return result


EVAL = {
    "resnet18": dict(name="resnet18"),
    "resnet34": dict(name="resnet34"),
    "resnet50": dict(name="resnet50"),
    "resnet101": dict(name="resnet101"),
    "resnet50-dilated": dict(name="resnet50", dilate=(False, True, True)),
    "resnet50-narrow-half-dilated": dict(name="resnet50", width=16, dilate=(True, False, True)),
    "resnet18-narrow-small": dict(name="resnet18", width=16, stem="small"),
    "resnet18-narrow-cifar": dict(name="resnet18", width=8, stem="cifar"),
}


def eval_case(name, width=64, stem="imagenet", dilate=(False, False, False)):
    if width == 64 and stem == "imagenet":
        net = getattr(torchvision.models, name)(replace_stride_with_dilation=list(dilate) if any(dilate) else None)
    else:
        net = VariantResNet(name, width, stem, dilate)
    layers = {}
    fill(net).eval()
    for layer, module in net.named_modules():
        if layer in ("conv1", "bn1", "maxpool", "layer1.0", "layer1", "layer2", "layer3", "layer4"):
            # Summarised at once: the rectifier works in place.
            module.register_forward_hook(
                lambda _, __, out, layer=layer: layers.__setitem__(layer, summary(nhwc(out), 8)))
    with torch.no_grad():
        if isinstance(net.maxpool, nn.MaxPool2d):
            net.maxpool.register_forward_hook(
                lambda _, inputs, __: layers.__setitem__("relu", summary(nhwc(inputs[0]), 8)))
        net.fc = nn.Identity()
        pooled = net(images(2, 64))
    if stem != "imagenet":
        layers.pop("maxpool", None)
    layers["avgpool"] = summary(pooled, 64)
    config = dict(name=name, width=width, stem=stem, dilate=dilate)
    return {"config": config, "batch": 2, "side": 64, "layers": layers}


# A rounding error that turns a rectifier over changes the gradients of a deep net by a percent, in torch's float32 too. So
# the sizes keep batch norm well conditioned, and the images are those (of 40) that keep every rectifier's input
# farthest from 0; that distance is written as `margin`.
TRAIN = {
    "resnet18": dict(name="resnet18", side=48, batch=4, image_name="images7"),
    "resnet18-narrow-small": dict(name="resnet18", width=16, stem="small", side=32, batch=8, image_name="images25"),
    "resnet18-narrow-split": dict(name="resnet18", width=16, stem="small", side=32, batch=8, groups=2, image_name="images30"),
    "resnet50-narrow-dilated": dict(
        name="resnet50", width=4, stem="small", dilate=(False, True, True), side=16, batch=4, image_name="images19"),
}


def train_case(name, side, batch, image_name="images", width=64, stem="imagenet", dilate=(False, False, False), groups=1):
    net = VariantResNet(name, width, stem, dilate)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__ = SplitBatchNorm
            module.groups = groups
    fill(net).train()
    labels = torch.arange(batch) * 3 % 10
    margins = []
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(lambda _, inputs: margins.append(inputs[0].abs().min().item()))
    logits = net(images(batch, side, image_name))
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    last = "bn2" if name == "resnet18" else "bn3"
    wanted = [
        "conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight", f"layer1.1.{last}.weight",
        "layer2.0.conv2.weight", "layer3.0.downsample.0.weight", "layer3.0.downsample.1.bias",
        "layer4.1.conv2.weight", f"layer4.1.{last}.bias", "fc.weight", "fc.bias",
    ]
    gradients = {key: summary(dict(net.named_parameters())[key].grad, 16) for key in wanted}
    state = net.state_dict()
    buffers = [key for key in state if "running" in key and key.split(".")[-2] in ("bn1", last, "1")]
    config = dict(name=name, width=width, stem=stem, dilate=dilate)
    return {
        "config": config, "side": side, "batch": batch, "images": image_name, "margin": min(margins), "groups": groups, "classes": 10, "loss": loss.item(),
        "gradients": gradients, "buffers": {key: summary(state[key], 4) for key in buffers},
    }


def write(file, value):
    text = json.dumps(value, separators=(",", ":"))
    (OUT / file).write_text(text + "\n")
    print(file, len(text))


if __name__ == "__main__":
    torch.set_num_threads(1)
    OUT.mkdir(exist_ok=True)
    write("resnet-names.json", names())
    write("resnet-eval.json", {key: eval_case(**case) for key, case in EVAL.items()})
    write("resnet-train.json", {key: train_case(**case) for key, case in TRAIN.items()})
