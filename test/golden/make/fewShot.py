"""Expected results of few-shot classifiers, linear SVMs and rank correlations, from scikit-learn, PyTorch and SciPy.

Needs numpy, scikit-learn (made with 1.9) and torch (2.13). Run from the repository root:  python test/golden/make/fewShot.py
Writes test/golden/data/fewShot.json: features (base64 float32) of one episode with the logits of LogisticRegression and of a
torch Linear trained by SGD; and a multi-label set with LinearSVC's decision values and average
precisions for several costs; pairs with ties and their correlations.
"""

import base64
import json
from pathlib import Path

import numpy as np
import torch
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score
from sklearn.svm import LinearSVC

OUT = Path(__file__).parents[1] / "data" / "fewShot.json"


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()


def episode():
    rng = np.random.default_rng(0)
    ways, shots, queries, dimension = 5, 4, 6, 24
    centres = rng.normal(size=(ways, dimension))
    # Scales from 0.05 to 5, as the channels of a network have.
    scale = np.geomspace(0.05, 5, dimension)
    draw = lambda n: ((np.repeat(centres, n, 0) + 1.2 * rng.normal(size=(ways * n, dimension))) * scale).astype(np.float32)
    return ways, shots, queries, dimension, draw(shots), draw(queries), rng


def logistic(support, query, labels, l2):
    X, Q = support.astype(np.float64), query.astype(np.float64)
    model = LogisticRegression(C=1 / (l2 * len(X)), tol=1e-10, max_iter=100000, solver="newton-cholesky").fit(X, labels)
    logits = model.decision_function(X)
    log_sum = np.log(np.exp(logits - logits.max(1, keepdims=True)).sum(1)) + logits.max(1)
    loss = (log_sum - logits[np.arange(len(X)), labels]).mean() + l2 / 2 * (model.coef_**2).sum()
    shares = model.predict_proba(Q)
    return {"l2": l2, "loss": float(loss), "shares": shares.round(10).ravel().tolist()}


def tuned_head(support, query, labels, ways, rng):
    dimension = support.shape[1]
    bound = 1 / np.sqrt(dimension)
    weight = rng.uniform(-bound, bound, size=(ways, dimension)).astype(np.float32)
    bias = rng.uniform(-bound, bound, size=ways)
    settings = {"learningRate": 0.01, "momentum": 0.9, "dampening": 0.9, "weightDecay": 0.001, "batch": 3, "epochs": 30}
    layer = torch.nn.Linear(dimension, ways).double()
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight))
        layer.bias.copy_(torch.tensor(bias))
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.01, momentum=0.9, dampening=0.9, weight_decay=0.001)
    X, y = torch.tensor(support).double(), torch.tensor(labels)
    orders = [rng.permutation(len(X)) for _ in range(settings["epochs"])]
    for order in orders:
        for start in range(0, len(X), settings["batch"]):
            rows = order[start : start + settings["batch"]]
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(layer(X[rows]), y[rows]).backward()
            optimizer.step()
    logits = layer(torch.tensor(query).double()).detach().numpy()
    return {
        "settings": settings,
        "weight": pack(weight),
        "bias": bias.tolist(),
        "orders": [order.tolist() for order in orders],
        "logits": logits.ravel().tolist(),
    }


def svm():
    rng = np.random.default_rng(1)
    train, test, dimension, classes = 90, 60, 16, 3
    direction = rng.normal(size=(classes, dimension))

    def draw(count):
        X = rng.normal(size=(count, dimension)).astype(np.float32)
        X /= np.linalg.norm(X, axis=1, keepdims=True)
        noisy = X @ direction.T + 0.6 * rng.normal(size=(count, classes))
        return X, np.where(noisy > 0.9, 1, -1)

    (X, y), (Xt, yt) = draw(train), draw(test)
    cases = []
    for cost in [0.01, 0.5, 10]:
        for c in range(classes):
            model = LinearSVC(
                C=cost, class_weight={1: 2, -1: 1}, intercept_scaling=1.0, loss="squared_hinge", dual=False, tol=1e-12,
                max_iter=10_000_000, random_state=0,
            ).fit(X.astype(np.float64), y[:, c])
            decision = model.decision_function(Xt.astype(np.float64))
            precision = average_precision_score(yt[:, c] == 1, decision)
            cases.append({"cost": cost, "class": c, "decision": decision.tolist(), "averagePrecision": float(precision)})
    return {
        "dimension": dimension,
        "classes": classes,
        "train": {"values": pack(X), "labels": y.ravel().tolist()},
        "test": {"values": pack(Xt), "labels": yt.ravel().tolist()},
        "cases": cases,
    }


def ranks():
    rng = np.random.default_rng(2)
    cases = []
    for count, digits in [(3, 2), (5, 1), (12, 3), (40, 1), (40, 0)]:
        x = rng.normal(size=count).round(digits)
        y = (0.6 * x + rng.normal(size=count)).round(digits)
        rho, tau = stats.spearmanr(x, y).statistic, stats.kendalltau(x, y).statistic
        cases.append({"x": x.tolist(), "y": y.tolist(), "spearman": float(rho), "kendall": float(tau)})
    return cases


def main():
    ways, shots, queries, dimension, support, query, rng = episode()
    labels = np.repeat(np.arange(ways), shots)
    result = {
        "episode": {
            "ways": ways, "shots": shots, "queries": queries, "dimension": dimension,
            "support": pack(support), "query": pack(query),
            "logistic": [logistic(support, query, labels, l2) for l2 in [1 / len(support), 1e-4, 10]],
            "tunedHead": tuned_head(support, query, labels, ways, rng),
        },
        "svm": svm(),
        "ranks": ranks(),
    }
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
