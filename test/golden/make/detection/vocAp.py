"""Expected VOC APs: the Python evaluator's formula (as detectron2 has it) and COCO's protocol with difficult objects ignored.

Needs numpy and pycocotools. Run from the repository root:
python test/golden/make/detection/vocAp.py     Writes test/golden/data/vocAp.json.
Boxes are VOC's: pixels count from 1 and the last is included. Scores differ, because numpy's default sort is not stable.
"""

import contextlib
import io
import json
from pathlib import Path

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = Path(__file__).parents[2] / "data" / "vocAp.json"
NAMES = ["bird", "cat", "dog", "sofa"]


def make_set(rng):
    objects, detections = [], []
    for image in range(6):
        for _ in range(int(rng.integers(0, 6))):
            x0, y0 = rng.integers(1, 60, 2)
            w, h = rng.integers(4, 50, 2)
            name = str(rng.choice(NAMES[:3]))
            objects.append({"image": f"{image:06d}", "name": name, "difficult": int(rng.random() < 0.25), "box": [int(x0), int(y0), int(x0 + w), int(y0 + h)]})
    scores = rng.permutation(500)[:150] / 500
    for score in scores:
        if objects and rng.random() < 0.8:
            o = objects[int(rng.integers(len(objects)))]
            noise = rng.normal(0, rng.choice([0, 1, 4, 12]), 4)
            box = np.round(np.array(o["box"]) + noise, 1)
            box[2:] = np.maximum(box[2:], box[:2] + 1)
            name = o["name"] if rng.random() < 0.85 else str(rng.choice(NAMES))
            image = o["image"]
        else:
            x0, y0 = rng.integers(1, 60, 2)
            box, name, image = np.array([x0, y0, x0 + 20, y0 + 20]), str(rng.choice(NAMES)), f"{int(rng.integers(6)):06d}"
        detections.append({"image": image, "name": name, "score": float(score), "box": [float(v) for v in box]})
    return objects, detections


def precision_recall(objects, detections, name, threshold):
    mine = [o for o in objects if o["name"] == name]
    claimed = [False] * len(mine)
    positives = sum(not o["difficult"] for o in mine)
    tp, fp = [], []
    for d in sorted((d for d in detections if d["name"] == name), key=lambda d: -d["score"]):
        best, which = -np.inf, None
        for i, o in enumerate(mine):
            if o["image"] != d["image"]:
                continue
            iw = min(o["box"][2], d["box"][2]) - max(o["box"][0], d["box"][0]) + 1
            ih = min(o["box"][3], d["box"][3]) - max(o["box"][1], d["box"][1]) + 1
            inter = max(iw, 0) * max(ih, 0)
            area = lambda b: (b[2] - b[0] + 1) * (b[3] - b[1] + 1)
            overlap = inter / (area(o["box"]) + area(d["box"]) - inter)
            if overlap > best:
                best, which = overlap, i
        right = wrong = 0
        if best > threshold:
            if not mine[which]["difficult"]:
                right, wrong = (0, 1) if claimed[which] else (1, 0)
                claimed[which] = True
        else:
            wrong = 1
        tp.append(right)
        fp.append(wrong)
    tp, fp = np.cumsum(tp), np.cumsum(fp)
    return tp / positives if positives else None, tp / np.maximum(tp + fp, np.finfo(float).eps)


def eleven_points(recall, precision):
    return sum(max([p for r, p in zip(recall, precision) if r >= t], default=0.0) for t in np.arange(0, 1.1, 0.1)) / 11


def area_under(recall, precision):
    r = np.concatenate([[0], recall, [1]])
    p = np.concatenate([[0], precision, [0]])
    for i in range(len(p) - 1, 0, -1):
        p[i - 1] = max(p[i - 1], p[i])
    steps = np.where(r[1:] != r[:-1])[0]
    return float(np.sum((r[steps + 1] - r[steps]) * p[steps + 1]))


def coco_protocol(objects, detections):
    images = sorted({o["image"] for o in objects} | {d["image"] for d in detections})
    xywh = lambda b: [b[0] - 1, b[1] - 1, b[2] - b[0] + 1, b[3] - b[1] + 1]
    number = {name: i + 1 for i, name in enumerate(NAMES)}
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            "images": [{"id": i + 1} for i in range(len(images))],
            "categories": [{"id": number[n], "name": n} for n in NAMES],
            "annotations": [
                {"id": i + 1, "image_id": images.index(o["image"]) + 1, "category_id": number[o["name"]], "bbox": xywh(o["box"]), "area": np.prod(xywh(o["box"])[2:]), "iscrowd": 0, "difficult": o["difficult"]}
                for i, o in enumerate(objects)
            ],
        }
        coco.createIndex()
        results = coco.loadRes([{"image_id": images.index(d["image"]) + 1, "category_id": number[d["name"]], "bbox": xywh(d["box"]), "score": d["score"]} for d in detections])
        evaluation = COCOeval(coco, results, "bbox")
        prepare = evaluation._prepare

        def with_difficult():
            prepare()
            for gts in evaluation._gts.values():
                for gt in gts:
                    gt["ignore"] = gt["difficult"]

        evaluation._prepare = with_difficult
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return [float(v) for v in evaluation.stats[:3]]


def main():
    rng = np.random.default_rng(0)
    sets = []
    for _ in range(8):
        objects, detections = make_set(rng)
        table = {"11point": {}, "area": {}}
        for name in NAMES:
            for kind, formula in (("11point", eleven_points), ("area", area_under)):
                row = []
                for threshold in np.arange(50, 100, 5) / 100:
                    recall, precision = precision_recall(objects, detections, name, threshold)
                    row.append(None if recall is None else float(formula(recall, precision)))
                table[kind][name] = row
        sets.append({"objects": objects, "detections": detections, "perClass": table, "coco": coco_protocol(objects, detections)})
    OUT.write_text(json.dumps(sets, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
