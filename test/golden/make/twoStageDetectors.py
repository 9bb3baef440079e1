"""Goldens for Faster R-CNN and Mask R-CNN on pyramids in src/worker/models/detection: torchvision's on formula weights.

Needs torch and torchvision (made with 1.13.1 and 0.14.1). Run from the repository root:
    python3 test/golden/make/twoStageDetectors.py
Writes test/golden/data/two-stage-detectors.json: for each model the names of its weights, loss terms and gradients of one
training step, and detections.

Weights, images and the backbone come from resnet.py; everything runs in float64 on float32 weights. Samplers take the first
of what they may choose from: torch.randperm counts here, as the test's generator does there.
"""

import torch
from denseDetectors import BOXES, our_name
from resnet import VariantResNet, formula, images, summary, write
from torchvision.models.detection import FasterRCNN, MaskRCNN
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.ops import MultiScaleRoIAlign
from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

SIDE, CLASSES = 64, 5
CASES = {
    "faster-rcnn-fpn": dict(base="resnet18", width=16, stem="small", masks=False),
    "mask-rcnn-fpn": dict(base="resnet18", width=16, stem="small", masks=True),
    # The published shapes, with batch norm as pretrained: statistics of eight pixels make rounding count.
    "faster-rcnn-fpn-r50": dict(base="resnet50", width=64, stem="imagenet", masks=False, frozen=True),
    "mask-rcnn-fpn-r50": dict(base="resnet50", width=64, stem="imagenet", masks=True, frozen=True),
}
WANTED = [
    "conv1.weight",
    "layer2.0.bn1.weight",
    "layer4.1.conv2.weight",
    "backbone.fpn.inner_blocks.0.0.weight",
    "backbone.fpn.inner_blocks.3.0.bias",
    "backbone.fpn.layer_blocks.1.0.weight",
    "rpn.head.conv.0.0.weight",
    "rpn.head.cls_logits.bias",
    "rpn.head.bbox_pred.weight",
    "roi_heads.box_head.fc6.weight",
    "roi_heads.box_head.fc7.bias",
    "roi_heads.box_predictor.cls_score.weight",
    "roi_heads.box_predictor.bbox_pred.weight",
    "roi_heads.box_predictor.bbox_pred.bias",
]
MASK_WANTED = [
    "roi_heads.mask_head.0.0.weight",
    "roi_heads.mask_head.3.0.bias",
    "roi_heads.mask_predictor.conv5_mask.weight",
    "roi_heads.mask_predictor.conv5_mask.bias",
    "roi_heads.mask_predictor.mask_fcn_logits.weight",
    "roi_heads.mask_predictor.mask_fcn_logits.bias",
]


def make_model(base, width, stem, masks, frozen=False):
    body = VariantResNet(base, width=width, stem=stem)
    stages = {"layer1": "0", "layer2": "1", "layer3": "2", "layer4": "3"}
    channels = 4 * width
    expansion = 4 if base == "resnet50" else 1
    inputs = [width * expansion * 2**i for i in range(4)]
    backbone = BackboneWithFPN(body, stages, inputs, channels, extra_blocks=LastLevelMaxPool())
    anchors = AnchorGenerator(tuple((8 * 2**i,) for i in range(5)), ((0.5, 1.0, 2.0),) * 5)
    names = ["0", "1", "2", "3"]
    common = dict(
        min_size=SIDE,
        max_size=SIDE,
        image_mean=[0.0] * 3,
        image_std=[1.0] * 3,
        rpn_anchor_generator=anchors,
        rpn_pre_nms_top_n_train=60,
        rpn_post_nms_top_n_train=40,
        rpn_pre_nms_top_n_test=60,
        rpn_post_nms_top_n_test=40,
        rpn_batch_size_per_image=32,
        box_roi_pool=MultiScaleRoIAlign(names, 7, 2),
        box_head=TwoMLPHead(channels * 49, 4 * channels),
        box_predictor=FastRCNNPredictor(4 * channels, CLASSES + 1),
        box_batch_size_per_image=24,
        box_score_thresh=0.2,
        box_nms_thresh=0.5,
        box_detections_per_img=20,
    )
    if not masks:
        model = FasterRCNN(backbone, **common)
    else:
        model = MaskRCNN(
            backbone,
            mask_roi_pool=MultiScaleRoIAlign(names, 14, 2),
            mask_head=MaskRCNNHeads(channels, [channels] * 4, 1),
            mask_predictor=MaskRCNNPredictor(channels, channels, CLASSES + 1),
            **common,
        )
    state = {
        name: torch.tensor(7) if name.endswith("num_batches_tracked") else formula(our_name(name), tuple(value.shape))
        for name, value in model.state_dict().items()
    }
    model.load_state_dict(state)
    if frozen:
        for module in model.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.train = lambda mode=True, module=module: module
                module.training = False
    return model


