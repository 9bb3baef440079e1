"""Goldens for src/worker/analysis/inversion and src/shared/math/pictures: the drawing network of the deep image prior (size,
one step of Adam), LPIPS by its authors' package, structural similarity and PSNR by scikit-image.

Needs torch, torchvision, lpips and scikit-image (made with 1.13.1, 0.14.1, 0.1.4 and 0.22.0). From the repository root:
    python3 -m venv --system-site-packages VENV
    VENV/bin/pip install --no-deps lpips==0.1.4 scikit-image==0.22.0 lazy_loader packaging imageio networkx tqdm
    VENV/bin/python test/golden/make/inversion.py
Writes test/golden/data/inversion.json. Weights and pictures are computed from their names as in resnet.py; nothing is
downloaded: the trunks of LPIPS have formula weights, its linear layers are the absolute values of such.
"""

import json
import sys
import warnings
from pathlib import Path

import lpips
import numpy as np
import torch
import torch.nn.functional as F
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import nn

sys.path.insert(0, str(Path(__file__).parent))
from resnet import OUT, formula, uniform  # noqa: E402

warnings.filterwarnings("ignore")
torch.manual_seed(0)


class Unit(nn.Module):
    """Convolution, perhaps a pooling, batch norm, leaky rectifier. Named as in the worker: NAME.weight and NAME.bn.weight."""

    def __init__(self, inputs, outputs, kernel, halve=False):
        super().__init__()
        conv = nn.Conv2d(inputs, outputs, kernel, padding=(kernel - 1) // 2)
        self.weight, self.bias = conv.weight, conv.bias
        self.bn = nn.BatchNorm2d(outputs)
        self.halve = halve

    def forward(self, x):
        x = F.conv2d(x, self.weight, self.bias, padding=(self.weight.shape[2] - 1) // 2)
        return F.leaky_relu(self.bn(F.avg_pool2d(x, 2) if self.halve else x), 0.2)


class Scale(nn.Module):
    def __init__(self, inputs, own, below, kernel, skip):
        super().__init__()
        self.skip = Unit(inputs, skip, 1)
        self.down = Unit(inputs, own, kernel, halve=True)
        self.mix = Unit(own, own, kernel)
        self.joined = nn.BatchNorm2d(skip + below)
        self.up = Unit(skip + below, own, kernel)
        self.end = Unit(own, own, 1)

    def forward(self, x, deeper):
        deep = deeper(self.mix(self.down(x)))
        both = torch.cat([self.skip(x), F.interpolate(deep, scale_factor=2, mode="nearest")], 1)
        return self.end(self.up(self.joined(both)))


class Skip(nn.Module):
    def __init__(self, inputs, channels, kernels, skip):
        super().__init__()
        self.count = len(channels)
        for i, own in enumerate(channels):
            below = channels[i + 1] if i + 1 < self.count else own
            before = channels[i - 1] if i else inputs
            setattr(self, f"scale{i + 1}", Scale(before, own, below, kernels[i], skip))
        self.output = nn.Conv2d(channels[0], 3, 1)

    def forward(self, x):
        def at(i):
            return lambda y: getattr(self, f"scale{i}")(y, at(i + 1)) if i <= self.count else y

        return self.output(at(1)(x))


def rounded(values):
    return [float(f"{v:.8g}") for v in values]


def sample(tensor):
    flat = tensor.detach().reshape(-1)
    return dict(norm=float(flat.norm()), values=rounded(flat[:: max(1, len(flat) // 5)][:6].tolist()))


def drawing():
    config = dict(inputs=6, channels=[5, 7, 8], kernels=[5, 3, 3], skipChannels=4)
    net = Skip(config["inputs"], config["channels"], config["kernels"], 4).double().train()
    for name, p in net.named_parameters():
        p.data = formula(name, tuple(p.shape)).double()
    side, size = 32, 29
    noise = torch.from_numpy(0.05 * (1 + uniform("noise", 6 * side * side))).reshape(1, 6, side, side)
    wanted_image = torch.from_numpy(uniform("wanted", 3 * size * size)).reshape(1, 3, size, size)
    filters = formula("filters", (5, 3, 3, 3)).double()
    features = lambda x: F.relu(F.conv2d(x, filters, stride=2, padding=1))
    wanted = features(wanted_image)
    optimiser = torch.optim.Adam(net.parameters(), lr=0.01)
    losses, steps = [], []
    for _ in range(3):
        optimiser.zero_grad()
        picture = net(noise)[:, :, :size, :size]
        loss = ((features(picture) - wanted) ** 2).mean()
        losses.append(float(loss))
        loss.backward()
        if not steps:
            first = sample(picture.permute(0, 2, 3, 1).contiguous())
            gradients = {name: sample(p.grad) for name, p in net.named_parameters()}
        optimiser.step()
        if not steps:
            steps = {name: sample(p) for name, p in net.named_parameters()}
    return dict(config=config, side=side, size=size, picture=first, losses=losses, gradients=gradients, updated=steps)


def picture(name, size):
    """[size, size, 3] in 0..1, float32."""
    y, x = np.mgrid[0:size, 0:size] / size
    waves = np.stack([np.sin(5 * x + 3 * y), np.cos(7 * y - x), np.sin(9 * x * y)], 2)
    grain = uniform(name, size * size * 3).reshape(size, size, 3)
    return np.clip(0.5 + 0.3 * waves + 0.15 * grain, 0, 1).astype(np.float32)


def distances(net, size):
    model = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, lpips=True, verbose=False, eval_mode=True)
    for name, p in model.net.named_parameters():
        module = name.split(".", 1)[1]
        p.data = formula(f"features.{module}", tuple(p.shape))
    for i, lin in enumerate(model.lins):
        lin.model[1].weight.data = formula(f"lin{i}.model.1.weight", tuple(lin.model[1].weight.shape)).abs()
    model.double()
    model.scaling_layer.double()
    tensor = lambda name: torch.from_numpy(picture(name, size)).double().permute(2, 0, 1)[None] * 2 - 1
    a, b = tensor("a"), tensor("b")
    learned = float(model(a, b))
    model.lpips = False
    return dict(net=net, size=size, learned=learned, unlearned=float(model(a, b)))


def likeness(size, names):
    a, b = (picture(name, size).astype(np.float64) for name in names)
    ssim = structural_similarity(
        a, b, channel_axis=2, data_range=1, gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    return dict(size=size, names=names, ssim=float(ssim), psnr=float(peak_signal_noise_ratio(a, b, data_range=1)))


released = Skip(32, [16, 32, 64, 128, 128, 128], [7, 7, 5, 5, 3, 3], 4)
golden = dict(
    parameters=sum(p.numel() for p in released.parameters()),
    drawing=drawing(),
    lpips=[distances("alex", 64), distances("alex", 96), distances("vgg", 64),
          distances("squeeze", 64), distances("squeeze", 67)],
    likeness=[likeness(11, ["a", "b"]), likeness(40, ["a", "b"]), likeness(33, ["a", "c"])],
)
(OUT / "inversion.json").write_text(json.dumps(golden, indent=1) + "\n")
print(golden["parameters"], golden["drawing"]["losses"], golden["lpips"], golden["likeness"])
