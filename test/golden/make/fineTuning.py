"""Golden for src/worker/transfer/classification/: two whole fine-tuning steps of a classifier in PyTorch.

Needs torch and torchvision (made with 1.13 and 0.14.1), and resnet.py and momentumSteps.py beside it. Run from the
repository root:
    python3 test/golden/make/fineTuning.py
Writes test/golden/data/fineTuning.json: all layers trained with a faster classifier (parameter groups of torch.optim.SGD),
frozen up to layer2, batch norm in evaluation mode, a linear readoff, and backbones cut after layer2 and after the stem. For
each the losses, what every weight and running statistic has moved by, and the logits in evaluation mode afterwards.

Weights and images are not stored: both sides compute them from their names (see resnet.py). Everything runs in float64 on
float32 weights.
"""

import copy
import json

import torch
import torch.nn.functional as F
from momentumSteps import moved, rounded
from resnet import OUT, VariantResNet, fill, formula, images
from torch import nn

WIDTH, SIDE, BATCH, CLASSES = 4, 24, 8, 4
LABELS = [[0, 1, 2, 0, 3, 1, 0, 2], [1, 1, 3, 0, 2, 2, 0, 3]]
SGD = dict(momentum=0.9, weight_decay=0.01)
RATES = [0.02, 0.012]
STAGES = ["stem", "layer1", "layer2", "layer3", "layer4"]
CASES = {
    "all layers, classifier ten times faster": dict(headLearningRate=10),
    "frozen up to layer2": dict(headLearningRate=4, freeze="layer2"),
    "batch norm as pretrained": dict(headLearningRate=1, batchNorm="frozen"),
    "linear readoff": dict(headLearningRate=1, freeze="layer4", batchNorm="frozen"),
    "cut after layer2": dict(headLearningRate=2, cut="layer2"),
    "cut after the stem": dict(headLearningRate=1, cut="stem"),
}
CANDIDATES = 12


class CutResNet(nn.Module):
    """The stages up to one, average pool and a linear layer."""

    def __init__(self, cut):
        super().__init__()
        self.net = VariantResNet("resnet18", WIDTH, "small", classes=CLASSES)
        self.used = STAGES[: STAGES.index(cut) + 1]
        channels = {"stem": WIDTH, "layer1": WIDTH, "layer2": 2 * WIDTH, "layer3": 4 * WIDTH, "layer4": 8 * WIDTH}
        self.net.fc = nn.Linear(channels[cut], CLASSES)
        fill(self.net)

    def forward(self, x):
        x = self.net.relu(self.net.bn1(self.net.conv1(x)))
        for stage in self.used[1:]:
            x = getattr(self.net, stage)(x)
        return self.net.fc(x.mean((2, 3)))


def stage_of(name):
    return name.split(".")[0] if name.startswith("layer") else "head" if name.startswith("fc") else "stem"


def steps(views, headLearningRate, freeze="none", cut="layer4", batchNorm="trained", dtype=torch.float64):
    model = CutResNet(cut).to(dtype).train()
    frozen = STAGES[: STAGES.index(freeze) + 1] if freeze != "none" else []
    is_norm = {f"{name}." for name, module in model.net.named_modules() if isinstance(module, nn.BatchNorm2d)}
    for name, module in model.net.named_modules():
        if isinstance(module, nn.BatchNorm2d) and (batchNorm == "frozen" or stage_of(name) in frozen):
            module.eval()
    body, head = [], []
    for name, parameter in model.net.named_parameters():
        stage = stage_of(name)
        stays = batchNorm == "frozen" and any(name.startswith(prefix) for prefix in is_norm)
        if stage == "head":
            head.append(parameter)
        elif stage in frozen or stage not in model.used or stays:
            parameter.requires_grad_(False)
        else:
            body.append(parameter)
    groups = [{"params": body, "factor": 1}] * bool(body) + [{"params": head, "factor": headLearningRate}]
    optimizer = torch.optim.SGD(groups, lr=0.0, **SGD)
    start = copy.deepcopy(model.net.state_dict())
    losses = []
    for step, rate in enumerate(RATES):
        pixels = images(BATCH, SIDE, f"{views}-{step}").to(dtype)
        loss = F.cross_entropy(model(pixels), torch.tensor(LABELS[step]))
        optimizer.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = rate * group["factor"]
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        logits = model.eval()(images(BATCH, SIDE, f"{views}-test").to(dtype))
    return {"views": views, "losses": losses, "moved": moved(model.net, start), "logits": rounded(logits.flatten())}


def rounding(views, settings):
    """Largest difference between float32 and float64, each number relative to its tensor's scale."""
    exact, single = (steps(views, **settings, dtype=dtype) for dtype in (torch.float64, torch.float32))
    pairs = [(exact["losses"], single["losses"]), (exact["logits"], single["logits"])]
    pairs += [(values, single["moved"][name]) for name, values in exact["moved"].items() if any(values)]
    return max(max(abs(a - b) for a, b in zip(one, two)) / max(map(abs, one)) for one, two in pairs)


def best(settings):
    """Of some sets of images, the one whose steps torch's own float32 repeats most closely."""
    error, views = min((rounding(views, settings), views) for views in (f"tuned{i}" for i in range(CANDIDATES)))
    return {"settings": settings, **steps(views, **settings), "rounding": error}


if __name__ == "__main__":
    torch.set_num_threads(1)
    golden = {
        "side": SIDE, "batch": BATCH, "classes": CLASSES, "width": WIDTH, "labels": LABELS, "rates": RATES,
        "sgd": {"momentum": SGD["momentum"], "weightDecay": SGD["weight_decay"]},
        "cases": {name: best(settings) for name, settings in CASES.items()},
    }
    text = json.dumps(golden, separators=(",", ":"))
    (OUT / "fineTuning.json").write_text(text + "\n")
    for name, result in golden["cases"].items():
        print(name, result["views"], result["rounding"], result["losses"])
    print(len(text))
