/**
 * Draws points into pixels: fast enough for some ten thousand in each frame on any machine, since nothing but numbers are
 * written. Colours and shapes are given by group; grey points lie below the others. Pure.
 */
import type { Rgb } from '../classColours';
import type { MapScale } from './mapScale';
import { pointShapes, pointWeights, type PointGroups } from './pointGroups';

export interface Pixels {
  /** [height, width] as red, green, blue, alpha from the lowest byte up, as on machines with little ends. */
  readonly data: Uint32Array;
  readonly width: number;
  readonly height: number;
}

export interface PointPaint {
  /** [images, 2] on the map. */
  readonly at: Float32Array;
  readonly groups: PointGroups;
  /** [images] of `pointWeights`. */
  readonly weights: Uint8Array;
  /** Map to canvas px. */
  readonly scale: MapScale;
  /** Canvas px. */
  readonly radius: number;
  readonly grey: Rgb;
  /** Draws a rim in this colour around every point; none when absent. */
  readonly rim?: Rgb;
  /** Otherwise all points are circles. */
  readonly hasShapes: boolean;
}

/** How much of a pixel a point covers, 0..255, in a square around its middle; `rim` likewise with the rim. */
interface Stamp {
  readonly side: number;
  readonly inside: Uint8Array;
  readonly whole: Uint8Array;
}

/** Draws over `pixels`, which should be empty, and returns how many points lay in them. */
export function paintPoints(pixels: Pixels, paint: PointPaint): number {
  const { groups, weights } = paint;
  const stamps = new Map<number, Stamp>();
  const stampOf = (shape: number): Stamp => {
    const known = stamps.get(shape) ?? makeStamp(shape, paint.radius, paint.rim !== undefined);
    stamps.set(shape, known);
    return known;
  };
  const rim = paint.rim && packed(paint.rim);
  let count = 0;
  for (const weight of [pointWeights.grey, pointWeights.full]) {
    const colours = groups.groups.map(({ colour }) => packed(weight === pointWeights.grey ? paint.grey : colour));
    const looks = groups.groups.map(({ shape }) => stampOf(paint.hasShapes ? shape : 0));
    forEachMixed(weights.length, (image) => {
      if (weights[image] !== weight) return;
      const x = paint.at[2 * image]! * paint.scale.scale + paint.scale.x;
      const y = paint.at[2 * image + 1]! * paint.scale.scale + paint.scale.y;
      const group = groups.of[image]!;
      if (putStamp(pixels, looks[group]!, [x, y], [colours[group]!, rim])) count++;
    });
  }
  return count;
}

/** All numbers below `count`, mixed but always alike: data are often sorted by class, and the last would lie on top. */
export function forEachMixed(count: number, call: (index: number) => void): void {
  let stride = Math.max(1, Math.floor(count * 0.618));
  while (greatestDivisor(stride, count) > 1) stride++;
  for (let i = 0, index = 0; i < count; i++, index = (index + stride) % count) call(index);
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

function putStamp(
  { data, width, height }: Pixels,
  { side, inside, whole }: Stamp,
  [x, y]: readonly [number, number],
  [colour, rim]: readonly [number, number | undefined],
): boolean {
  const left = Math.round(x - side / 2);
  const top = Math.round(y - side / 2);
  // NaN, of an image that moves in from nowhere, is in no range.
  if (!(left > -side && top > -side && left < width && top < height)) return false;
  const [firstColumn, lastColumn] = [Math.max(0, -left), Math.min(side, width - left)];
  const [firstRow, lastRow] = [Math.max(0, -top), Math.min(side, height - top)];
  for (let row = firstRow; row < lastRow; row++) {
    for (let column = firstColumn; column < lastColumn; column++) {
      const from = row * side + column;
      const to = (top + row) * width + left + column;
      if (rim !== undefined && whole[from]! > inside[from]!) data[to] = cover(data[to]!, rim, whole[from]!);
      if (inside[from]! > 0) data[to] = cover(data[to]!, colour, inside[from]!);
    }
  }
  return true;
}

/** A colour laid over a pixel with a share of 0..255. */
function cover(below: number, colour: number, share: number): number {
  if (share === 255) return colour;
  if (below >>> 24 === 0) return ((colour & 0xffffff) | (share << 24)) >>> 0;
  const rest = 255 - share;
  const mix = (shift: number): number =>
    ((((colour >>> shift) & 255) * share + ((below >>> shift) & 255) * rest) / 255) << shift;
  const alpha = Math.max(share, below >>> 24);
  return ((mix(0) & 0xff) | (mix(8) & 0xff00) | (mix(16) & 0xff0000) | (alpha << 24)) >>> 0;
}

function packed([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Samples in a pixel's side for smooth edges. */
const SAMPLES = 4;
/** Share of the radius, at least a px. */
const RIM = 0.25;

function makeStamp(shape: number, radius: number, hasRim: boolean): Stamp {
  const rim = hasRim ? Math.max(1, RIM * radius) : 0;
  const side = 2 * Math.ceil(radius + rim) + 1;
  const inside = new Uint8Array(side * side);
  const whole = new Uint8Array(side * side);
  const contains = shapeTests[pointShapes[shape]!];
  const share = (reach: number, column: number, row: number): number => {
    let hits = 0;
    for (let i = 0; i < SAMPLES * SAMPLES; i++) {
      const x = column + ((i % SAMPLES) + 0.5) / SAMPLES - side / 2;
      const y = row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES - side / 2;
      if (contains(x / reach, y / reach)) hits++;
    }
    return Math.round((255 * hits) / (SAMPLES * SAMPLES));
  };
  for (let i = 0; i < side * side; i++) {
    inside[i] = share(radius, i % side, Math.floor(i / side));
    whole[i] = Math.max(inside[i]!, share(radius + rim, i % side, Math.floor(i / side)));
  }
  return { side, inside, whole };
}

/** Whether a point of the plane is in a shape of about the area of the unit circle. */
const shapeTests: Readonly<Record<(typeof pointShapes)[number], (x: number, y: number) => boolean>> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 0.89,
  triangle: (x, y) => y <= 0.8 && Math.abs(x) <= 0.6 * (y + 1.15),
  diamond: (x, y) => Math.abs(x) + Math.abs(y) <= 1.25,
  cross: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 1 && Math.abs(Math.abs(x) - Math.abs(y)) <= 0.42,
  plus: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 1.1 && Math.min(Math.abs(x), Math.abs(y)) <= 0.36,
  ring: (x, y) => x * x + y * y <= 1.1 && x * x + y * y >= 0.3,
};
