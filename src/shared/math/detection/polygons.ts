/**
 * Polygons to masks, the same pixels as pycocotools' rleFrPoly. The polygon is drawn on a grid five times finer with
 * rounded corners; where its outline crosses the middle of a pixel column, the crossing's y, rounded up, toggles between
 * background and object. Here only those crossings are computed, not every point of the outline, so that the cost is
 * (columns crossed), whatever the coordinates are.
 */
import type { Rle } from './rle';

const SCALE = 5;

/** Mask of one polygon [x0, y0, x1, y1, …] in pixels; an odd last number is left out. Fewer than three points give an empty mask. */
export function rasterizePolygon(points: ArrayLike<number>, height: number, width: number): Rle {
  const corners = Math.floor(points.length / 2);
  const crossings: number[] = [];
  const area = { height, width };
  for (let i = 0; i < corners; i++) {
    const next = (i + 1) % corners;
    addCrossings(
      [toGrid(points[2 * i]!), toGrid(points[2 * i + 1]!), toGrid(points[2 * next]!), toGrid(points[2 * next + 1]!)],
      area,
      crossings,
    );
  }
  return { height, width, counts: toRuns(crossings, height * width) };
}

/** C's (int)(5 x + 0.5): towards zero. */
function toGrid(value: number): number {
  return Math.trunc(SCALE * value + 0.5);
}

/** Grid x whose step to x + 1 crosses the middle of pixel column c. */
const columnOf = (c: number): number => SCALE * c + 2;

/** Adds x · height + y of each crossing of one edge. edge: grid coordinates [x0, y0, x1, y1]. */
function addCrossings(
  edge: readonly [number, number, number, number],
  { height, width }: { readonly height: number; readonly width: number },
  crossings: number[],
): void {
  const [x0, y0, x1, y1] = edge;
  const [dx, dy] = [Math.abs(x1 - x0), Math.abs(y1 - y0)];
  if (dx === 0) return;
  const isFlat = dx >= dy;
  // Walked towards larger x where flat, towards larger y where steep.
  const isFlipped = isFlat ? x0 > x1 : y0 > y1;
  const [xs, ys, xe, ye] = isFlipped ? [x1, y1, x0, y0] : edge;
  const slope = isFlat ? (ye - ys) / dx : (xe - xs) / dy;
  const first = Math.max(0, Math.ceil((Math.min(xs, xe) - 2) / SCALE));
  const last = Math.min(width - 1, Math.floor((Math.max(xs, xe) - 3) / SCALE));
  for (let c = first; c <= last; c++) {
    let y: number;
    if (isFlat) {
      const t = columnOf(c) - xs;
      const yAt = (step: number): number => Math.trunc(ys + slope * step + 0.5);
      y = Math.min(yAt(t), yAt(t + 1));
    } else {
      y = ys + findStep({ xs, slope, dy }, columnOf(c));
    }
    crossings.push(c * height + toPixelRow(y, height));
  }
}

/** The step t in 0..dy - 1 of a steep edge after which x moves between `column` and column + 1. */
function findStep(edge: { readonly xs: number; readonly slope: number; readonly dy: number }, column: number): number {
  const { xs, slope, dy } = edge;
  const isLeft = (t: number): boolean => Math.trunc(xs + slope * t + 0.5) <= column;
  const startsLeft = isLeft(0);
  // x moves one way only, so the change can be looked for from an estimate.
  let t = Math.min(dy - 1, Math.max(0, Math.floor((column + 0.5 - xs) / slope)));
  while (t > 0 && isLeft(t) !== startsLeft) t--;
  while (t < dy - 1 && isLeft(t + 1) === startsLeft) t++;
  return t;
}

function toPixelRow(y: number, height: number): number {
  return Math.ceil(Math.min(height, Math.max(0, (y + 0.5) / SCALE - 0.5)));
}

/** Runs between sorted crossings; two at one place cancel. */
function toRuns(crossings: readonly number[], pixels: number): Uint32Array {
  const places = Float64Array.from(crossings).sort();
  const runs: number[] = [];
  let before = 0;
  let isJoining = false;
  for (let j = 0; j <= places.length; j++) {
    const place = j < places.length ? places[j]! : pixels;
    const run = place - before;
    before = place;
    if (isJoining) {
      runs[runs.length - 1] = runs[runs.length - 1]! + run;
      isJoining = false;
    } else if (run > 0 || j === 0) runs.push(run);
    else isJoining = true;
  }
  return Uint32Array.from(runs);
}
