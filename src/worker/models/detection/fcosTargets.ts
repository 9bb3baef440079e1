/**
 * Which object each location answers for, and what it should say (Tian et al. 2019, arXiv 1904.01355, sections 3.1–3.3;
 * with centre sampling, as torchvision's FCOS). A location belongs to an object when it is inside the box, near its
 * centre, and the box's size suits its level; of several the smallest.
 */
import type { SceneTargets } from './detector';
import { countLocations, forEachLocation, type Level } from './levels';

export interface FcosTargets {
  /** [locations]; row of the object, -1 for background. */
  readonly objects: Int32Array;
  /** [locations], 0..classes-1 or -1 for background. */
  readonly labels: Int32Array;
  /** [locations, 4]; distances from the location to left, top, right and bottom in units of the level's size; 0 for background. */
  readonly distances: Float32Array;
  /** [locations], 0..1: 1 in the middle of the object (equation 3); 0 for background. */
  readonly centerness: Float32Array;
}

const CENTER_RADIUS = 1.5;

/** Targets of one image. */
export function assignLocations(levels: readonly Level[], { boxes, labels }: SceneTargets): FcosTargets {
  const count = countLocations(levels);
  const targets = {
    objects: new Int32Array(count).fill(-1),
    labels: new Int32Array(count).fill(-1),
    distances: new Float32Array(4 * count),
    centerness: new Float32Array(count),
  };
  forEachLocation(levels, ({ index, x, y, level }) => {
    const { size } = levels[level]!;
    const range = {
      low: level === 0 ? 0 : 4 * size,
      high: level === levels.length - 1 ? Infinity : 8 * size,
    };
    const object = chooseObject(boxes, { x, y, size, ...range });
    if (object < 0) return;
    targets.objects[index] = object;
    const [left, top] = [x - boxes[4 * object]!, y - boxes[4 * object + 1]!];
    const [right, bottom] = [boxes[4 * object + 2]! - x, boxes[4 * object + 3]! - y];
    targets.labels[index] = labels[object]!;
    targets.distances.set([left / size, top / size, right / size, bottom / size], 4 * index);
    const share = (a: number, b: number) => Math.min(a, b) / Math.max(a, b);
    targets.centerness[index] = Math.sqrt(share(left, right) * share(top, bottom));
  });
  return targets;
}

/** Of each box, [m, 4], the location that speaks for it: the most central one of its level; without one, the nearest to its centre. */
export function centralLocations(levels: readonly Level[], boxes: Float32Array): Int32Array {
  return Int32Array.from({ length: boxes.length / 4 }, (_, i) => {
    const box = boxes.slice(4 * i, 4 * i + 4);
    const { labels, centerness } = assignLocations(levels, { boxes: box, labels: new Int32Array(1) });
    const assigned = [...labels.keys()].filter((place) => labels[place] === 0);
    if (assigned.length > 0) return assigned.reduce((a, b) => (centerness[b]! > centerness[a]! ? b : a));
    const [centreX, centreY] = [(box[0]! + box[2]!) / 2, (box[1]! + box[3]!) / 2];
    let [nearest, least] = [0, Infinity];
    forEachLocation(levels, ({ index, x, y }) => {
      const distance = Math.hypot(x - centreX, y - centreY);
      if (distance >= least) return;
      nearest = index;
      least = distance;
    });
    return nearest;
  });
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/** The object of a location; of equally small ones the first; -1 for none. */
function chooseObject(boxes: Float32Array, { x, y, size, low, high }: Place): number {
  let [best, leastArea] = [-1, Infinity];
  for (let i = 0; i < boxes.length / 4; i++) {
    const [x1, y1, x2, y2] = [boxes[4 * i]!, boxes[4 * i + 1]!, boxes[4 * i + 2]!, boxes[4 * i + 3]!];
    const offCentre = Math.max(Math.abs(x - (x1 + x2) / 2), Math.abs(y - (y1 + y2) / 2));
    const nearest = Math.min(x - x1, y - y1, x2 - x, y2 - y);
    const furthest = Math.max(x - x1, y - y1, x2 - x, y2 - y);
    const area = (x2 - x1) * (y2 - y1);
    const fits = offCentre < CENTER_RADIUS * size && nearest > 0 && furthest > low && furthest < high;
    if (!fits || area >= leastArea) continue;
    best = i;
    leastArea = area;
  }
  return best;
}
