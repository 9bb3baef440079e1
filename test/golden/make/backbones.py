"""Goldens for the ResNet variants, vision transformers and ConvNeXts of src/worker/models on formula weights.

Needs torch, torchvision and timm (made with 1.13.1, 0.14.1 and 0.9.16). Run from the repository root:
    python3 -m venv --system-site-packages VENV
    VENV/bin/pip install --no-deps timm==0.9.16 huggingface_hub==0.20.3 safetensors pyyaml filelock fsspec tqdm packaging
    VENV/bin/python test/golden/make/backbones.py
Writes test/golden/data/backbones-names.json (parameter counts, state dict names and shapes by hash), backbones-eval.json
(outputs per layer) and backbones-train.json (loss and gradients of one training step). Weights and images are computed from
their names as in resnet.py; float64 throughout.
"""

import hashlib
import sys
from pathlib import Path

import timm
import torch
import torch.nn.functional as F
import torchvision
from torch import nn
from torchvision.models.resnet import Bottleneck

sys.path.insert(0, str(Path(__file__).parent))
import resnet as base  # noqa: E402
from resnet import fill, images, nhwc, summary, write  # noqa: E402

WIDE = {"wide_resnet50_2": 128}
GROUPS = {"resnext50_32x4d": (32, 4), "resnext101_32x8d": (32, 8)}
BLOCKS = {
    **base.BLOCKS,
    "resnet152": (Bottleneck, [3, 8, 36, 3]),
    "resnext50_32x4d": (Bottleneck, [3, 4, 6, 3]),
    "resnext101_32x8d": (Bottleneck, [3, 4, 23, 3]),
    "wide_resnet50_2": (Bottleneck, [3, 4, 6, 3]),
}


class Variant(base.VariantResNet):
    """torchvision's ResNet with another width, stem, place of the stride and shortcut."""

    def __init__(self, name, width=64, stem="imagenet", stride="3x3", shortcut="conv", dilate=(False, False, False)):
        base.BLOCKS = BLOCKS
        block, _ = BLOCKS[name]
        self.pending = GROUPS.get(name, (1, WIDE.get(name, 64)))
        super().__init__(name, width, "imagenet" if stem == "deep" else stem, dilate)
        if stem == "deep":
            half = width // 2
            conv = lambda a, b, s: nn.Conv2d(a, b, 3, s, 1, bias=False)
            self.conv1 = nn.Sequential(
                conv(3, half, 2), nn.BatchNorm2d(half), nn.ReLU(), conv(half, half, 1), nn.BatchNorm2d(half), nn.ReLU(),
                conv(half, width, 1))
        for module in self.modules():
            if stride == "1x1" and isinstance(module, Bottleneck):
                module.conv1.stride, module.conv2.stride = module.conv2.stride, (1, 1)
            down = getattr(module, "downsample", None)
            if shortcut == "average" and down is not None:
                conv, norm = down
                pool = nn.Identity()
                if conv.stride != (1, 1):
                    pool, conv.stride = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False), (1, 1)
                module.downsample = nn.Sequential(pool, conv, norm)

    def _make_layer(self, *arguments, **named):
        self.groups, self.base_width = self.pending
        return super()._make_layer(*arguments, **named)


def hooks(net, names, layers, samples=8):
    modules = dict(net.named_modules())
    for name in names:
        modules[name].register_forward_hook(
            lambda _, __, out, name=name: layers.__setitem__(name, summary(nhwc(out), samples)))


RESNET_LAYERS = ("conv1", "bn1", "maxpool", "layer1.0", "layer1", "layer2.0", "layer2", "layer3", "layer4")
RESNETS = {
    "resnet152-narrow": dict(name="resnet152", width=8),
    "resnext50": dict(name="resnext50_32x4d"),
    "resnext50-narrow-dilated": dict(name="resnext50_32x4d", width=16, stem="small", dilate=(False, True, True)),
    "resnext101-narrow": dict(name="resnext101_32x8d", width=8),
    "wide_resnet50_2-narrow": dict(name="wide_resnet50_2", width=16),
    "resnet50-caffe": dict(name="resnet50", width=16, stride="1x1"),
    "resnet50-c": dict(name="resnet50", width=16, stem="deep"),
    "resnet50-d": dict(name="resnet50", width=16, stem="deep", shortcut="average"),
    "resnet18-d": dict(name="resnet18", width=16, stem="deep", shortcut="average"),
}


def config_of(name, width=64, stem="imagenet", dilate=(False, False, False), **others):
    return dict(name=name, width=width, stem=stem, dilate=dilate, **others)


