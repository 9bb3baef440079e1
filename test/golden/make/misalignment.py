"""Expected values of the analyses that look at images, of LEEP and NCE and of the weighted rank correlation.

By NumPy, SciPy and scikit-learn straight from the formulas. Run with Python 3.11, numpy 2, scipy 1 and scikit-learn 1 from the
repository's root:
    python test/golden/make/misalignment.py
Writes test/golden/data/misalignment.json.
"""

import json

import numpy as np
from scipy.stats import weightedtau
from sklearn.linear_model import Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler

random = np.random.default_rng(11)
n, classes = 36, 3
labels = np.arange(n) % classes
centre = random.normal(size=(classes, 8))[labels] + 0.8 * random.normal(size=(n, 8)) + 1
first = np.round(centre + 0.4 * random.normal(size=(n, 8)), 4)
second = np.round(centre + 0.4 * random.normal(size=(n, 8)), 4)


def unit(a):
    return a / np.linalg.norm(a, axis=1, keepdims=True)


def views():
    cosines = unit(first) @ unit(second).T
    same = labels[:, None] == labels[None]
    own = np.eye(n, dtype=bool)
    mates = same & ~own
    image, mate, other = cosines[own].mean(), cosines[mates].mean(), cosines[~same].mean()
    wins = [np.mean(cosines[i, mates[i]] < cosines[i, i]) for i in range(n)]
    edges = np.linspace(cosines.min(), cosines.max(), 41)
    return {
        "sameImageCosine": image,
        "sameClassCosine": mate,
        "otherClassCosine": other,
        "withinClassShare": (image - mate) / (image - other),
        "instanceAuc": np.average(wins, weights=mates.sum(1)),
        "alignment": np.mean(np.sum((unit(first) - unit(second)) ** 2, axis=1)),
        "counts": {
            "sameImage": np.histogram(cosines[own], edges)[0].tolist(),
            "sameClass": np.histogram(cosines[mates], edges)[0].tolist(),
            "otherClass": np.histogram(cosines[~same], edges)[0].tolist(),
        },
    }


def invariance():
    distance = 1 - unit(first) @ unit(first).T
    changed = 1 - np.sum(unit(first) * unit(second), axis=1)
    return 1 - changed.mean() / distance[~np.eye(n, dtype=bool)].mean()


def ridge():
    x = np.round(random.normal(size=(80, 7)) * [1, 2, 5, 0.1, 1, 3, 0] + [0, 1, 9, 0, 0, 2, 4], 4)
    x[:, 4] = np.round(x[:, 0] + 0.01 * x[:, 4], 4)
    y = np.round(x[:, :2] @ random.normal(size=(2, 2)) + random.normal(size=(80, 2)) + 3, 4)
    scaler = StandardScaler().fit(x[:60])
    model = Ridge(alpha=0.05 * 60).fit(scaler.transform(x[:60]), y[:60])
    predicted = model.predict(scaler.transform(x[60:]))
    mean = y[:60].mean(0)
    together = 1 - np.sum((predicted - y[60:]) ** 2) / np.sum((mean - y[60:]) ** 2)
    first_only = 1 - np.sum((predicted - y[60:])[:, 0] ** 2) / np.sum((mean - y[60:])[:, 0] ** 2)
    assert abs(r2_score(y[:60], model.predict(scaler.transform(x[:60])))) <= 1
    return {
        "x": x.tolist(),
        "y": y.tolist(),
        "l2": 0.05,
        "predicted": predicted.tolist(),
        "r2": together,
        "r2First": first_only,
    }


def source():
    """LEEP (Nguyen 2020, eq. 1 and 2) and NCE (Tran 2019) of 30 images, 4 source classes and 3 target classes."""
    target = np.arange(30) % 3
    logits = np.round(random.normal(size=(30, 4)) + 1.5 * np.eye(4)[target], 4)
    p = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    joint = np.stack([p[target == k].sum(0) for k in range(3)]) / 30
    given = joint / joint.sum(0)
    leep = np.mean(np.log((p @ given.T)[np.arange(30), target]))
    hard = p.argmax(1)
    counts = np.zeros((3, 4))
    np.add.at(counts, (target, hard), 1)
    pairs = counts / 30
    with np.errstate(divide="ignore", invalid="ignore"):
        nce = np.nansum(pairs * np.log(pairs / pairs.sum(0)))
    return {"logits": logits.tolist(), "target": target.tolist(), "leep": leep, "nce": nce}


def ranks():
    x = np.round(random.normal(size=14), 1)
    y = np.round(x + random.normal(size=14), 1)
    return {"x": x.tolist(), "y": y.tolist(), "weightedTau": weightedtau(x, y).statistic}


json.dump(
    {
        "labels": labels.tolist(),
        "first": first.tolist(),
        "second": second.tolist(),
        "views": views(),
        "invariance": invariance(),
        "ridge": ridge(),
        "source": source(),
        "ranks": ranks(),
    },
    open("test/golden/data/misalignment.json", "w"),
)
