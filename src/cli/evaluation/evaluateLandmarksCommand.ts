/** `eval landmarks`: normalised errors of predicted landmarks, from files of anybody. */
import { UserError } from '../../shared/errors';
import { boxAround, errorCurve, landmarkErrors, normaliserOf, summariseErrors } from '../../shared/math/landmarks';
import {
  chooseNormaliser,
  defaultNormaliser,
  schemeByCount,
  schemeByNames,
  type NormaliserChoice,
} from '../../shared/math/landmarkSchemes';
import type { LandmarkNormaliser, LandmarkScheme } from '../../shared/results/landmarks';
import type { LandmarkTable } from '../../shared/landmarks/landmarkTable';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import { readLandmarkPair } from './landmarkTables';
import { percent, printJson, printProblems } from './printing';

export interface LandmarksCommandOptions {
  readonly truth: string;
  readonly predictions: string;
  readonly normalise: NormaliserChoice | undefined;
  readonly threshold: number;
  readonly occluded: boolean;
  readonly layer?: string | undefined;
  readonly isJson: boolean;
}

/** Points of the error curve in JSON. */
const CURVE_POINTS = 100;

export function evaluateLandmarksCommand(options: LandmarksCommandOptions, around: Surroundings): ExitCode {
  const { truth, predicted, problems } = readLandmarkPair(options, around);
  if (truth.perExample !== predicted.perExample) {
    throw new UserError(
      'config',
      `${options.truth} has ${truth.perExample} landmarks in each picture and ${options.predictions} ${predicted.perExample}; give predictions of the same landmarks`,
    );
  }
  const scheme = truth.names ? schemeByNames(truth.names) : schemeByCount(truth.perExample);
  const normaliser = normaliserFor(options, scheme);
  const keys = [...truth.entries.keys()];
  if (!keys.some((key) => predicted.entries.has(key))) {
    const [theirs] = predicted.entries.keys();
    throw new UserError(
      'config',
      `${options.predictions} has none of the ${keys.length} pictures of ${options.truth} (the first is ${keys[0]} here and ${theirs ?? 'missing'} there); both files use the same names`,
    );
  }
  const columns = joinColumns({ truth, predicted, keys, scheme, normaliser });
  const errors = landmarkErrors({ ...columns, countsOccluded: options.occluded });
  const summary = summariseErrors(errors.perExample, options.threshold);
  printProblems(problems, around);
  const results = { keys, scheme, normaliser, errors, summary };
  if (options.isJson) printAsJson(results, options, around);
  else printTables(results, options, around);
  return EXIT.done;
}

function normaliserFor({ normalise, truth }: LandmarksCommandOptions, scheme: LandmarkScheme): LandmarkNormaliser {
  if (normalise === undefined) return defaultNormaliser(scheme);
  const chosen = chooseNormaliser(normalise, scheme);
  if (chosen) return chosen;
  const what = typeof normalise === 'string' ? normalise : normalise.join(',');
  const known = scheme.names.slice(0, 20).join(', ');
  throw new UserError(
    'config',
    `${truth} cannot be normalised by ${what}; its landmarks are ${known}; name two, or use box`,
  );
}

interface JoinInput {
  readonly truth: LandmarkTable;
  readonly predicted: LandmarkTable;
  readonly keys: readonly string[];
  readonly scheme: LandmarkScheme;
  readonly normaliser: LandmarkNormaliser;
}

/** Pictures without a prediction have NaN, which counts as a failure. */
function joinColumns({ truth, predicted, keys, scheme, normaliser }: JoinInput) {
  const { perExample } = truth;
  const [points, guesses] = [0, 1].map(() => new Float64Array(keys.length * perExample * 2).fill(NaN)) as [
    Float64Array,
    Float64Array,
  ];
  const visibility = new Uint8Array(keys.length * perExample);
  const normalisers = new Float64Array(keys.length);
  keys.forEach((key, i) => {
    const entry = truth.entries.get(key)!;
    points.set(Array.from(entry.points), 2 * perExample * i);
    visibility.set(Array.from(entry.visibility), perExample * i);
    guesses.set(Array.from(predicted.entries.get(key)?.points ?? []), 2 * perExample * i);
    const box = entry.box ?? boxAround(entry.points, entry.visibility);
    normalisers[i] = normaliserOf(normaliser, scheme, { points: entry.points, visibility: entry.visibility, box });
  });
  return {
    truth: { perExample, points, visibility },
    predicted: { perExample, points: guesses },
    normalisers,
  };
}

interface Results {
  readonly keys: readonly string[];
  readonly scheme: LandmarkScheme;
  readonly normaliser: LandmarkNormaliser;
  readonly errors: ReturnType<typeof landmarkErrors>;
  readonly summary: ReturnType<typeof summariseErrors>;
}

function printAsJson(
  { keys, scheme, normaliser, errors, summary }: Results,
  { threshold, occluded }: LandmarksCommandOptions,
  around: Surroundings,
): void {
  const curve = errorCurve(errors.perExample, { threshold, points: CURVE_POINTS });
  const perLandmark = Object.fromEntries(scheme.names.map((name, k) => [name, errors.perLandmark[k]!]));
  // JSON knows no infinity: the error of a missing prediction is null, as that of a picture that does not count.
  const perImage = Object.fromEntries(keys.map((key, i) => [key, errors.perExample[i]!]));
  printJson({ images: keys.length, normaliser, threshold, occluded, ...summary, perLandmark, perImage, curve }, around);
}

function printTables(
  { keys, scheme, errors, summary }: Results,
  { threshold }: LandmarksCommandOptions,
  around: Surroundings,
): void {
  const rows = scheme.names.map((name, k) => [name, percent(errors.perLandmark[k])]);
  around.stdout.write(`${formatTable([['LANDMARK', 'ERROR'], ...rows])}\n\n`);
  const figures = [
    ['mean normalised error', percent(summary.nme)],
    ['median', percent(summary.medianNme)],
    [`area under the error curve to ${threshold}`, percent(summary.auc)],
    [`failures above ${threshold}`, percent(summary.failureRate)],
    ['pictures counted', `${summary.examples} of ${keys.length}`],
    ...(summary.missing > 0 ? [['without a prediction (failures)', String(summary.missing)]] : []),
  ];
  around.stdout.write(`${formatTable(figures)}\n`);
}
