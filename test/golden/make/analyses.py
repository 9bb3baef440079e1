"""Expected values of the analyses of features, by NumPy and SciPy straight from the formulas.

Run with Python 3.11, numpy 2 and scipy 1 from the repository's root:
    python test/golden/make/analyses.py
Writes test/golden/data/analyses.json.
"""

import json

import numpy as np
from scipy.optimize import minimize
from scipy.spatial.distance import cdist, pdist, squareform
from scipy.stats import rankdata

random = np.random.default_rng(7)
n, classes = 40, 4
labels = np.arange(n) % classes
centres = random.normal(size=(classes, 6)) * 1.5
hidden = centres[labels] + random.normal(size=(n, 6))
x = np.round(hidden @ random.normal(size=(6, 12)) + 0.3 * random.normal(size=(n, 12)) + 2, 4)
y = np.round(np.maximum(hidden @ random.normal(size=(6, 9)), 0) + 0.5 * random.normal(size=(n, 9)), 4)


def centred(a):
    return a - a.mean(0)


def hsic(k, l):
    m = len(k)
    k, l = k - np.diag(np.diag(k)), l - np.diag(np.diag(l))
    one = np.ones(m)
    first = np.trace(k @ l)
    second = (one @ k @ one) * (one @ l @ one) / ((m - 1) * (m - 2))
    third = 2 / (m - 2) * (one @ k @ l @ one)
    return (first + second - third) / (m * (m - 3))


def gaussian(a, bandwidth):
    distances = cdist(a, a, "sqeuclidean")
    middle = np.median(pdist(a, "sqeuclidean"))
    return np.exp(-distances / (2 * bandwidth**2 * middle))


def alignment(kernel, parts):
    sums = np.zeros(3)
    for part in parts:
        k, l = kernel(x[part]), kernel(y[part])
        sums += hsic(k, l), hsic(k, k), hsic(l, l)
    return sums[0] / np.sqrt(sums[1] * sums[2])


def directions(a, variance):
    u, s, vt = np.linalg.svd(centred(a), full_matrices=False)
    kept = np.searchsorted(np.cumsum(s**2), variance * np.sum(s**2)) + 1
    return u[:, :kept], u[:, :kept].T @ centred(a)


def cca(variance):
    (a, loadings), (b, _) = directions(x, variance), directions(y, variance)
    u, rho, _ = np.linalg.svd(a.T @ b, full_matrices=False)
    weights = np.abs(u.T @ loadings).sum(1)
    return rho.mean(), (weights * rho).sum() / weights.sum()


def procrustes():
    a, b = centred(x), centred(y)
    a, b = a / np.linalg.norm(a), b / np.linalg.norm(b)
    return np.linalg.norm(a.T @ b, "nuc")


def rsa():
    a, b = (rankdata(pdist(m, "correlation")) for m in (centred(x), centred(y)))
    return np.corrcoef(a, b)[0, 1]


def spread():
    mean = x.mean(0)
    means = np.stack([x[labels == k].mean(0) for k in range(classes)])
    residual = x - means[labels]
    offsets = means - mean
    within = residual.T @ residual / n
    between = offsets.T @ offsets / classes
    norms = np.linalg.norm(offsets, axis=1)
    cosines = (offsets @ offsets.T / np.outer(norms, norms))[np.triu_indices(classes, 1)]
    return {
        "within": np.trace(within),
        "between": np.trace(between),
        "ratio": np.trace(within) / np.trace(between),
        "withinClassVariability": np.trace(within @ np.linalg.pinv(between)) / classes,
        "unequalNorms": norms.std() / norms.mean(),
        "unequalAngles": np.abs(cosines + 1 / (classes - 1)).mean(),
        "nearestMeanAccuracy": (cdist(x, means).argmin(1) == labels).mean(),
    }


def likeness():
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    upper = np.triu_indices(n, 1)
    cosines = (unit @ unit.T)[upper]
    same = (labels[:, None] == labels[None])[upper]
    wins = (cosines[same][:, None] > cosines[~same][None]).mean()
    ties = (cosines[same][:, None] == cosines[~same][None]).mean()
    return {
        "sameClassCosine": cosines[same].mean(),
        "otherClassCosine": cosines[~same].mean(),
        "classAuc": wins + ties / 2,
    }


def intrinsic(k):
    distances = np.sort(squareform(pdist(x)), axis=1)[:, 1 : k + 1]
    inverse = np.log(distances[:, -1:] / distances[:, :-1]).mean(1)
    return 1 / inverse.mean()


def log_me():
    d = x.shape[1]
    values = []
    for k in range(classes):
        target = (labels == k).astype(float)

        def loss(logs):
            alpha, beta = np.exp(logs)
            a = alpha * np.eye(d) + beta * x.T @ x
            m = beta * np.linalg.solve(a, x.T @ target)
            return -0.5 * (
                n * np.log(beta)
                + d * np.log(alpha)
                - n * np.log(2 * np.pi)
                - beta * np.sum((x @ m - target) ** 2)
                - alpha * m @ m
                - np.linalg.slogdet(a)[1]
            )

        best = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"xatol": 1e-12, "fatol": 1e-14, "maxiter": 9999})
        values.append(-best.fun / n)
    return np.mean(values)


def h_score():
    a = centred(x)
    means = np.stack([a[labels == k].mean(0) for k in range(classes)])[labels]
    return np.trace(np.linalg.pinv(a.T @ a / n) @ (means.T @ means / n))


def gbc():
    u, s, _ = np.linalg.svd(centred(x), full_matrices=False)
    z = u * s
    d = z.shape[1]
    total = 0
    for a in range(classes):
        for b in range(classes):
            if a == b:
                continue
            za, zb = z[labels == a], z[labels == b]
            va, vb = za.var(0).mean(), zb.var(0).mean()
            both = (va + vb) / 2
            gap = np.sum((za.mean(0) - zb.mean(0)) ** 2)
            total -= np.exp(-gap / (8 * both) - d / 2 * np.log(both / np.sqrt(va * vb)))
    return total


def trans_rate():
    def rate(z):
        return 0.5 * np.linalg.slogdet(np.eye(z.shape[1]) + z.T @ z / (len(z) * 1e-4))[1]

    a = centred(x)
    return rate(a) - sum((labels == k).mean() * rate(a[labels == k]) for k in range(classes))


parts = [slice(0, 16), slice(16, 32), slice(32, 40)]
golden = {
    "x": x.tolist(),
    "y": y.tolist(),
    "labels": labels.tolist(),
    "batches": [16, 16, 8],
    "cka": alignment(lambda a: a @ a.T, [slice(0, n)]),
    "ckaInBatches": alignment(lambda a: a @ a.T, parts),
    "rbfCka": alignment(lambda a: gaussian(a, 0.5), [slice(0, n)]),
    "svcca": cca(0.99)[0],
    "pwcca": cca(0.99)[1],
    "procrustes": procrustes(),
    "rsa": rsa(),
    "spread": spread(),
    "likeness": likeness(),
    "intrinsicDimension": intrinsic(10),
    "logMe": log_me(),
    "hScore": h_score(),
    "gbc": gbc(),
    "transRate": trans_rate(),
}
with open("test/golden/data/analyses.json", "w") as file:
    json.dump(golden, file, indent=1, default=float)
    file.write("\n")
