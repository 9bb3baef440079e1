"""The peer of bench/segmentationEval.ts on the files it wrote: the NumPy bincount script that segmentation code has had
since FCN's, one image after the other.

    python bench/peer/segmentationEval.py

Needs numpy and pillow.
"""
import argparse
import json
import os
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = int(os.environ.get("TRANSFERSCOPE_BENCH_MAPS", "500"))
FOLDER = Path(tempfile.gettempdir()) / f"transferscope-bench-segmentation-1-{IMAGES}"
CLASSES = 19


def fast_hist(truth, predicted, n):
    judged = (truth >= 0) & (truth < n)
    return np.bincount(n * truth[judged].astype(int) + predicted[judged], minlength=n * n).reshape(n, n)


def read(part, name):
    return np.array(Image.open(FOLDER / part / name))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.parse_args()
    names = sorted(os.listdir(FOLDER / "truth"))
    hist = np.zeros((CLASSES, CLASSES), np.int64)
    start = time.perf_counter()
    for name in names:
        hist += fast_hist(read("truth", name), read("predicted", name), CLASSES)
    iou = np.diag(hist) / (hist.sum(1) + hist.sum(0) - np.diag(hist))
    seconds = time.perf_counter() - start
    print(json.dumps({"workload": f"segmentation-miou-{IMAGES}", "threads": 1, "seconds": seconds, "meanIou": float(np.nanmean(iou))}), flush=True)
    start = time.perf_counter()
    for name in names:
        read("truth", name)
        read("predicted", name)
    print(json.dumps({"workload": f"segmentation-read-{IMAGES}", "threads": 1, "seconds": time.perf_counter() - start}), flush=True)


if __name__ == "__main__":
    main()
