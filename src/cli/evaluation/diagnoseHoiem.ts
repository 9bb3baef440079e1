/** Hoiem's types of one run, or the difference of two, as tables or JSON. */
import {
  HOIEM_ERRORS,
  HOIEM_TYPES,
  judgeHoiem,
  meanShares,
  shareHoiem,
  UNCOUNTED,
  type HoiemShares,
  type HoiemVerdicts,
} from '../../shared/math/detection/hoiem';
import { compareShares } from '../../shared/math/detection/hoiemDifference';
import { computeHoiemGains, growHoiem } from '../../shared/math/detection/hoiemGains';
import { groupCategories } from '../../shared/math/detection/similarCategories';
import type { Detections, GroundTruth } from '../../shared/results/detections';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import type { Diagnosed, DiagnoseOptions } from './diagnoseCommand';
import { percent, signedPercent } from './printing';

export function diagnoseHoiem(
  { truth, first, second, problems }: Diagnosed,
  options: DiagnoseOptions,
  around: Surroundings,
): void {
  const judge = (detections: Detections) => {
    const verdicts = judgeHoiem(truth, detections, options);
    const perClass = shareHoiem(verdicts);
    const growth = [...groupCategories(truth.categories)].map(([group, classes]) => ({
      group,
      steps: growHoiem(verdicts, detections, classes),
    }));
    return { detections, verdicts, perClass, growth, gains: computeHoiemGains(truth, detections, verdicts) };
  };
  const one = judge(first);
  const two = second && judge(second);
  const difference = two && compareShares(truth, [one, two], options);
  if (options.isJson) {
    const { foreground, background } = options;
    const describe = ({ detections, verdicts, perClass, growth, gains }: typeof one) => ({
      shares: meanShares(perClass),
      perClass: perClass.map(({ category, ...row }) => ({ name: truth.categories.names[category], ...row })),
      ...{ growth, gains, detections: listVerdicts(verdicts, detections, truth) },
    });
    const against = two && { against: describe(two), difference };
    around.stdout.write(
      `${JSON.stringify({ method: 'hoiem', foreground, background, ...describe(one), ...against, problems })}\n`,
    );
    return;
  }
  printShares(one.perClass, truth, around);
  printGains(one.gains, around);
  if (!difference) return;
  around.stdout.write(`\nsecond run minus first, 95 % intervals over ${options.resamples} draws of the images:\n`);
  const rows = HOIEM_TYPES.map((type) => {
    const { difference: change, low, high } = difference[type];
    return [type, signedPercent(change), `${signedPercent(low)} to ${signedPercent(high)}`];
  });
  around.stdout.write(`${formatTable([['TYPE', 'CHANGE', 'INTERVAL'], ...rows])}\n`);
}

function printShares(rows: readonly HoiemShares[], truth: GroundTruth, around: Surroundings): void {
  const mean = meanShares(rows);
  const head = ['CLASS', 'OBJECTS', ...HOIEM_TYPES.map((type) => type.toUpperCase())];
  const body = rows.map(({ category, objects, shares }) => [
    ...[truth.categories.names[category]!, String(objects)],
    ...HOIEM_TYPES.map((type) => percent(shares[type])),
  ]);
  const last = ['mean', '', ...HOIEM_TYPES.map((type) => percent(mean[type]))];
  around.stdout.write(`share of each type among the N surest detections of a class with N objects, in %:\n`);
  around.stdout.write(`${formatTable([head, ...body, last])}\n`);
}

function printGains({ ap, removed, corrected }: ReturnType<typeof computeHoiemGains>, around: Surroundings): void {
  const rows = HOIEM_ERRORS.map((type) => [type, signedPercent(removed[type]), signedPercent(corrected[type])]);
  around.stdout.write(`\nAP (VOC, area) ${percent(ap)}; gained if only this were removed, or corrected:\n`);
  around.stdout.write(`${formatTable([['ERROR', 'REMOVED', 'CORRECTED'], ...rows])}\n`);
}

/** Columns: place in the results file, type (null where not counted), annotation id it is about, overlap. */
function listVerdicts({ types, objects, ious }: HoiemVerdicts, { places }: Detections, { ids }: GroundTruth) {
  return {
    place: [...places],
    verdict: Array.from(types, (type) => (type === UNCOUNTED ? null : HOIEM_TYPES[type])),
    object: Array.from(objects, (object) => (object < 0 ? null : ids[object])),
    iou: [...ious],
  };
}
