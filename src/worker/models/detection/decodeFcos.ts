/** From what FCOS says at every location to detections, as torchvision: threshold, best of each level, suppression. */
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { RawDetections } from './detector';
import { forEachLocation, type Level } from './levels';

/** Candidates of each level that go into the suppression. */
const PER_LEVEL = 1000;

export interface FcosReadout {
  readonly levels: readonly Level[];
  /** [locations, classes], 0..1. */
  readonly scores: Float32Array;
  /** [locations, 4], in units of the level's size. */
  readonly distances: Float32Array;
  /** Of the image without padding, px. */
  readonly size: { readonly height: number; readonly width: number };
  readonly settings: Pick<DetectionTransfer, 'scoreThreshold' | 'nmsThreshold' | 'detections'>;
}

export function decodeFcos({ levels, scores, distances, size, settings }: FcosReadout): RawDetections {
  const locations = levels.reduce((sum, { height, width }) => sum + height * width, 0);
  const classes = scores.length / locations;
  const [xs, ys, sizes] = [new Float64Array(locations), new Float64Array(locations), new Float64Array(locations)];
  forEachLocation(levels, ({ index, x, y, level }) => {
    xs[index] = x;
    ys[index] = y;
    sizes[index] = levels[level]!.size;
  });
  const candidates = bestOfLevels({
    levelSizes: levels.map(({ height, width }) => height * width),
    scores,
    classes,
    threshold: settings.scoreThreshold,
  });
  const boxes = new Float32Array(4 * candidates.length);
  candidates.forEach((candidate, i) => {
    const place = Math.floor(candidate / classes);
    const edge = (k: number) => distances[4 * place + k]! * sizes[place]!;
    const inside = (value: number, high: number) => Math.max(0, Math.min(high, value));
    boxes[4 * i] = inside(xs[place]! - edge(0), size.width);
    boxes[4 * i + 1] = inside(ys[place]! - edge(1), size.height);
    boxes[4 * i + 2] = inside(xs[place]! + edge(2), size.width);
    boxes[4 * i + 3] = inside(ys[place]! + edge(3), size.height);
  });
  const found = { boxes, scores: candidates.map((i) => scores[i]!), classes: candidates.map((i) => i % classes) };
  const kept = suppressNonMaxima({ ...found, threshold: settings.nmsThreshold, most: settings.detections });
  return {
    boxes: Float32Array.from(kept.flatMap((i) => [...boxes.subarray(4 * i, 4 * i + 4)])),
    scores: Float32Array.from(kept, (i) => found.scores[i]!),
    labels: Int32Array.from(kept, (i) => found.classes[i]!),
  };
}

/** Entries of `scores` [rows, classes] above the threshold, the best of each level; `levelSizes` counts rows. */
export function bestOfLevels({
  levelSizes,
  scores,
  classes,
  threshold,
}: {
  readonly levelSizes: readonly number[];
  readonly scores: Float32Array;
  readonly classes: number;
  readonly threshold: number;
}): number[] {
  let start = 0;
  return levelSizes.flatMap((rows) => {
    const end = start + rows * classes;
    const above: number[] = [];
    for (let i = start; i < end; i++) if (scores[i]! > threshold) above.push(i);
    start = end;
    return above.length <= PER_LEVEL
      ? above
      : above.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, PER_LEVEL);
  });
}
