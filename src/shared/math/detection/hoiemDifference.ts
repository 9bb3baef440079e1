/** Difference of two runs' shares of Hoiem's types, with intervals over images. */
import type { Detections, GroundTruth } from '../../results/detections';
import { drawReplicates, percentiles } from './bootstrapAp';
import type { DifferenceOptions, PartDifference } from './budgetDifference';
import { HOIEM_TYPES, UNCOUNTED, type HoiemType, type HoiemVerdicts } from './hoiem';

export interface HoiemRun {
  readonly detections: Detections;
  readonly verdicts: HoiemVerdicts;
  /** Classes over which is averaged; default all. */
  readonly among?: ReadonlySet<number>;
}

/**
 * [types] mean over classes of the shares among the N surest, image i counting weights[i] times (N counts its objects as
 * often). Classes without objects, or where nothing counts, and those not in `among`, are left out; NaN when all are.
 */
export function weighShares(
  truth: GroundTruth,
  { detections, verdicts, among }: HoiemRun,
  weights: ArrayLike<number>,
): Float64Array {
  const { order, starts, types } = verdicts;
  const objects = new Float64Array(starts.length - 1);
  for (let j = 0; j < truth.count; j++)
    if (truth.isIgnored[j] === 0) objects[truth.category[j]!]! += weights[truth.image[j]!]!;
  const sums = new Float64Array(HOIEM_TYPES.length);
  const counts = new Float64Array(HOIEM_TYPES.length);
  let classes = 0;
  for (let k = 0; k + 1 < starts.length; k++) {
    if (among && !among.has(k)) continue;
    counts.fill(0);
    let [rest, counted] = [objects[k]!, 0];
    for (let place = starts[k]!; place < starts[k + 1]! && rest > 0; place++) {
      const detection = order[place]!;
      // The last image may be drawn more often than there is room for.
      const weight = Math.min(rest, weights[detections.image[detection]!]!);
      rest -= weight;
      const type = types[detection]!;
      if (type === UNCOUNTED) continue;
      counts[type]! += weight;
      counted += weight;
    }
    if (counted === 0) continue;
    classes++;
    for (let i = 0; i < sums.length; i++) sums[i]! += counts[i]! / counted;
  }
  return sums.map((sum) => sum / classes);
}

/** Second run's shares minus the first's, each with its percentile interval. */
export function compareShares(
  truth: GroundTruth,
  [first, second]: readonly [HoiemRun, HoiemRun],
  { seed, resamples = 1000, level = 0.95 }: Omit<DifferenceOptions, 'classes'>,
): Readonly<Record<HoiemType, PartDifference>> {
  const differ = (weights: ArrayLike<number>): Float64Array => {
    const before = weighShares(truth, first, weights);
    return weighShares(truth, second, weights).map((share, i) => share - before[i]!);
  };
  const values: number[][] = HOIEM_TYPES.map(() => []);
  drawReplicates(truth.images.ids.length, { seed, resamples }, (weights) => {
    const replicate = differ(weights);
    replicate.forEach((value, i) => void (Number.isNaN(value) || values[i]!.push(value)));
    return 0;
  });
  const whole = differ(new Uint8Array(truth.images.ids.length).fill(1));
  const rows = HOIEM_TYPES.map((type, i) => [
    type,
    { difference: whole[i]!, ...percentiles(Float64Array.from(values[i]!).sort(), level) },
  ]);
  return Object.fromEntries(rows) as Record<HoiemType, PartDifference>;
}
