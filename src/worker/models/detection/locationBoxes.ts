/** From the distances that FCOS says at every location to boxes. */
import { forEachLocation, type Level } from './levels';

export interface FcosDistances {
  readonly levels: readonly Level[];
  /** [locations, 4], in units of the level's size. */
  readonly distances: Float32Array;
  /** Of the image without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
}

/** [locations, 4]: the box that each location speaks of, inside the image. */
export function locationBoxes({ levels, distances, size }: FcosDistances): Float32Array {
  const boxes = new Float32Array(distances.length);
  const inside = (value: number, high: number) => Math.max(0, Math.min(high, value));
  forEachLocation(levels, ({ index, x, y, level }) => {
    const edge = (k: number) => distances[4 * index + k]! * levels[level]!.size;
    boxes[4 * index] = inside(x - edge(0), size.width);
    boxes[4 * index + 1] = inside(y - edge(1), size.height);
    boxes[4 * index + 2] = inside(x + edge(2), size.width);
    boxes[4 * index + 3] = inside(y + edge(3), size.height);
  });
  return boxes;
}
