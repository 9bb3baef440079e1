/**
 * One composed scene: a painted background and cut-out pictures pasted on it, later ones over earlier ones. Boxes and masks
 * are exact, of what remains visible; landmarks are those of the whole object. Everything is drawn from the scene's own
 * random stream.
 */
import type { Random } from '../../shared/random';
import { resizeBox } from '../augment/resample';
import { findLandmarks } from '../../shared/math/sceneLandmarks';

/** A picture with transparency. rgb: [size, size, 3], already multiplied by alpha; alpha: [size, size], 0..255. */
export interface CutOut {
  readonly size: number;
  readonly rgb: Uint8Array;
  readonly alpha: Uint8Array;
}

export interface SceneOptions {
  /** Side of the scene, px. */
  readonly size: number;
  /** Fewest and most objects. */
  readonly objects: readonly [number, number];
  /** Smallest and largest side of an object, as a share of `size`. */
  readonly scale: readonly [number, number];
  /** Largest intersection over union of two objects' squares. */
  readonly overlap: number;
}

export interface PlacedObject {
  /** Which cut-out it is. */
  readonly picture: number;
  /** [size, size] of the scene, row by row: 1 where it is seen. */
  readonly mask: Uint8Array;
  /** Number of pixels seen. */
  readonly area: number;
  /** x, y, width, height of what is seen, px. */
  readonly box: readonly [number, number, number, number];
  /** Share of the object that is seen, above 0. */
  readonly visibleShare: number;
  /** x, y and 2 = seen, 1 = hidden behind another object; in the order of `sceneLandmarks`. */
  readonly landmarks: readonly (readonly [number, number, 1 | 2])[];
}

export interface ComposedScene {
  /** [size, size, 3] */
  readonly pixels: Uint8Array;
  readonly objects: readonly PlacedObject[];
}

interface Square {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** A place is tried this often before an object is left out. */
const ATTEMPTS = 30;
/** An object of which less than this share is still seen is not an object of the scene any more: it is painted, not listed. */
const LEAST_SEEN = 0.25;

/** `pictures` gives cut-out number i of `count`. */
export function composeScene(
  options: SceneOptions,
  pictures: { readonly count: number; readonly at: (index: number) => CutOut },
  random: Random,
): ComposedScene {
  const { size } = options;
  const pixels = paintBackground(size, random);
  const owner = new Int16Array(size * size).fill(-1);
  const placed: { picture: number; covered: readonly number[] }[] = [];
  for (const { square, picture, isMirrored } of drawPlaces(options, pictures.count, random)) {
    const covered = paste(pictures.at(picture), { square, isMirrored, size, pixels, owner, index: placed.length });
    placed.push({ picture, covered });
  }
  const objects = placed.flatMap(({ picture, covered }, index) => {
    const seen = readObject(owner, size, index);
    if (!seen || seen.area < Math.max(4, LEAST_SEEN * covered.length)) return [];
    return [
      { picture, ...seen, visibleShare: seen.area / covered.length, landmarks: landmarksOf(covered, seen, size) },
    ];
  });
  return { pixels, objects };
}

function landmarksOf(
  covered: readonly number[],
  { mask }: { readonly mask: Uint8Array },
  size: number,
): PlacedObject['landmarks'] {
  return findLandmarks(covered, size).map((place) => [
    place % size,
    Math.floor(place / size),
    mask[place] === 1 ? 2 : 1,
  ]);
}

function drawPlaces({ size, objects, scale, overlap }: SceneOptions, count: number, random: Random) {
  const places: { square: Square; picture: number; isMirrored: boolean }[] = [];
  const wanted = objects[0] + random.integer(objects[1] - objects[0] + 1);
  for (let i = 0; i < wanted; i++) {
    const picture = random.integer(count);
    const isMirrored = random.uniform() < 0.5;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const side = Math.max(4, Math.round(size * random.uniformIn(scale[0], scale[1])));
      const free = Math.max(0, size - side);
      const square = { left: random.integer(free + 1), top: random.integer(free + 1), side };
      if (places.some((other) => squareIou(square, other.square) > overlap)) continue;
      places.push({ square, picture, isMirrored });
      break;
    }
  }
  return places;
}