def resnet_eval(side=61, **case):
    net = fill(Variant(**case)).eval()
    layers = {}
    hooks(net, RESNET_LAYERS if case.get("stem") != "small" else [n for n in RESNET_LAYERS if n != "maxpool"], layers)
    net.fc = nn.Identity()
    with torch.no_grad():
        layers["avgpool"] = summary(net(images(2, side)), 32)
    return {"config": config_of(**case), "batch": 2, "side": side, "layers": layers}


def train_case(net, config, head, wanted, side, batch, image_name, batchNorm=True):
    net.train()
    margins = []
    for module in net.modules():
        if isinstance(module, nn.ReLU):
            module.register_forward_pre_hook(lambda _, inputs: margins.append(inputs[0].abs().min().item()))
    loss = F.cross_entropy(head(net(images(batch, side, image_name))), torch.arange(batch) * 3 % 10)
    loss.backward()
    parameters = {**dict(net.named_parameters()), **{f"fc.{k}": v for k, v in head.named_parameters()}}
    gradients = {key: summary(parameters[key].grad, 12) for key in wanted + ["fc.weight", "fc.bias"]}
    state = net.state_dict()
    buffers = {key: summary(state[key], 4) for key in ["bn1.running_mean", "layer4.1.bn2.running_var"]} if batchNorm else {}
    return {"config": config, "side": side, "batch": batch, "images": image_name, "groups": 1, "classes": 10,
            "margin": min(margins, default=0), "loss": loss.item(), "gradients": gradients, "buffers": buffers}


def linear_head(features):
    head = nn.Linear(features, 10)
    with torch.no_grad():
        head.weight.copy_(base.formula("fc.weight", (10, features)))
        head.bias.copy_(base.formula("fc.bias", (10,)))
    return head.double()


RESNET_TRAIN = {
    "resnext50-narrow-dilated": (
        dict(name="resnext50_32x4d", width=16, stem="small", dilate=(False, True, True)), dict(side=16, batch=4)),
    "resnet18-d-narrow": (
        dict(name="resnet18", width=8, stem="deep", shortcut="average"), dict(side=64, batch=4)),
}


def resnet_train(case, side, batch):
    best = None
    for number in range(60):
        net = fill(Variant(**case))
        features = net.fc.in_features
        net.fc = nn.Identity()
        wanted = [
            "layer1.0.conv2.weight", "layer1.0.conv1.weight", "layer2.0.conv2.weight", "layer3.1.conv2.weight",
            "layer4.0.conv2.weight", "layer4.1.bn2.weight", "layer4.1.conv1.weight"]
        stem = ["conv1.0.weight", "conv1.4.weight", "layer2.0.downsample.1.weight"]
        wanted += stem if case.get("stem") == "deep" else ["conv1.weight", "layer2.0.downsample.0.weight"]
        found = train_case(net, config_of(**case), linear_head(features), wanted, side, batch, f"images{number}")
        if best is None or found["margin"] > best["margin"]:
            best = found
    return best


def fill_as(net, names=()):
    """As fill, with some parts under other names."""
    state = {}
    for key, value in net.state_dict().items():
        name = key
        for old, new in names:
            name = name.replace(old, new)
        state[key] = base.formula(name, tuple(value.shape))
    net.load_state_dict(state)
    return net.double()


VIT = dict(img_size=32, patch_size=8, embed_dim=48, depth=12, num_heads=3, num_classes=0)


def vit_net(pool):
    net = timm.models.vision_transformer.VisionTransformer(**VIT, global_pool=pool, dynamic_img_size=True)
    return fill_as(net, [("fc_norm", "norm")])


def vit_config(pool):
    config = config_of(name="vit_tiny_patch16", width=48, patch=8, nativeSize=32, positions="antialias")
    return {**config, **({"globalPool": "avg"} if pool == "avg" else {})}


def vit_eval(pool, side):
    net = vit_net(pool).eval()
    layers, grid = {}, side // 8
    blocks = ["blocks.0", "blocks.5", "blocks.11"]
    modules = dict(net.named_modules())

    def parts(name, out):
        layers[name] = summary(out, 8)
        layers[f"{name}.cls_token"] = summary(out[:, 0], 8)
        layers[f"{name}.patch_tokens"] = summary(out[:, 1:].reshape(2, grid, grid, -1), 8)

    modules["patch_embed"].register_forward_hook(
        lambda _, __, out: layers.__setitem__("patch_embed", summary(out.reshape(2, grid**2, -1), 8)))
    for name in blocks + (["norm"] if pool == "token" else []):
        modules[name].register_forward_hook(lambda _, __, out, name=name: parts(name, out))
    with torch.no_grad():
        pooled = net(images(2, side))
    layers["norm" if pool == "avg" else "norm.cls_token"] = summary(pooled, 32)
    return {"config": vit_config(pool), "batch": 2, "side": side, "layers": layers}


