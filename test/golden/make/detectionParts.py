"""Goldens for the parts of two-stage detectors: torchvision's operations on the same formula inputs, in float64.

Needs torch and torchvision (made with 1.13.1 and 0.14.1). Run from the repository root:
    python3 test/golden/make/detectionParts.py
Writes test/golden/data/detection-parts.json: RoIAlign of several kinds with its gradient, non-maximum suppression, box
coding both ways, matching, mask targets and pasted masks. Boxes are rounded to whole thousandths, so that both sides begin
with the same numbers; the test makes them from the same names.
"""

import torch
from resnet import uniform, write
from torchvision.models.detection._utils import BoxCoder, Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.models.detection.roi_heads import project_masks_on_boxes
from torchvision.ops import batched_nms, box_iou, nms, roi_align


def boxes(name, count, side, smallest=1.0):
    """[count, 4], x1, y1, x2, y2; some reach beyond the image of `side`."""
    values = torch.from_numpy(uniform(name, 4 * count)).reshape(count, 4)
    centre = side / 2 * (1 + 1.1 * values[:, :2])
    size = smallest + side / 2 * values[:, 2:].abs()
    return (torch.cat([centre - size / 2, centre + size / 2], 1) * 1000).round() / 1000


def align(name, sampling, aligned, size, scale, side, smallest):
    maps = torch.from_numpy(uniform("map", 2 * 3 * side * side)).reshape(2, 3, side, side).requires_grad_()
    rows = boxes(name, 6, side / scale, smallest)
    images = torch.tensor([0, 1, 1, 0, 0, 1], dtype=torch.float64)
    out = roi_align(maps, torch.cat([images[:, None], rows], 1), size, scale, sampling, aligned)
    weights = torch.from_numpy(uniform("weights", out.numel())).reshape(out.shape)
    (out * weights).sum().backward()
    return {
        **dict(boxes=name, sampling=sampling, aligned=aligned, size=size, scale=scale, side=side, smallest=smallest),
        "output": out.flatten().tolist(),
        "gradient": maps.grad.flatten().tolist(),
    }


def short(values):
    return [float(f"{value:.9g}") for value in values]


aligned = [
    align("rois a", 2, False, 3, 0.5, 8, 1),
    align("rois b", 0, True, 4, 0.25, 6, 1),
    align("rois c", 0, False, 2, 1.0, 7, 0.05),
    align("rois d", 1, True, 3, 1.0, 7, 0.05),
]
for case in aligned:
    case["output"], case["gradient"] = short(case["output"]), short(case["gradient"])

rows, scores = boxes("nms", 60, 40), torch.from_numpy(uniform("nms scores", 60))
classes = torch.arange(60) % 3
suppressed = [
    {"threshold": t, "all": nms(rows, scores, t).tolist(), "byClass": batched_nms(rows, scores, classes, t).tolist()}
    for t in (0.1, 0.3, 0.7)
]

anchors, objects = boxes("anchors", 200, 64, 4), boxes("objects", 4, 64, 6)
coder = BoxCoder((10.0, 10.0, 5.0, 5.0))
codes = coder.encode_single(objects, anchors[:4])
wild = torch.from_numpy(uniform("codes", 40)).reshape(10, 4) * 40
coding = {
    "encoded": short(codes.flatten().tolist()),
    "decoded": short(coder.decode_single(wild, anchors[:10]).flatten().tolist()),
}
overlaps = box_iou(objects.float(), anchors.float())
matching = [
    {"high": high, "low": low, "keepBestOfEach": keep, "matches": Matcher(high, low, keep)(overlaps).tolist()}
    for high, low, keep in ((0.7, 0.3, True), (0.5, 0.5, False), (0.5, 0.4, True))
]

generator = AnchorGenerator(((8, 16), (24, 33)), ((0.5, 1.0, 2.0),) * 2)
maps = [torch.zeros(1, 1, 4, 5), torch.zeros(1, 1, 2, 3)]
laid = generator(ImageList(torch.zeros(1, 3, 35, 41), [(35, 41)]), maps)[0]

side = 20
grid = torch.arange(side, dtype=torch.float64) + 0.5
disc = ((grid[None, :] - 9) ** 2 + (grid[:, None] - 11) ** 2 <= 49).double()
places = torch.tensor([[1.5, 3.25, 17.0, 19.5], [6.0, 5.0, 6.5, 12.0], [-3.0, 4.0, 25.0, 16.0]], dtype=torch.float64)
targets = project_masks_on_boxes(disc[None], places, torch.zeros(3, dtype=torch.long), 7)

# detectron2's paste_masks_in_image, whose sampling is torch's: cells' centres, zero beyond the border.
squares = (torch.from_numpy(uniform("squares", 3 * 49)).reshape(3, 1, 7, 7) + 1) / 2
pasted = []
for square, (x1, y1, x2, y2) in zip(squares, places.tolist()):
    x = (grid - x1) / (x2 - x1) * 2 - 1
    y = (grid - y1) / (y2 - y1) * 2 - 1
    where = torch.stack([x[None, :].expand(side, side), y[:, None].expand(side, side)], -1)[None]
    drawn = torch.nn.functional.grid_sample(square[None], where, align_corners=False)[0, 0] >= 0.5
    pasted.append("".join(str(int(bit)) for bit in drawn.flatten()))

write(
    "detection-parts.json",
    {
        "aligned": aligned,
        "suppressed": suppressed,
        "coding": coding,
        "matching": matching,
        "anchors": laid.tolist(),
        "masks": {"side": side, "places": places.tolist(), "targets": short(targets.flatten().tolist()), "pasted": pasted},
    },
)
