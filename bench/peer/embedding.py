"""The peer of bench/embedding.ts: umap-learn on features of the same kind. Needs numpy, umap-learn.

With a seed, as ours, it lays out on one thread. The first call compiles; `seconds` is of the second, `first` of the first.
`processor` is the time of all cores together.

    python bench/peer/embedding.py [--threads 2]
"""
import argparse
import json
import os
import time
import warnings

parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=1)
threads = parser.parse_args().threads
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[name] = str(threads)
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402  (thread counts are read at import)
from umap import UMAP  # noqa: E402

IMAGES, DIMENSION, CLASSES, NEIGHBOURS = 10_000, 512, 50, 15
random = np.random.default_rng(0)
centres = 0.5 * random.normal(size=(CLASSES, DIMENSION))
labels = np.arange(IMAGES) % CLASSES
features = np.maximum(0, centres[labels] + random.normal(size=(IMAGES, DIMENSION))).astype(np.float32)


def embed():
    start, used = time.perf_counter(), time.process_time()
    points = UMAP(n_neighbors=NEIGHBOURS, min_dist=0.1, metric="cosine", random_state=0).fit_transform(features)
    return points, time.perf_counter() - start, time.process_time() - used


def purity(points):
    shares = []
    for row in range(IMAGES):
        squares = ((points - points[row]) ** 2).sum(1)
        squares[row] = np.inf
        shares.append((labels[np.argpartition(squares, NEIGHBOURS)[:NEIGHBOURS]] == labels[row]).mean())
    return float(np.mean(shares))


_, first, _ = embed()
points, seconds, processor = embed()
line = {"workload": "umap-10000x512", "seconds": seconds, "processor": processor, "first": first, "purity": purity(points)}
print(json.dumps(line))
