/** TIDE's budget of one run, or the difference of two, as tables or JSON. */
import { compareBudgets, type BudgetDifference, type MovedImage } from '../../shared/math/detection/budgetDifference';
import {
  BUDGET_PARTS,
  computeBudget,
  ERROR_TYPES,
  type BudgetPart,
  type ErrorBudget,
} from '../../shared/math/detection/errorBudget';
import { FATES, judgeTide, VERDICTS, type TideVerdicts } from '../../shared/math/detection/tide';
import { findTidePairs } from '../../shared/math/detection/tidePairs';
import type { Detections, GroundTruth } from '../../shared/results/detections';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import type { Diagnosed, DiagnoseOptions } from './diagnoseCommand';
import { percent, signedPercent } from './printing';

const NAMES: Readonly<Record<BudgetPart, string>> = {
  cls: 'class wrong',
  loc: 'badly placed',
  both: 'class wrong and badly placed',
  dupe: 'object found before',
  bkg: 'nothing there',
  miss: 'object missed',
  falsePositive: 'all false positives',
  falseNegative: 'all false negatives',
};

export function diagnoseTide(
  { truth, first, second, problems }: Diagnosed,
  options: DiagnoseOptions,
  around: Surroundings,
): void {
  const judge = (detections: Detections) => {
    const pairs = findTidePairs(truth, detections, options);
    const verdicts = judgeTide(pairs, options);
    return { pairs, verdicts, budget: computeBudget(pairs, verdicts) };
  };
  const one = judge(first);
  const two = second && judge(second);
  const difference = two && compareBudgets(one, two, options);
  if (options.isJson) {
    const { foreground, background, iouType } = options;
    const describe = ({ budget, verdicts }: typeof one, detections: Detections) => ({
      ...budget,
      detections: listVerdicts(verdicts, detections, truth),
      objects: listFates(verdicts, detections, truth),
    });
    around.stdout.write(
      `${JSON.stringify({
        ...{ method: 'tide', iouType, foreground, background },
        ...describe(one, first),
        ...(two && second && difference
          ? { against: describe(two, second), difference: describeDifference(difference, truth) }
          : {}),
        problems,
      })}\n`,
    );
    return;
  }
  printBudget(one.budget, around);
  if (difference) printDifference(difference, truth, around);
}

function printBudget({ ap, gains, counts }: ErrorBudget, around: Surroundings): void {
  around.stdout.write(`AP ${percent(ap)}; gained if only this were mended:\n`);
  const rows = BUDGET_PARTS.map((part) => {
    const isType = part !== 'falsePositive' && part !== 'falseNegative';
    return [part, percent(gains[part]), isType ? String(counts[part]) : '', NAMES[part]];
  });
  around.stdout.write(`${formatTable([['ERROR', 'AP', 'COUNT', ''], ...rows])}\n`);
}

const SHOWN_IMAGES = 10;

function printDifference(difference: BudgetDifference, truth: GroundTruth, around: Surroundings): void {
  const { ap, parts, level, resamples, moved } = difference;
  around.stdout.write(`\nsecond run minus first, ${100 * level} % intervals over ${resamples} draws of the images:\n`);
  const rows = [['AP', ap] as const, ...BUDGET_PARTS.map((part) => [part, parts[part]] as const)].map(
    ([name, part]) => [
      name,
      signedPercent(part.difference),
      `${signedPercent(part.low)} to ${signedPercent(part.high)}`,
    ],
  );
  around.stdout.write(`${formatTable([['PART', 'CHANGE', 'INTERVAL'], ...rows])}\n`);
  around.stdout.write(`\nimages that moved: ${moved.length} of ${truth.images.ids.length}\n`);
  const imageRows = moved.slice(0, SHOWN_IMAGES).map((image) => [
    truth.images.names[image.image]!,
    `+${image.gained.length} −${image.lost.length}`,
    ERROR_TYPES.filter((type) => image.errors[type] !== 0)
      .map((type) => `${type} ${image.errors[type] > 0 ? '+' : '−'}${Math.abs(image.errors[type])}`)
      .join(', '),
  ]);
  if (imageRows.length > 0) around.stdout.write(`${formatTable([['IMAGE', 'FOUND', 'ERRORS'], ...imageRows])}\n`);
}

/** Columns: place in the results file, verdict, annotation id it is about, overlap, place of the suppressor. */
function listVerdicts(
  { verdicts, isIgnored, objects, ious, suppressors }: TideVerdicts,
  { places }: Detections,
  { ids }: GroundTruth,
) {
  return {
    place: [...places],
    verdict: Array.from(verdicts, (verdict) => VERDICTS[verdict]),
    isIgnored: Array.from(isIgnored, (flag) => flag === 1),
    object: Array.from(objects, (object) => (object < 0 ? null : ids[object])),
    iou: [...ious],
    suppressor: Array.from(suppressors, (other) => (other < 0 ? null : places[other])),
  };
}

/** Columns: annotation id, fate, place of the detection that found it or would if mended. */
function listFates({ fates, finders }: TideVerdicts, { places }: Detections, { ids }: GroundTruth) {
  return {
    id: [...ids],
    fate: Array.from(fates, (fate) => FATES[fate]),
    detection: Array.from(finders, (finder) => (finder < 0 ? null : places[finder])),
  };
}

function describeDifference(difference: BudgetDifference, truth: GroundTruth) {
  const describe = ({ image, errors, gained, lost }: MovedImage) => ({
    ...{ id: truth.images.ids[image], name: truth.images.names[image], errors },
    gained: gained.map((object) => truth.ids[object]),
    lost: lost.map((object) => truth.ids[object]),
  });
  return { ...difference, fateNames: FATES, moved: difference.moved.map(describe) };
}
