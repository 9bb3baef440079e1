/**
 * All figures of the Detections panel for one run where its sliders stand. Overlaps are found once (`prepareRun`); moving
 * a threshold walks over the pairs that are there.
 */
import { computeCalibration, rankScores, type Calibration, type RankedScores } from '../../math/detection/calibration';
import type { Candidates } from '../../math/detection/candidates';
import { COCO_AREAS, COCO_THRESHOLDS, matchCoco } from '../../math/detection/cocoMatching';
import { compactMatching, type CompactMatching } from '../../math/detection/compactMatching';
import { findCocoCandidates } from '../../math/detection/cocoSummary';
import { computeBudget, type ErrorBudget } from '../../math/detection/errorBudget';
import {
  HOIEM_TYPES,
  judgeHoiem,
  meanShares,
  shareHoiem,
  UNCOUNTED,
  type HoiemType,
  type HoiemVerdicts,
} from '../../math/detection/hoiem';
import { findEnd } from '../../math/detection/movedThreshold';
import { averagePrecision, CurveTable, interpolatedPrecision } from '../../math/detection/precisionRecall';
import { FATE, judgeTide, VERDICT, type TideVerdicts } from '../../math/detection/tide';
import { findTidePairs, type TidePairs } from '../../math/detection/tidePairs';
import type { Detections, GroundTruth } from '../../results/detections';

export interface PreparedRun {
  readonly truth: GroundTruth;
  readonly detections: Detections;
  readonly pairs: TidePairs;
  readonly candidates: Candidates;
  readonly scores: RankedScores;
  /** At COCO's ten thresholds. */
  readonly strict: CompactMatching;
}

export interface Thresholds {
  readonly minScore: number;
  readonly iou: number;
}

/** One class at the thresholds. */
export interface ClassFigures {
  /** Index into the categories. */
  readonly category: number;
  readonly objects: number;
  /** Detections above the score. */
  readonly detections: number;
  /** At the chosen overlap and over COCO's ten, 0..1; NaN without objects. */
  readonly ap: number;
  readonly cocoAp: number;
  readonly precision: number;
  readonly recall: number;
}

/** An object of class `truth` answered by a detection of class `found`; index `classes` is the background. */
export interface ConfusionCell {
  readonly truth: number;
  readonly found: number;
  readonly count: number;
}

export interface RunFigures {
  /** Mean over classes with objects, at the chosen overlap and over COCO's ten. */
  readonly ap: number;
  readonly cocoAp: number;
  /** Of all detections above the score, all classes together. */
  readonly precision: number;
  readonly recall: number;
  readonly classes: readonly ClassFigures[];
  /** [101] mean over classes of the best precision at recall 0, 0.01, …, 1. */
  readonly curve: Float64Array;
  readonly calibration: Calibration;
  readonly confusion: readonly ConfusionCell[];
  readonly verdicts: TideVerdicts;
  /** [detections] index into HOIEM_TYPES or UNCOUNTED; within rank N of their class only, the others UNCOUNTED. */
  readonly hoiem?: HoiemFigures;
}

export interface HoiemFigures {
  readonly types: Uint8Array;
  readonly objects: Int32Array;
  readonly shares: Readonly<Record<HoiemType, number>>;
  readonly counts: Readonly<Record<HoiemType, number>>;
}

export type PanelIouType = 'bbox' | 'segm';

/** Masks are compared where both files have them. */
export function chooseIouType(truth: GroundTruth, detections: Detections): PanelIouType {
  return truth.masks && detections.masks ? 'segm' : 'bbox';
}

export function prepareRun(truth: GroundTruth, detections: Detections, iouType: PanelIouType): PreparedRun {
  const candidates = findCocoCandidates(truth, detections, { iouType });
  return {
    truth,
    detections,
    candidates,
    pairs: findTidePairs(truth, detections, { iouType }),
    scores: rankScores(candidates),
    strict: compactMatching(matchCoco(candidates, COCO_THRESHOLDS, COCO_AREAS[0]!), candidates.starts),
  };
}

