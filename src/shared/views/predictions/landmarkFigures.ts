/** All figures of the Predictions panel for landmarks: errors by example and landmark, and the order in which they are shown. */
import { landmarkErrors, type LandmarkErrors, type LandmarkPoints, type MarkedLandmarks } from '../../math/landmarks';
import { LANDMARKS_FILE, LANDMARKS_VERSION, type LandmarkFile, type LandmarkNormaliser } from '../../results/landmarks';
import type { PredictionsView } from '../../protocol/panels/predictionsPanel';

export interface LandmarkRun {
  readonly file: LandmarkFile;
  readonly layer: string;
  readonly truth: MarkedLandmarks;
  readonly predicted: LandmarkPoints;
  readonly errors: LandmarkErrors;
  /** [examples, landmarks] as shares of the normaliser; NaN where a landmark does not count. */
  readonly pointErrors: Float64Array;
}

/** Reads `landmarks.json`; what it is not is said in one sentence. */
export function parseLandmarkFile(text: string): { file: LandmarkFile } | { problem: string } {
  const again = 'run the transfer again';
  let value: Partial<LandmarkFile> | null;
  try {
    value = JSON.parse(text) as Partial<LandmarkFile> | null;
  } catch {
    return { problem: `${LANDMARKS_FILE} is not JSON; ${again}` };
  }
  if (value?.version !== LANDMARKS_VERSION)
    return {
      problem: `${LANDMARKS_FILE} is of version ${String(value?.version)}, not ${LANDMARKS_VERSION}; ${again}`,
    };
  const { examples, predictions, landmarks } = value;
  const isWhole =
    landmarks !== undefined &&
    examples !== undefined &&
    predictions !== undefined &&
    predictions.length > 0 &&
    predictions.every(({ points }) => points.length === examples.length);
  return isWhole ? { file: value as LandmarkFile } : { problem: `${LANDMARKS_FILE} is incomplete; ${again}` };
}

/** `layer`: '' or one that is not there is the last. */
export function figureLandmarks(file: LandmarkFile, layer: string): LandmarkRun {
  const perExample = file.landmarks.names.length;
  const found = file.predictions.find((one) => one.layer === layer) ?? file.predictions.at(-1)!;
  const points = (rows: readonly (readonly (readonly [number, number])[])[]): Float64Array =>
    Float64Array.from(rows.flatMap((row) => row.flatMap(([x, y]) => [x, y])));
  const truth: MarkedLandmarks = {
    perExample,
    points: points(file.examples.map((example) => example.points)),
    visibility: Uint8Array.from(file.examples.flatMap(({ visibility }) => [...visibility])),
  };
  const predicted: LandmarkPoints = { perExample, points: points(found.points) };
  const normalisers = Float64Array.from(file.examples, ({ normaliser }) => normaliser);
  const { countsOccluded } = file;
  const errors = landmarkErrors({ truth, predicted, normalisers, countsOccluded });
  // Each landmark as an example of its own.
  const { perExample: pointErrors } = landmarkErrors({
    truth: { ...truth, perExample: 1 },
    predicted: { ...predicted, perExample: 1 },
    normalisers: Float64Array.from(truth.visibility, (_, place) => normalisers[Math.floor(place / perExample)]!),
    countsOccluded,
  });
  return { file, layer: found.layer, truth, predicted, errors, pointErrors };
}

/** Error of an example: of one landmark where one is chosen, else the mean of all. */
export function exampleError({ file, errors, pointErrors }: LandmarkRun, example: number, landmark: string): number {
  const { names } = file.landmarks;
  const k = names.indexOf(landmark);
  return k < 0 ? errors.perExample[example]! : pointErrors[example * names.length + k]!;
}

/** Examples that pass the search, in the order that is asked for; those without an error come last. */
export function orderExamples(
  runs: readonly LandmarkRun[],
  { search, sort, landmarks }: Pick<PredictionsView, 'search' | 'sort' | 'landmarks'>,
): Int32Array {
  const [first, second] = runs;
  if (!first) return new Int32Array(0);
  const wanted = search.trim().toLowerCase();
  const passing = first.file.examples.flatMap(({ name, category }, i) =>
    `${name} ${category}`.toLowerCase().includes(wanted) ? [i] : [],
  );
  const error = (run: LandmarkRun, example: number): number => exampleError(run, example, landmarks.landmark);
  const rank = (example: number): number => {
    const value =
      sort === 'moved' && second
        ? Math.abs(error(second, example) - error(first, example))
        : Math.max(...runs.map((run) => error(run, example)));
    return Number.isNaN(value) ? -1 : value;
  };
  if (sort !== 'file') {
    const ranks = new Map(passing.map((example) => [example, rank(example)]));
    passing.sort((a, b) => compareRanks(ranks.get(b)!, ranks.get(a)!) || a - b);
  }
  return Int32Array.from(passing);
}

/** Two failures are equal, although Infinity − Infinity is not a number. */
function compareRanks(a: number, b: number): number {
  return a === b ? 0 : a - b;
}

/** What errors are shares of, in words. */
export function describeNormaliser(normaliser: LandmarkNormaliser): string {
  switch (normaliser.kind) {
    case 'pair':
      return `the distance from ${normaliser.first} to ${normaliser.second}`;
    case 'between':
      return `the distance between the middles of ${normaliser.first.join(', ')} and ${normaliser.second.join(', ')}`;
    case 'box':
      return 'the side of a square as large as the box';
    case 'diagonal':
      return 'the diagonal of the box';
  }
}
