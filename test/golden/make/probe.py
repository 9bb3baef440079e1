"""Expected results of the linear probe and of weighted kNN, from scikit-learn.

Needs numpy and scikit-learn (made with 1.9). Run from the repository root:  python test/golden/make/probe.py
Writes test/golden/data/probe.json: features (base64), labels, and for each case the optimum that scikit-learn's
LogisticRegression reaches (loss recomputed here in float64) with its test predictions; votes of KNeighborsClassifier.
The digits are scikit-learn's copy of the UCI optical recognition data (Alpaydin & Kaynak 1998, CC BY 4.0).
"""

import base64
import json
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

OUT = Path(__file__).parents[1] / "data" / "probe.json"


def pack(array):
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def objective(X, y, weight, bias, l2):
    logits = X @ weight.T + bias
    top = logits.max(1)
    log_sum = top + np.log(np.exp(logits - top[:, None]).sum(1))
    return float((log_sum - logits[np.arange(len(y)), y]).mean() + l2 / 2 * (weight**2).sum())


def optimum(X, y, l2):
    """By lbfgs, and by newton-cholesky where lbfgs gives up; the two must agree where both arrive."""
    found = []
    for solver in ["lbfgs", "newton-cholesky"]:
        model = LogisticRegression(C=1 / (l2 * len(y)), tol=1e-8, max_iter=200000, solver=solver).fit(X, y)
        found.append((objective(X, y, model.coef_, model.intercept_, l2), model))
    gap = abs(found[0][0] - found[1][0])
    assert gap < 1e-5, found
    loss, model = min(found, key=lambda pair: pair[0])
    print("  solvers differ by", gap)
    return model, loss


def solve(name, train, test, standardise, l2):
    (X, y), (Xt, yt) = train, test
    X, Xt = X.astype(np.float64), Xt.astype(np.float64)
    if standardise:
        scaler = StandardScaler().fit(X)
        X, Xt = scaler.transform(X), scaler.transform(Xt)
    model, loss = optimum(X, y, l2)
    predictions = model.predict(Xt)
    print(name, "loss", loss, "accuracy", (predictions == yt).mean(), "iterations", model.n_iter_)
    return {
        "name": name,
        "standardise": standardise,
        "l2": l2,
        "loss": loss,
        "accuracy": float((predictions == yt).mean()),
        "trainAccuracy": float(model.score(X, y)),
        "predictions": predictions.tolist(),
    }


def digits():
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(y))[:1000]
    X, y = X[order].astype(np.uint8), y[order]
    return (X[:600], y[:600]), (X[600:], y[600:])


def ill_conditioned():
    """Overlapping classes, features mixed so that the covariance has condition number about 1e6, scales 0.01 to 30."""
    rng = np.random.default_rng(1)
    classes, width = 7, 20
    y = rng.choice(classes, 500, p=np.arange(1, classes + 1) / 28)
    latent = rng.normal(size=(classes, width))[y] * 0.6 + rng.normal(size=(500, width))
    basis, _ = np.linalg.qr(rng.normal(size=(width, width)))
    X = (latent * np.geomspace(1, 1e-3, width)) @ basis * np.geomspace(0.01, 30, width) + 5
    X = X.astype(np.float32)
    return (X[:300], y[:300]), (X[300:], y[300:])


def main():
    train, test = digits()
    hard_train, hard_test = ill_conditioned()
    votes = []
    for k, temperature in [(1, 0.07), (20, 0.07), (200, 0.07), (200, 0.01)]:
        weigh = lambda distance, t=temperature: np.exp((1 - distance) / t)  # noqa: E731
        model = KNeighborsClassifier(k, metric="cosine", algorithm="brute", weights=weigh)
        model.fit(train[0].astype(np.float64), train[1])
        shares = model.predict_proba(test[0].astype(np.float64))
        top = np.sort(shares, 1)
        votes.append(
            {
                "k": k,
                "temperature": temperature,
                "predictions": model.predict(test[0].astype(np.float64)).tolist(),
                # Shares of the winning class and how far the next one is: near-ties may go either way.
                "margin": np.round(top[:, -1] - top[:, -2], 6).tolist(),
            }
        )
    hard = lambda name, standardise, l2: solve(name, hard_train, hard_test, standardise, l2)  # noqa: E731
    result = {
        "digits": {
            "dimension": 64,
            "numClasses": 10,
            "train": {"values": pack(train[0]), "labels": train[1].tolist()},
            "test": {"values": pack(test[0]), "labels": test[1].tolist()},
            "cases": [
                solve("digits, scaled, C = 1", train, test, True, 1 / 600),
                solve("digits, scaled, weak penalty", train, test, True, 1e-4),
                solve("digits, raw", train, test, False, 1e-3),
            ],
            "votes": votes,
        },
        "illConditioned": {
            "dimension": 20,
            "numClasses": 7,
            "train": {"values": pack(hard_train[0]), "labels": hard_train[1].tolist()},
            "test": {"values": pack(hard_test[0]), "labels": hard_test[1].tolist()},
            "cases": [hard("ill-conditioned, scaled", True, 1e-4), hard("ill-conditioned, raw", False, 1e-4)],
        },
    }
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
