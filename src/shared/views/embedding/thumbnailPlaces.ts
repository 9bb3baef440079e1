/** Which images get a thumbnail where not all have room: one for each square of the map, always the same ones. Pure. */
import { toMap, type MapScale, type ViewSize } from './mapScale';
import type { PointGrid } from './pointGrid';
import { pointWeights } from './pointGroups';

/** Room that a thumbnail takes, in sides. */
const ROOM = 1.15;

export interface ThumbnailWish {
  readonly at: Float32Array;
  readonly grid: PointGrid;
  readonly weights: Uint8Array;
  readonly scale: MapScale;
  readonly size: ViewSize;
  /** px */
  readonly side: number;
}

/**
 * Images with a thumbnail, ascending. Squares are of the map and halve when it has been zoomed in enough, so that thumbnails stay
 * while the map is moved. In each the image in full colour with the lowest place in the split is taken.
 */
export function placeThumbnails({ at, grid, weights, scale, size, side }: ThumbnailWish): number[] {
  const wanted = (ROOM * side) / scale.scale;
  const unit = roundUp(wanted);
  const taken = new Map<number, number>();
  forEachInView(grid, { scale, size, side }, (image) => {
    if (weights[image] !== pointWeights.full) return;
    const column = Math.floor(at[2 * image]! / unit);
    const row = Math.floor(at[2 * image + 1]! / unit);
    const square = (row + 32768) * 65536 + column + 32768;
    const before = taken.get(square);
    if (before === undefined || image < before) taken.set(square, image);
  });
  return [...taken.values()].sort((a, b) => a - b);
}

/** The next size of squares that is not smaller: eight between a size and its double. */
function roundUp(wanted: number): number {
  const power = Math.floor(Math.log2(wanted));
  const base = 2 ** power;
  return (base * Math.ceil((8 * wanted) / base)) / 8;
}

/** Whether the images in sight would have room for thumbnails, on average. */
export function hasRoom({ grid, weights, scale, size, side }: Omit<ThumbnailWish, 'at'>): boolean {
  let count = 0;
  forEachInView(grid, { scale, size, side: 0 }, (image) => weights[image] === pointWeights.full && count++);
  return count * side * side <= size.width * size.height;
}

/** Images in the view, with a side around it. */
function forEachInView(
  grid: PointGrid,
  { scale, size, side }: Pick<ThumbnailWish, 'scale' | 'size' | 'side'>,
  call: (image: number) => void,
): void {
  const [left, top] = toMap(scale, -side, -side);
  const [right, bottom] = toMap(scale, size.width + side, size.height + side);
  grid.visit({ left, top, right, bottom }, call);
}
