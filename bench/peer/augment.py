"""The peer of bench/augment.ts: torchvision's transforms on PIL images, one thread. Needs torch, torchvision and Pillow.

    python bench/peer/augment.py --images FOLDER

The folder is the one that bench/augment.ts has filled.
"""
import argparse
import json
import random
import time
from pathlib import Path

import torch
import torchvision
import torchvision.transforms as T
from PIL import Image, ImageFilter

torch.set_num_threads(1)


class Blur:
    def __call__(self, image):
        return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))


def policy(size):
    return T.Compose([
        T.RandomResizedCrop(size, scale=(0.2, 1.0)),
        T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
        T.RandomGrayscale(p=0.2),
        T.RandomApply([Blur()], p=0.5),
        T.RandomHorizontalFlip(),
        T.ToTensor(),
        T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])


def measure(name, read, count, size):
    augment = policy(size)
    times = []
    for _ in range(9):
        start = time.perf_counter()
        for i in range(count):
            image = read(i)
            augment(image), augment(image)
        times.append(time.perf_counter() - start)
    version = f"torchvision {torchvision.__version__}"
    print(json.dumps({"workload": name, "version": version, "threads": 1, "times": times[2:]}), flush=True)


parser = argparse.ArgumentParser()
parser.add_argument("--images", required=True)
files = sorted(Path(parser.parse_args().images).glob("train/only/*.jpg"))
data = Path(__file__).resolve().parents[2] / "media" / "data" / "emoji"
meta = json.loads((data / "emoji.json").read_text())
sheet = Image.open(data / "twitter.webp").convert("RGB")
size, columns = meta["cellSize"], meta["columns"]
cells = [(cell % columns * size, cell // columns * size) for cell in range(128)]
emoji = [sheet.crop((x, y, x + size, y + size)) for x, y in cells]
measure("augment-256-views-32px", lambda i: emoji[i], 128, 32)
measure("augment-64-views-224px-jpeg", lambda i: Image.open(files[i]).convert("RGB"), 32, 224)