def vit_train():
    wanted = [
        "cls_token", "pos_embed", "patch_embed.proj.weight", "patch_embed.proj.bias", "blocks.0.norm1.weight",
        "blocks.0.attn.qkv.weight", "blocks.0.attn.qkv.bias", "blocks.5.attn.proj.weight", "blocks.5.norm2.bias",
        "blocks.11.mlp.fc1.weight", "blocks.11.mlp.fc2.weight", "blocks.11.mlp.fc2.bias", "norm.weight", "norm.bias"]
    return train_case(vit_net("token"), vit_config("token"), linear_head(48), wanted, 40, 4, "images0", batchNorm=False)


def convnext_net():
    net = timm.create_model("convnext_tiny", dims=(16, 32, 64, 128), num_classes=0)
    return fill_as(net)


def convnext_eval():
    net = convnext_net().eval()
    layers = {}
    hooks(net, ("stem", "stages.0.blocks.0", "stages.0", "stages.1.blocks.0", "stages.1", "stages.2.blocks.8",
                "stages.2", "stages.3"), layers)
    with torch.no_grad():
        layers["head.norm"] = summary(net(images(2, 69)), 32)
    return {"config": config_of(name="convnext_tiny", width=16), "batch": 2, "side": 69, "layers": layers}


def convnext_train():
    wanted = [
        "stem.0.weight", "stem.1.weight", "stages.0.blocks.0.gamma", "stages.0.blocks.0.conv_dw.weight",
        "stages.0.blocks.1.conv_dw.bias", "stages.1.downsample.0.weight", "stages.1.downsample.1.weight",
        "stages.2.blocks.3.norm.weight", "stages.2.blocks.3.mlp.fc1.weight", "stages.3.blocks.2.conv_dw.weight",
        "stages.3.blocks.2.mlp.fc2.weight", "stages.3.blocks.2.mlp.fc2.bias", "head.norm.weight", "head.norm.bias"]
    config = config_of(name="convnext_tiny", width=16)
    return train_case(convnext_net(), config, linear_head(128), wanted, 64, 3, "images0", batchNorm=False)


def positions():
    """Each interpolation of a row of unit vectors: its matrix, transposed."""
    found = []
    for old, new in ((5, 8), (7, 4), (6, 7), (14, 3)):
        unit = torch.eye(old, dtype=torch.float64).reshape(old, 1, 1, old).expand(old, 1, 5, old)
        ways = {
            "bicubic": dict(size=(5, new)), "antialias": dict(size=(5, new), antialias=True),
            "dino": dict(scale_factor=(1, (new + 0.1) / old))}
        for method, how in ways.items():
            matrix = F.interpolate(unit, mode="bicubic", **how)[:, 0, 2].T
            found.append({"from": old, "to": new, "method": method, "matrix": matrix.flatten().tolist()})
    return found


def names_of(net):
    state = [f"{key} {list(value.shape)}" for key, value in net.state_dict().items()]
    digest = hashlib.sha256("\n".join(state).encode()).hexdigest()
    return {"parameters": sum(p.numel() for p in net.parameters()), "tensors": len(state), "sha256": digest}


def without(net, *heads):
    for head in heads:
        setattr(net, head, nn.Identity())
    return net


def names():
    found = {name: names_of(without(getattr(torchvision.models, name)(), "fc"))
             for name in ("resnet152", "resnext50_32x4d", "resnext101_32x8d", "wide_resnet50_2", "wide_resnet101_2")}
    for name in ("resnet50d", "vit_tiny_patch16_224", "vit_small_patch16_224", "vit_base_patch16_224",
                 "vit_base_patch32_224", "convnext_tiny", "convnext_small", "convnext_base"):
        found[name] = names_of(timm.create_model(name, num_classes=0))
    return found


if __name__ == "__main__":
    torch.set_num_threads(1)
    write("backbones-names.json", names())
    write("backbones-eval.json", {
        **{key: resnet_eval(**case) for key, case in RESNETS.items()},
        "vit-tiny-narrow": vit_eval("token", 32), "vit-tiny-narrow-avg-larger": vit_eval("avg", 40),
        "vit-tiny-narrow-smaller": vit_eval("token", 24), "convnext_tiny-narrow": convnext_eval()})
    write("backbones-train.json", {
        **{key: resnet_train(case, **sizes) for key, (case, sizes) in RESNET_TRAIN.items()},
        "vit-tiny-narrow": vit_train(), "convnext_tiny-narrow": convnext_train()})
    write("positions.json", positions())
