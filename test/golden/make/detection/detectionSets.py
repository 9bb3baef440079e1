"""Random and adversarial detection sets in COCO's format, shared by the scripts that make expected numbers.

Crowds, tied scores, empty classes, gaps in the ids and ids out of order, annotations of unlisted categories, boxes of no
size, more detections than the limit, areas on the borders of the size ranges, masks as polygons and both kinds of runs.
Needs numpy and pycocotools.
"""

import numpy as np
from pycocotools import mask as masks

TRAITS = ("plain", "ties", "crowds", "many", "odd-ids", "degenerate", "borders", "id-0", "nan", "sparse", "boxed", "odd-ids-ties")


def make_set(rng, trait, iou_type):
    num_images = 1 if trait == "many" else int(rng.integers(3, 9))
    num_classes = 2 if trait == "many" else int(rng.integers(1, 6))
    image_ids = rng.permutation(1000)[:num_images].tolist() if trait.startswith("odd-ids") else list(range(1, num_images + 1))
    category_ids = sorted(rng.permutation(90)[:num_classes].tolist()) if trait.startswith("odd-ids") else list(range(1, num_classes + 1))
    if trait.startswith("odd-ids"):
        category_ids = category_ids[::-1]
    width, height = int(rng.integers(30, 160)), int(rng.integers(30, 160))
    images = [{"id": int(i), "file_name": f"{i}.jpg", "width": width, "height": height} for i in image_ids]
    categories = [{"id": int(c), "name": f"class {c}", "supercategory": f"group {c % 2}"} for c in category_ids]
    annotations, results = [], []
    objects_per_image = 6 if trait != "sparse" else 1
    for image in images:
        for _ in range(int(rng.integers(0, objects_per_image + 1))):
            annotations.append(make_object(rng, trait, iou_type, image, int(rng.choice(category_ids))))
    ids = rng.permutation(len(annotations)) + (0 if trait == "id-0" else 1 if not trait.startswith("odd-ids") else 17)
    for annotation, identifier in zip(annotations, ids):
        annotation["id"] = int(identifier)
    for image in images:
        here = [a for a in annotations if a["image_id"] == image["id"]]
        for _ in range(150 if trait == "many" else int(rng.integers(0, 14))):
            source = here[int(rng.integers(len(here)))] if here and rng.random() < 0.75 else None
            results.append(make_result(rng, trait, iou_type, image, source, category_ids))
    results = [results[int(i)] for i in rng.permutation(len(results))]
    if trait.startswith("odd-ids") and annotations:
        annotations.append({**annotations[0], "id": 5000, "category_id": 4242})
        annotations.append({**annotations[0], "id": 5001, "image_id": 4242})
    return {"images": images, "annotations": annotations, "categories": categories}, results


def make_box(rng, trait, image):
    w, h = image["width"], image["height"]
    if trait == "borders" and rng.random() < 0.6:
        side = float(rng.choice([32, 96]))
        return [float(rng.integers(0, 20)), float(rng.integers(0, 20)), side, side]
    x, y = rng.uniform(-5, w * 0.7), rng.uniform(-5, h * 0.7)
    bw, bh = rng.uniform(2, w * 0.5), rng.uniform(2, h * 0.5)
    if trait == "degenerate" and rng.random() < 0.3:
        bw, bh = [(0.0, bh), (bw, 0.0), (-bw, bh), (-bw, -bh)][int(rng.integers(4))]
    return [float(v) for v in np.round([x, y, bw, bh], int(rng.integers(0, 4)))]


def shift_box(rng, trait, box):
    if trait in ("ties", "borders", "odd-ids-ties") and rng.random() < 0.4:
        return list(box)
    scale = abs(box[2]) * rng.choice([0.03, 0.1, 0.3])
    return [float(v) for v in np.round(np.array(box) + rng.normal(0, 1, 4) * scale, int(rng.integers(1, 5)))]


def make_object(rng, trait, iou_type, image, category):
    box = make_box(rng, trait, image)
    is_crowd = int(trait == "crowds" and rng.random() < 0.35)
    annotation = {"image_id": image["id"], "category_id": category, "bbox": box, "iscrowd": is_crowd}
    annotation["area"] = float(abs(box[2] * box[3]) * (1 if trait == "borders" else rng.uniform(0.5, 3)))
    if rng.random() < 0.2:
        annotation["ignore"] = 1
    if iou_type == "segm":
        annotation["segmentation"] = make_mask(rng, image, box, is_crowd)
    if iou_type == "keypoints":
        points = make_points(rng, box)
        visible = rng.integers(0, 3, 17) if rng.random() < 0.8 else np.zeros(17, int)
        annotation["keypoints"] = np.column_stack([points, visible]).reshape(-1).tolist()
        annotation["num_keypoints"] = int((visible > 0).sum())
    return annotation


def make_result(rng, trait, iou_type, image, source, category_ids):
    score = float(rng.integers(0, 5) / 4) if trait in ("ties", "many", "odd-ids-ties") else float(rng.random())
    if trait == "nan" and rng.random() < 0.2:
        score = float("nan")
    category = source["category_id"] if source and rng.random() < 0.85 else int(rng.choice(category_ids))
    if trait.startswith("odd-ids") and rng.random() < 0.05:
        category = 4242
    box = shift_box(rng, trait, source["bbox"]) if source else make_box(rng, trait, image)
    result = {"image_id": image["id"], "category_id": category, "score": score}
    if iou_type == "bbox":
        result["bbox"] = box
    elif iou_type == "segm":
        result["segmentation"] = compress(make_mask(rng, image, box, 0), image)
    else:
        points = np.array(source["keypoints"]).reshape(17, 3)[:, :2] if source else make_points(rng, box)
        points = points + rng.normal(0, rng.choice([0, 0.5, 3, 10]), (17, 2))
        result["keypoints"] = np.column_stack([np.round(points, 3), np.ones(17)]).reshape(-1).tolist()
    if trait == "boxed" and iou_type != "bbox":
        # pycocotools then takes the areas of the boxes.
        result["bbox"] = [float(v) for v in np.array(box) * rng.choice([0.3, 1, 2])]
    return result


def make_points(rng, box):
    return np.round(np.array(box[:2]) + rng.random((17, 2)) * np.abs(box[2:]), 2)


def make_mask(rng, image, box, is_crowd):
    polygons = [make_polygon(rng, box) for _ in range(int(rng.integers(1, 3)))]
    if not is_crowd and rng.random() < 0.7:
        return polygons
    bitmap = masks.decode(masks.merge(masks.frPyObjects(polygons, image["height"], image["width"])))
    flat = bitmap.reshape(-1, order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat]))) if flat.size else np.array([], int)
    counts = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return {"size": [image["height"], image["width"]], "counts": [int(c) for c in counts]}


def make_polygon(rng, box):
    x, y, w, h = box
    w, h = abs(w), abs(h)
    angles = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(3, 9))))
    radius = rng.uniform(0.6, 1, angles.size) * 0.5
    points = np.column_stack([x + w / 2 + w * radius * np.cos(angles), y + h / 2 + h * radius * np.sin(angles)])
    return np.round(points, 2).reshape(-1).tolist()


def compress(segmentation, image):
    coded = masks.frPyObjects(segmentation, image["height"], image["width"])
    coded = masks.merge(coded) if isinstance(coded, list) else coded
    return {"size": coded["size"], "counts": coded["counts"].decode()}
