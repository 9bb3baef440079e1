"""The peer of bench/detectionStep.ts: one training step of torchvision's Faster R-CNN R50-FPN. Needs torch and torchvision.

    python bench/peer/detectionStep.py [--steps 5] [--threads 2]

Prints a JSON line: seconds of the median step. Weights are random, batch norm and all layers are trained, as there.
"""
import argparse
import json
import time

import torch
import torchvision
from torchvision.models.detection import fasterrcnn_resnet50_fpn

SIDE = 320


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="understood, as there is one workload")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    model = fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=10, trainable_backbone_layers=5, min_size=SIDE, max_size=SIDE)
    model.train()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9, weight_decay=1e-4)
    side = SIDE / 128 * torch.tensor([30.0, 44.0, 58.0])
    corners = torch.tensor([[10.0, 20.0], [90.0, 60.0], [150.0, 140.0]])
    targets = [dict(boxes=torch.cat([corners, corners + side[:, None]], 1), labels=torch.tensor([1, 4, 8]))]
    images = [torch.rand(3, SIDE, SIDE)]
    times = []
    for _ in range(args.steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad()
        sum(model(images, targets).values()).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    seconds = sorted(times[2:])[args.steps // 2]
    version = f"torchvision {torchvision.__version__}"
    print(json.dumps(dict(workload="faster-rcnn-r50-fpn-320px-b1-step", version=version, threads=args.threads, seconds=seconds)))


main()
