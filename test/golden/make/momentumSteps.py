"""Golden for src/worker/pretrain/momentumLearner.ts and supervisedLearner.ts: two whole training steps in PyTorch.

Needs torch and torchvision (made with 1.13 and 0.14.1), and resnet.py beside it. Run from the repository root:
    python3 test/golden/make/momentumSteps.py
Writes test/golden/data/momentumSteps.json: MoCo v2, exemplar, SupCon and supervised steps of a narrow ResNet-18 with split
batch norm, with torch.optim.SGD. Losses, what each weight and running statistic of both encoders has moved by, the queue
with its labels and pointer.

Written from the papers (He et al. 2019, arXiv 1911.05722, algorithm 1 and section 3.3; Zhao et al. 2021, arXiv 2006.06606;
Khosla et al. 2020, arXiv 2004.11362, equation 2), with torch's own loss, optimiser and autograd. Weights and views are not
stored: both sides compute them from their names (see resnet.py). Everything runs in float64 on float32 weights.
"""

import copy
import json

import torch
import torch.nn.functional as F
from resnet import OUT, SplitBatchNorm, VariantResNet, fill, formula, images, uniform
from torch import nn

WIDTH, SIDE, BATCH, GROUPS, CLASSES = 4, 24, 8, 2, 4  # 24 px leave 2 x 2 in layer4: batch norm over 16 values, not 4
DIMENSION, SIZE, POINTER = 8, 20, 14  # the first batch wraps round the end of the queue, and two batches leave 4 old keys
LABELS = [[0, 1, 2, 0, 3, 1, 0, 2], [1, 1, 3, 0, 2, 2, 0, 3]]
QUEUE_LABELS = [i % 5 - 1 for i in range(SIZE)]
SEED = 0
# What drawShuffle(deriveRandom(SEED, 'shuffle', step), 8).order holds: neither is its own inverse.
ORDER = [[6, 0, 2, 5, 1, 7, 3, 4], [2, 7, 1, 5, 4, 6, 0, 3]]
SGD = dict(momentum=0.9, weight_decay=0.01)
METHODS = {
    "moco": dict(temperature=0.2, encoderMomentum=0.6, rates=[0.05, 0.03]),
    "exemplar": dict(temperature=0.2, encoderMomentum=0.6, rates=[0.05, 0.03]),
    "supcon": dict(temperature=0.1, encoderMomentum=0.75, rates=[0.04, 0.02]),
    "supervised": dict(rates=[0.05, 0.03]),
}
CANDIDATES = 20


def network(method, dtype):
    net = VariantResNet("resnet18", WIDTH, "small", classes=CLASSES)
    if method != "supervised":
        inputs = net.fc.in_features
        net.fc = nn.Sequential(nn.Linear(inputs, inputs), nn.ReLU(), nn.Linear(inputs, DIMENSION))
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__ = SplitBatchNorm
            module.groups = GROUPS
    return fill(net).to(dtype).train()


def contrastive_loss(method, queries, keys, queue, labels, queue_labels, temperature):
    own = (queries * keys).sum(1, keepdim=True)
    logits = torch.cat([own, queries @ queue.t()], 1) / temperature
    same = labels[:, None] == queue_labels[None, :]
    nothing = torch.zeros(len(labels), 1, dtype=torch.bool)
    if method == "exemplar":
        logits = logits.masked_fill(torch.cat([nothing, same], 1), -torch.inf)
    if method == "supcon":
        positives = torch.cat([~nothing, same], 1)
        log_probability = F.log_softmax(logits, 1).masked_fill(~positives, 0)
        return -(log_probability.sum(1) / positives.sum(1)).mean()
    return F.cross_entropy(logits, torch.zeros(len(labels), dtype=torch.long))


