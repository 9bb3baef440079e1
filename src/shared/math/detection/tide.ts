/**
 * TIDE's verdicts (Bolya et al. 2020, arXiv 2008.08115, section 2): why each detection is no true positive, and what
 * became of each object. Same decisions as tidecv 1.0.1, in its order; every detection keeps what it was compared with.
 */
import type { TidePairs } from './tidePairs';

/** Verdict on a detection; index into VERDICTS is what the arrays hold. */
export const VERDICTS = ['unjudged', 'correct', 'cls', 'loc', 'both', 'dupe', 'bkg'] as const;
export type Verdict = (typeof VERDICTS)[number];
export const VERDICT = {
  /** Beyond the limit of detections in an image, or below the score threshold. */
  unjudged: 0,
  correct: 1,
  /** Would be right with the class of the object it covers. */
  cls: 2,
  /** Right class, overlap between background and foreground threshold. */
  loc: 3,
  /** Wrong class and badly placed. */
  both: 4,
  /** The object was taken by a surer detection. */
  dupe: 5,
  /** Nothing is there. */
  bkg: 6,
} as const satisfies Record<Verdict, number>;

/** Fate of an object; index into FATES is what the arrays hold. */
export const FATES = ['uncounted', 'found', 'loc', 'cls', 'missed'] as const;
export const FATE = {
  /** Crowd or ignored. */
  uncounted: 0,
  found: 1,
  /** Not found, but a localisation error covers it and fixing that would find it. */
  loc: 2,
  /** The same with a classification error. */
  cls: 3,
  missed: 4,
} as const;

export interface TideThresholds {
  /** Overlap from which a detection is right; default 0.5. */
  readonly foreground?: number;
  /** Overlap up to which there is nothing; default 0.1. */
  readonly background?: number;
  /** Detections with lower scores are left out, as if the file did not have them. */
  readonly minScore?: number;
}

export interface TideVerdicts {
  /** [detections] of VERDICT. */
  readonly verdicts: Uint8Array;
  /** [detections] 1 = inside a crowd or ignored region: neither true nor false positive. */
  readonly isIgnored: Uint8Array;
  /** [detections] the object that the verdict is about; -1 for none. */
  readonly objects: Int32Array;
  /** [detections] overlap with that object. */
  readonly ious: Float64Array;
  /** [detections] for duplicates, the detection that took the object; else -1. */
  readonly suppressors: Int32Array;
  /** [objects] of FATE. */
  readonly fates: Uint8Array;
  /** [objects] the detection that found it, or the surest error that would if fixed; -1 for none. */
  readonly finders: Int32Array;
}

/** Judges all images. Cost: one walk over the pairs. */
export function judgeTide(pairs: TidePairs, thresholds: TideThresholds = {}): TideVerdicts {
  const { truth, detections, imageStarts } = pairs;
  const result: TideVerdicts = {
    verdicts: new Uint8Array(detections.count),
    isIgnored: new Uint8Array(detections.count),
    objects: new Int32Array(detections.count).fill(-1),
    ious: new Float64Array(detections.count),
    suppressors: new Int32Array(detections.count).fill(-1),
    fates: truth.isIgnored.map((ignored) => (ignored === 1 ? FATE.uncounted : FATE.missed)),
    finders: new Int32Array(truth.count).fill(-1),
  };
  const limits = { foreground: 0.5, background: 0.1, minScore: -Infinity, ...thresholds };
  for (let image = 0; image + 1 < imageStarts.length; image++) {
    const start = imageStarts[image]!;
    const end = findEnd(pairs, start, imageStarts[image + 1]!, limits.minScore);
    for (let place = start; place < end; place++) match(pairs, place, limits.foreground, result);
    for (let place = start; place < end; place++) explain(pairs, place, limits, result);
  }
  return result;
}

/** Scores fall within an image; NaN, at the end, are above no threshold but the absent one. */
function findEnd({ order, detections }: TidePairs, start: number, end: number, minScore: number): number {
  if (minScore === -Infinity) return end;
  let last = start;
  while (last < end && detections.scores[order[last]!]! >= minScore) last++;
  return last;
}

