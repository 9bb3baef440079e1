/** `eval coco`: COCO's numbers of a results file. */
import {
  bootstrapAp,
  compareAp,
  prepareWeightedAp,
  type ApDifference,
  type ApInterval,
} from '../../shared/math/detection/bootstrapAp';
import type { Candidates } from '../../shared/math/detection/candidates';
import { COCO_THRESHOLDS } from '../../shared/math/detection/cocoMatching';
import { findCocoCandidates, summarizeCoco, type CocoSummary } from '../../shared/math/detection/cocoSummary';
import { COCO_SIGMAS } from '../../shared/math/detection/keypointSimilarity';
import type { DifficultObjects } from '../../shared/detection/cocoGroundTruth';
import { UserError } from '../../shared/errors';
import type { Detections, GroundTruth, IouType } from '../../shared/results/detections';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import { openCocoResults, openCocoTruth, type FileProblem } from './detectionFiles';
import { percent, printJson, printProblems, signedPercent } from './printing';

export interface CocoCommandOptions {
  readonly truth: string;
  readonly results: string;
  readonly iouType: IouType;
  readonly difficult: DifficultObjects;
  /** Results of a second detector on the same images. */
  readonly against: string | undefined;
  /** One a keypoint; default COCO's. */
  readonly sigmas?: readonly number[];
  /** Resamples of the interval of AP over images; 0 for none. */
  readonly resamples: number;
  readonly seed: number;
  readonly isJson: boolean;
}

export function evaluateCocoCommand(options: CocoCommandOptions, around: Surroundings): ExitCode {
  const { iouType } = options;
  const truth = openCocoTruth(options.truth, around.cwd, options);
  const open = (file: string): { candidates: Candidates; problems: readonly FileProblem[] } => {
    const { table, problems } = openCocoResults(file, around.cwd, { truth: truth.table, iouType });
    if (iouType === 'keypoints') checkKeypoints(truth.table, table, options.sigmas);
    return { candidates: findCocoCandidates(truth.table, table, options), problems };
  };
  const first = open(options.results);
  const second = options.against === undefined ? undefined : open(options.against);
  const summary = summarizeCoco(first.candidates);
  const against = second && {
    ...summarizeCoco(second.candidates),
    difference: compare(first.candidates, second.candidates, options),
  };
  const interval = drawInterval(first.candidates, options);
  const problems = [...truth.problems, ...first.problems, ...(second?.problems ?? [])];
  if (options.isJson) {
    const other = against && { ...toJson(against, truth.table), difference: against.difference };
    printJson({ ...toJson(summary, truth.table), interval, against: other, problems }, around);
    return EXIT.done;
  }
  printProblems(problems, around);
  printSummary(summary, truth.table, interval, around);
  if (against) printDifference(against.numbers.AP!, against.difference, around);
  return EXIT.done;
}

function drawInterval(candidates: Candidates, { resamples, seed }: CocoCommandOptions): ApInterval | undefined {
  return resamples === 0 ? undefined : bootstrapAp(prepareWeightedAp(candidates, COCO_THRESHOLDS), { seed, resamples });
}

function compare(first: Candidates, second: Candidates, { resamples, seed }: CocoCommandOptions): ApDifference {
  const [a, b] = [first, second].map((candidates) => prepareWeightedAp(candidates, COCO_THRESHOLDS));
  return compareAp(a!, b!, { seed, resamples });
}

function printDifference(
  ap: number,
  { difference, low, high, pValue, resamples }: ApDifference,
  around: Surroundings,
): void {
  const interval = `${signedPercent(low)} to ${signedPercent(high)}`;
  around.stdout.write(
    `\nsecond run AP ${percent(ap)}: ${signedPercent(difference)} (95 % ${interval} over ${resamples} draws of the images; p = ${pValue.toPrecision(2)})\n`,
  );
}

function checkKeypoints(truth: GroundTruth, results: Detections, sigmas: readonly number[] = COCO_SIGMAS): void {
  const [inTruth, inResults] = [truth.keypoints?.perObject ?? 0, results.keypoints?.perObject ?? 0];
  if (truth.count > 0 && inTruth !== sigmas.length) {
    throw new UserError(
      'config',
      `the ground truth has ${inTruth} keypoints an object and there are ${sigmas.length} sigmas; give one each with --sigmas`,
    );
  }
  if (truth.count > 0 && results.count > 0 && inResults !== inTruth) {
    throw new UserError(
      'config',
      `the results have ${inResults} keypoints a detection and the ground truth ${inTruth}; both must list the same ones`,
    );
  }
}

/** `stats` is pycocotools' array, with its -1 for "no such objects"; everything else has null there. */
function toJson({ iouType, numbers, perClass }: CocoSummary, { categories }: GroundTruth): Record<string, unknown> {
  return {
    iouType,
    stats: Object.values(numbers).map((value) => (Number.isNaN(value) ? -1 : value)),
    numbers,
    perClass: perClass.map(({ category, objects, detections, numbers: own }) => ({
      ...{ id: categories.ids[category], name: categories.names[category], objects, detections },
      numbers: own,
    })),
  };
}

const MEANINGS: Readonly<Record<string, string>> = {
  AP: 'mean of IoU 0.50 to 0.95',
  AP50: 'IoU 0.50',
  AP75: 'IoU 0.75',
  APsmall: 'area to 32²',
  APmedium: '32² to 96²',
  APlarge: 'from 96²',
  AR1: '1 detection an image',
  AR10: '10 detections an image',
  AR100: '100 detections an image',
  AR: '20 detections an image',
  AR50: 'IoU 0.50',
  AR75: 'IoU 0.75',
  ARsmall: 'area to 32²',
  ARmedium: '32² to 96²',
  ARlarge: 'from 96²',
};

function printSummary(
  { numbers, perClass }: CocoSummary,
  { categories }: GroundTruth,
  interval: ApInterval | undefined,
  around: Surroundings,
): void {
  const rows = Object.entries(numbers).map(([name, value]) => [name, percent(value), MEANINGS[name] ?? '']);
  around.stdout.write(`${formatTable(rows)}\n`);
  if (interval) {
    const range = `${percent(interval.low)} to ${percent(interval.high)}`;
    around.stdout.write(`AP over draws of the images (${interval.resamples}): ${range} at ${100 * interval.level} %\n`);
  }
  const classRows = perClass
    .filter(({ objects }) => objects > 0)
    .map(({ category, objects, numbers: own }) => [
      ...[categories.names[category]!, String(objects), percent(own.AP), percent(own.AP50), percent(own.AP75)],
    ]);
  if (classRows.length > 1)
    around.stdout.write(`\n${formatTable([['CLASS', 'OBJECTS', 'AP', 'AP50', 'AP75'], ...classRows])}\n`);
}
