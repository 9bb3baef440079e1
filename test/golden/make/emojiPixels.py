"""Single pixels of the vendors' own emoji PNGs, read with PIL: a witness for the atlases in media/data/emoji.

Needs: Pillow, and the unpacked npm packages emoji-datasource-twitter and emoji-datasource-google 16.0.0.
Run:   npm pack emoji-datasource-{twitter,google}@16.0.0, unpack each into <dir>/<vendor>/, then
       python test/golden/make/emojiPixels.py <dir> > test/golden/data/emojiPixels.json

For every 20th emoji and each vendor: the opaque pixel nearest to the middle, [x, y, red, green, blue], and how many
pixels of the drawing are fully transparent.
"""

import json
import sys
from pathlib import Path

from PIL import Image


def main(folder: Path) -> None:
    emoji = json.loads((folder / "twitter/package/emoji.json").read_text())
    emoji.sort(key=lambda entry: entry["unified"])
    lines = []
    for entry in emoji[::20]:
        row = {"unified": entry["unified"]}
        for vendor in ("twitter", "google"):
            path = folder / vendor / "package/img" / vendor / "64" / entry["image"]
            image = Image.open(path).convert("RGBA")
            points = [(x, y) for x in range(64) for y in range(64) if image.getpixel((x, y))[3] == 255]
            clear = sum(image.getpixel((x, y))[3] == 0 for x in range(64) for y in range(64))
            x, y = min(points, key=lambda p: ((p[0] - 32) ** 2 + (p[1] - 32) ** 2, p))
            row[vendor] = {"pixel": [x, y, *image.getpixel((x, y))[:3]], "transparent": clear}
        lines.append(json.dumps(row))
    print("[\n" + ",\n".join(lines) + "\n]")


main(Path(sys.argv[1]))
