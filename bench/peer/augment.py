"""The peer of bench/augment.ts: torchvision's transforms on PIL images, one thread. Needs torch, torchvision and Pillow.

    python bench/peer/augment.py
"""
import json
import random
import time
from pathlib import Path

import torch
import torchvision.transforms as T
from PIL import Image, ImageFilter

torch.set_num_threads(1)


class Blur:
    def __call__(self, image):
        return image.filter(ImageFilter.GaussianBlur(random.uniform(0.1, 2.0)))


data = Path(__file__).resolve().parents[2] / "media" / "data" / "emoji"
meta = json.loads((data / "emoji.json").read_text())
sheet = Image.open(data / "twitter.webp").convert("RGB")
size, columns = meta["cellSize"], meta["columns"]
images = []
for cell in range(128):
    x, y = cell % columns * size, cell // columns * size
    images.append(sheet.crop((x, y, x + size, y + size)))
augment = T.Compose([
    T.RandomResizedCrop(32, scale=(0.2, 1.0)),
    T.RandomApply([T.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
    T.RandomGrayscale(p=0.2),
    T.RandomApply([Blur()], p=0.5),
    T.RandomHorizontalFlip(),
    T.ToTensor(),
    T.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
])
times = []
for _ in range(12):
    start = time.perf_counter()
    for image in images:
        augment(image), augment(image)
    times.append(time.perf_counter() - start)
print(json.dumps({"workload": "augment-moco-v2-256-views-32px", "threads": 1, "seconds": sorted(times[2:])[5]}))
