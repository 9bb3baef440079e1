/** Object keypoint similarity, COCO's stand-in for overlap where poses are compared (cocodataset.org/#keypoints-eval). */
import type { KeypointColumn } from '../../results/detections';

/** COCO's σ of its 17 person keypoints: nose, eyes, ears, shoulders, elbows, wrists, hips, knees, ankles. */
export const COCO_SIGMAS: readonly number[] = [
  ...[0.26, 0.25, 0.25, 0.35, 0.35, 0.79, 0.79, 0.72, 0.72],
  ...[0.62, 0.62, 1.07, 1.07, 0.87, 0.87, 0.89, 0.89],
].map((sigma) => sigma / 10);

const EPSILON = 2.220446049250313e-16;

export interface PoseTruth {
  readonly keypoints: KeypointColumn;
  readonly boxes: Float64Array;
  readonly areas: Float64Array;
}

/**
 * mean over labelled keypoints of exp(-d² / (2 · area · (2σ)²)), in 0..1; d in pixels between detection i and object j. Where
 * the object has no labelled keypoint, d is the distance to twice its box, over all keypoints.
 */
export function keypointSimilarity(
  detected: KeypointColumn,
  i: number,
  truth: PoseTruth,
  j: number,
  sigmas: readonly number[],
): number {
  const { perObject, values } = truth.keypoints;
  const [from, to] = [3 * perObject * i, 3 * perObject * j];
  const isLabelled = hasLabelled(values, to, perObject);
  const [left, top, w, h] = [0, 1, 2, 3].map((side) => truth.boxes[4 * j + side]!) as [number, number, number, number];
  const area = truth.areas[j]! + EPSILON;
  let [sum, count] = [0, 0];
  for (let k = 0; k < perObject; k++) {
    if (isLabelled && !(values[to + 3 * k + 2]! > 0)) continue;
    const x = detected.values[from + 3 * k]!;
    const y = detected.values[from + 3 * k + 1]!;
    const dx = isLabelled ? x - values[to + 3 * k]! : outside(x, left - w, left + w * 2);
    const dy = isLabelled ? y - values[to + 3 * k + 1]! : outside(y, top - h, top + h * 2);
    sum += Math.exp(-((dx * dx + dy * dy) / (sigmas[k]! * 2) ** 2 / area / 2));
    count++;
  }
  return sum / count;
}

function outside(value: number, low: number, high: number): number {
  return Math.max(0, low - value) + Math.max(0, value - high);
}

function hasLabelled(values: Float64Array, from: number, perObject: number): boolean {
  for (let k = 0; k < perObject; k++) if (values[from + 3 * k + 2]! > 0) return true;
  return false;
}