/** `category`: whose curves are drawn; default the mean over all. */
export function figureRun(
  run: PreparedRun,
  thresholds: Thresholds,
  options: { readonly category?: number; readonly withHoiem?: boolean } = {},
): RunFigures {
  const { truth } = run;
  const { minScore, iou } = thresholds;
  const matching = matchAt(run, iou);
  const verdicts = judgeTide(run.pairs, { foreground: iou, background: Math.min(0.1, iou), minScore });
  const { classes, curve, counted } = figureClasses(run, matching, thresholds, options.category);
  const chosen = options.category === undefined ? classes : classes.filter((one) => one.category === options.category);
  return {
    ap: meanOf(chosen.map(({ ap }) => ap)),
    cocoAp: meanOf(chosen.map(({ cocoAp }) => cocoAp)),
    precision: counted.right / counted.all,
    recall: counted.right / counted.objects,
    classes,
    curve,
    calibration: calibrate(run.scores, matching, options.category),
    confusion: crossClasses(truth, run.detections, verdicts),
    verdicts,
    ...(options.withHoiem && { hoiem: figureHoiem(run, thresholds) }),
  };
}

const matchings = new WeakMap<PreparedRun, CompactMatching>();

/** Matching does not depend on the score: the last one serves while only that slider moves. */
function matchAt(run: PreparedRun, iou: number): CompactMatching {
  const known = matchings.get(run);
  if (known?.thresholds[0] === iou) return known;
  const matching = compactMatching(matchCoco(run.candidates, [iou], COCO_AREAS[0]!), run.candidates.starts);
  matchings.set(run, matching);
  return matching;
}

const calibrations = new WeakMap<CompactMatching, Map<number | undefined, Calibration>>();

/** Of all scores, so that it too stays while only that slider moves. */
function calibrate(scores: RankedScores, matching: CompactMatching, category: number | undefined): Calibration {
  const known = calibrations.get(matching) ?? new Map<number | undefined, Calibration>();
  calibrations.set(matching, known);
  const calibration = known.get(category) ?? computeCalibration(scores, matching, { category });
  known.set(category, calibration);
  return calibration;
}

/** The costly part, apart so that the rest is on screen before. */
export function budgetOf(run: PreparedRun, verdicts: TideVerdicts): ErrorBudget {
  return computeBudget(run.pairs, verdicts);
}

function figureClasses(
  { candidates, strict, truth }: PreparedRun,
  matching: CompactMatching,
  { minScore }: Thresholds,
  only: number | undefined,
): { classes: ClassFigures[]; curve: Float64Array; counted: Counted } {
  const one = new CurveTable(1);
  const ten = new CurveTable(strict.thresholds.length);
  const curve = new Float64Array(101);
  const total = { right: 0, all: 0, objects: 0 };
  let drawn = 0;
  const classes = truth.categories.ids.map((_, category): ClassFigures => {
    const range = { start: candidates.starts[category]!, end: findEnd(candidates, category, minScore) };
    const objects = matching.positives[category]!;
    one.fillCompact({ ...range, k: category }, matching);
    ten.fillCompact({ ...range, k: category }, strict);
    if (objects > 0 && (only === undefined || only === category)) {
      interpolatedPrecision(one.curve(0), objects).forEach((value, i) => (curve[i]! += value));
      drawn++;
    }
    const hits = one.hitsAt(0);
    const counted = range.end - range.start - countIgnored(matching, category, range.end);
    if (only === undefined || only === category) addTo(total, { right: hits, all: counted, objects });
    const aps = strict.thresholds.map((_, t) => averagePrecision(ten.curve(t), strict.positives[category]!, 'coco'));
    return {
      category,
      objects,
      detections: range.end - range.start,
      ap: averagePrecision(one.curve(0), objects, 'coco'),
      cocoAp: meanOf(aps),
      precision: hits / counted,
      recall: objects === 0 ? Number.NaN : hits / objects,
    };
  });
  return { classes, curve: curve.map((sum) => sum / drawn), counted: total };
}

