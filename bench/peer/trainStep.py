"""One training step of ResNet-18 in PyTorch: the peer of bench/trainStep.ts. Needs torch.

    python bench/peer/trainStep.py [--threads 2]

Prints one JSON line per workload: median seconds of a step (forward, backward, SGD with momentum).
"""
import argparse
import json
import time

import torch
from torch import nn

WORKLOADS = {
    "resnet18-w64-imagenet-64px-b32": dict(width=64, stem="imagenet", pixels=64, batch=32, classes=1000, steps=5),
    "resnet18-w16-small-32px-b128": dict(width=16, stem="small", pixels=32, batch=128, classes=95, steps=10),
}


class Block(nn.Module):
    def __init__(self, c_in, c_out, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(c_out)
        self.conv2 = nn.Conv2d(c_out, c_out, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(c_out)
        self.down = None
        if stride != 1 or c_in != c_out:
            self.down = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        h = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(h)) + (x if self.down is None else self.down(x)))


def resnet18(width, stem, classes):
    if stem == "imagenet":
        layers = [nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    else:
        layers = [nn.Conv2d(3, width, 3, 2, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU()]
    channels = width
    for stage in range(4):
        for index in range(2):
            out = width * 2**stage
            layers.append(Block(channels, out, 2 if stage > 0 and index == 0 else 1))
            channels = out
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes))


def measure(width, stem, pixels, batch, classes, steps):
    torch.manual_seed(0)
    net = resnet18(width, stem, classes)
    optimizer = torch.optim.SGD(net.parameters(), 0.1, momentum=0.9)
    images = torch.randn(batch, 3, pixels, pixels)
    labels = torch.arange(batch) % classes
    times = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad()
        nn.functional.cross_entropy(net(images), labels).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    return sorted(times[2:])[steps // 2]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=2)
    threads = parser.parse_args().threads
    torch.set_num_threads(threads)
    for name, workload in WORKLOADS.items():
        seconds = measure(**workload)
        print(json.dumps(dict(workload=name, peer=f"torch {torch.__version__}", threads=threads, seconds=round(seconds, 4))))


main()
