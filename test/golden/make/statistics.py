"""Expected values of src/shared/math: Student's t, intervals, tests, accuracies.

Needs numpy, scipy (made with 1.17) and scikit-learn (1.9). Run from the repository root:
python test/golden/make/statistics.py     Writes test/golden/data/statistics.json.
"""

import json
from pathlib import Path

import numpy as np
from scipy import stats
from sklearn.metrics import balanced_accuracy_score, confusion_matrix, top_k_accuracy_score

OUT = Path(__file__).parents[1] / "data" / "statistics.json"


def main():
    rng = np.random.default_rng(0)
    probabilities = [0.001, 0.05, 0.4, 0.5, 0.75, 0.9, 0.975, 0.995, 0.9999]
    quantiles = [
        {"degrees": d, "probability": p, "t": float(stats.t.ppf(p, d))}
        for d in [1, 2, 3, 4, 7, 10, 29, 30, 99, 1000, 1e6, 2.5]
        for p in probabilities
    ]
    tails = [
        {"degrees": d, "t": t, "tail": float(2 * stats.t.sf(t, d))}
        for d in [1, 2, 3, 9, 50, 400, 1e5]
        for t in [0.01, 0.3, 1, 2, 2.9, 5, 12, 40]
    ]
    normal = [{"probability": p, "z": float(stats.norm.ppf(p))} for p in probabilities]
    normal_tails = [{"z": z, "tail": float(2 * stats.norm.sf(z))} for z in [0, 0.1, 1, 1.96, 2.99, 3.01, 4, 8, 20]]
    pairs = []
    for n in [2, 3, 5, 20]:
        a, b = rng.normal(0.3, 0.02, n), rng.normal(0.28, 0.02, n)
        test = stats.ttest_rel(a, b)
        low, high = test.confidence_interval(0.95)
        mean_low, mean_high = stats.t.interval(0.9, n - 1, loc=a.mean(), scale=stats.sem(a))
        pairs.append(
            {
                "a": a.tolist(),
                "b": b.tolist(),
                "meanA": float(a.mean()),
                "sdA": float(a.std(ddof=1)),
                "interval90A": [float(mean_low), float(mean_high)],
                "difference": float((a - b).mean()),
                "interval95": [float(low), float(high)],
                "pValue": float(test.pvalue),
            }
        )
    values = np.round(rng.gamma(2, 1, 40), 4)
    labels = rng.integers(0, 8, 200)
    scores = np.round(rng.normal(size=(200, 8)) + 1.2 * np.eye(8)[labels], 3)
    predictions = scores.argmax(1)
    result = {
        "quantiles": quantiles,
        "tails": tails,
        "normal": normal,
        "normalTails": normal_tails,
        "pairs": pairs,
        "values": values.tolist(),
        "quantilesOfValues": [{"q": q, "value": float(np.quantile(values, q))} for q in [0, 0.025, 0.33, 0.5, 0.975, 1]],
        "classification": {
            "labels": labels.tolist(),
            "scores": scores.ravel().tolist(),
            "top": {k: float(top_k_accuracy_score(labels, scores, k=k)) for k in [1, 2, 3, 5]},
            "confusion": confusion_matrix(labels, predictions).ravel().tolist(),
            "balanced": float(balanced_accuracy_score(labels, predictions)),
        },
    }
    OUT.write_text(json.dumps(result, separators=(",", ":")) + "\n")
    print(OUT, OUT.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
