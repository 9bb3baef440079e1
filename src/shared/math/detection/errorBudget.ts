/**
 * What each kind of error costs: the AP gained when errors of that kind alone are mended (Bolya et al. 2020, section 2.3).
 * Same numbers as tidecv 1.0.1 except where that is wrong: classes without objects are left out of the mean here.
 */
import { createEntries, meanApOf, OUTCOME, restrictTo, type ApEntries, type Positives } from './apEntries';
import { FATE, VERDICT, VERDICTS, type TideVerdicts } from './tide';
import type { TidePairs } from './tidePairs';

/** TIDE's six types, in its order. */
export const ERROR_TYPES = ['cls', 'loc', 'both', 'dupe', 'bkg', 'miss'] as const;
export type ErrorType = (typeof ERROR_TYPES)[number];

/** The six, and the two that sum them up: all false positives last, all false negatives found. */
export const BUDGET_PARTS = [...ERROR_TYPES, 'falsePositive', 'falseNegative'] as const;
export type BudgetPart = (typeof BUDGET_PARTS)[number];

export interface ErrorBudget {
  /** AP at the foreground threshold, 0..1; NaN without objects. */
  readonly ap: number;
  /** AP gained by mending each, 0..1. */
  readonly gains: Readonly<Record<BudgetPart, number>>;
  /** Errors of each type; detections inside ignored regions are among them, as in tidecv. */
  readonly counts: Readonly<Record<ErrorType, number>>;
  /** How many of those are inside ignored regions and so cost nothing as they are. */
  readonly ignored: Readonly<Record<ErrorType, number>>;
}

/** The lists of outcomes behind a budget: as it is, and with each part mended. */
export interface BudgetEntries {
  readonly base: ApEntries;
  readonly mended: Readonly<Record<BudgetPart, ApEntries>>;
}

/** `classes`: those over which is averaged and whose errors are counted; default all. */
export function computeBudget(pairs: TidePairs, verdicts: TideVerdicts, classes?: ReadonlySet<number>): ErrorBudget {
  return { ...weighBudget(listBudgetEntries(pairs, verdicts, classes)), ...countErrors(pairs, verdicts, classes) };
}

/** AP and gains, with images weighted. Gains of the six types are never negative, as in tidecv. */
export function weighBudget(
  { base, mended }: BudgetEntries,
  weights?: ArrayLike<number>,
): Pick<ErrorBudget, 'ap' | 'gains'> {
  const ap = meanApOf(base, base, weights);
  const gains = Object.fromEntries(
    BUDGET_PARTS.map((part) => {
      const gain = meanApOf(mended[part], base, weights) - ap;
      const isType = part !== 'falsePositive' && part !== 'falseNegative';
      return [part, isType ? Math.max(gain, 0) : gain];
    }),
  ) as Record<BudgetPart, number>;
  return { ap, gains };
}

function countErrors(
  { truth, detections }: TidePairs,
  { verdicts, isIgnored, fates }: TideVerdicts,
  classes?: ReadonlySet<number>,
): Pick<ErrorBudget, 'counts' | 'ignored'> {
  const all = new Uint32Array(VERDICTS.length);
  const excused = new Uint32Array(VERDICTS.length);
  const isAsked = (category: number) => !classes || classes.has(category);
  for (let i = 0; i < verdicts.length; i++) {
    if (!isAsked(detections.category[i]!)) continue;
    const verdict = verdicts[i]!;
    all[verdict]!++;
    if (isIgnored[i] === 1) excused[verdict]!++;
  }
  let miss = 0;
  for (let j = 0; j < truth.count; j++) if (fates[j] === FATE.missed && isAsked(truth.category[j]!)) miss++;
  const { cls, loc, both, dupe, bkg } = VERDICT;
  const pick = (by: Uint32Array) => ({
    ...{ cls: by[cls]!, loc: by[loc]!, both: by[both]! },
    ...{ dupe: by[dupe]!, bkg: by[bkg]! },
  });
  return { counts: { ...pick(all), miss }, ignored: { ...pick(excused), miss: 0 } };
}

