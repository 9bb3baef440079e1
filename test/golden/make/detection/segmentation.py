"""Expected segmentation scores, from scikit-learn's confusion matrix and jaccard_score, and label images as PNG files.

Needs numpy, pillow and scikit-learn. Run from the repository root:
python test/golden/make/detection/segmentation.py     Writes test/golden/data/segmentation.json.
The PNGs (base64) are grey, with a palette, with a palette of four bits, and grey with sixteen bits.
"""

import base64
import io
import json
from pathlib import Path

import numpy as np
from PIL import Image
from sklearn.metrics import accuracy_score, balanced_accuracy_score, jaccard_score

OUT = Path(__file__).parents[2] / "data" / "segmentation.json"
CLASSES, IGNORED = 5, 255


def encode(labels, kind):
    if kind == "grey16":
        image = Image.fromarray(labels.astype(np.uint16))
    else:
        image = Image.fromarray(labels.astype(np.uint8), "L" if kind == "grey" else "P")
        if kind != "grey":
            rng = np.random.default_rng(1)
            image.putpalette(rng.integers(0, 256, 768).astype(np.uint8).tobytes())
    file = io.BytesIO()
    image.save(file, "PNG", **({"bits": 4} if kind == "palette4" else {}))
    return base64.b64encode(file.getvalue()).decode()


def main():
    rng = np.random.default_rng(0)
    images, all_true, all_predicted = [], [], []
    for kind in ("grey", "palette", "palette4", "grey16"):
        h, w = int(rng.integers(5, 20)), int(rng.integers(5, 20))
        truth = rng.integers(0, CLASSES - 1, (h, w))
        predicted = np.where(rng.random((h, w)) < 0.7, truth, rng.integers(0, CLASSES, (h, w)))
        if kind != "palette4":
            truth[rng.random((h, w)) < 0.1] = IGNORED
        images.append({"name": f"{kind}.png", "truth": encode(truth, kind), "prediction": encode(predicted, kind)})
        all_true.append(truth.reshape(-1))
        all_predicted.append(predicted.reshape(-1))
    truth, predicted = np.concatenate(all_true), np.concatenate(all_predicted)
    judged = truth != IGNORED
    truth, predicted = truth[judged], predicted[judged]
    labels = list(range(CLASSES))
    iou = jaccard_score(truth, predicted, labels=labels, average=None, zero_division=0)
    OUT.write_text(
        json.dumps(
            {
                "classes": CLASSES,
                "images": images,
                "iou": iou.tolist(),
                "meanIou": float(iou.mean()),
                "weightedIou": float(jaccard_score(truth, predicted, labels=labels, average="weighted", zero_division=0)),
                "pixelAccuracy": float(accuracy_score(truth, predicted)),
                "meanAccuracy": float(balanced_accuracy_score(truth, predicted)),
            }
        )
        + "\n"
    )


if __name__ == "__main__":
    main()