/** Takes the object of its class that it overlaps most and that is free, the first of equal ones. */
function match(pairs: TidePairs, place: number, foreground: number, result: TideVerdicts): void {
  if (pairs.nearest.same[place]! < foreground) return;
  const { order, pairStarts, pairObjects, pairIous, truth, detections } = pairs;
  const detection = order[place]!;
  let [best, most] = [-1, 0];
  for (let pair = pairStarts[place]!; pair < pairStarts[place + 1]!; pair++) {
    const object = pairObjects[pair]!;
    if (pairIous[pair]! <= most || truth.category[object] !== detections.category[detection]) continue;
    if (result.fates[object] === FATE.found) continue;
    best = object;
    most = pairIous[pair]!;
  }
  if (best < 0 || most < foreground) return;
  result.verdicts[detection] = VERDICT.correct;
  result.objects[detection] = best;
  result.ious[detection] = most;
  result.fates[best] = FATE.found;
  result.finders[best] = detection;
}

type Limits = Required<TideThresholds>;

function explain(pairs: TidePairs, place: number, limits: Limits, result: TideVerdicts): void {
  const detection = pairs.order[place]!;
  if (result.verdicts[detection] === VERDICT.correct) return;
  const { foreground, background } = limits;
  if (pairs.inIgnored[place]! > foreground) result.isIgnored[detection] = 1;
  const { nearest } = pairs;
  const [same, sameObject] = [nearest.same[place]!, nearest.sameObject[place]!];
  const [other, otherObject] = [nearest.other[place]!, nearest.otherObject[place]!];
  if (same >= background && same <= foreground && sameObject >= 0) {
    decide(result, detection, { verdict: VERDICT.loc, object: sameObject, iou: same });
    cover(pairs, detection, sameObject, FATE.loc, result);
  } else if (other >= foreground) {
    decide(result, detection, { verdict: VERDICT.cls, object: otherObject, iou: other });
    cover(pairs, detection, otherObject, FATE.cls, result);
  } else if (same >= foreground && isDuplicate(pairs, place, foreground, result)) {
    result.suppressors[detection] = result.finders[result.objects[detection]!]!;
  } else {
    const isSame = same >= other;
    const most = isSame ? same : other;
    const verdict = most <= background ? VERDICT.bkg : VERDICT.both;
    decide(result, detection, { verdict, object: isSame ? sameObject : otherObject, iou: most });
  }
}

function decide(
  result: TideVerdicts,
  detection: number,
  { verdict, object, iou }: { readonly verdict: number; readonly object: number; readonly iou: number },
): void {
  result.verdicts[detection] = verdict;
  result.objects[detection] = object;
  result.ious[detection] = iou;
}

/** Whether it overlaps an object of its class that is found: then the one that it overlaps most, the first of equal ones. */
function isDuplicate(pairs: TidePairs, place: number, foreground: number, result: TideVerdicts): boolean {
  const { order, pairStarts, pairObjects, pairIous, truth, detections } = pairs;
  const category = detections.category[order[place]!]!;
  let [taken, takenObject] = [0, -1];
  for (let pair = pairStarts[place]!; pair < pairStarts[place + 1]!; pair++) {
    const object = pairObjects[pair]!;
    if (truth.category[object] !== category || pairIous[pair]! <= taken) continue;
    if (result.fates[object] !== FATE.found) continue;
    taken = pairIous[pair]!;
    takenObject = object;
  }
  if (taken < foreground) return false;
  decide(result, order[place]!, { verdict: VERDICT.dupe, object: takenObject, iou: taken });
  return true;
}

/** Of the errors that would find the object if fixed, the surest counts; the first of equal scores. */
function cover(pairs: TidePairs, detection: number, object: number, fate: number, result: TideVerdicts): void {
  const { fates, finders } = result;
  if (fates[object] === FATE.found) return;
  const { scores } = pairs.detections;
  const before = finders[object]!;
  if (before >= 0 && !(scores[before]! < scores[detection]!)) return;
  finders[object] = detection;
  fates[object] = fate;
}