/** Works out every "what if" once. Lists that differ in outcomes only share everything else. */
export function listBudgetEntries(
  pairs: TidePairs,
  verdicts: TideVerdicts,
  classes?: ReadonlySet<number>,
): BudgetEntries {
  const positives = listPositives(pairs, () => true);
  const { starts } = pairs.byClass;
  const ranked = describePlaces(verdicts, pairs.byClass);
  const asIs = errorsFirst(pairs, ranked);
  const lists = { starts, images: asIs.images };
  const create = (outcomes: Uint8Array): ApEntries => createEntries({ ...lists, outcomes }, positives);
  const remove = (verdict: number): ApEntries => create(removeVerdict(asIs, verdict));
  const unchanged = { ...lists, outcomes: asIs.outcomes };
  const base = createEntries({ starts, ...ranked }, positives);
  return {
    base: classes ? restrictTo(base, classes) : base,
    mended: {
      cls: createEntries(listReclassified(pairs, verdicts, asIs), positives),
      loc: create(relocate(verdicts, asIs)),
      both: remove(VERDICT.both),
      dupe: remove(VERDICT.dupe),
      bkg: remove(VERDICT.bkg),
      miss: createEntries(
        unchanged,
        listPositives(pairs, (object) => verdicts.fates[object] !== FATE.missed),
      ),
      falsePositive: create(removeMisses(asIs)),
      falseNegative: createEntries(
        unchanged,
        listPositives(pairs, (object) => verdicts.fates[object] === FATE.found),
      ),
    },
  };
}

/** Columns over the detections class by class. */
interface PlaceColumns {
  /** Places in TidePairs.order. */
  readonly order: Uint32Array;
  readonly detections: Uint32Array;
  readonly images: Int32Array;
  readonly verdicts: Uint8Array;
  readonly outcomes: Uint8Array;
}

function describePlaces(
  all: TideVerdicts,
  { order, detections, images }: Pick<PlaceColumns, 'order' | 'detections' | 'images'>,
): PlaceColumns {
  const verdicts = new Uint8Array(order.length);
  const outcomes = new Uint8Array(order.length);
  for (let i = 0; i < verdicts.length; i++) {
    const detection = detections[i]!;
    const verdict = all.verdicts[detection]!;
    verdicts[i] = verdict;
    if (verdict === VERDICT.correct) outcomes[i] = OUTCOME.hit;
    else if (verdict !== VERDICT.unjudged && all.isIgnored[detection] === 0) outcomes[i] = OUTCOME.miss;
  }
  return { order, detections, images, verdicts, outcomes };
}

function removeVerdict({ verdicts, outcomes }: PlaceColumns, verdict: number): Uint8Array {
  const kept = outcomes.slice();
  for (let i = 0; i < kept.length; i++) if (verdicts[i] === verdict) kept[i] = OUTCOME.none;
  return kept;
}

function removeMisses({ outcomes }: PlaceColumns): Uint8Array {
  const kept = outcomes.slice();
  for (let i = 0; i < kept.length; i++) if (kept[i] === OUTCOME.miss) kept[i] = OUTCOME.none;
  return kept;
}

/** Outcomes when badly placed detections are well placed: the surest that covers the object is a hit, others go. */
function relocate({ finders, objects }: TideVerdicts, { detections, verdicts, outcomes }: PlaceColumns): Uint8Array {
  const mended = outcomes.slice();
  for (let i = 0; i < mended.length; i++) {
    if (verdicts[i] !== VERDICT.loc) continue;
    const detection = detections[i]!;
    mended[i] = finders[objects[detection]!] === detection ? OUTCOME.hit : OUTCOME.none;
  }
  return mended;
}

/** Of equal scores errors come first, as tidecv lists them when it mends. The same columns where no scores are equal. */
function errorsFirst({ byClass }: TidePairs, columns: PlaceColumns): PlaceColumns {
  const { verdicts } = columns;
  const { scores } = byClass;
  let changed: Uint32Array | undefined;
  for (let k = 0; k + 1 < byClass.starts.length; k++) {
    const end = byClass.starts[k + 1]!;
    let start = byClass.starts[k]!;
    let score = start < end ? scores[start]! : 0;
    for (let i = start + 1; i <= end; i++) {
      const next = i < end ? scores[i]! : Number.NaN;
      if (next === score) continue;
      if (i - start > 1) {
        const tied = Array.from({ length: i - start }, (_, j) => start + j);
        const wrong = tied.filter((j) => verdicts[j] !== VERDICT.correct);
        const right = tied.filter((j) => verdicts[j] === VERDICT.correct);
        changed ??= Uint32Array.from(scores.keys());
        changed.set([...wrong, ...right], start);
      }
      start = i;
      score = next;
    }
  }
  if (!changed) return columns;
  return {
    order: changed.map((i) => columns.order[i]!),
    detections: changed.map((i) => columns.detections[i]!),
    images: Int32Array.from(changed, (i) => columns.images[i]!),
    verdicts: Uint8Array.from(changed, (i) => columns.verdicts[i]!),
    outcomes: Uint8Array.from(changed, (i) => columns.outcomes[i]!),
  };
}

