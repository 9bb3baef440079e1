"""The peer of bench/probe.ts: scikit-learn's LogisticRegression at the same size. Needs numpy and scikit-learn.

    python bench/peer/probe.py [--threads 2]
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

for dimension in (128, 512):
    random = np.random.default_rng(0)
    means = random.normal(size=(95, dimension))
    labels = np.arange(1911) % 95
    features = 0.35 * means[labels] + random.normal(size=(1911, dimension))
    features = (features - features.mean(0)) / features.std(0)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        LogisticRegression(C=1 / (1e-4 * 1911), max_iter=1000).fit(features, labels)
        times.append(time.perf_counter() - start)
    print(json.dumps({"workload": f"linear-probe-d{dimension}", "threads": threads, "seconds": sorted(times)[1]}), flush=True)
