"""Expected runs of polygons, and what pycocotools.mask does with masks: text, area, box, union, intersection, overlap.

Needs numpy and pycocotools (made with 2.0.11). Run from the repository root:
python test/golden/make/detection/masks.py     Writes test/golden/data/masks.json.
"""

import json
from pathlib import Path

import numpy as np
from pycocotools import mask as masks

OUT = Path(__file__).parents[2] / "data" / "masks.json"


def polygon(rng, kind):
    k = int(rng.integers(2, 10))
    points = {
        "inside": lambda: rng.uniform(0, 40, (k, 2)),
        "whole": lambda: rng.integers(-3, 43, (k, 2)).astype(float),
        "tenths": lambda: np.round(rng.uniform(0, 40, (k, 2)) * 10) / 10,
        "halves": lambda: np.round(rng.uniform(0, 40, (k, 2)) * 2) / 2,
        "far": lambda: rng.uniform(-400, 400, (k, 2)),
    }[kind]()
    if kind == "halves":
        points[1] = points[0]
    # Three numbers or more, so that pycocotools takes it for a polygon and not for a box.
    return np.vstack([points, points[:1]]).reshape(-1).tolist() if k < 3 else points.reshape(-1).tolist()


def main():
    rng = np.random.default_rng(0)
    polygons, pairs = [], []
    kinds = ("inside", "whole", "tenths", "halves", "far")
    for i in range(150):
        h, w = int(rng.integers(1, 45)), int(rng.integers(1, 45))
        points = polygon(rng, kinds[i % 5])
        coded = masks.frPyObjects([points], h, w)[0]
        polygons.append({"height": h, "width": w, "points": points, "text": coded["counts"].decode(), "area": int(masks.area(coded)), "box": masks.toBbox(coded).tolist()})
    for i in range(60):
        h, w = int(rng.integers(1, 30)), int(rng.integers(1, 30))
        density = rng.choice([0, 0.02, 0.5, 1])
        a, b = ((rng.random((h, w)) < d).astype(np.uint8) for d in (density, rng.choice([0.1, 0.5, 0.9])))
        if i % 3 == 0:
            a[: h // 2], b[h // 3 :] = 1, 1
        coded = [masks.encode(np.asfortranarray(m)) for m in (a, b)]
        union, common = masks.merge(coded), masks.merge(coded, True)
        pairs.append({
            "height": h, "width": w, "a": "".join(map(str, a.reshape(-1))), "b": "".join(map(str, b.reshape(-1))),
            "textA": coded[0]["counts"].decode(), "union": union["counts"].decode(), "intersection": common["counts"].decode(),
            "boxA": masks.toBbox(coded[0]).tolist(),
            "iou": float(masks.iou([coded[0]], [coded[1]], [0])[0, 0]), "crowdIou": float(masks.iou([coded[0]], [coded[1]], [1])[0, 0]),
        })
    OUT.write_text(json.dumps({"polygons": polygons, "pairs": pairs}, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
