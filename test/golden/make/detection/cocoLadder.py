"""Expected ladders of COCO's analysis of errors, from pycocotools: AP at IoU 0.75, 0.5 and 0.1, and with objects of similar, then
of all other classes renamed and ignored. pycocotools takes `ignore` from `iscrowd` alone, so that its preparation is told otherwise.

Needs numpy and pycocotools (made with 2.0.11). Run from the repository root:
python test/golden/make/detection/cocoLadder.py    Writes test/golden/data/cocoLadder.json.
"""

import contextlib
import copy
import io
import json
from pathlib import Path

import numpy as np
from detectionSets import make_set
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

OUT = Path(__file__).parents[2] / "data" / "cocoLadder.json"
AREAS = {"all": [0, 1e10], "small": [0, 1024], "medium": [1024, 9216], "large": [9216, 1e10]}


class Evaluation(COCOeval):
    def _prepare(self):
        super()._prepare()
        for rows in self._gts.values():
            for row in rows:
                row["ignore"] = bool(row["iscrowd"]) or row.get("forgiven", False)


def precision(truth, results, category, thresholds, area, iou_type):
    """[thresholds, 101]; None without objects that count."""
    with contextlib.redirect_stdout(io.StringIO()):
        coco, found = COCO(), COCO()
        coco.dataset = truth
        coco.createIndex()
        rows = [copy.deepcopy(r) for r in results if r["category_id"] == category]
        found.dataset = {**truth, "annotations": []}
        found.createIndex()
        if rows:
            found = coco.loadRes(rows)
        evaluation = Evaluation(coco, found, iou_type)
        evaluation.params.catIds = [category]
        evaluation.params.iouThrs = np.array(thresholds)
        evaluation.params.maxDets = [100]
        evaluation.params.areaRng, evaluation.params.areaRngLbl = [AREAS[area]], [area]
        evaluation.evaluate()
        evaluation.accumulate()
    values = evaluation.eval["precision"][:, :, 0, 0, 0]
    return None if (values == -1).all() else values


def forgive(truth, category, others):
    changed = copy.deepcopy(truth)
    for annotation in changed["annotations"]:
        if annotation["category_id"] in others:
            annotation.update(category_id=category, forgiven=True)
    return changed


def ladder(truth, results, category, area, iou_type):
    own = precision(copy.deepcopy(truth), results, category, [0.75, 0.5, 0.1], area, iou_type)
    if own is None:
        return None
    groups = {c["id"]: c["supercategory"] for c in truth["categories"]}
    others = [c for c in groups if c != category]
    similar = [c for c in others if groups[c] == groups[category]]
    sim, oth = (precision(forgive(truth, category, which), results, category, [0.1], area, iou_type)[0] for which in (similar, others))
    return [*own.mean(axis=1).tolist(), float(sim.mean()), float(oth.mean()), float((oth > 0).mean())]


def main():
    rng = np.random.default_rng(3)
    sets = []
    for trait, iou_type in (("plain", "bbox"), ("crowds", "bbox"), ("ties", "bbox"), ("borders", "bbox"), ("plain", "segm")):
        truth, results = make_set(rng, trait, iou_type)
        while len(truth["categories"]) < 4:
            truth, results = make_set(rng, trait, iou_type)
        # Names as the evaluators list them: in ascending order of ids.
        ids = sorted(c["id"] for c in truth["categories"])
        ladders = {area: [ladder(truth, results, c, area, iou_type) for c in ids] for area in AREAS}
        texts = {"truth": json.dumps(truth, separators=(",", ":")), "results": json.dumps(results, separators=(",", ":"))}
        sets.append({"iouType": iou_type, "trait": trait, **texts, "ladders": ladders})
    OUT.write_text(json.dumps(sets, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
