/** From class scores of all places of an image to detections, as torchvision: threshold, best of each level, suppression. */
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import { suppressNonMaxima } from '../../../shared/math/detection/nms';
import { pickRows, type Readout } from './evidence';

/** Candidates of each level that go into the suppression. */
const PER_LEVEL = 1000;

export interface DenseScores {
  /** Places of each level, in their order. */
  readonly levelSizes: readonly number[];
  /** [places, classes], 0..1. */
  readonly scores: Float32Array;
  readonly settings: Pick<DetectionTransfer, 'scoreThreshold' | 'nmsThreshold' | 'detections'>;
}

/** `boxesOf`: [k, 4], the boxes of k places, inside the image. */
export function readOff(
  { levelSizes, scores, settings }: DenseScores,
  boxesOf: (rows: Int32Array) => Float32Array,
): Readout {
  const classes = scores.length / levelSizes.reduce((sum, size) => sum + size, 0);
  const chosen = bestOfLevels({ levelSizes, scores, classes, threshold: settings.scoreThreshold });
  const rows = Int32Array.from(chosen, (entry) => Math.floor(entry / classes));
  const boxes = boxesOf(rows);
  const found = { boxes, scores: chosen.map((i) => scores[i]!), classes: chosen.map((i) => i % classes) };
  const kept = suppressNonMaxima({ ...found, threshold: settings.nmsThreshold, most: settings.detections });
  return {
    boxes: pickRows(boxes, Int32Array.from(kept), 4),
    scores: Float32Array.from(kept, (i) => found.scores[i]!),
    labels: Int32Array.from(kept, (i) => found.classes[i]!),
    rows: Int32Array.from(kept, (i) => rows[i]!),
  };
}

interface LevelScores extends Pick<DenseScores, 'levelSizes' | 'scores'> {
  readonly classes: number;
  readonly threshold: number;
}

/** Entries of `scores` above the threshold, the best of each level. */
function bestOfLevels({ levelSizes, scores, classes, threshold }: LevelScores): number[] {
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
