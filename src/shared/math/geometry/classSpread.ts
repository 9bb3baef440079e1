/**
 * How features of a class gather and how classes part. Scatter matrices: Fukunaga 1990, chapter 10; neural collapse:
 * Papyan et al. 2020, arXiv 2008.08186. X: [n, d] features, labels: [n] in 0..classes - 1; classes without images do not count.
 */
import { EigenvalueDecomposition, Matrix as MlMatrix } from 'ml-matrix';
import type { Matrix } from '../rank';

export interface ClassSpread {
  /** Mean squared distance of an image to the mean of its class. */
  readonly within: number;
  /** Mean squared distance of the classes' means to the mean of all, weighted by images. */
  readonly between: number;
  /** within / between; small is good. */
  readonly ratio: number;
  /** NC1 = tr(S_W S_B⁺) / C; 0 when every class is a point. */
  readonly withinClassVariability: number;
  /** NC2: standard deviation by mean of the distances of class means from the centre; 0 when all are as far. */
  readonly unequalNorms: number;
  /** NC2: mean of |cos + 1 / (C - 1)| over pairs of centred class means; 0 for a simplex. */
  readonly unequalAngles: number;
  /** NC4: share of images whose nearest class mean is that of their class, in 0..1. */
  readonly nearestMeanAccuracy: number;
}

/** Throws where fewer than two classes have images. */
export function classSpread(x: Matrix, labels: ArrayLike<number>): ClassSpread {
  const groups = groupByClass(labels, x.rows);
  if (groups.length < 2) throw new Error('internal: class spread needs two classes');
  const centre = meanOf(
    x,
    Uint32Array.from({ length: x.rows }, (_, i) => i),
  );
  const means = groups.map((group) => meanOf(x, group));
  let [within, between, right] = [0, 0, 0];
  groups.forEach((group, k) => {
    between += (group.length / x.rows) * squaredDistance(means[k]!, centre);
    for (const row of group) {
      const features = x.data.subarray(row * x.columns, (row + 1) * x.columns);
      within += squaredDistance(features, means[k]!) / x.rows;
      if (nearest(features, means) === k) right++;
    }
  });
  const offsets = means.map((mean) => mean.map((value, k) => value - centre[k]!));
  const norms = offsets.map((offset) => Math.sqrt(dot(offset, offset)));
  return {
    within,
    between,
    ratio: within / between,
    withinClassVariability: collapseOfClasses(x, groups, { means, offsets }),
    unequalNorms: deviation(norms) / average(norms),
    unequalAngles: angleError(offsets, norms),
    nearestMeanAccuracy: right / x.rows,
  };
}

/** tr(S_W S_B⁺) / C by the C × C matrix of the offsets A [d, C]: S_B = A Aᵀ / C, so S_B⁺ = C A (AᵀA)⁺² Aᵀ. */
function collapseOfClasses(
  x: Matrix,
  groups: readonly Uint32Array[],
  { means, offsets }: { readonly means: readonly Float64Array[]; readonly offsets: readonly Float64Array[] },
): number {
  const count = groups.length;
  const gram = new MlMatrix(offsets.map((a) => offsets.map((b) => dot(a, b))));
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(gram, { assumeSymmetric: true });
  const largest = Math.max(...realEigenvalues);
  // The offsets add up to about nothing, so one direction at least is empty.
  const inverse = realEigenvalues.map((value) => (value > 1e-10 * largest ? 1 / value ** 2 : 0));
  let trace = 0;
  const projected = new Float64Array(count);
  groups.forEach((group, k) => {
    for (const row of group) {
      offsets.forEach((offset, j) => (projected[j] = dotOffset(x, row, { offset, mean: means[k]! })));
      for (let e = 0; e < count; e++) {
        if (inverse[e] === 0) continue;
        let along = 0;
        for (let j = 0; j < count; j++) along += eigenvectorMatrix.get(j, e) * projected[j]!;
        trace += (inverse[e]! * along ** 2) / x.rows;
      }
    }
  });
  // C from S_B⁺, 1 / C of the definition
  return trace;
}

function dotOffset(
  { data, columns }: Matrix,
  row: number,
  { offset, mean }: { readonly offset: Float64Array; readonly mean: Float64Array },
): number {
  let sum = 0;
  for (let k = 0; k < columns; k++) sum += (data[row * columns + k]! - mean[k]!) * offset[k]!;
  return sum;
}

function angleError(offsets: readonly Float64Array[], norms: readonly number[]): number {
  const ideal = 1 / (offsets.length - 1);
  let [sum, pairs] = [0, 0];
  for (let i = 1; i < offsets.length; i++) {
    for (let j = 0; j < i; j++) {
      if (!(norms[i]! > 0 && norms[j]! > 0)) continue;
      sum += Math.abs(dot(offsets[i]!, offsets[j]!) / (norms[i]! * norms[j]!) + ideal);
      pairs++;
    }
  }
  return pairs > 0 ? sum / pairs : 0;
}

/** Places of the images of every class that has some, in the order of the classes. */
export function groupByClass(labels: ArrayLike<number>, count: number): Uint32Array[] {
  const groups = new Map<number, number[]>();
  for (let i = 0; i < count; i++) {
    const group = groups.get(labels[i]!);
    if (group) group.push(i);
    else groups.set(labels[i]!, [i]);
  }
  return [...groups].sort(([a], [b]) => a - b).map(([, rows]) => Uint32Array.from(rows));
}

function meanOf({ data, columns }: Matrix, rows: Uint32Array): Float64Array {
  const mean = new Float64Array(columns);
  for (const row of rows) for (let k = 0; k < columns; k++) mean[k] = mean[k]! + data[row * columns + k]! / rows.length;
  return mean;
}

function nearest(features: ArrayLike<number>, means: readonly Float64Array[]): number {
  const distances = means.map((mean) => squaredDistance(features, mean));
  return distances.indexOf(Math.min(...distances));
}

function squaredDistance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += (a[k]! - b[k]!) ** 2;
  return sum;
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** With divisor N. */
function deviation(values: readonly number[]): number {
  const middle = average(values);
  return Math.sqrt(average(values.map((value) => (value - middle) ** 2)));
}
