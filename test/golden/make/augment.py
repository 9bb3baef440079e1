"""Goldens of the augmentations: torchvision's functional operators on PIL images, with given parameters.

Needs torch, torchvision, Pillow, numpy (made with torchvision 0.14.1, Pillow 9.4.0). Run from the repository root:
    python3 test/golden/make/augment.py
Writes test/golden/data/augment.json: the images and every expected result as base64 RGB bytes.
`hueSums` are weighted sums of the result of adjust_hue over a grid of 18 x 18 x 256 colours.
`normalized`: the first 12 rows of the third image as float32, little endian.
"""
import base64
import json
import os

import numpy as np
import PIL
import torchvision
import torchvision.transforms.functional as F
from PIL import Image, ImageFilter

OUT = os.path.join(os.path.dirname(__file__), "..", "data", "augment.json")
BILINEAR = torchvision.transforms.InterpolationMode.BILINEAR


def images():
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:53, 0:37]
    gradient = np.stack([x * 255 / 36, y * 255 / 52, (x + y) * 255 / 88], -1)
    noise = rng.integers(0, 256, (64, 64, 3))
    y, x = np.mgrid[0:31, 0:20]
    waves = 127.5 + 127.5 * np.stack([np.sin(x / 2), np.cos(y / 3), np.sin(x * y / 40)], -1)
    waves[:6, :6] = [200, 200, 200]  # gray and saturated corners, where hue has special cases
    waves[:6, 6:12] = [255, 0, 0]
    waves[6:12, :6] = [3, 3, 2]
    return [Image.fromarray(a.astype(np.uint8)) for a in (gradient, noise, waves)]


def pack(image):
    image = image.convert("RGB")
    return {
        "width": image.width,
        "height": image.height,
        "pixels": base64.b64encode(np.asarray(image, np.uint8).tobytes()).decode(),
    }


def crops(i, image):
    w, h = image.size
    boxes = [(0, 0, h, w), (1, 2, h - 3, w - 5), (h // 3, w // 4, h // 2, w // 2), (4, 3, 9, 7)]
    if i == 1:
        boxes = [(0, 0, h, w), (5, 1, 40, 61), (20, 20, 32, 32)]
    for top, left, height, width in boxes:
        out = F.resized_crop(image, top, left, height, width, [32, 32], BILINEAR)
        yield {"kind": "resizedCrop", "top": top, "left": left, "height": height, "width": width, "size": 32}, out


def center_crops(image):
    for resize, size in ((32, 32), (37, 32), (16, 11)):
        resized = F.resize(image, resize, BILINEAR)
        out = F.center_crop(resized, [size, size])
        yield {"kind": "resizeCenterCrop", "resize": resize, "size": size}, out


def point_operations(image):
    yield {"kind": "horizontalFlip"}, F.hflip(image)
    yield {"kind": "grayscale"}, F.rgb_to_grayscale(image, 3)
    factors = {"brightness": (0.6, 1.37), "contrast": (0.63, 1.4), "saturation": (0.0, 0.61, 1.39)}
    for adjust, values in factors.items():
        for amount in values:
            out = getattr(F, "adjust_" + adjust)(image, amount)
            yield {"kind": "colorJitter", "adjustments": [{"adjust": adjust, "amount": amount}]}, out
    for amount in (-0.45, -0.07, 0.0, 0.1):
        out = F.adjust_hue(image, amount)
        yield {"kind": "colorJitter", "adjustments": [{"adjust": "hue", "amount": amount}]}, out
    chain = [("hue", 0.08), ("contrast", 1.3), ("brightness", 0.7), ("saturation", 1.25)]
    out = image
    for adjust, amount in chain:
        out = getattr(F, "adjust_" + adjust)(out, amount)
    yield {"kind": "colorJitter", "adjustments": [{"adjust": a, "amount": v} for a, v in chain]}, out
    for sigma in (0.1, 0.5, 1.0, 1.37, 2.0, 5.5):
        yield {"kind": "gaussianBlur", "sigma": sigma}, image.filter(ImageFilter.GaussianBlur(sigma))


def hue_grid():
    """Colours (r, g, b), b fastest: r, g in steps of 15, b every value."""
    steps = np.arange(0, 256, 15)
    grid = np.stack(np.meshgrid(steps, steps, np.arange(256), indexing="ij"), -1)
    return Image.fromarray(grid.reshape(-1, 256, 3).astype(np.uint8))


def weighted_sum(image):
    """Sum of p_i (1 + i mod 251): moves when any byte changes or two change places nearby."""
    flat = np.asarray(image, np.int64).reshape(-1)
    return int((flat * (1 + np.arange(flat.size) % 251)).sum())


def main():
    full = images()
    # Point operations and blur need fewer pixels; the last image is small as it is.
    small = [full[0].crop((5, 9, 28, 38)), full[1].crop((0, 0, 20, 17)), full[2]]
    cases = []
    for i, image in enumerate(full):
        for recorded, out in [*crops(i, image), *center_crops(image)]:
            cases.append({"image": i, "transform": recorded, "expected": pack(out)})
    for i, image in enumerate(small):
        for recorded, out in point_operations(image):
            cases.append({"image": 3 + i, "transform": recorded, "expected": pack(out)})
    grid = hue_grid()
    tensor = torchvision.transforms.ToTensor()(full[2])
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    normalized = F.normalize(tensor, mean, std).permute(1, 2, 0).contiguous().numpy()
    result = {
        "made": {"torchvision": torchvision.__version__, "pillow": PIL.__version__},
        "images": [pack(image) for image in full + small],
        "cases": cases,
        "hueSums": {str(h): weighted_sum(F.adjust_hue(grid, h)) for h in (-0.31, 0.0, 0.1)},
        "normalized": base64.b64encode(normalized.astype("<f4").tobytes()[: 12 * 20 * 3 * 4]).decode(),
    }
    with open(OUT, "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    print(len(cases), "cases,", os.path.getsize(OUT), "bytes")


if __name__ == "__main__":
    main()
