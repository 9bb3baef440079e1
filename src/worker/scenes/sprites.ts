/** The packed emoji as sprites: colour and alpha of one vendor's drawings, and the category of each. */
import { readFile } from 'node:fs/promises';
import sharp from 'sharp';
import { assetPath } from '../data/assets';

export interface Sprites {
  /** Pixels of a side. */
  readonly cellSize: number;
  readonly count: number;
  /** [count, cellSize, cellSize, 4], RGB premultiplied by alpha, 0..1. */
  readonly pixels: Float32Array;
  /** Category names, in the order of the emoji list; `categories` index into it. */
  readonly classes: readonly string[];
  /** [count] */
  readonly categories: Int32Array;
  readonly names: readonly string[];
}

interface EmojiIndex {
  readonly cellSize: number;
  readonly columns: number;
  readonly atlases: Readonly<Record<string, { readonly file: string; readonly width: number }>>;
  readonly emoji: readonly { readonly name: string; readonly category: string; readonly cell: number }[];
}

const folder = 'media/data/emoji';

export async function loadSprites(vendor: 'twitter' | 'google'): Promise<Sprites> {
  const index = JSON.parse(await readFile(assetPath(`${folder}/emoji.json`), 'utf8')) as EmojiIndex;
  const atlas = index.atlases[vendor]!;
  const sheet = await sharp(await readFile(assetPath(`${folder}/${atlas.file}`)))
    .ensureAlpha()
    .raw()
    .toBuffer();
  const size = index.cellSize;
  const pixels = new Float32Array(index.emoji.length * size * size * 4);
  index.emoji.forEach((emoji, i) => {
    const left = (emoji.cell % index.columns) * size;
    const top = Math.floor(emoji.cell / index.columns) * size;
    for (let p = 0; p < size * size; p++) {
      const from = ((top + Math.floor(p / size)) * atlas.width + left + (p % size)) * 4;
      const to = (i * size * size + p) * 4;
      const alpha = sheet[from + 3]! / 255;
      for (let c = 0; c < 3; c++) pixels[to + c] = (sheet[from + c]! / 255) * alpha;
      pixels[to + 3] = alpha;
    }
  });
  const classes = [...new Set(index.emoji.map(({ category }) => category))];
  return {
    ...{ cellSize: size, count: index.emoji.length, pixels, classes },
    categories: Int32Array.from(index.emoji, ({ category }) => classes.indexOf(category)),
    names: index.emoji.map(({ name }) => name),
  };
}

/** One sprite drawn side × side: [side, side, 4], premultiplied. Each pixel is the mean of 4 × 4 bilinear samples. */
export function scaleSprite(
  { cellSize, pixels }: Sprites,
  sprite: number,
  side: number,
  isFlipped: boolean,
): Float32Array {
  const scaled = new Float32Array(side * side * 4);
  const base = sprite * cellSize * cellSize * 4;
  const step = cellSize / (4 * side);
  for (let y = 0; y < 4 * side; y++) {
    const sampleY = Math.min(cellSize - 1, Math.max(0, (y + 0.5) * step - 0.5));
    for (let x = 0; x < 4 * side; x++) {
      const sampleX = Math.min(cellSize - 1, Math.max(0, (x + 0.5) * step - 0.5));
      const column = isFlipped ? side - 1 - Math.floor(x / 4) : Math.floor(x / 4);
      const to = (Math.floor(y / 4) * side + column) * 4;
      addSample(pixels, { base, cellSize, x: sampleX, y: sampleY }, scaled, to);
    }
  }
  return scaled;
}

function addSample(
  pixels: Float32Array,
  {
    base,
    cellSize,
    x,
    y,
  }: { readonly base: number; readonly cellSize: number; readonly x: number; readonly y: number },
  into: Float32Array,
  to: number,
): void {
  const [x0, y0] = [Math.floor(x), Math.floor(y)];
  const [x1, y1] = [Math.min(cellSize - 1, x0 + 1), Math.min(cellSize - 1, y0 + 1)];
  const [fx, fy] = [x - x0, y - y0];
  for (let c = 0; c < 4; c++) {
    const at = (row: number, column: number): number => pixels[base + (row * cellSize + column) * 4 + c]!;
    const upper = at(y0, x0) * (1 - fx) + at(y0, x1) * fx;
    const lower = at(y1, x0) * (1 - fx) + at(y1, x1) * fx;
    into[to + c]! += (upper * (1 - fy) + lower * fy) / 16;
  }
}
