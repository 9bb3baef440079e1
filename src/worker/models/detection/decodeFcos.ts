/** From what FCOS says at every location to detections, as torchvision: threshold, best of each level, suppression. */
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { Readout } from './evidence';
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

/** [locations, 4]: the box that each location speaks of, inside the image. */
export function locationBoxes({ levels, distances, size }: Pick<FcosReadout, 'levels' | 'distances' | 'size'>) {
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

/** `all`: boxes of the locations. */
export function decodeFcos(
  { levels, scores, settings }: Pick<FcosReadout, 'levels' | 'scores' | 'settings'>,
  all: Float32Array,
): Readout {
  const classes = scores.length / (all.length / 4);
  const candidates = bestOfLevels({
    levelSizes: levels.map(({ height, width }) => height * width),
    scores,
    classes,
    threshold: settings.scoreThreshold,
  });
  const places = candidates.map((candidate) => Math.floor(candidate / classes));
  const boxes = Float32Array.from(places.flatMap((place) => [...all.subarray(4 * place, 4 * place + 4)]));
  const found = { boxes, scores: candidates.map((i) => scores[i]!), classes: candidates.map((i) => i % classes) };
  const kept = suppressNonMaxima({ ...found, threshold: settings.nmsThreshold, most: settings.detections });
  return {
    boxes: Float32Array.from(kept.flatMap((i) => [...boxes.subarray(4 * i, 4 * i + 4)])),
    scores: Float32Array.from(kept, (i) => found.scores[i]!),
    labels: Int32Array.from(kept, (i) => found.classes[i]!),
    rows: Int32Array.from(kept, (i) => places[i]!),
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
