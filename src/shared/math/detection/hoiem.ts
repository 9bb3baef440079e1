/**
 * Hoiem's diagnosis of detectors (Hoiem, Chodpathumwan, Dai 2012, ECCV): what the detections of a class are that rank
 * within its number of objects, N. In descending score: Cor (overlap ≥ 0.5 with an object of the class that is free),
 * Loc (overlap ≥ 0.1 with one, or the object is taken), Sim and Oth (overlap ≥ 0.1 with an object of a similar or another
 * class), BG. A detection whose best object is difficult (or that is inside a crowd) is not counted.
 */
import type { Detections, GroundTruth } from '../../results/detections';
import { boxIou } from './boxes';
import { bucketSort, orderByClassAndScore } from './detectionOrder';
import { findSimilar } from './similarCategories';

export const HOIEM_TYPES = ['cor', 'loc', 'sim', 'oth', 'bg'] as const;
export type HoiemType = (typeof HOIEM_TYPES)[number];
/** What is wrong; `cor` is not. */
export type HoiemError = Exclude<HoiemType, 'cor'>;
export const HOIEM_ERRORS: readonly HoiemError[] = ['loc', 'sim', 'oth', 'bg'];
/** Code of a detection that is not counted. */
export const UNCOUNTED = 255;

export interface HoiemThresholds {
  /** Overlap of a correct detection; default 0.5. */
  readonly foreground?: number;
  /** Overlap from which it is about an object at all; default 0.1. */
  readonly background?: number;
}

/** Every detection's verdict, also of those beyond rank N (gains and growth need them). */
export interface HoiemVerdicts {
  /** Detections class by class in descending score, ties in the order of the file. */
  readonly order: Uint32Array;
  /** [classes + 1] into `order`. */
  readonly starts: Uint32Array;
  /** [detections] index into HOIEM_TYPES, or UNCOUNTED. */
  readonly types: Uint8Array;
  /** [detections] the object that the verdict is about; -1 for none. */
  readonly objects: Int32Array;
  /** [detections] overlap with it. */
  readonly ious: Float64Array;
  /** [classes] N: objects that are not difficult. */
  readonly positives: Uint32Array;
}

const code = (type: HoiemType): number => HOIEM_TYPES.indexOf(type);

export function judgeHoiem(
  truth: GroundTruth,
  detections: Detections,
  thresholds: HoiemThresholds = {},
): HoiemVerdicts {
  const classes = truth.categories.ids.length;
  const { order, starts } = orderByClassAndScore(detections, classes);
  const byImage = bucketSort(Uint32Array.from(truth.ids.keys()), (j) => truth.image[j]!, truth.images.ids.length);
  const types = new Uint8Array(detections.count);
  const objects = new Int32Array(detections.count).fill(-1);
  const ious = new Float64Array(detections.count);
  const judge = new Judge(truth, detections, { foreground: 0.5, background: 0.1, ...thresholds });
  for (const detection of order) {
    const image = detections.image[detection]!;
    const verdict = judge.decide(detection, byImage.order.subarray(byImage.starts[image], byImage.starts[image + 1]));
    types[detection] = verdict.type;
    objects[detection] = verdict.object;
    ious[detection] = verdict.iou;
  }
  const positives = new Uint32Array(classes);
  for (let j = 0; j < truth.count; j++) if (truth.isIgnored[j] === 0) positives[truth.category[j]!]!++;
  return { order, starts, types, objects, ious, positives };
}

interface Decision {
  readonly type: number;
  readonly object: number;
  readonly iou: number;
}

/** An overlap and the first object that has it. */
interface Best {
  object: number;
  iou: number;
}

class Judge {
  private readonly taken: Uint8Array;
  private readonly similar: readonly ReadonlySet<number>[];

  constructor(
    private readonly truth: GroundTruth,
    private readonly detections: Detections,
    private readonly limits: Required<HoiemThresholds>,
  ) {
    this.taken = new Uint8Array(truth.count);
    this.similar = findSimilar(truth.categories);
  }

  decide(detection: number, here: Uint32Array): Decision {
    const { truth, limits } = this;
    const category = this.detections.category[detection]!;
    const bests = { own: none(), free: none(), similar: none(), other: none() };
    for (const object of here) {
      const isCrowd = truth.isCrowd[object] === 1;
      const iou = boxIou(this.detections.boxes, detection, truth.boxes, object, isCrowd);
      const kind = truth.category[object]!;
      // Crowds excuse their own class; being inside one is no confusion with it.
      if (isCrowd && (kind !== category || iou < limits.foreground)) continue;
      if (kind === category) {
        improve(bests.own, object, iou);
        if (truth.isIgnored[object] === 0 && this.taken[object] === 0) improve(bests.free, object, iou);
      } else improve(this.similar[category]!.has(kind) ? bests.similar : bests.other, object, iou);
    }
    return this.conclude(bests);
  }

  private conclude({
    own,
    free,
    similar,
    other,
  }: Readonly<Record<'own' | 'free' | 'similar' | 'other', Best>>): Decision {
    const { foreground, background } = this.limits;
    if (own.iou >= foreground && this.truth.isIgnored[own.object] === 1) return { ...own, type: UNCOUNTED };
    if (free.iou >= foreground) {
      this.taken[free.object] = 1;
      return { ...free, type: code('cor') };
    }
    if (own.iou >= background) return { ...own, type: code('loc') };
    if (similar.iou >= background) return { ...similar, type: code('sim') };
    if (other.iou >= background) return { ...other, type: code('oth') };
    return { ...none(), type: code('bg') };
  }
}

function none(): Best {
  return { object: -1, iou: 0 };
}

function improve(best: Best, object: number, iou: number): void {
  if (iou <= best.iou) return;
  best.object = object;
  best.iou = iou;
}

/** Shares of each type among the N surest detections of a class. */
export interface HoiemShares {
  /** Index into the categories. */
  readonly category: number;
  /** N. */
  readonly objects: number;
  /** Of the N surest, those that count. */
  readonly counted: number;
  /** Sum 1; all NaN when nothing counts. */
  readonly shares: Readonly<Record<HoiemType, number>>;
}

/** Shares of every class with objects. */
export function shareHoiem({ order, starts, types, positives }: HoiemVerdicts): HoiemShares[] {
  const rows: HoiemShares[] = [];
  for (let k = 0; k + 1 < starts.length; k++) {
    const objects = positives[k]!;
    if (objects === 0) continue;
    const counts = new Uint32Array(HOIEM_TYPES.length);
    let counted = 0;
    for (let place = starts[k]!; place < Math.min(starts[k + 1]!, starts[k]! + objects); place++) {
      const type = types[order[place]!]!;
      if (type === UNCOUNTED) continue;
      counts[type]!++;
      counted++;
    }
    const shares = Object.fromEntries(HOIEM_TYPES.map((type, i) => [type, counts[i]! / counted]));
    rows.push({ category: k, objects, counted, shares: shares as Record<HoiemType, number> });
  }
  return rows;
}

/** Mean of the classes' shares (the pie of Redmon et al. 2016, figure 4); classes where nothing counts are left out. */
export function meanShares(rows: readonly HoiemShares[]): Readonly<Record<HoiemType, number>> {
  const counted = rows.filter((row) => row.counted > 0);
  const meanOf = (type: HoiemType): number => counted.reduce((sum, row) => sum + row.shares[type], 0) / counted.length;
  return Object.fromEntries(HOIEM_TYPES.map((type) => [type, meanOf(type)])) as Record<HoiemType, number>;
}