function squareIou(a: Square, b: Square): number {
  const shared = (start: 'left' | 'top') =>
    Math.max(0, Math.min(a[start] + a.side, b[start] + b.side) - Math.max(a[start], b[start]));
  const common = shared('left') * shared('top');
  return common / (a.side * a.side + b.side * b.side - common);
}

/** A slope of two colours with a few large soft discs: enough that background is no constant, too little to be an object. */
function paintBackground(size: number, random: Random): Uint8Array {
  const colour = () => [0, 1, 2].map(() => random.uniformIn(40, 230));
  const [from, to] = [colour(), colour()];
  const [cos, sin] = unitVector(random);
  const discs = Array.from({ length: 4 }, () => ({
    x: random.uniformIn(0, size),
    y: random.uniformIn(0, size),
    radius: random.uniformIn(0.2, 0.6) * size,
    colour: colour(),
  }));
  const pixels = new Uint8Array(size * size * 3);
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const t = 0.5 + (0.5 * ((x - size / 2) * cos + (y - size / 2) * sin)) / size;
      const value = from.map((start, c) => start + t * (to[c]! - start));
      for (const disc of discs) {
        const [dx, dy] = [(x - disc.x) / disc.radius, (y - disc.y) / disc.radius];
        const weight = 0.6 * Math.max(0, 1 - dx * dx - dy * dy);
        for (let c = 0; c < 3; c++) value[c] = value[c]! + weight * (disc.colour[c]! - value[c]!);
      }
      const grain = random.uniformIn(-6, 6);
      for (let c = 0; c < 3; c++) pixels[(y * size + x) * 3 + c] = Math.max(0, Math.min(255, value[c]! + grain));
    }
  }
  return pixels;
}

/** A direction, without sines: their last bits may differ between machines. */
function unitVector(random: Random): [number, number] {
  const [x, y] = [random.uniformIn(-1, 1), random.uniformIn(-1, 1)];
  const length = Math.sqrt(x * x + y * y) || 1;
  return [x / length, y / length];
}

interface PasteTarget {
  readonly square: Square;
  readonly isMirrored: boolean;
  readonly size: number;
  readonly pixels: Uint8Array;
  /** [size, size]; who is seen at each pixel. */
  readonly owner: Int16Array;
  readonly index: number;
}

/** Returns the places (y · size + x) that the object would have if nothing came over it, in reading order. */
function paste(picture: CutOut, { square, isMirrored, size, pixels, owner, index }: PasteTarget): number[] {
  const { left, top, side } = square;
  const { rgb, alpha } = scaleCutOut(picture, side);
  const covered: number[] = [];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = y * side + (isMirrored ? side - 1 - x : x);
      const opacity = alpha[from]! / 255;
      if (opacity === 0 || left + x >= size || top + y >= size) continue;
      const to = (top + y) * size + left + x;
      for (let c = 0; c < 3; c++)
        pixels[3 * to + c] = Math.min(255, Math.round(rgb[3 * from + c]! + (1 - opacity) * pixels[3 * to + c]!));
      if (opacity < 0.5) continue;
      owner[to] = index;
      covered.push(to);
    }
  }
  return covered;
}

function scaleCutOut({ size, rgb, alpha }: CutOut, side: number): { rgb: Uint8Array; alpha: Uint8Array } {
  const whole = { top: 0, left: 0, width: size, height: size };
  const target = { width: side, height: side };
  const spread = new Uint8Array(rgb.length);
  alpha.forEach((value, i) => spread.fill(value, 3 * i, 3 * i + 3));
  const colours = resizeBox({ width: size, height: size, pixels: rgb }, whole, target).pixels;
  const opacity = resizeBox({ width: size, height: size, pixels: spread }, whole, target).pixels;
  return { rgb: colours, alpha: Uint8Array.from({ length: side * side }, (_, i) => opacity[3 * i]!) };
}

function readObject(
  owner: Int16Array,
  size: number,
  index: number,
): Pick<PlacedObject, 'mask' | 'area' | 'box'> | undefined {
  const mask = new Uint8Array(size * size);
  let [left, top, right, bottom, area] = [size, size, -1, -1, 0];
  owner.forEach((who, place) => {
    if (who !== index) return;
    const [x, y] = [place % size, Math.floor(place / size)];
    mask[place] = 1;
    area++;
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  });
  return area === 0 ? undefined : { mask, area, box: [left, top, right - left + 1, bottom - top + 1] };
}
