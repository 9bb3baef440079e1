"""Expected COCO numbers of random and adversarial sets: pycocotools' stats and its AP per class.

Needs numpy and pycocotools (made with 2.0.11). Run from the repository root:
python test/golden/make/detection/cocoEvaluation.py                   Writes test/golden/data/cocoEvaluation.json.
python test/golden/make/detection/cocoEvaluation.py --seed 7 --sets 30    Prints other sets, which a test compares as it runs.
"""

import argparse
import contextlib
import copy
import io
import json
from pathlib import Path

import numpy as np
from detectionSets import TRAITS, make_set
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = Path(__file__).parents[2] / "data" / "cocoEvaluation.json"


def evaluate(truth, results, iou_type):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(truth)
        coco.createIndex()
        # loadRes looks at the first record, so an empty list needs a stand-in.
        detections = coco.loadRes(copy.deepcopy(results)) if results else empty_results(coco)
        evaluation = COCOeval(coco, detections, iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    precision = evaluation.eval["precision"]
    per_class = []
    for k, category in enumerate(evaluation.params.catIds):
        values = precision[:, :, k, 0, -1]
        per_class.append([int(category), float(values[values > -1].mean()) if (values > -1).any() else None])
    stats = [None if value == -1 else float(value) for value in evaluation.stats]
    return {"stats": stats, "perClass": per_class}


def empty_results(coco):
    detections = COCO()
    detections.dataset = {**copy.deepcopy(coco.dataset), "annotations": []}
    detections.createIndex()
    return detections


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sets", type=int)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    sets = []
    count = options.sets or 1
    for iou_type in ("bbox", "segm", "keypoints"):
        for trait in TRAITS:
            # The set with more detections than the limit is large: once, and in the committed file for boxes alone.
            for _ in range(count if trait != "many" else 1 if options.sets or iou_type == "bbox" else 0):
                truth, results = make_set(rng, trait, iou_type)
                expected = evaluate(truth, results, iou_type)
                # Texts, because NaN is no JSON and the numbers must stay as Python writes them.
                texts = {"truth": json.dumps(truth, separators=(",", ":")), "results": json.dumps(results, separators=(",", ":"))}
                sets.append({"iouType": iou_type, "trait": trait, **texts, **expected})
    text = json.dumps(sets, separators=(",", ":"))
    if options.sets:
        print(text)
    else:
        OUT.write_text(text + "\n")


if __name__ == "__main__":
    main()
