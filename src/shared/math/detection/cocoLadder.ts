/**
 * COCO's analysis of errors (cocodataset.org, "Detection evaluation", section 5): AP as one kind of error after the other is
 * forgiven, so that the steps from one number to the next say what each kind costs. C75 and C50: AP at overlaps of 0.75 and 0.50;
 * Loc: at 0.10, badly placed boxes forgiven; Sim and Oth: detections on objects of similar, then of any other class forgiven
 * (these objects are given the class in question and are ignored); BG: detections of nothing forgiven; FN: missed objects, too.
 */
import type { Detections, GroundTruth } from '../../results/detections';
import { selectObjects } from '../../detection/selectRows';
import { findCocoCandidates } from './cocoSummary';
import { matchCoco, type AreaRange } from './cocoMatching';
import { averagePrecision, CurveTable, interpolatedPrecision } from './precisionRecall';
import { findSimilar } from './similarCategories';

export const LADDER_STEPS = ['c75', 'c50', 'loc', 'sim', 'oth', 'bg', 'fn'] as const;
export type LadderStep = (typeof LADDER_STEPS)[number];
export type Ladder = Readonly<Record<LadderStep, number>>;

export interface LadderOptions {
  readonly iouType: 'bbox' | 'segm';
  readonly area: AreaRange;
  /** Overlap of C50; default 0.5. C75 lies halfway from it to 1. */
  readonly foreground?: number;
  /** Overlap of Loc and of all that follows; default 0.1. */
  readonly background?: number;
}

/** pycocotools adds np.spacing(1) to precision's denominator. */
const EPSILON = 2.220446049250313e-16;

/** [classes] the ladder of each class in 0..1, never falling up to Loc; undefined for classes without objects of that size. */
export function climbLadder(
  truth: GroundTruth,
  detections: Detections,
  options: LadderOptions,
): readonly (Ladder | undefined)[] {
  const similar = findSimilar(truth.categories);
  const { foreground = 0.5, background = 0.1 } = options;
  return truth.categories.ids.map((_, k) => {
    const found = detectionsOf(detections, k);
    const curvesOf = (others: (category: number) => boolean, thresholds: readonly number[]) =>
      curves({ truth: objectsAs(truth, k, others), found, thresholds, options });
    const own = curvesOf(() => false, [background, foreground, (1 + foreground) / 2]);
    if (!own) return undefined;
    const [loc, c50, c75] = own.map(({ ap }) => ap) as [number, number, number];
    const sim = curvesOf((category) => similar[k]!.has(category), [background])![0]!;
    const oth = curvesOf(() => true, [background])![0]!;
    return { c75, c50, loc, sim: sim.ap, oth: oth.ap, bg: oth.reached, fn: 1 };
  });
}

/** Mean over the classes of `among` that have one; undefined where none has. */
export function meanLadder(
  ladders: readonly (Ladder | undefined)[],
  among: ReadonlySet<number> | undefined,
): Ladder | undefined {
  const counted = ladders.flatMap((ladder, k) => (ladder && (!among || among.has(k)) ? [ladder] : []));
  if (counted.length === 0) return undefined;
  const meanOf = (step: LadderStep) => counted.reduce((sum, ladder) => sum + ladder[step], 0) / counted.length;
  return Object.fromEntries(LADDER_STEPS.map((step) => [step, meanOf(step)])) as Ladder;
}

interface Curve {
  readonly ap: number;
  /** Share of COCO's recalls that are reached at all: AP if every detection of nothing were gone. */
  readonly reached: number;
}

/** One for each threshold; undefined without objects that count. */
function curves(parts: {
  readonly truth: GroundTruth;
  readonly found: Detections;
  readonly thresholds: readonly number[];
  readonly options: LadderOptions;
}): Curve[] | undefined {
  const { truth, found, thresholds, options } = parts;
  const candidates = findCocoCandidates(truth, found, { iouType: options.iouType, floor: thresholds[0]! });
  const matching = matchCoco(candidates, thresholds, options.area);
  const positives = matching.positives[0]!;
  if (positives === 0) return undefined;
  const table = new CurveTable(thresholds.length);
  table.fill({ start: 0, end: candidates.order.length }, { ...matching, epsilon: EPSILON });
  return thresholds.map((_, t) => {
    const best = interpolatedPrecision(table.curve(t), positives);
    return {
      ap: averagePrecision(table.curve(t), positives, 'coco'),
      reached: best.filter((value) => value > 0).length / best.length,
    };
  });
}

/** The objects of a class as the only class, with those of `others` beside them, ignored. */
function objectsAs(truth: GroundTruth, category: number, others: (category: number) => boolean): GroundTruth {
  const rows = [...truth.category.keys()].filter((i) => {
    const kind = truth.category[i]!;
    return kind === category || others(kind);
  });
  const kept = selectObjects(truth, Int32Array.from(rows));
  const isOther = (i: number) => kept.category[i] !== category;
  return {
    ...kept,
    categories: onlyClass(truth, category),
    isIgnored: kept.isIgnored.map((flag, i) => (isOther(i) ? 1 : flag)),
    category: new Int32Array(kept.count),
  };
}

function onlyClass({ categories: { ids, names, groups } }: GroundTruth, k: number): GroundTruth['categories'] {
  return { ids: [ids[k]!], names: [names[k]!], groups: [groups[k]!] };
}

function detectionsOf(all: Detections, category: number): Detections {
  const rows = Int32Array.from([...all.category.keys()].filter((i) => all.category[i] === category));
  const flags = new Uint8Array(all.count);
  const columns = { ...all, ids: new Float64Array(all.count), isCrowd: flags, isIgnored: flags };
  const kept = selectObjects(columns, rows);
  return {
    ...kept,
    scores: Float64Array.from(rows, (row) => all.scores[row]!),
    places: Uint32Array.from(rows, (row) => all.places[row]!),
    category: new Int32Array(rows.length),
  };
}
