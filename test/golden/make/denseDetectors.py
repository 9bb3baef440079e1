"""Goldens for FCOS and RetinaNet in src/worker/models/detection: torchvision's on formula weights.

Needs torch and torchvision (made with 1.13.1 and 0.14.1). Run from the repository root:
    python3 test/golden/make/denseDetectors.py
Writes test/golden/data/dense-detectors.json: for each model the names of its weights, loss terms and gradients of one
training step, and detections.

Weights, images and the backbone come from resnet.py; everything runs in float64 on float32 weights.
"""

import torch
from resnet import VariantResNet, formula, images, summary, write
from torchvision.models.detection import FCOS, RetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

SIDE, CLASSES, CHANNELS = 64, 5, 64
BOXES = [
    ([[6, 4, 22, 25], [30, 20, 60, 62], [8, 6, 14, 12]], [1, 3, 0]),
    ([[0, 0, 64, 64], [33.5, 10.25, 50.75, 30.5]], [2, 4]),
]
BACKBONE = [
    "conv1.weight",
    "layer2.0.bn1.weight",
    "layer4.1.conv2.weight",
    "backbone.fpn.inner_blocks.0.0.weight",
    "backbone.fpn.inner_blocks.2.0.bias",
    "backbone.fpn.layer_blocks.1.0.weight",
    "backbone.fpn.extra_blocks.p6.weight",
    "backbone.fpn.extra_blocks.p7.bias",
    "head.classification_head.cls_logits.weight",
    "head.classification_head.cls_logits.bias",
    "head.regression_head.bbox_reg.weight",
]
WANTED = {
    "fcos": BACKBONE
    + [
        "head.classification_head.conv.0.weight",
        "head.classification_head.conv.1.weight",
        "head.classification_head.conv.10.bias",
        "head.regression_head.conv.3.bias",
        "head.regression_head.bbox_ctrness.bias",
    ],
    "retinanet": BACKBONE
    + [
        "head.classification_head.conv.0.0.weight",
        "head.classification_head.conv.3.0.bias",
        "head.regression_head.conv.1.0.weight",
        "head.regression_head.bbox_reg.bias",
    ],
}


def our_name(name):
    return name.removeprefix("backbone.body.")


def make_model(kind):
    body = VariantResNet("resnet18", width=16, stem="small")
    stages = {"layer2": "0", "layer3": "1", "layer4": "2"}
    top = LastLevelP6P7(CHANNELS, CHANNELS)
    backbone = BackboneWithFPN(body, stages, [32, 64, 128], CHANNELS, extra_blocks=top)
    common = dict(min_size=SIDE, max_size=SIDE, image_mean=[0.0] * 3, image_std=[1.0] * 3, detections_per_img=20)
    if kind == "fcos":
        anchors = AnchorGenerator(tuple((4 * 2**i,) for i in range(5)), ((1.0,),) * 5)
        model = FCOS(backbone, CLASSES, anchor_generator=anchors, score_thresh=0.2, nms_thresh=0.6, **common)
    else:
        sizes = tuple((x, int(x * 2 ** (1 / 3)), int(x * 2 ** (2 / 3))) for x in (8, 16, 32, 64, 128))
        anchors = AnchorGenerator(sizes, ((0.5, 1.0, 2.0),) * 5)
        model = RetinaNet(backbone, CLASSES, anchor_generator=anchors, score_thresh=0.5, nms_thresh=0.5, **common)
    state = {
        name: torch.tensor(7) if name.endswith("num_batches_tracked") else formula(our_name(name), tuple(value.shape))
        for name, value in model.state_dict().items()
    }
    model.load_state_dict(state)
    return model


def train(model, pixels, dtype):
    targets = [{"boxes": torch.tensor(boxes, dtype=dtype), "labels": torch.tensor(labels)} for boxes, labels in BOXES]
    losses = model.to(dtype).train()(list(pixels.to(dtype)), targets)
    sum(losses.values()).backward()
    return losses, {our_name(name): parameter.grad for name, parameter in model.named_parameters()}


def case(kind):
    pixels = images(2, SIDE, "detector")
    with torch.no_grad():
        found = make_model(kind).double().eval()(list(pixels))
    model = make_model(kind)
    losses, exact = train(model, pixels, torch.float64)
    _, rounded = train(make_model(kind), pixels, torch.float32)
    rounding = max(((rounded[name] - exact[name]).abs().max() / exact[name].abs().max()).item() for name in WANTED[kind])
    print(kind, {name: loss.item() for name, loss in losses.items()}, rounding, [len(f["scores"]) for f in found])
    return {
        "names": [our_name(name) for name in model.state_dict()],
        "losses": {name: loss.item() for name, loss in losses.items()},
        "gradients": {name: summary(exact[name], 12) for name in WANTED[kind]},
        # How far torch's own float32 gradients are from these: rounding turns rectifiers over.
        "float32": rounding,
        "detections": [{key: value.tolist() for key, value in image.items()} for image in found],
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    targets = [{"boxes": boxes, "labels": labels} for boxes, labels in BOXES]
    models = {kind: case(kind) for kind in WANTED}
    write("dense-detectors.json", {"side": SIDE, "classes": CLASSES, "targets": targets, "models": models})
