"""The peer of bench/segmentationStep.ts: the same training steps by PyTorch and torchvision.

    python bench/peer/segmentationStep.py --workload deeplabv3-w16-64px-b8-step [--threads 2] [--repetitions 3]

Needs torch and torchvision.
"""
import argparse
import json
import time

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.resnet import BasicBlock, ResNet
from torchvision.models._utils import IntermediateLayerGetter
from torchvision.models.segmentation import deeplabv3_resnet50
from torchvision.models.segmentation.deeplabv3 import ASPP, DeepLabV3
from torchvision.models.segmentation.fcn import FCNHead


class DilatableBlock(BasicBlock):
    """torchvision's basic block, dilated as its bottlenecks are."""

    def __init__(self, inplanes, planes, stride=1, downsample=None, groups=1, base_width=64, dilation=1, norm_layer=None):
        super().__init__(inplanes, planes, stride, downsample, groups, base_width, 1, norm_layer)
        for conv in (self.conv1, self.conv2):
            conv.dilation, conv.padding = (dilation, dilation), (dilation, dilation)


class NarrowResNet(ResNet):
    def __init__(self):
        super().__init__(DilatableBlock, [2, 2, 2, 2], 10)
        self.inplanes, self.dilation = 16, 1
        self.conv1 = nn.Conv2d(3, 16, 3, 2, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        self.maxpool = nn.Identity()
        self.layer1 = self._make_layer(DilatableBlock, 16, 2)
        self.layer2 = self._make_layer(DilatableBlock, 32, 2, stride=2)
        self.layer3 = self._make_layer(DilatableBlock, 64, 2, stride=2, dilate=True)
        self.layer4 = self._make_layer(DilatableBlock, 128, 2, stride=2, dilate=True)


def narrow(classes):
    body = IntermediateLayerGetter(NarrowResNet(), return_layers={"layer4": "out", "layer3": "aux"})
    last = nn.Conv2d(32, 32, 3, padding=1, bias=False)
    head = nn.Sequential(ASPP(128, (2, 4, 6), 32), last, nn.BatchNorm2d(32), nn.ReLU(), nn.Conv2d(32, classes, 1))
    return DeepLabV3(body, head, FCNHead(64, classes))


WORKLOADS = {
    "deeplabv3-w16-64px-b8-step": (lambda: narrow(10), 64, 8, 10),
    "deeplabv3-resnet50-128px-b2-step": (
        lambda: deeplabv3_resnet50(weights=None, weights_backbone=None, num_classes=21, aux_loss=True), 128, 2, 21),
}


def measure(name, repetitions):
    make, side, batch, classes = WORKLOADS[name]
    net = make().train()
    optimizer = torch.optim.SGD(net.parameters(), lr=0.001, momentum=0.9, weight_decay=1e-4)
    pixels = torch.randn(batch, 3, side, side)
    target = (torch.arange(batch * side * side) // 97 % classes).reshape(batch, side, side)

    def step():
        out = net(pixels)
        loss = F.cross_entropy(out["out"], target, ignore_index=255) + 0.5 * F.cross_entropy(out["aux"], target, ignore_index=255)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.item()

    step()
    times = []
    for _ in range(repetitions):
        start = time.perf_counter()
        loss = step()
        times.append(time.perf_counter() - start)
    threads = torch.get_num_threads()
    print(json.dumps({"workload": name, "threads": threads, "times": times, "loss": round(loss, 4), "version": f"torch {torch.__version__}"}), flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", choices=WORKLOADS, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repetitions", type=int, default=3)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    measure(args.workload, args.repetitions)


if __name__ == "__main__":
    main()
