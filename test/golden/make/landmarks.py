"""Expected numbers of landmark transfers, from NumPy, scikit-learn and PyTorch.

Needs numpy, scikit-learn and torch (made with numpy 2.4, scikit-learn 1.9, torch 2.13). Run from the repository root:
    python test/golden/make/landmarks.py
Writes test/golden/data/landmarks.json: errors of random points by plain NumPy; predictions of sklearn's Ridge on features
with and without missing targets; outputs, loss and gradients of both heads on two feature maps by torch.
"""

import json
import warnings
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.linear_model import Ridge

OUT = Path(__file__).parents[1] / "data" / "landmarks.json"
rng = np.random.default_rng(7)


def numbers(array, digits=8):
    return [None if np.isnan(v) else float(f"{v:.{digits}g}") for v in np.asarray(array, dtype=np.float64).ravel()]


def evaluation():
    n, k, threshold = 60, 5, 0.1
    points = rng.uniform(0, 178, (n, k, 2)).round(3)
    # Eyes far enough apart, so that errors lie on both sides of the threshold.
    points[:, 0], points[:, 1] = [50, 60], [110, 62]
    points[:, :2] += rng.normal(0, 4, (n, 2, 2)).round(3)
    predicted = (points + rng.normal(0, 5, points.shape)).round(3)
    visibility = rng.choice([0, 1, 2], (n, k), p=[0.1, 0.2, 0.7])
    visibility[3] = 0
    cases = []
    for occluded in [False, True]:
        counted = visibility == 2 if not occluded else visibility > 0
        eyes = (visibility[:, 0] > 0) & (visibility[:, 1] > 0)
        distance = np.linalg.norm(points[:, 0] - points[:, 1], axis=1)
        error = np.linalg.norm(predicted - points, axis=2) / distance[:, None]
        error[~counted] = np.nan
        error[~eyes] = np.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # rows in which nothing counts
            per_example = np.nanmean(error, axis=1)
            per_landmark = np.nanmean(error, axis=0)
        known = per_example[~np.isnan(per_example)]
        grid = np.linspace(0, threshold, 200001)
        curve = np.searchsorted(np.sort(known), grid, side="right") / len(known)
        cases.append(
            {
                "occluded": occluded,
                "perExample": numbers(per_example),
                "perLandmark": numbers(per_landmark),
                "nme": known.mean(),
                "median": np.median(known),
                "failureRate": (known > threshold).mean(),
                "auc": np.trapezoid(curve, grid) / threshold,
            }
        )
    return {
        **{"examples": n, "landmarks": k, "threshold": threshold, "points": numbers(points)},
        **{"predicted": numbers(predicted), "visibility": visibility.ravel().tolist(), "cases": cases},
    }


def ridge():
    cases = []
    for name, rows, dimension in [("more rows", 40, 6), ("more features", 12, 30)]:
        x = rng.normal(size=(rows, dimension)).astype(np.float32)
        y = (x @ rng.normal(size=(dimension, 4)) + 0.3 * rng.normal(size=(rows, 4)) + 0.7).astype(np.float32)
        test = rng.normal(size=(5, dimension)).astype(np.float32)
        known = np.ones((rows, 4), dtype=int)
        known[: rows // 3, 2:] = 0  # the second landmark is not seen everywhere
        for l2 in [0.01, 1.0]:
            predicted = np.zeros((5, 4))
            for t in range(4):
                use = known[:, t] == 1
                model = Ridge(alpha=l2 * use.sum(), solver="svd").fit(x[use].astype(float), y[use, t].astype(float))
                predicted[:, t] = model.predict(test.astype(float))
            cases.append(
                {
                    **{"name": f"{name}, l2 {l2}", "dimension": dimension, "l2": l2, "x": numbers(x, 9)},
                    **{"y": numbers(y, 9), "known": known.ravel().tolist(), "test": numbers(test, 9)},
                    "predicted": numbers(predicted),
                }
            )
    return cases


def pixel_centres(side):
    return (2 * torch.arange(side, dtype=torch.float64) + 1) / side - 1


def heads():
    torch.manual_seed(3)
    double = {"dtype": torch.float64}
    n, k, virtual = 2, 2, 3
    maps = {"layer1": torch.randn(n, 3, 4, 4, **double), "layer2": torch.randn(n, 5, 2, 2, **double)}
    wanted = torch.rand(n, 2 * k, **double) * 2 - 1
    counted = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0]], **double)
    found = {}
    for head in ["pooled", "hypercolumn"]:
        for loss_name in ["smooth-l1", "l2", "l1"]:
            leaves = {name: value.clone().requires_grad_() for name, value in maps.items()}
            torch.manual_seed(11)
            if head == "pooled":
                weights = {"fc.weight": torch.randn(2 * k, 5, **double), "fc.bias": torch.randn(2 * k, **double)}
            else:
                weights = {
                    "maps.layer1.weight": torch.randn(virtual, 3, 1, 1, **double),
                    "maps.layer2.weight": torch.randn(virtual, 5, 1, 1, **double),
                    "fc.weight": torch.randn(2 * k, 2 * virtual, **double),
                    "fc.bias": torch.randn(2 * k, **double),
                }
            for value in weights.values():
                value.requires_grad_()
            if head == "pooled":
                features = leaves["layer2"].mean((2, 3))
            else:
                # The definition: enlarge, concatenate, one convolution over all channels.
                large = F.interpolate(leaves["layer2"], size=(4, 4), mode="bilinear", align_corners=False)
                column = torch.cat([leaves["layer1"], large], 1)
                kernel = torch.cat([weights["maps.layer1.weight"], weights["maps.layer2.weight"]], 1)
                chance = F.conv2d(column, kernel).flatten(2).softmax(2).view(n, virtual, 4, 4)
                x = (chance.sum(2) * pixel_centres(4)).sum(2)
                y = (chance.sum(3) * pixel_centres(4)).sum(2)
                features = torch.stack([x, y], 2).flatten(1)
            predicted = F.linear(features, weights["fc.weight"], weights["fc.bias"])
            use = counted == 1
            loss_of = {"smooth-l1": F.smooth_l1_loss, "l2": F.mse_loss, "l1": F.l1_loss}[loss_name]
            loss = loss_of(predicted[use], wanted[use])
            loss.backward()
            found[f"{head} {loss_name}"] = {
                "weights": {name: {"shape": list(v.shape), "data": numbers(v.detach())} for name, v in weights.items()},
                "predicted": numbers(predicted.detach()),
                "loss": loss.item(),
                "gradients": {name: numbers(v.grad) for name, v in weights.items()},
                "mapGradients": {
                    name: numbers(v.grad.permute(0, 2, 3, 1)) for name, v in leaves.items() if v.grad is not None
                },
            }
    return {
        "maps": {name: {"shape": list(v.permute(0, 2, 3, 1).shape), "data": numbers(v.permute(0, 2, 3, 1))} for name, v in maps.items()},
        **{"landmarks": k, "virtual": virtual, "wanted": numbers(wanted), "counted": numbers(counted), "cases": found},
    }


OUT.write_text(json.dumps({"evaluation": evaluation(), "ridge": ridge(), "heads": heads()}) + "\n")
print(OUT, OUT.stat().st_size)
