"""Expected TIDE budgets of random and adversarial sets, from tidecv.

Needs numpy, pycocotools and tidecv (made with 1.0.1). Run from the repository root:
python test/golden/make/detection/tideBudgets.py                   Writes test/golden/data/tideBudgets.json.
python test/golden/make/detection/tideBudgets.py --seed 7 --sets 30    Prints other sets, which a test compares as it runs.

tidecv counts classes that have detections but no objects as AP 0 (and divides by zero without any class). `right` gives
the same numbers with the mean over classes that have objects; `plain` what tidecv says where there are no such classes.
"""

import argparse
import contextlib
import io
import json
from pathlib import Path

import numpy as np
from detectionSets import TRAITS, make_set
from pycocotools import mask as masks
from tidecv import TIDE, Data
from tidecv.ap import ClassedAPDataObject

OUT = Path(__file__).parents[2] / "data" / "tideBudgets.json"
SHORT = {"Cls": "cls", "Loc": "loc", "Both": "both", "Dupe": "dupe", "Bkg": "bkg", "Miss": "miss"}
plain_mean = ClassedAPDataObject.get_mAP


def to_data(truth, results, iou_type):
    sizes = {i["id"]: (i["height"], i["width"]) for i in truth["images"]}
    known = {c["id"] for c in truth["categories"]}
    gt, dt = Data("gt", max_dets=100), Data("dt", max_dets=100)
    for image in truth["images"]:
        gt.add_image(image["id"], str(image["id"]))
    annotations = [a for a in truth["annotations"] if a["image_id"] in sizes and a["category_id"] in known]
    for a in annotations:
        mask = to_mask(a["segmentation"], sizes[a["image_id"]]) if iou_type == "segm" else None
        add = gt.add_ignore_region if a["iscrowd"] else gt.add_ground_truth
        add(a["image_id"], a["category_id"], a["bbox"], mask)
    kept = [i for i, r in enumerate(results) if r["category_id"] in known]
    for i in kept:
        r = results[i]
        dt.add_detection(r["image_id"], r["category_id"], r["score"], r.get("bbox"), r.get("segmentation"))
    return gt, dt, annotations, kept


def to_mask(segmentation, size):
    coded = masks.frPyObjects(segmentation, *size)
    return masks.merge(coded) if isinstance(coded, list) else coded


def budget(truth, results, iou_type, foreground, background):
    gt, dt, annotations, kept = to_data(truth, results, iou_type)
    classes = {a["category_id"] for a in annotations if not a["iscrowd"]}

    def right_mean(self):
        aps = [x.get_ap() for k, x in self.objs.items() if k in classes and not x.is_empty()]
        return sum(aps) / len(aps) if aps else float("nan")

    detected = {results[i]["category_id"] for i in kept}
    out = {}
    for name, mean in (("right", right_mean), ("plain", plain_mean)):
        if name == "plain" and not (classes and detected <= classes):
            continue
        ClassedAPDataObject.get_mAP = mean
        with contextlib.redirect_stdout(io.StringIO()):
            tide = TIDE()
            run = tide.evaluate(gt, dt, foreground, background, TIDE.MASK if iou_type == "segm" else TIDE.BOX)
            main, special = run.fix_main_errors(), run.fix_special_errors()
        gains = {SHORT[k.short_name]: share(v) for k, v in main.items()}
        gains["falsePositive"], gains["falseNegative"] = (share(v) for v in special.values())
        out[name] = {"ap": share(run.ap), "gains": gains}
    counts = {SHORT[k.short_name]: v for k, v in run.count_errors().items()}
    verdicts = {}
    for error in run.errors:
        if hasattr(error, "pred"):
            verdicts[kept[error.pred["_id"]]] = SHORT[error.short_name]
    missed = sorted(error.gt["_id"] for error in run.error_dict[next(k for k in run.error_dict if k.short_name == "Miss")])
    return {**out, "counts": counts, "verdicts": verdicts, "missed": missed}


def share(percent):
    return None if np.isnan(percent) else percent / 100


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--sets", type=int)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    sets = []
    for iou_type in ("bbox", "segm"):
        for trait in TRAITS:
            # Python's sort has no place for NaN; image ids of the file matter to neither.
            if trait in ("nan",) or (trait == "many" and iou_type == "segm"):
                continue
            for _ in range(options.sets or 1):
                truth, results = make_set(rng, trait, iou_type)
                foreground, background = [(0.5, 0.1), (0.75, 0.1), (0.4, 0.2)][int(rng.integers(3))]
                expected = budget(truth, results, iou_type, foreground, background)
                texts = {"truth": json.dumps(truth, separators=(",", ":")), "results": json.dumps(results, separators=(",", ":"))}
                sets.append({"iouType": iou_type, "trait": trait, "foreground": foreground, "background": background, **texts, **expected})
    text = json.dumps(sets, separators=(",", ":"))
    if options.sets:
        print(text)
    else:
        OUT.write_text(text + "\n")


if __name__ == "__main__":
    main()
