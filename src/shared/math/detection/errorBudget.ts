/**
 * What each kind of error costs: the AP gained when errors of that kind alone are mended (Bolya et al. 2020, section 2.3).
 * Same numbers as tidecv 1.0.1 except where that is wrong: classes without objects are left out of the mean here.
 */
import { createEntries, meanApOf, OUTCOME, type ApEntries, type Positives } from './apEntries';
import { FATE, VERDICT, type TideVerdicts } from './tide';
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

export function computeBudget(pairs: TidePairs, verdicts: TideVerdicts): ErrorBudget {
  return { ...weighBudget(listBudgetEntries(pairs, verdicts)), ...countErrors(pairs, verdicts) };
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

function countErrors({ truth }: TidePairs, verdicts: TideVerdicts): Pick<ErrorBudget, 'counts' | 'ignored'> {
  const counts = { cls: 0, loc: 0, both: 0, dupe: 0, bkg: 0, miss: 0 };
  const ignored = { ...counts };
  const types = {
    [VERDICT.cls]: 'cls',
    [VERDICT.loc]: 'loc',
    [VERDICT.both]: 'both',
    [VERDICT.dupe]: 'dupe',
    [VERDICT.bkg]: 'bkg',
  };
  const typeOf = types as Readonly<Record<number, ErrorType | undefined>>;
  for (let i = 0; i < verdicts.verdicts.length; i++) {
    const type = typeOf[verdicts.verdicts[i]!];
    if (type === undefined) continue;
    counts[type]++;
    if (verdicts.isIgnored[i] === 1) ignored[type]++;
  }
  for (let j = 0; j < truth.count; j++) if (verdicts.fates[j] === FATE.missed) counts.miss++;
  return { counts, ignored };
}

/** Works out every "what if" once. Lists that differ in outcomes only share everything else. */
export function listBudgetEntries(pairs: TidePairs, verdicts: TideVerdicts): BudgetEntries {
  const positives = listPositives(pairs, () => true);
  const places = errorsFirst(pairs, verdicts);
  const { starts } = pairs.byClass;
  const asIs = describePlaces(pairs, verdicts, places);
  const lists = { starts, images: asIs.images };
  const change = (outcomeAt: (i: number) => number): ApEntries => {
    const outcomes = new Uint8Array(places.length);
    for (let i = 0; i < outcomes.length; i++) outcomes[i] = outcomeAt(i);
    return createEntries({ ...lists, outcomes }, positives);
  };
  const remove = (verdict: number): ApEntries =>
    change((i) => (asIs.verdicts[i] === verdict ? OUTCOME.none : asIs.outcomes[i]!));
  const unchanged = { ...lists, outcomes: asIs.outcomes };
  const base = describePlaces(pairs, verdicts, pairs.byClass.order);
  return {
    base: createEntries({ starts, ...base }, positives),
    mended: {
      cls: createEntries(listReclassified(pairs, verdicts, { ...asIs, places }), positives),
      loc: change((i) => (asIs.verdicts[i] === VERDICT.loc ? asIs.relocated[i]! : asIs.outcomes[i]!)),
      both: remove(VERDICT.both),
      dupe: remove(VERDICT.dupe),
      bkg: remove(VERDICT.bkg),
      miss: createEntries(
        unchanged,
        listPositives(pairs, (object) => verdicts.fates[object] !== FATE.missed),
      ),
      falsePositive: change((i) => (asIs.outcomes[i] === OUTCOME.hit ? OUTCOME.hit : OUTCOME.none)),
      falseNegative: createEntries(
        unchanged,
        listPositives(pairs, (object) => verdicts.fates[object] === FATE.found),
      ),
    },
  };
}

/** Columns over `places`. */
interface PlaceColumns {
  readonly verdicts: Uint8Array;
  readonly outcomes: Uint8Array;
  /** Outcome when well placed: a hit for the surest detection that covers the object; others go. */
  readonly relocated: Uint8Array;
  readonly images: Int32Array;
}

function describePlaces({ order, detections }: TidePairs, all: TideVerdicts, places: Uint32Array): PlaceColumns {
  const count = places.length;
  const verdicts = new Uint8Array(count);
  const outcomes = new Uint8Array(count);
  const relocated = new Uint8Array(count);
  const images = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const detection = order[places[i]!]!;
    const verdict = all.verdicts[detection]!;
    verdicts[i] = verdict;
    images[i] = detections.image[detection]!;
    if (verdict === VERDICT.correct) outcomes[i] = OUTCOME.hit;
    else if (verdict !== VERDICT.unjudged && all.isIgnored[detection] === 0) outcomes[i] = OUTCOME.miss;
    if (verdict === VERDICT.loc && all.finders[all.objects[detection]!] === detection) relocated[i] = OUTCOME.hit;
  }
  return { verdicts, outcomes, relocated, images };
}

/** Of equal scores errors come first, as tidecv lists them when it mends. */
function errorsFirst({ byClass, order, detections }: TidePairs, { verdicts }: TideVerdicts): Uint32Array {
  const places = byClass.order.slice();
  for (let k = 0; k + 1 < byClass.starts.length; k++) {
    const end = byClass.starts[k + 1]!;
    let start = byClass.starts[k]!;
    for (let i = start + 1; i <= end; i++) {
      const isTie = i < end && detections.scores[order[places[i]!]!] === detections.scores[order[places[i - 1]!]!];
      if (isTie) continue;
      if (i - start > 1) {
        const tied = places.slice(start, i);
        const wrong = tied.filter((place) => verdicts[order[place]!] !== VERDICT.correct);
        places.set(wrong, start);
        places.set(
          tied.filter((place) => verdicts[order[place]!] === VERDICT.correct),
          start + wrong.length,
        );
      }
      start = i;
    }
  }
  return places;
}

/** Classification errors move to the class of their object as hits, if they are the surest that cover it. */
function listReclassified(
  pairs: TidePairs,
  verdicts: TideVerdicts,
  asIs: PlaceColumns & { readonly places: Uint32Array },
): Pick<ApEntries, 'starts' | 'outcomes' | 'images'> {
  const { byClass, order, detections } = pairs;
  const classes = byClass.starts.length - 1;
  const moved = listMoved(pairs, verdicts);
  const starts = new Uint32Array(classes + 1);
  // What moves leaves its own class.
  const outcomes = new Uint8Array(asIs.places.length);
  const images = new Int32Array(asIs.places.length);
  let length = 0;
  const push = (outcome: number, image: number): void => {
    outcomes[length] = outcome;
    images[length++] = image;
  };
  for (let k = 0; k < classes; k++) {
    const extra = moved[k]!;
    let next = 0;
    const pushMoved = (): void => push(OUTCOME.hit, detections.image[order[extra[next++]!]!]!);
    for (let i = byClass.starts[k]!; i < byClass.starts[k + 1]!; i++) {
      while (next < extra.length && comesBefore(pairs, extra[next]!, asIs.places[i]!, asIs.outcomes[i]!)) pushMoved();
      if (asIs.verdicts[i] !== VERDICT.cls && asIs.outcomes[i] !== OUTCOME.none)
        push(asIs.outcomes[i]!, asIs.images[i]!);
    }
    while (next < extra.length) pushMoved();
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

function comesBefore({ order, detections }: TidePairs, moved: number, place: number, outcome: number): boolean {
  const [a, b] = [detections.scores[order[moved]!]!, detections.scores[order[place]!]!];
  return a > b || (a === b && (outcome === OUTCOME.hit || moved < place));
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
