"""The peer of bench/fewShot.ts: episodes one by one with NumPy and scikit-learn, as scripts do. Needs numpy, scikit-learn.

    python bench/peer/fewShot.py [--threads 2]
"""
import argparse
import json
import os
import time

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1)
threads = parser.parse_args().threads
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = str(threads)

import numpy as np  # noqa: E402  (thread counts are read at import)
from sklearn.linear_model import LogisticRegression  # noqa: E402

CLASSES, IMAGES, DIMENSION, EPISODES = 20, 100, 512, 600
random = np.random.default_rng(0)
means = random.normal(size=(CLASSES, 1, DIMENSION))
features = np.maximum(0, 0.3 * means + random.normal(size=(CLASSES, IMAGES, DIMENSION))).astype(np.float32)


def run(shots, name):
    right = []
    for _ in range(EPISODES):
        way = random.permutation(CLASSES)[:5]
        rows = [random.permutation(IMAGES)[: shots + 15] for _ in way]
        support = np.concatenate([features[c, r[:shots]] for c, r in zip(way, rows)])
        query = np.concatenate([features[c, r[shots:]] for c, r in zip(way, rows)])
        truth = np.repeat(np.arange(5), 15)
        if name == "nearest-mean":
            centre = support.reshape(5, shots, DIMENSION).mean(1)
            found = ((query[:, None] - centre[None]) ** 2).sum(2).argmin(1)
        else:
            found = LogisticRegression(max_iter=1000).fit(support, np.repeat(np.arange(5), shots)).predict(query)
        right.append((found == truth).mean())
    return float(np.mean(right))


for shots in (1, 5):
    for name in ("nearest-mean", "logistic"):
        start = time.perf_counter()
        accuracy = run(shots, name)
        seconds = time.perf_counter() - start
        row = {"workload": f"few-shot-{name}-{shots}", "threads": threads, "seconds": seconds, "accuracy": accuracy}
        print(json.dumps(row), flush=True)
