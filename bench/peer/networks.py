"""The peer of bench/networks.ts in PyTorch. Needs torch.

    python bench/peer/networks.py --workload resnet18-64px-b32-step [--threads 2] [--repetitions 5]

Prints a JSON line: seconds of each repetition, peak memory of the process in MiB.
"""
import argparse
import copy
import json
import re
import resource
import time

import torch
from torch import nn
from torch.nn import functional as F


class Block(nn.Module):
    """torchvision's basic and bottleneck blocks."""

    def __init__(self, c_in, planes, stride, bottleneck):
        super().__init__()
        c_out = planes * (4 if bottleneck else 1)
        plan = [(1, 1), (3, stride), (1, 1)] if bottleneck else [(3, stride), (3, 1)]
        widths = [c_in] + [planes] * (len(plan) - 1) + [c_out]
        self.convs = nn.ModuleList(
            nn.Conv2d(a, b, k, s, k // 2, bias=False) for (k, s), a, b in zip(plan, widths, widths[1:]))
        self.norms = nn.ModuleList(nn.BatchNorm2d(c) for c in widths[1:])
        self.down = None
        if stride != 1 or c_in != c_out:
            self.down = nn.Sequential(nn.Conv2d(c_in, c_out, 1, stride, bias=False), nn.BatchNorm2d(c_out))

    def forward(self, x):
        h = x
        for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
            h = norm(conv(h))
            if i + 1 < len(self.convs):
                h = F.relu(h, inplace=True)
        return F.relu(h + (x if self.down is None else self.down(x)), inplace=True)


class ResNet(nn.Module):
    def __init__(self, name):
        super().__init__()
        bottleneck = name == "resnet50"
        self.stem = nn.Sequential(
            nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1))
        channels, stages = 64, []
        for stage, count in enumerate([3, 4, 6, 3] if bottleneck else [2, 2, 2, 2]):
            blocks = []
            for index in range(count):
                blocks.append(Block(channels, 64 * 2**stage, 2 if stage > 0 and index == 0 else 1, bottleneck))
                channels = 64 * 2**stage * (4 if bottleneck else 1)
            stages.append(nn.Sequential(*blocks))
        self.stages = nn.ModuleList(stages)
        self.features = channels

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return x.mean((2, 3))


def grid_of(side, channels):
    return min(side, max(1, int((9216 / channels) ** 0.5)))


def prepare(name, pixels, batch, kind):
    torch.manual_seed(0)
    net = ResNet(name)
    images = torch.randn(batch, 3, pixels, pixels)
    labels = torch.arange(batch) % 1000
    if kind == "forward":
        net.eval()

        def forward():
            with torch.inference_mode():
                net(images)

        return forward
    if kind == "features":
        net.eval()
        kept = []
        keep = lambda module, args, output: kept.append(output)  # noqa: E731
        for module in [*net.stem, *[block for stage in net.stages for block in stage]]:
            module.register_forward_hook(keep)

        def features():
            kept.clear()
            with torch.inference_mode():
                net(images)
                [F.adaptive_avg_pool2d(x, grid_of(x.shape[2], x.shape[1])).flatten(1) for x in kept]

        return features
    if kind == "step":
        net = nn.Sequential(net, nn.Linear(net.features, 1000))
        optimizer = torch.optim.SGD(net.parameters(), 0.03, momentum=0.9, weight_decay=1e-4)

        def step():
            optimizer.zero_grad()
            F.cross_entropy(net(images), labels).backward()
            optimizer.step()

        return step
    net = nn.Sequential(net, nn.Linear(net.features, net.features), nn.ReLU(), nn.Linear(net.features, 128))
    slow = copy.deepcopy(net)
    queue = F.normalize(torch.randn(128, 4096), dim=0)
    optimizer = torch.optim.SGD(net.parameters(), 0.03, momentum=0.9, weight_decay=1e-4)
    others = torch.randn(batch, 3, pixels, pixels)
    place = [0]

    def moco():
        with torch.no_grad():
            for a, b in zip(slow.parameters(), net.parameters()):
                a.mul_(0.999).add_(b, alpha=0.001)
            keys = F.normalize(slow(others), dim=1)
        queries = F.normalize(net(images), dim=1)
        logits = torch.cat([(queries * keys).sum(1, keepdim=True), queries @ queue], 1) / 0.2
        optimizer.zero_grad()
        F.cross_entropy(logits, torch.zeros(batch, dtype=torch.long)).backward()
        optimizer.step()
        queue[:, place[0]:place[0] + batch] = keys.T
        place[0] = (place[0] + batch) % 4096

    return moco


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workload", required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    name, pixels, batch, kind = re.fullmatch(r"(\w+)-(\d+)px-b(\d+)-(\w+)", args.workload).groups()
    work = prepare(name, int(pixels), int(batch), kind)
    for _ in range(2):
        work()
    times, processor = [], []
    for _ in range(args.repetitions):
        start, used = time.perf_counter(), time.process_time()
        work()
        times.append(time.perf_counter() - start)
        processor.append(time.process_time() - used)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(dict(workload=args.workload, version=f"torch {torch.__version__}", threads=args.threads, times=times, processor=processor, peakMb=peak)))


main()
