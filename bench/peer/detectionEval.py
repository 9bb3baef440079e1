"""The peers of bench/detectionEval.ts on the files it wrote: pycocotools, faster-coco-eval, tidecv (each where installed).

    python bench/peer/detectionEval.py [--only coco-bbox,...]

faster-coco-eval's rows end in "-faster". Needs numpy and pycocotools.
"""
import argparse
import contextlib
import io
import json
import tempfile
import time
from pathlib import Path

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

FOLDER = Path(tempfile.gettempdir()) / "transferscope-bench-detection-1"


def evaluate(coco, detections, evaluator, iou_type):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = evaluator(coco, detections, iou_type)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return time.perf_counter() - start, float(evaluation.stats[0])


def report(workload, seconds, ap=None):
    print(json.dumps({"workload": workload, "threads": 1, "seconds": seconds, "ap": ap}), flush=True)


def measure_coco(suffix, coco_class, evaluator):
    for iou_type in ("bbox", "segm"):
        start = time.perf_counter()
        with contextlib.redirect_stdout(io.StringIO()):
            coco = coco_class(str(FOLDER / "truth.json"))
            detections = coco.loadRes(str(FOLDER / f"results-{iou_type}.json"))
        report(f"coco-{iou_type}-load{suffix}", time.perf_counter() - start)
        report(f"coco-{iou_type}-evaluate{suffix}", *evaluate(coco, detections, evaluator, iou_type))


def measure_tide():
    from tidecv import TIDE, datasets

    truth = datasets.COCO(str(FOLDER / "truth.json"))
    results = datasets.COCOResult(str(FOLDER / "results-bbox.json"))
    start = time.perf_counter()
    tide = TIDE()
    run = tide.evaluate(truth, results, mode=TIDE.BOX)
    run.fix_main_errors()
    run.fix_special_errors()
    report("tide-bbox", time.perf_counter() - start, run.ap / 100)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=1)
    parser.parse_args()
    with contextlib.suppress(ImportError):
        from faster_coco_eval import COCO as FasterCoco
        from faster_coco_eval import COCOeval_faster

        measure_coco("-faster", FasterCoco, COCOeval_faster)
    with contextlib.suppress(ImportError):
        measure_tide()
    measure_coco("", COCO, COCOeval)


if __name__ == "__main__":
    main()
