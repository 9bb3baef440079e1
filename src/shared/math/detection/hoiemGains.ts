/**
 * What follows from Hoiem's verdicts: how the kinds of false positives change as more are looked at (Girshick et al. 2014,
 * figure 5), and the AP gained when one kind is removed or corrected (Hoiem et al. 2012, figure 2).
 */
import type { Detections, GroundTruth } from '../../results/detections';
import { HOIEM_ERRORS, HOIEM_TYPES, UNCOUNTED, type HoiemError, type HoiemVerdicts } from './hoiem';
import { averagePrecision, type Interpolation } from './precisionRecall';

export interface HoiemGrowth {
  /** False positives looked at: 25, 50, 100, … and all. */
  readonly falsePositives: number;
  /** Sum 1. */
  readonly shares: Readonly<Record<HoiemError, number>>;
}

/** Kinds among the surest false positives of these classes together. */
export function growHoiem(verdicts: HoiemVerdicts, detections: Detections, classes: readonly number[]): HoiemGrowth[] {
  const wrong: number[] = [];
  for (const k of classes) {
    for (let place = verdicts.starts[k]!; place < verdicts.starts[k + 1]!; place++) {
      const detection = verdicts.order[place]!;
      if (verdicts.types[detection] !== UNCOUNTED && verdicts.types[detection] !== 0) wrong.push(detection);
    }
  }
  const sorted = wrong.sort((a, b) => detections.scores[b]! - detections.scores[a]! || a - b);
  const steps: HoiemGrowth[] = [];
  const counts = new Uint32Array(HOIEM_TYPES.length);
  let next = 25;
  sorted.forEach((detection, i) => {
    counts[verdicts.types[detection]!]!++;
    const seen = i + 1;
    if (seen !== next && seen !== sorted.length) return;
    if (seen === next) next *= 2;
    const shares = HOIEM_ERRORS.map((type) => [type, counts[HOIEM_TYPES.indexOf(type)]! / seen]);
    steps.push({ falsePositives: seen, shares: Object.fromEntries(shares) as Record<HoiemError, number> });
  });
  return steps;
}

export interface HoiemGains {
  /** Mean AP over classes with objects, as it is. */
  readonly ap: number;
  /** AP gained when all false positives of a kind go. */
  readonly removed: Readonly<Record<HoiemError, number>>;
  /**
   * AP gained when they are mended. Loc: the surest for each free object becomes right, others go. Sim and Oth: the same
   * in the class of the object. BG has nothing to become: as removed.
   */
  readonly corrected: Readonly<Record<HoiemError, number>>;
}

export function computeHoiemGains(
  truth: GroundTruth,
  detections: Detections,
  verdicts: HoiemVerdicts,
  interpolation: Interpolation = 'area',
): HoiemGains {
  const apWith = (error: HoiemError | undefined, isCorrected: boolean): number =>
    meanAp(listOutcomes(truth, detections, verdicts, { error, isCorrected }), verdicts.positives, interpolation);
  const ap = apWith(undefined, false);
  const gains = (isCorrected: boolean) =>
    Object.fromEntries(HOIEM_ERRORS.map((error) => [error, apWith(error, isCorrected) - ap])) as Record<
      HoiemError,
      number
    >;
  return { ap, removed: gains(false), corrected: gains(true) };
}

interface Outcome {
  readonly detection: number;
  readonly isHit: boolean;
}

interface Change {
  readonly error: HoiemError | undefined;
  readonly isCorrected: boolean;
}

/** [classes] outcomes in descending score after the change. */
function listOutcomes(
  truth: GroundTruth,
  detections: Detections,
  { order, starts, types, objects }: HoiemVerdicts,
  { error, isCorrected }: Change,
): Outcome[][] {
  const lists: Outcome[][] = Array.from({ length: starts.length - 1 }, () => []);
  const changed = error === undefined ? -1 : HOIEM_TYPES.indexOf(error);
  const taken = new Uint8Array(truth.count);
  const candidates: number[] = [];
  for (const detection of order) {
    const type = types[detection]!;
    if (type === UNCOUNTED) continue;
    if (type === 0) taken[objects[detection]!] = 1;
    if (type === changed) candidates.push(detection);
    else lists[detections.category[detection]!]!.push({ detection, isHit: type === 0 });
  }
  if (isCorrected && error !== 'bg') {
    const byScore = candidates.sort((a, b) => detections.scores[b]! - detections.scores[a]! || a - b);
    for (const detection of byScore) {
      const object = objects[detection]!;
      if (taken[object] === 1 || truth.isIgnored[object] === 1) continue;
      taken[object] = 1;
      lists[truth.category[object]!]!.push({ detection, isHit: true });
    }
  }
  // Stable: what was moved comes behind detections with equal scores.
  return lists.map((list) => list.sort((a, b) => detections.scores[b.detection]! - detections.scores[a.detection]!));
}

function meanAp(lists: readonly Outcome[][], positives: Uint32Array, interpolation: Interpolation): number {
  let [sum, count] = [0, 0];
  lists.forEach((list, k) => {
    if (positives[k] === 0) return;
    const hits: number[] = [];
    const precision: number[] = [];
    list.forEach(({ isHit }, i) => {
      if (!isHit) return;
      hits.push(hits.length + 1);
      precision.push(hits.length / (i + 1));
    });
    const curve = { count: hits.length, hits: Float64Array.from(hits), precision: Float64Array.from(precision) };
    sum += averagePrecision(curve, positives[k]!, interpolation);
    count++;
  });
  return count === 0 ? Number.NaN : sum / count;
}