def mask_of(box):
    """The ellipse inscribed in a box, at pixel centres."""
    x1, y1, x2, y2 = box
    grid = torch.arange(SIDE, dtype=torch.float64) + 0.5
    x, y = (grid - (x1 + x2) / 2) / ((x2 - x1) / 2), (grid - (y1 + y2) / 2) / ((y2 - y1) / 2)
    return (x[None, :] ** 2 + y[:, None] ** 2 <= 1).to(torch.uint8)


def train(model, pixels, dtype):
    targets = [
        {
            "boxes": torch.tensor(boxes, dtype=dtype),
            "labels": torch.tensor(labels) + 1,
            "masks": torch.stack([mask_of(box) for box in boxes]),
        }
        for boxes, labels in BOXES
    ]
    losses = model.to(dtype).train()(list(pixels.to(dtype)), targets)
    sum(losses.values()).backward()
    return losses, {our_name(name): parameter.grad for name, parameter in model.named_parameters()}


def case(kind, shape):
    pixels = images(2, SIDE, "detector")
    wanted = WANTED + (MASK_WANTED if shape["masks"] else [])
    if shape.get("frozen"):
        wanted.remove("layer2.0.bn1.weight")
    squares = []
    model = make_model(**shape).double().eval()
    if shape["masks"]:
        # The squares before they are pasted.
        model.roi_heads.mask_predictor.register_forward_hook(lambda _, __, out: squares.append(out.sigmoid()))
    with torch.no_grad():
        found = model(list(pixels))
    labels = torch.cat([image["labels"] for image in found])
    if squares:
        right = squares[0][torch.arange(len(labels)), labels]
    model = make_model(**shape)
    losses, exact = train(model, pixels, torch.float64)
    _, rounded = train(make_model(**shape), pixels, torch.float32)
    rounding = max(((rounded[name] - exact[name]).abs().max() / exact[name].abs().max()).item() for name in wanted)
    print(kind, {name: loss.item() for name, loss in losses.items()}, rounding, [len(f["scores"]) for f in found])
    return {
        "base": shape["base"],
        "width": shape["width"],
        "stem": shape["stem"],
        "batchNorm": "frozen" if shape.get("frozen") else "trained",
        "model": "mask-rcnn-fpn" if shape["masks"] else "faster-rcnn-fpn",
        "names": [our_name(name) for name in model.state_dict()],
        "losses": {name: loss.item() for name, loss in losses.items()},
        "gradients": {name: summary(exact[name], 12) for name in wanted},
        # How far torch's own float32 gradients are from these: rounding turns rectifiers over.
        "float32": rounding,
        "detections": [
            {key: (image["labels"] - 1 if key == "labels" else image[key]).tolist() for key in ("boxes", "scores", "labels")}
            for image in found
        ],
        **({"masks": summary(right, 64)} if squares else {}),
    }


if __name__ == "__main__":
    torch.set_num_threads(1)
    torch.randperm = lambda count, **_: torch.arange(count)
    targets = [{"boxes": boxes, "labels": labels} for boxes, labels in BOXES]
    models = {kind: case(kind, shape) for kind, shape in CASES.items()}
    write("two-stage-detectors.json", {"side": SIDE, "classes": CLASSES, "targets": targets, "models": models})
