"""Golden for src/worker/transfer/multilabel.ts: VOC07's protocol of linear SVMs as Goyal et al. 2019 (arXiv 1905.01235) run it.

Needs numpy and scikit-learn (made with 1.9). Run from the repository root:  python test/golden/make/multilabel.py
Writes test/golden/data/multilabel.json: features as they come (base64 float32), which picture holds which class (1), holds only
difficult objects of it (0) or not (-1), the folds of the cross-validation, and for each class the mean average precision of
every cost, the cost chosen, and the average precision on the test pictures.

LinearSVC with class weights 2:1 and average_precision_score, solved to the optimum (tol 1e-12); features of length 1;
difficult pictures are negatives in training and are left out in testing.
"""

import base64
import json
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score
from sklearn.svm import LinearSVC

OUT = Path(__file__).parents[1] / "data" / "multilabel.json"
COSTS = [0.05, 0.5, 5]
FOLDS = 3


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.float32).tobytes()).decode()


def fit(X, y, cost):
    model = LinearSVC(C=cost, class_weight={1: 2, -1: 1}, intercept_scaling=1.0, loss="squared_hinge", dual=False, tol=1e-12,
                      max_iter=10_000_000)
    return model.fit(X, y)


def unit(X):
    X = X.astype(np.float64)
    return X / np.linalg.norm(X, axis=1, keepdims=True)


def eleven_points(positive, scores):
    order = np.argsort(-scores, kind="stable")
    hit = np.cumsum(positive[order])
    precision, recall = hit / np.arange(1, len(hit) + 1), hit / positive.sum()
    return float(np.mean([max(precision[recall >= t], default=0) for t in np.arange(11) / 10]))


def main():
    rng = np.random.default_rng(3)
    train, test, dimension, classes = 75, 60, 12, 4
    direction = rng.normal(size=(classes, dimension))
    scale = np.geomspace(0.2, 3, dimension)

    def draw(count):
        X = (rng.normal(size=(count, dimension)) * scale).astype(np.float32)
        noisy = unit(X) @ direction.T + 0.4 * rng.normal(size=(count, classes))
        presence = np.where(noisy > 0.8, 1, -1)
        return X, np.where((noisy > 0.65) & (noisy <= 0.8), 0, presence)

    (X, presence), (Xt, presence_t) = draw(train), draw(test)
    U, Ut = unit(X), unit(Xt)
    found = []
    for c in range(classes):
        y = np.where(presence[:, c] == 1, 1, -1)
        # Positives and negatives are dealt out in turn; the test hands the same folds to the solver.
        fold = np.zeros(train, dtype=int)
        for sign in (1, -1):
            rows = np.flatnonzero(y == sign)
            fold[rng.permutation(rows)] = np.arange(len(rows)) % FOLDS
        means = []
        for cost in COSTS:
            precisions = []
            for f in range(FOLDS):
                model = fit(U[fold != f], y[fold != f], cost)
                precisions.append(average_precision_score(y[fold == f] == 1, model.decision_function(U[fold == f])))
            means.append(float(np.mean(precisions)))
        best = COSTS[int(np.argmax(means))]
        judged = presence_t[:, c] != 0
        decision = fit(U, y, best).decision_function(Ut[judged])
        positive = presence_t[judged, c] == 1
        found.append({
            "fold": fold.tolist(), "means": means, "cost": best,
            "area": float(average_precision_score(positive, decision)),
            "elevenPoint": eleven_points(positive, decision),
        })
        print(c, means, found[-1]["cost"], found[-1]["area"], found[-1]["elevenPoint"], positive.sum())
    result = {
        "dimension": dimension, "costs": COSTS, "folds": FOLDS, "positiveWeight": 2,
        "train": {"values": pack(X), "presence": presence.ravel().tolist()},
        "test": {"values": pack(Xt), "presence": presence_t.ravel().tolist()},
        "classes": found,
        "map": float(np.mean([one["area"] for one in found])),
        "map11": float(np.mean([one["elevenPoint"] for one in found])),
    }
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes", result["map"])


if __name__ == "__main__":
    main()
