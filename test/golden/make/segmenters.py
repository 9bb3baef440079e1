"""Goldens for src/worker/models/segmentation: torchvision's deeplabv3_resnet50 and fcn_resnet50 on formula weights.

Needs torch and torchvision (made with 1.13.1 and 0.14.1). Run from the repository root:
    python3 test/golden/make/segmenters.py
Writes test/golden/data/segmenters.json: for each model the names of its weights, scores of both heads in evaluation, and
losses and gradients of one training step (loss of the classifier plus half of that of the auxiliary one, ignored pixels
left out). The first two cases are torchvision's own networks at a small picture; the others have narrow or basic-block
backbones, other output strides, rates and channels, put together from torchvision's parts, so that few rectifiers are
close to 0.

Weights and images come from resnet.py; everything runs in float64 on float32 weights. Dropout is off, since no two
programs draw the same numbers.
"""

import torch
import torch.nn.functional as F
from resnet import VariantResNet, formula, images, nhwc, summary, uniform, write
from torch import nn
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation import deeplabv3_resnet50, fcn_resnet50
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabV3
from torchvision.models.segmentation.fcn import FCN, FCNHead

CLASSES = 5


def labels(count, height, width):
    """Classes 0..4 in blocks, and 255 for every ninth block."""
    values = torch.from_numpy(uniform("labels", count * (height // 4) * (width // 4)))
    blocks = ((values + 1) * 4.5).long().reshape(count, height // 4, width // 4)
    blocks = torch.where(blocks >= CLASSES, torch.where(blocks == 8, torch.tensor(255), blocks - CLASSES), blocks)
    return blocks.repeat_interleave(4, 1).repeat_interleave(4, 2)


def full(model):
    make = deeplabv3_resnet50 if model == "deeplabv3" else fcn_resnet50
    return make(weights=None, weights_backbone=None, num_classes=CLASSES, aux_loss=True)


def deep_lab_head(inputs, channels, rates):
    """torchvision's DeepLabHead with other rates and channels."""
    last = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
    scores = nn.Conv2d(channels, CLASSES, 1)
    return nn.Sequential(ASPP(inputs, rates, channels), last, nn.BatchNorm2d(channels), nn.ReLU(), scores)


def variant(model, backbone, channels, rates):
    body = VariantResNet(backbone["name"], backbone["width"], backbone["stem"], backbone["dilate"])
    width = backbone["width"]
    expansion = body.layer4[0].expansion
    inner, last = 4 * width * expansion, 8 * width * expansion
    net = IntermediateLayerGetter(body, return_layers={"layer4": "out", "layer3": "aux"})
    aux = FCNHead(inner, CLASSES)
    if model == "fcn":
        return FCN(net, FCNHead(last, CLASSES), aux)
    return DeepLabV3(net, deep_lab_head(last, channels, rates), aux)


def fill(net):
    state = {
        name: torch.tensor(7) if name.endswith("num_batches_tracked") else formula(name.removeprefix("backbone."), tuple(value.shape))
        for name, value in net.state_dict().items()
    }
    net.load_state_dict(state)
    for module in net.modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0
    return net


def step(net, pixels, target, dtype):
    out = net.to(dtype).train()(pixels.to(dtype))
    losses = {key: F.cross_entropy(value, target, ignore_index=255) for key, value in out.items()}
    (losses["out"] + 0.5 * losses["aux"]).backward()
    gradients = {name: parameter.grad for name, parameter in net.named_parameters()}
    return losses, gradients


def wanted(net, names):
    return [name for name in names if name in dict(net.named_parameters())]


WANTED = [
    "backbone.conv1.weight",
    "backbone.layer2.0.conv2.weight",
    "backbone.layer3.0.downsample.0.weight",
    "backbone.layer4.0.conv2.weight",
    "backbone.layer4.1.bn2.weight",
    "classifier.0.weight",
    "classifier.0.convs.0.0.weight",
    "classifier.0.convs.1.0.weight",
    "classifier.0.convs.3.0.weight",
    "classifier.0.convs.4.1.weight",
    "classifier.0.convs.4.2.bias",
    "classifier.0.project.0.weight",
    "classifier.1.weight",
    "classifier.2.bias",
    "classifier.4.weight",
    "classifier.4.bias",
    "aux_classifier.0.weight",
    "aux_classifier.1.weight",
    "aux_classifier.4.bias",
]


def rounding(make, pixels, target):
    """How far torch's own float32 gradients are from float64: rounding turns rectifiers over."""
    _, exact = step(fill(make()), pixels, target, torch.float64)
    _, rounded = step(fill(make()), pixels, target, torch.float32)
    far = lambda name: ((rounded[name] - exact[name]).abs().max() / exact[name].abs().max()).item()
    return {name: float(f"{far(name):.2g}") for name in wanted(make(), WANTED)}


def make_images(config, name):
    height, width = config["size"]
    return images(config["count"], max(height, width), name)[:, :, :height, :width].contiguous()


def case(make, config, tries):
    """One case, on those images (of `tries`) whose gradients float32 rounding changes least."""
    target = labels(config["count"], *config["size"])
    names = [f"segmenter{index}" for index in range(tries)]
    far = {name: rounding(make, make_images(config, name), target) for name in names}
    name = min(names, key=lambda name: max(far[name].values()))
    pixels = make_images(config, name)
    with torch.no_grad():
        found = fill(make()).double().eval()(pixels)
    net = fill(make())
    losses, exact = step(net, pixels, target, torch.float64)
    print(config, name, far[name])
    return {
        **config,
        "images": name,
        "names": sorted(net.state_dict()),
        "scores": {key: summary(nhwc(value), 40) for key, value in found.items()},
        "losses": {key: value.item() for key, value in losses.items()},
        "gradients": {name: summary(exact[name], 8) for name in wanted(net, WANTED)},
        "float32": far[name],
    }


def variant_case(model, size, backbone, rates=(12, 24, 36), count=4):
    config = dict(model=model, headChannels=8, rates=rates, backbone=backbone, size=size, count=count)
    return case(lambda: variant(model, backbone, 8, rates), config, 40)


def full_case(model):
    backbone = dict(name="resnet50", width=64, stem="imagenet", dilate=(False, True, True))
    config = dict(model=model, headChannels=256, rates=(12, 24, 36), backbone=backbone, size=(48, 64), count=4)
    return case(lambda: full(model), config, 1)


if __name__ == "__main__":
    torch.set_num_threads(1)
    narrow = dict(name="resnet50", width=4, stem="small")
    small = dict(name="resnet18", width=8, stem="small", dilate=(False, False, False))
    write("segmenters.json", {
        "classes": CLASSES,
        "cases": {
            "deeplabv3-resnet50": full_case("deeplabv3"),
            "fcn-resnet50": full_case("fcn"),
            "deeplabv3-stride-8": variant_case("deeplabv3", (24, 32), dict(narrow, dilate=(False, False, True)), (1, 2, 3)),
            "deeplabv3-stride-16": variant_case("deeplabv3", (32, 48), dict(narrow, dilate=(False, False, False)), (1, 2, 3)),
            "fcn-basic-stride-16": variant_case("fcn", (32, 48), small),
        },
    })