/** Detections that are right, that count at all, and objects. */
interface Counted {
  right: number;
  all: number;
  objects: number;
}

function addTo(total: Counted, { right, all, objects }: Counted): void {
  total.right += right;
  total.all += all;
  total.objects += objects;
}

/** Ignored detections of class k before place `end`. */
function countIgnored({ starts, places, ignored }: CompactMatching, k: number, end: number): number {
  let count = 0;
  for (let i = starts[k]!; i < starts[k + 1]! && places[i]! < end; i++) if (ignored[i] !== 0) count++;
  return count;
}

/** Counted objects and detections, each once: found, taken for another class, missed; nothing there. */
function crossClasses(truth: GroundTruth, detections: Detections, verdicts: TideVerdicts): ConfusionCell[] {
  const classes = truth.categories.ids.length;
  const side = classes + 1;
  const counts = new Uint32Array(side * side);
  const { objects, isIgnored, verdicts: codes } = verdicts;
  const { correct, cls, unjudged } = VERDICT;
  for (let i = 0; i < codes.length; i++) {
    const verdict = codes[i]!;
    const hasObject = verdict === correct || verdict === cls;
    if (verdict === unjudged || (!hasObject && isIgnored[i] === 1)) continue;
    const row = hasObject ? truth.category[objects[i]!]! : classes;
    counts[row * side + detections.category[i]!]!++;
  }
  for (let j = 0; j < truth.count; j++) if (isLeftOut(j, verdicts)) counts[truth.category[j]! * side + classes]!++;
  const cells: ConfusionCell[] = [];
  counts.forEach((count, key) => {
    if (count > 0) cells.push({ truth: Math.floor(key / side), found: key % side, count });
  });
  return cells;
}

/** The cell that a detection stands in; undefined for those that are not judged or inside ignored regions. */
export function cellOf(
  detection: number,
  truth: GroundTruth,
  detections: Detections,
  { verdicts, objects, isIgnored }: TideVerdicts,
): { readonly truth: number; readonly found: number } | undefined {
  const verdict = verdicts[detection]!;
  const found = detections.category[detection]!;
  if (verdict === VERDICT.correct || verdict === VERDICT.cls)
    return { truth: truth.category[objects[detection]!]!, found };
  if (verdict === VERDICT.unjudged || isIgnored[detection] === 1) return undefined;
  return { truth: truth.categories.ids.length, found };
}

/** An object that no detection found, nor took for another class. */
export function isLeftOut(object: number, { fates }: Pick<TideVerdicts, 'fates'>): boolean {
  return fates[object] === FATE.missed || fates[object] === FATE.loc;
}

/** Hoiem's verdicts; detections below the score are not counted. */
export function judgeAbove(truth: GroundTruth, detections: Detections, { iou, minScore }: Thresholds): HoiemVerdicts {
  const judged = judgeHoiem(truth, detections, { foreground: iou, background: Math.min(0.1, iou) });
  const types = judged.types.map((type, i) => (detections.scores[i]! >= minScore ? type : UNCOUNTED));
  return { ...judged, types };
}

function figureHoiem({ truth, detections }: PreparedRun, thresholds: Thresholds): HoiemFigures {
  const judged = judgeAbove(truth, detections, thresholds);
  const { order, starts, positives } = judged;
  const types = new Uint8Array(detections.count).fill(UNCOUNTED);
  const counts = HOIEM_TYPES.map(() => 0);
  for (let k = 0; k + 1 < starts.length; k++) {
    const end = Math.min(starts[k + 1]!, starts[k]! + positives[k]!);
    for (let place = starts[k]!; place < end; place++) {
      const detection = order[place]!;
      const type = judged.types[detection]!;
      types[detection] = type;
      if (type < counts.length) counts[type]!++;
    }
  }
  const byName = (values: readonly number[]) =>
    Object.fromEntries(HOIEM_TYPES.map((type, i) => [type, values[i]!])) as Record<HoiemType, number>;
  return { types, objects: judged.objects, counts: byName(counts), shares: meanShares(shareHoiem(judged)) };
}

function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
}
