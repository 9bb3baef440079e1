/**
 * One class of the multi-label protocol (Goyal et al. 2019, arXiv 1905.01235, section 6): a linear SVM against all other
 * pictures on features of length 1, its cost chosen by cross-validated average precision on the training pictures, scored by
 * average precision on the test pictures. Pictures with difficult objects of the class alone are negatives in training and
 * are left out in testing.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { MultilabelTransfer } from '../../shared/experiment/transferSchema';
import { Cancelled } from '../../shared/errors';
import { averagePrecision, decideRows, trainLinearSvm, type LinearSvm } from '../../shared/math/linearSvm';
import { deriveRandom } from '../../shared/random';

/** A picture holds a class (1), holds difficult objects of it alone (0), or does not hold it (−1). */
export type Presence = Int8Array;

/** Features of length 1: [count, dimension]. */
export interface Rows {
  readonly values: Float32Array;
  readonly dimension: number;
}

/** Rows to learn from and to score. */
export interface Fold {
  readonly learnt: Int32Array;
  readonly held: Int32Array;
}

export interface PresenceWork {
  readonly features: { readonly train: Rows; readonly test: Rows };
  readonly presence: { readonly train: Presence; readonly test: Presence };
  /** Labels are 1 and −1. */
  foldsOf(labels: Int8Array): readonly Fold[];
}

export interface PresenceScore {
  /** scikit-learn's average precision, and VOC 2007's of eleven points, in 0..1. */
  readonly area: number;
  readonly elevenPoint: number;
  /** The cost that was chosen. */
  readonly cost: number;
}

interface SvmOptions extends Pick<MultilabelTransfer, 'costs' | 'positiveWeight'> {
  readonly seed: number;
  readonly signal: AbortSignal;
}

/** Undefined for a class that one of the splits does not show, or that all training pictures do. */
export async function scorePresence(
  { features, presence, foldsOf }: PresenceWork,
  options: SvmOptions,
): Promise<PresenceScore | undefined> {
  await nextTurn();
  if (options.signal.aborted) throw new Cancelled();
  const labels = presence.train.map((value) => (value === 1 ? 1 : -1));
  const judged = Int32Array.from(presence.test.keys()).filter((row) => presence.test[row] !== 0);
  const positive = Array.from(judged, (row) => presence.test[row] === 1);
  if (!labels.includes(1) || !labels.includes(-1) || !positive.includes(true)) return undefined;
  const cost = await chooseCost(features.train, labels, { ...options, foldsOf });
  const decisions = decideRows(fit(features.train, labels, { ...options, cost }), features.test.values);
  const scores = Array.from(judged, (row) => decisions[row]!);
  return {
    area: averagePrecision(scores, positive),
    elevenPoint: averagePrecision(scores, positive, { elevenPoint: true }),
    cost,
  };
}

function fit(
  { values, dimension }: Rows,
  labels: Int8Array,
  { cost, positiveWeight, seed }: Pick<SvmOptions, 'positiveWeight' | 'seed'> & { readonly cost: number },
): LinearSvm {
  return trainLinearSvm({ values, dimension, labels, cost, positiveWeight, seed });
}

/** The cost with the highest mean average precision over the folds; of equals the first. */
async function chooseCost(
  rows: Rows,
  labels: Int8Array,
  { foldsOf, ...options }: SvmOptions & Pick<PresenceWork, 'foldsOf'>,
): Promise<number> {
  const { costs, signal } = options;
  if (costs.length === 1) return costs[0]!;
  const folds = foldsOf(labels);
  let best = { cost: costs[0]!, precision: -1 };
  for (const cost of costs) {
    let sum = 0;
    for (const fold of folds) {
      await nextTurn();
      if (signal.aborted) throw new Cancelled();
      const model = fit(take(rows, fold.learnt), takeLabels(labels, fold.learnt), { ...options, cost });
      const precision = averagePrecision(
        decideRows(model, take(rows, fold.held).values),
        takeLabels(labels, fold.held).map((label) => Math.max(0, label)),
      );
      // A fold without positives says nothing.
      sum += Number.isNaN(precision) ? 0 : precision;
    }
    if (sum / folds.length > best.precision) best = { cost, precision: sum / folds.length };
  }
  return best.cost;
}

/** Each fold holds its part of the positives and of the negatives. */
export function dealFolds(labels: Int8Array, count: number, seed: number): Fold[] {
  const fold = new Int32Array(labels.length);
  for (const sign of [1, -1]) {
    const rows = Int32Array.from(labels.keys()).filter((row) => labels[row] === sign);
    deriveRandom(seed, 'svm-folds', sign + 1)
      .permutation(rows.length)
      .forEach((at, i) => (fold[rows[at]!] = i % count));
  }
  return asFolds(fold, count);
}

/** fold: [count], the number of each row's fold. */
export function asFolds(fold: ArrayLike<number>, count: number): Fold[] {
  const places = Int32Array.from({ length: fold.length }, (_, row) => row);
  return Array.from({ length: count }, (_, f) => ({
    learnt: places.filter((row) => fold[row] !== f),
    held: places.filter((row) => fold[row] === f),
  }));
}

function take({ values, dimension }: Rows, rows: Int32Array): Rows {
  const taken = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => taken.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  return { values: taken, dimension };
}

function takeLabels(labels: Int8Array, rows: Int32Array): Int8Array {
  return Int8Array.from(rows, (row) => labels[row]!);
}