/** Classification errors move to the class of their object as hits, if they are the surest that cover it. */
function listReclassified(
  pairs: TidePairs,
  verdicts: TideVerdicts,
  asIs: PlaceColumns,
): Pick<ApEntries, 'starts' | 'outcomes' | 'images'> {
  const { byClass, detections } = pairs;
  const classes = byClass.starts.length - 1;
  const moved = listMoved(pairs, verdicts);
  const starts = new Uint32Array(classes + 1);
  // What moves leaves its own class.
  const outcomes = new Uint8Array(asIs.order.length);
  const images = new Int32Array(asIs.order.length);
  let length = 0;
  for (let k = 0; k < classes; k++) {
    const extra = moved[k]!;
    const end = byClass.starts[k + 1]!;
    let next = 0;
    for (let i = byClass.starts[k]!; i <= end; i++) {
      while (next < extra.length && (i === end || comesBefore(pairs, extra[next]!, asIs, i))) {
        outcomes[length] = OUTCOME.hit;
        images[length++] = detections.image[pairs.order[extra[next++]!]!]!;
      }
      if (i === end || asIs.verdicts[i] === VERDICT.cls || asIs.outcomes[i] === OUTCOME.none) continue;
      outcomes[length] = asIs.outcomes[i]!;
      images[length++] = asIs.images[i]!;
    }
    starts[k + 1] = length;
  }
  return { starts, outcomes: outcomes.subarray(0, length), images: images.subarray(0, length) };
}

/** [classes] places of the errors that each class gains, in descending score, of equal ones in the order of judgement. */
function listMoved({ byClass, order, detections, truth }: TidePairs, verdicts: TideVerdicts): number[][] {
  const moved: number[][] = Array.from({ length: byClass.starts.length - 1 }, () => []);
  for (let place = 0; place < order.length; place++) {
    const detection = order[place]!;
    if (verdicts.verdicts[detection] !== VERDICT.cls) continue;
    const object = verdicts.objects[detection]!;
    if (verdicts.finders[object] === detection) moved[truth.category[object]!]!.push(place);
  }
  const scoreAt = (place: number): number => detections.scores[order[place]!]!;
  return moved.map((places) => places.sort((a, b) => scoreAt(b) - scoreAt(a)));
}

/** Whether the moved detection at place `moved` ranks before the i-th one of the columns. Equal scores are tied in both. */
function comesBefore({ order, detections, byClass }: TidePairs, moved: number, asIs: PlaceColumns, i: number): boolean {
  const [a, b] = [detections.scores[order[moved]!]!, byClass.scores[i]!];
  return a > b || (a === b && (asIs.outcomes[i] === OUTCOME.hit || moved < asIs.order[i]!));
}

function listPositives({ truth }: TidePairs, counts: (object: number) => boolean): Positives {
  const classes = truth.categories.ids.length;
  const positiveStarts = new Uint32Array(classes + 1);
  const isPositive = (object: number): boolean => truth.isIgnored[object] === 0 && counts(object);
  for (let j = 0; j < truth.count; j++) if (isPositive(j)) positiveStarts[truth.category[j]! + 1]!++;
  for (let k = 0; k < classes; k++) positiveStarts[k + 1]! += positiveStarts[k]!;
  const positiveImages = new Int32Array(positiveStarts[classes]!);
  const next = positiveStarts.slice();
  for (let j = 0; j < truth.count; j++) {
    if (isPositive(j)) positiveImages[next[truth.category[j]!]!++] = truth.image[j]!;
  }
  return { positiveStarts, positiveImages };
}