def steps(method, views, rates, temperature=None, encoderMomentum=None, dtype=torch.float64):
    losses = []
    online, slow = network(method, dtype), network(method, dtype)
    start = copy.deepcopy(online.state_dict())
    queue = F.normalize(formula("queue", (SIZE, DIMENSION)).double(), dim=1).to(dtype)
    queue_labels = torch.tensor(QUEUE_LABELS)
    pointer = POINTER
    optimizer = torch.optim.SGD(online.parameters(), lr=0.0, **SGD)
    for step, rate in enumerate(rates):
        labels, order = torch.tensor(LABELS[step]), torch.tensor(ORDER[step])
        queries_of = images(BATCH, SIDE, f"{views}-{step}-0").to(dtype)
        if method == "supervised":
            loss = F.cross_entropy(online(queries_of), labels)
        else:
            with torch.no_grad():
                for copied, source in zip(slow.parameters(), online.parameters()):
                    copied.mul_(encoderMomentum).add_(source, alpha=1 - encoderMomentum)
                keys_of = images(BATCH, SIDE, f"{views}-{step}-1").to(dtype)
                shuffled = F.normalize(slow(keys_of[order]), dim=1)
                keys = torch.empty_like(shuffled)
                keys[order] = shuffled
            queries = F.normalize(online(queries_of), dim=1)
            loss = contrastive_loss(method, queries, keys, queue, labels, queue_labels, temperature)
        optimizer.zero_grad()
        loss.backward()
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        losses.append(loss.item())
        if method != "supervised":
            places = (pointer + torch.arange(BATCH)) % SIZE
            queue[places], queue_labels[places] = keys, labels
            pointer = (pointer + BATCH) % SIZE
    result = {"views": views, "rates": rates, "losses": losses, "online": moved(online, start)}
    if method != "supervised":
        memory = {"keys": rounded(queue.flatten()), "labels": queue_labels.tolist(), "pointer": pointer}
        result.update(temperature=temperature, encoderMomentum=encoderMomentum, slow=moved(slow, start), queue=memory)
    return result


def moved(net, start):
    """For each weight and running statistic: largest absolute change, three projections of it over root n, two samples."""
    result = {}
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        change = (value - start[name]).flatten().double()
        directions = [torch.from_numpy(uniform(f"projection{i}", len(change))) for i in range(3)]
        projections = [change @ direction / len(change) ** 0.5 for direction in directions]
        result[name] = rounded(torch.stack([change.abs().max(), *projections, change[0], change[-1]]))
    return result


def rounded(values):
    return [float(f"{value:.8g}") for value in values.tolist()]


def best(method, settings):
    """
    Of 20 sets of views, the one whose steps torch's own float32 repeats most closely. Elsewhere a rounding error turns a
    rectifier over, or nearly equal values stand before a batch norm.
    """
    tried = [(rounding(method, views, settings), views) for views in (f"views{i}" for i in range(CANDIDATES))]
    error, views = min(tried)
    return {**steps(method, views, **settings), "rounding": error}


def rounding(method, views, settings):
    """Largest difference between float32 and float64, each number relative to its tensor's scale."""
    exact, single = (steps(method, views, **settings, dtype=dtype) for dtype in (torch.float64, torch.float32))
    pairs = [(exact["losses"], single["losses"])]
    for network in ("online", "slow"):
        pairs += [(values, single[network][name]) for name, values in exact.get(network, {}).items()]
    if "queue" in exact:
        pairs.append((exact["queue"]["keys"], single["queue"]["keys"]))
    return max(max(abs(a - b) for a, b in zip(one, two)) / max(map(abs, one)) for one, two in pairs)


if __name__ == "__main__":
    torch.set_num_threads(1)
    golden = {
        "side": SIDE, "batch": BATCH, "groups": GROUPS, "classes": CLASSES, "width": WIDTH, "dimension": DIMENSION,
        "labels": LABELS, "queue": {"size": SIZE, "labels": QUEUE_LABELS, "pointer": POINTER}, "seed": SEED, "order": ORDER,
        "sgd": {"momentum": SGD["momentum"], "weightDecay": SGD["weight_decay"]},
        "methods": {method: best(method, settings) for method, settings in METHODS.items()},
    }
    text = json.dumps(golden, separators=(",", ":"))
    (OUT / "momentumSteps.json").write_text(text + "\n")
    for method, result in golden["methods"].items():
        print(method, result["views"], result["rounding"], result["losses"])
    print(len(text))
