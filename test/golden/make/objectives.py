"""Goldens for losses, optimisers, schedules and embedding diagnostics.

Needs torch (made with 2.13, CPU), numpy. Run from the repository's root:

    python test/golden/make/objectives.py

Writes test/golden/data/objectives.json (losses and their gradients by autograd),
objectives-optimizers.json (parameters after each of five steps), objectives-schedules.json
(torch's own schedulers) and objectives-embeddings.json (alignment, uniformity, RankMe, spread).
Everything is computed in float64 from float32 inputs, except the optimisers, which run in float32 as trained.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

OUT = pathlib.Path(__file__).resolve().parent.parent / "data"
rng = np.random.default_rng(20210117)


def unit(*shape):
    x = rng.normal(size=shape)
    return (x / np.linalg.norm(x, axis=-1, keepdims=True)).astype(np.float32)


def flat(x):
    return [float(v) for v in np.asarray(x).reshape(-1)]


def double(x):
    return torch.tensor(x, dtype=torch.float64)


def with_gradient(queries, loss_of):
    q = double(queries).requires_grad_()
    loss = loss_of(q)
    loss.backward()
    return {"loss": loss.item(), "gradient": flat(q.grad)}


def info_nce(q, keys, queue, tau):
    logits = torch.cat([(q * keys).sum(1, keepdim=True), q @ queue.T], 1) / tau
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def exemplar(q, keys, queue, tau, labels, queue_labels):
    negatives = (q @ queue.T).masked_fill(labels[:, None] == queue_labels[None, :], -math.inf)
    logits = torch.cat([(q * keys).sum(1, keepdim=True), negatives], 1) / tau
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def sup_con(q, keys, queue, tau, labels, queue_labels):
    log_p = F.log_softmax(torch.cat([(q * keys).sum(1, keepdim=True), q @ queue.T], 1) / tau, 1)
    mask = torch.cat([torch.ones(len(q), 1, dtype=torch.bool), labels[:, None] == queue_labels[None, :]], 1)
    return torch.stack([-row[m].mean() for row, m in zip(log_p, mask)]).mean()


def contrastive_cases():
    n, k, d = 6, 9, 8
    cases = []
    for name, tau, labels, queue_labels in [
        ("some same", 0.2, [0, 1, 2, 3, 0, 1], [0, 0, 1, 4, 5, -1, -1, 3, 0]),
        ("some same, sharp", 0.07, [0, 1, 2, 3, 0, 1], [0, 0, 1, 4, 5, -1, -1, 3, 0]),
        ("all same", 0.2, [4] * n, [4] * k),
        ("none same", 0.2, [0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11, 12, -1, -1]),
    ]:
        queries, keys, queue = unit(n, d), unit(n, d), unit(k, d)
        rest = (double(keys), double(queue), tau)
        marks = (torch.tensor(labels), torch.tensor(queue_labels))
        cases.append({
            "name": name, "temperature": tau, "labels": labels, "queueLabels": queue_labels,
            "shape": [n, k, d], "queries": flat(queries), "keys": flat(keys), "queue": flat(queue),
            "infoNce": with_gradient(queries, lambda q: info_nce(q, *rest)),
            "exemplar": with_gradient(queries, lambda q: exemplar(q, *rest, *marks)),
            "supCon": with_gradient(queries, lambda q: sup_con(q, *rest, *marks)),
        })
    return cases


def nce(f, positives, noise, tau, bank_size, z):
    """Quotient form of Wu et al. 2018, equations 5 to 7, written as it stands there."""
    m = noise.shape[-2]
    dot = torch.einsum("nd,nmd->nm", f, noise.expand(len(f), *noise.shape[-2:]))
    p_own = torch.exp((f * positives).sum(1) / tau) / z
    p_noise = torch.exp(dot / tau) / z
    pn = 1 / bank_size
    h_own, h_noise = p_own / (p_own + m * pn), p_noise / (p_noise + m * pn)
    return (-torch.log(h_own) - torch.log(1 - h_noise).sum(1)).mean()


def inst_disc():
    n, m, d, bank_size, tau = 5, 7, 8, 30, 0.07
    bank, features = unit(bank_size, d), unit(n, d)
    indices = [3, 17, 0, 29, 8]
    shared = rng.integers(0, bank_size, m).tolist()
    own = rng.integers(0, bank_size, (n, m))
    b = double(bank)
    z_shared = bank_size * torch.exp(double(features) @ b[shared].T / tau).mean().item()
    z_own = bank_size * torch.exp(torch.einsum("nd,nmd->nm", double(features), b[own]) / tau).mean().item()
    sampled = [17, 5, 5, 12, 0, 22]

    def sampled_softmax(f):
        rows = []
        for i, index in enumerate(indices):
            kept = [j for j in sampled if j != index]
            rows.append(F.cross_entropy((b[[index] + kept] @ f[i] / tau)[None], torch.tensor([0])))
        return torch.stack(rows).mean()

    updated = b.clone()
    updated[indices] = F.normalize(0.5 * b[indices] + 0.5 * double(features), dim=1)
    return {
        "temperature": tau, "shape": [bank_size, d], "bank": flat(bank), "features": flat(features), "indices": indices,
        "sharedNoise": shared, "ownNoise": own.tolist(), "sharedNormaliser": z_shared, "ownNormaliser": z_own,
        "sharedNce": with_gradient(features, lambda f: nce(f, b[indices], b[shared], tau, bank_size, z_shared)),
        "ownNce": with_gradient(features, lambda f: nce(f, b[indices], b[own], tau, bank_size, z_own)),
        "fullSoftmax": with_gradient(features, lambda f: F.cross_entropy(f @ b.T / tau, torch.tensor(indices))),
        "sampled": sampled, "sampledSoftmax": with_gradient(features, sampled_softmax),
        "updatedBank": flat(updated),
    }


def supervised():
    logits = (rng.normal(size=(5, 7)) * 3).astype(np.float32)
    labels = [6, 0, 3, 3, 1]
    result = with_gradient(logits, lambda x: F.cross_entropy(x, torch.tensor(labels)))
    return {"shape": [5, 7], "logits": flat(logits), "labels": labels, **result}


def lars_reference(params, grads, lr, momentum, wd, exclude, trust=0.001):
    """You et al. 2017, algorithm 1, element by element."""
    state = [np.zeros_like(p) for p in params]
    params = [p.copy() for p in params]
    history = []
    for step in grads:
        for i, g in enumerate(step):
            p = params[i]
            bare = exclude and p.ndim == 1
            beta = 0 if bare else wd
            size, slope = math.sqrt((p**2).sum()), math.sqrt((g**2).sum())
            rate = 1 if bare or size == 0 or slope == 0 else trust * size / (slope + beta * size)
            for at in np.ndindex(*p.shape):
                state[i][at] = momentum * state[i][at] + lr * rate * (g[at] + beta * p[at])
                p[at] -= state[i][at]
        history.append([flat(p) for p in params])
    return history


def torch_history(make, start, grads, exclude=False, **settings):
    params = [torch.nn.Parameter(torch.tensor(p)) for p in start]
    decay = settings.pop("weight_decay", 0)
    groups = [{"params": [p], "weight_decay": 0 if exclude and p.ndim == 1 else decay} for p in params]
    optimizer = make(groups, **settings)
    history = []
    for step in grads:
        for p, g in zip(params, step):
            p.grad = torch.tensor(g)
        optimizer.step()
        history.append([flat(p.detach()) for p in params])
    return history


def optimizers():
    shapes = [(3, 2, 2), (4,), (5, 3)]
    start = [rng.normal(size=s).astype(np.float32) for s in shapes]
    start[2][:] = 0  # LARS with a zero norm
    grads = [[rng.normal(size=s).astype(np.float32) for s in shapes] for _ in range(5)]
    sgd, adam, adamw = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
    start64 = [p.astype(np.float64) for p in start]
    grads64 = [[g.astype(np.float64) for g in step] for step in grads]
    cases = [
        {"name": "plain", "history": torch_history(sgd, start, grads, lr=0.1)},
        {"name": "momentum", "history": torch_history(sgd, start, grads, lr=0.1, momentum=0.9, weight_decay=0.01)},
        {"name": "nesterov", "history": torch_history(sgd, start, grads, lr=0.1, momentum=0.9, weight_decay=0.01, nesterov=True)},
        {"name": "excluded", "history": torch_history(sgd, start, grads, True, lr=0.1, momentum=0.9, weight_decay=0.1)},
        {"name": "adam", "history": torch_history(adam, start, grads, lr=0.01, weight_decay=0.1)},
        {"name": "adamw", "history": torch_history(adamw, start, grads, lr=0.01, weight_decay=0.1)},
        {"name": "lars", "history": lars_reference(start64, grads64, 2.0, 0.9, 0.01, False)},
        {"name": "lars excluded", "history": lars_reference(start64, grads64, 2.0, 0.9, 0.01, True)},
    ]
    return {"shapes": shapes, "start": [flat(p) for p in start], "gradients": [[flat(g) for g in s] for s in grads], "cases": cases}


def rates(base, steps, *makers):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1, dtype=torch.float64))], lr=base)
    schedulers = [make(optimizer) for make in makers]
    result = []
    for _ in range(steps):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step()
    return result


def schedules():
    s = torch.optim.lr_scheduler
    warmup = lambda o: s.LinearLR(o, start_factor=0.001, end_factor=1.0, total_iters=6)
    return {
        "step": rates(0.1, 30, lambda o: s.MultiStepLR(o, [10, 20], 0.1)),
        "warmStep": rates(0.02, 30, lambda o: s.MultiStepLR(o, [18, 24], 0.1), warmup),
        "cosine": rates(0.03, 30, lambda o: s.CosineAnnealingLR(o, 30)),
        "cosineFloor": rates(0.03, 30, lambda o: s.CosineAnnealingLR(o, 30, eta_min=0.001)),
        "poly": rates(0.01, 30, lambda o: s.PolynomialLR(o, 30, 0.9)),
    }


def embeddings():
    n, d = 12, 7
    a = unit(n, d)
    b = a + 0.2 * rng.normal(size=(n, d))
    b = (b / np.linalg.norm(b, axis=1, keepdims=True)).astype(np.float32)
    low = (rng.normal(size=(n, 2)) @ rng.normal(size=(2, d))).astype(np.float32)
    wide = rng.normal(size=(5, 20)).astype(np.float32)

    def rank_me(z):
        sigma = torch.linalg.svdvals(double(z))
        p = sigma / sigma.sum() + 1e-7
        return torch.exp(-(p * torch.log(p)).sum()).item()

    def described(z):
        return {"shape": list(z.shape), "data": flat(z), "rankMe": rank_me(z), "singularValues": flat(torch.linalg.svdvals(double(z)))}

    x, y = double(a), double(b)
    return {
        "a": flat(a), "b": flat(b), "shape": [n, d],
        "alignment2": (x - y).norm(dim=1).pow(2).mean().item(),
        "alignment1": (x - y).norm(dim=1).mean().item(),
        "uniformity2": torch.pdist(x).pow(2).mul(-2).exp().mean().log().item(),
        "uniformity3": torch.pdist(x).pow(2).mul(-3).exp().mean().log().item(),
        "spread": F.normalize(double(low), dim=1).std(0, correction=0).mean().item() * math.sqrt(d),
        "matrices": [described(a), described(low), described(wide)],
    }


def write(name, value):
    rounded = json.loads(json.dumps(value), parse_float=lambda text: float(f"{float(text):.10g}"))
    (OUT / f"{name}.json").write_text(json.dumps(rounded) + "\n")


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    write("objectives", {"contrastive": contrastive_cases(), "instDisc": inst_disc(), "supervised": supervised()})
    write("objectives-optimizers", optimizers())
    write("objectives-schedules", schedules())
    write("objectives-embeddings", embeddings())
