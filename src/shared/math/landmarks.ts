/**
 * Errors of predicted landmarks: normalised distances, by example and by landmark, and what is reported of them: mean,
 * median, cumulative error curve, area under it, failure rate. Shared by transfers, command and panel. Landmarks that do
 * not count (not marked, or hidden where those are left out) enter no number.
 */
import type { LandmarkNormaliser, LandmarkScheme } from '../results/landmarks';

/** Points of n examples with `perExample` landmarks each. */
export interface LandmarkPoints {
  readonly perExample: number;
  /** [n, perExample, 2] x, y in px. */
  readonly points: Float64Array;
}

export interface MarkedLandmarks extends LandmarkPoints {
  /** [n, perExample] 0 not marked, 1 marked but hidden, 2 visible. */
  readonly visibility: Uint8Array;
}

export interface LandmarkErrors {
  /**
   * [n] mean over the counted landmarks of ‖predicted − true‖ / normaliser; NaN where nothing counts, Infinity where a
   * counted landmark has no finite prediction.
   */
  readonly perExample: Float64Array;
  /** [perExample] mean over the examples in which the landmark counts and was predicted; NaN where it never does. */
  readonly perLandmark: Float64Array;
}

export interface LandmarkSummary {
  /** Examples that count. */
  readonly examples: number;
  /** Of these, those without a finite prediction: failures, left out of mean and median. */
  readonly missing: number;
  /** Mean and median normalised error; NaN without examples. */
  readonly nme: number;
  readonly medianNme: number;
  /** Share of examples with an error above the threshold, 0..1. */
  readonly failureRate: number;
  /** Area under the cumulative error curve from 0 to the threshold, as a share of the threshold: 1 when all errors are 0. */
  readonly auc: number;
}

/** Whether a landmark counts. */
export function isCounted(visibility: number, countsOccluded: boolean): boolean {
  return visibility === 2 || (countsOccluded && visibility === 1);
}

export interface ErrorInput {
  readonly truth: MarkedLandmarks;
  readonly predicted: LandmarkPoints;
  /** [n] px; examples where it is not above 0 do not count. */
  readonly normalisers: Float64Array;
  readonly countsOccluded: boolean;
}

export function landmarkErrors({ truth, predicted, normalisers, countsOccluded }: ErrorInput): LandmarkErrors {
  const { perExample: landmarks } = truth;
  const examples = normalisers.length;
  const perExample = new Float64Array(examples).fill(NaN);
  const sums = new Float64Array(landmarks);
  const counts = new Float64Array(landmarks);
  for (let i = 0; i < examples; i++) {
    if (!(normalisers[i]! > 0)) continue;
    let [sum, count] = [0, 0];
    for (let k = 0; k < landmarks; k++) {
      const place = i * landmarks + k;
      if (!isCounted(truth.visibility[place]!, countsOccluded)) continue;
      const error = distance(truth.points, predicted.points, place) / normalisers[i]!;
      sum += error;
      count++;
      if (error === Infinity) continue;
      sums[k] = sums[k]! + error;
      counts[k] = counts[k]! + 1;
    }
    if (count > 0) perExample[i] = sum / count;
  }
  return { perExample, perLandmark: sums.map((sum, k) => sum / counts[k]!) };
}

/** Distance in px; a prediction that is no number is infinitely far. */
function distance(a: Float64Array, b: Float64Array, place: number): number {
  const [dx, dy] = [b[2 * place]! - a[2 * place]!, b[2 * place + 1]! - a[2 * place + 1]!];
  const length = Math.sqrt(dx * dx + dy * dy);
  return Number.isFinite(length) ? length : Infinity;
}

/**
 * What is reported of the errors of examples. With F(e) the share of examples whose error is at most e,
 * auc = (1 / T) ∫₀ᵀ F(e) de = mean of max(0, 1 − eᵢ / T), exactly, and failureRate = 1 − F(T). threshold T above 0.
 */
export function summariseErrors(perExample: ArrayLike<number>, threshold: number): LandmarkSummary {
  const counted = Array.from(perExample).filter((error) => !Number.isNaN(error));
  const sorted = counted.filter((error) => error < Infinity).sort((a, b) => a - b);
  const missing = counted.length - sorted.length;
  const half = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
  const share = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / counted.length;
  return {
    examples: counted.length,
    missing,
    nme: sorted.reduce((a, b) => a + b, 0) / sorted.length,
    medianNme: median,
    failureRate: share(counted.map((error) => (error > threshold ? 1 : 0))),
    auc: share(counted.map((error) => Math.max(0, 1 - error / threshold))),
  };
}

/** The cumulative error curve: share of examples with an error of at most `error`, at `points` + 1 even steps up to T. */
export function errorCurve(
  perExample: ArrayLike<number>,
  { threshold, points }: { readonly threshold: number; readonly points: number },
): { readonly error: number; readonly share: number }[] {
  const sorted = Array.from(perExample)
    .filter((error) => !Number.isNaN(error))
    .sort((a, b) => a - b);
  let passed = 0;
  return Array.from({ length: points + 1 }, (_, i) => {
    const error = (threshold * i) / points;
    while (passed < sorted.length && sorted[passed]! <= error) passed++;
    return { error, share: sorted.length === 0 ? NaN : passed / sorted.length };
  });
}

export interface ExampleToNormalise {
  /** [perExample, 2] and [perExample], of one example. */
  readonly points: ArrayLike<number>;
  readonly visibility: ArrayLike<number>;
  /** x, y, width, height in px. */
  readonly box: readonly [number, number, number, number];
}

/** What distances of one example are divided by, px; 0 where a landmark that it needs is not marked. */
export function normaliserOf(
  normaliser: LandmarkNormaliser,
  { names }: LandmarkScheme,
  { points, visibility, box: [, , width, height] }: ExampleToNormalise,
): number {
  const middle = (group: readonly string[]): readonly [number, number] | undefined => {
    const places = group.map((name) => names.indexOf(name));
    if (places.some((place) => !(visibility[place]! > 0))) return undefined;
    const mean = (axis: number) => places.reduce((sum, place) => sum + points[2 * place + axis]!, 0) / places.length;
    return [mean(0), mean(1)];
  };
  switch (normaliser.kind) {
    case 'box':
      return Math.sqrt(Math.max(0, width) * Math.max(0, height));
    case 'diagonal':
      return Math.sqrt(width * width + height * height);
    case 'pair':
      return between(middle([normaliser.first]), middle([normaliser.second]));
    case 'between':
      return between(middle(normaliser.first), middle(normaliser.second));
  }
}

function between(a: readonly [number, number] | undefined, b: readonly [number, number] | undefined): number {
  if (!a || !b) return 0;
  const [dx, dy] = [a[0] - b[0], a[1] - b[1]];
  const length = Math.sqrt(dx * dx + dy * dy);
  return Number.isFinite(length) ? length : 0;
}

/** The smallest box around the marked landmarks of one example, for files that give none. */
export function boxAround(points: ArrayLike<number>, visibility: ArrayLike<number>): [number, number, number, number] {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (let k = 0; k < visibility.length; k++) {
    if (!(visibility[k]! > 0)) continue;
    const [x, y] = [points[2 * k]!, points[2 * k + 1]!];
    [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
  }
  return left <= right ? [left, top, right - left, bottom - top] : [0, 0, 0, 0];
}
