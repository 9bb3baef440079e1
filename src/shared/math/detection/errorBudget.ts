/**
 * What each kind of error costs: the AP gained when errors of that kind alone are mended (Bolya et al. 2020, section 2.3).
 * Same numbers as tidecv 1.0.1 except where that is wrong: classes without objects are left out of the mean here.
 */
import { meanApOf, EntryList, type ApEntries } from './apEntries';
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
  const types = { [VERDICT.cls]: 'cls', [VERDICT.loc]: 'loc', [VERDICT.both]: 'both', [VERDICT.dupe]: 'dupe', [VERDICT.bkg]: 'bkg' };
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

/** Works out every "what if" once. */
export function listBudgetEntries(pairs: TidePairs, verdicts: TideVerdicts): BudgetEntries {
  const positives = listPositives(pairs, () => true);
  const missedOut = listPositives(pairs, (object) => verdicts.fates[object] !== FATE.missed);
  const foundOnly = listPositives(pairs, (object) => verdicts.fates[object] === FATE.found);
  const places = errorsFirst(pairs, verdicts);
  const keep = (_: number, detection: number): number => outcomeOf(verdicts, detection);
  const mend = (verdict: number): ApEntries =>
    list(pairs, places, (_, detection) =>
      verdicts.verdicts[detection] === verdict ? mendedOutcome(verdicts, detection) : outcomeOf(verdicts, detection),
    ).take(positives);
  const asIs = list(pairs, places, keep);
  return {
    base: list(pairs, pairs.byClass.order, keep).take(positives),
    mended: {
      cls: listReclassified(pairs, verdicts, places).take(positives),
      loc: mend(VERDICT.loc),
      both: mend(VERDICT.both),
      dupe: mend(VERDICT.dupe),
      bkg: mend(VERDICT.bkg),
      miss: asIs.take(missedOut),
      falsePositive: list(pairs, places, (_, detection) =>
        verdicts.verdicts[detection] === VERDICT.correct ? HIT : NONE,
      ).take(positives),
      falseNegative: asIs.take(foundOnly),
    },
  };
}

const [NONE, MISS, HIT] = [0, 1, 2];

function outcomeOf({ verdicts, isIgnored }: TideVerdicts, detection: number): number {
  const verdict = verdicts[detection]!;
  if (verdict === VERDICT.correct) return HIT;
  return verdict === VERDICT.unjudged || isIgnored[detection] === 1 ? NONE : MISS;
}

/** A well placed detection if it is the surest that covers the object; otherwise it goes. */
function mendedOutcome({ verdicts, objects, finders }: TideVerdicts, detection: number): number {
  return verdicts[detection] === VERDICT.loc && finders[objects[detection]!] === detection ? HIT : NONE;
}

/** Of equal scores errors come first, as tidecv lists them when it mends. */
function errorsFirst({ byClass, order, detections }: TidePairs, { verdicts }: TideVerdicts): Uint32Array {
  const places = byClass.order.slice();
  const scoreAt = (i: number): number => detections.scores[order[places[i]!]!]!;
  const isRight = (place: number): boolean => verdicts[order[place]!] === VERDICT.correct;
  for (let k = 0; k + 1 < byClass.starts.length; k++) {
    const end = byClass.starts[k + 1]!;
    for (let start = byClass.starts[k]!; start < end; ) {
      let last = start + 1;
      const score = scoreAt(start);
      while (last < end && scoreAt(last) === score) last++;
      if (last - start > 1) {
        const tied = places.slice(start, last);
        places.set(tied.filter((place) => !isRight(place)), start);
        places.set(tied.filter(isRight), start + tied.filter((place) => !isRight(place)).length);
      }
      start = last;
    }
  }
  return places;
}

function list(
  { byClass, order, detections }: TidePairs,
  places: Uint32Array,
  outcome: (place: number, detection: number) => number,
): EntryList {
  const classes = byClass.starts.length - 1;
  const entries = new EntryList(classes, places.length);
  for (let k = 0; k < classes; k++) {
    for (let i = byClass.starts[k]!; i < byClass.starts[k + 1]!; i++) {
      const detection = order[places[i]!]!;
      const result = outcome(places[i]!, detection);
      if (result !== NONE) entries.push(result === HIT, detections.image[detection]!);
    }
    entries.endClass();
  }
  return entries;
}

/** Classification errors move to the class of their object as hits, if they are the surest that cover it. */
function listReclassified(pairs: TidePairs, verdicts: TideVerdicts, places: Uint32Array): EntryList {
  const { byClass, order, detections, truth } = pairs;
  const classes = byClass.starts.length - 1;
  const moved: number[][] = Array.from({ length: classes }, () => []);
  order.forEach((detection, place) => {
    const object = verdicts.objects[detection]!;
    if (verdicts.verdicts[detection] !== VERDICT.cls || verdicts.finders[object] !== detection) return;
    moved[truth.category[object]!]!.push(place);
  });
  const entries = new EntryList(classes, places.length);
  for (let k = 0; k < classes; k++) {
    // Stable: of equal scores in the order of judgement.
    const extra = moved[k]!.sort((a, b) => detections.scores[order[b]!]! - detections.scores[order[a]!]!);
    let next = 0;
    for (let i = byClass.starts[k]!; i < byClass.starts[k + 1]!; i++) {
      const place = places[i]!;
      const detection = order[place]!;
      const isRight = verdicts.verdicts[detection] === VERDICT.correct;
      while (next < extra.length && comesBefore(pairs, extra[next]!, place, isRight)) {
        entries.push(true, detections.image[order[extra[next++]!]!]!);
      }
      const result = verdicts.verdicts[detection] === VERDICT.cls ? NONE : outcomeOf(verdicts, detection);
      if (result !== NONE) entries.push(result === HIT, detections.image[detection]!);
    }
    for (; next < extra.length; next++) entries.push(true, detections.image[order[extra[next]!]!]!);
    entries.endClass();
  }
  return entries;
}

function comesBefore({ order, detections }: TidePairs, moved: number, place: number, isRight: boolean): boolean {
  const [a, b] = [detections.scores[order[moved]!]!, detections.scores[order[place]!]!];
  return a > b || (a === b && (isRight || moved < place));
}

function listPositives(
  { truth }: TidePairs,
  counts: (object: number) => boolean,
): Pick<ApEntries, 'positiveStarts' | 'positiveImages'> {
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
