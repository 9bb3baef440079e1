/** Scores of predicted landmarks on a split, in the whole images' px: what both landmark transfers report. */
import { chooseNormaliser, defaultNormaliser } from '../../../shared/math/landmarkSchemes';
import { landmarkErrors, normaliserOf, summariseErrors } from '../../../shared/math/landmarks';
import type { LandmarksTransfer } from '../../../shared/experiment/transferSchema';
import { UserError } from '../../../shared/errors';
import type { LandmarkNormaliser, LandmarkScheme } from '../../../shared/results/landmarks';
import type { LandmarkDataset } from '../../data/landmarks';
import { storedCut } from './landmarkExamples';

export type LandmarkScoring = Pick<LandmarksTransfer, 'id' | 'normalise' | 'threshold' | 'occluded'>;

export interface LandmarkScores {
  /** nme, medianNme, auc, failureRate in 0..1. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean error of each landmark that ever counts, by name. */
  readonly perLandmark: Readonly<Record<string, number>>;
  /** Test examples that count. */
  readonly counted: number;
}

/** What distances are divided by; a user error where the data lack the landmarks that it needs. */
export function resolveNormaliser({ id, normalise }: LandmarkScoring, scheme: LandmarkScheme): LandmarkNormaliser {
  if (normalise === undefined) return defaultNormaliser(scheme);
  const chosen = chooseNormaliser(normalise, scheme);
  if (chosen) return chosen;
  const what = typeof normalise === 'string' ? normalise : normalise.join(' and ');
  throw new UserError(
    'config',
    `"${id}" cannot normalise by ${what}: the landmarks are ${scheme.names.slice(0, 20).join(', ')}; name two of them, or use box`,
  );
}

/** [examples] px of the whole image; 0 where a landmark that is needed is not marked. */
export function normalisersOf(
  dataset: LandmarkDataset,
  examples: Int32Array,
  normaliser: LandmarkNormaliser,
): Float64Array {
  const count = dataset.scheme.names.length;
  return Float64Array.from(examples, (example) =>
    normaliserOf(normaliser, dataset.scheme, {
      points: dataset.points.subarray(2 * count * example, 2 * count * (example + 1)),
      visibility: dataset.visibility.subarray(count * example, count * (example + 1)),
      box: dataset.boxes.subarray(4 * example, 4 * example + 4) as unknown as [number, number, number, number],
    }),
  );
}

export interface Predictions {
  readonly dataset: LandmarkDataset;
  readonly examples: Int32Array;
  /** [examples] px of the whole image. */
  readonly normalisers: Float64Array;
  /** [examples, 2K] half pictures. */
  readonly values: Float32Array;
}

export function scoreLandmarks(
  { dataset, examples, normalisers, values }: Predictions,
  { threshold, occluded }: LandmarkScoring,
): LandmarkScores {
  const perExample = dataset.scheme.names.length;
  const points = new Float64Array(values.length);
  const truth = { perExample, points: new Float64Array(values.length), visibility: new Uint8Array(values.length / 2) };
  examples.forEach((example, i) => {
    const { left, top, side } = storedCut(dataset, example);
    const from = 2 * perExample * example;
    truth.points.set(dataset.points.subarray(from, from + 2 * perExample), 2 * perExample * i);
    truth.visibility.set(dataset.visibility.subarray(from / 2, from / 2 + perExample), perExample * i);
    for (let c = 0; c < 2 * perExample; c++) {
      const start = c % 2 === 0 ? left : top;
      const place = 2 * perExample * i + c;
      points[place] = ((values[place]! + 1) / 2) * side - 0.5 + start;
    }
  });
  const errors = landmarkErrors({ truth, predicted: { perExample, points }, normalisers, countsOccluded: occluded });
  const { examples: counted, nme, medianNme, auc, failureRate } = summariseErrors(errors.perExample, threshold);
  const known = dataset.scheme.names.flatMap((name, k) => {
    const error = errors.perLandmark[k]!;
    return Number.isNaN(error) ? [] : [[name, error] as const];
  });
  return { metrics: { nme, medianNme, auc, failureRate }, perLandmark: Object.fromEntries(known), counted };
}
