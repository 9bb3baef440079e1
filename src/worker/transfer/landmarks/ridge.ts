/**
 * Linear regression with a squared penalty, solved: minimise over W, b the mean over rows of ‖y − x·W − b‖² + l2 ‖W‖², the
 * intercept b free. As scikit-learn's Ridge with alpha = rows · l2 (Hoerl & Kennard 1970). Products are the runtime's
 * (float32), the system is solved in float64: over features, or over rows where those are fewer. Coordinates of which some
 * rows are not known are regressed on the other rows alone.
 */
import * as tf from '@tensorflow/tfjs-core';
import { UserError } from '../../../shared/errors';
import { factorise, solveFactorised } from '../../../shared/math/cholesky';

export interface RidgeProblem {
  /** [rows, dimension] and [testRows, dimension], scaled alike. */
  readonly train: Float32Array;
  readonly test: Float32Array;
  readonly dimension: number;
  /** [rows, targets] */
  readonly wanted: Float32Array;
  /** [rows, targets] 1 where known. */
  readonly known: Float32Array;
  readonly targets: number;
  readonly l2: number;
  /** Called between systems; may throw to stop. */
  readonly breathe: () => Promise<void>;
}

/** Predictions [testRows, targets]. */
export async function solveRidge(problem: RidgeProblem): Promise<Float32Array> {
  const { train, test, dimension, targets } = problem;
  const predicted = new Float32Array((test.length / dimension) * targets);
  for (const { rows, columns } of groupTargets(problem)) {
    await problem.breathe();
    if (rows.length === 0)
      throw new UserError(
        'data',
        'a landmark is never visible in the training pictures; leave it out of the annotations',
      );
    const part = { x: rowsOf(train, rows, dimension), rows: rows.length, dimension, test, l2: problem.l2 };
    const y = columns.map((column) => Float64Array.from(rows, (row) => problem.wanted[row * targets + column]!));
    const found = rows.length <= dimension ? await solveOverRows(part, y) : await solveOverFeatures(part, y);
    found.forEach((values, i) => values.forEach((value, row) => (predicted[row * targets + columns[i]!] = value)));
  }
  return predicted;
}

/** Targets that are known in the same rows share a system. */
function groupTargets({ known, targets }: RidgeProblem): { readonly rows: Int32Array; readonly columns: number[] }[] {
  const groups = new Map<string, { rows: Int32Array; columns: number[] }>();
  for (let column = 0; column < targets; column++) {
    const all = Array.from({ length: known.length / targets }, (_, row) => row);
    const rows = Int32Array.from(all.filter((row) => known[row * targets + column] === 1));
    const key = rows.join();
    const group = groups.get(key);
    if (group) group.columns.push(column);
    else groups.set(key, { rows, columns: [column] });
  }
  return [...groups.values()];
}

function rowsOf(values: Float32Array, rows: Int32Array, dimension: number): Float32Array {
  if (rows.length * dimension === values.length) return values;
  const chosen = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => chosen.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  return chosen;
}

interface Part {
  /** [rows, dimension] */
  readonly x: Float32Array;
  readonly rows: number;
  readonly dimension: number;
  /** [testRows, dimension] */
  readonly test: Float32Array;
  readonly l2: number;
}

/** (K + n·l2·I) a = y − ȳ with K = X·Xᵀ of centred rows; prediction k*·a + ȳ. One array [testRows] for each y. */
async function solveOverRows(
  { x, rows, dimension, test, l2 }: Part,
  y: readonly Float64Array[],
): Promise<Float64Array[]> {
  const centred = centre(x, rows, dimension);
  const testCentred = shift(test, centred.mean);
  const kernel = await product({ a: centred.values, b: centred.values, dimension });
  for (let i = 0; i < rows; i++) kernel[i * rows + i] = kernel[i * rows + i]! + rows * l2;
  requireDefinite(factorise(kernel, rows));
  const cross = await product({ a: testCentred, b: centred.values, dimension }); // [testRows, rows]
  return y.map((values) => {
    const mean = meanOf(values);
    const weights = values.map((value) => value - mean);
    solveFactorised(kernel, rows, weights);
    return dotRows(cross, weights).map((value) => value + mean);
  });
}

/** (Xᵀ·X + n·l2·I) w = Xᵀ (y − ȳ) of centred rows; prediction x*·w + ȳ. */
async function solveOverFeatures(
  { x, rows, dimension, test, l2 }: Part,
  y: readonly Float64Array[],
): Promise<Float64Array[]> {
  const centred = centre(x, rows, dimension);
  const gram = await transposedProduct({ a: centred.values, b: centred.values, rows });
  for (let i = 0; i < dimension; i++) gram[i * dimension + i] = gram[i * dimension + i]! + rows * l2;
  requireDefinite(factorise(gram, dimension));
  const testCentred = shift(test, centred.mean);
  const solved: Float64Array[] = [];
  for (const values of y) {
    const mean = meanOf(values);
    const target = Float32Array.from(values, (value) => value - mean);
    const weights = await transposedProduct({ a: centred.values, b: target, rows });
    solveFactorised(gram, dimension, weights);
    solved.push(dotRows(testCentred, weights).map((value) => value + mean));
  }
  return solved;
}

function requireDefinite(isDefinite: boolean): void {
  if (!isDefinite)
    throw new UserError('numeric', 'the regression of landmarks has no unique solution at this l2; use a larger l2');
}

function centre(x: Float32Array, rows: number, dimension: number): { values: Float32Array; mean: Float64Array } {
  const mean = new Float64Array(dimension);
  for (let i = 0; i < x.length; i++) mean[i % dimension] = mean[i % dimension]! + x[i]!;
  for (let j = 0; j < dimension; j++) mean[j] = mean[j]! / rows;
  return { values: shift(x, mean), mean };
}

function shift(x: Float32Array, mean: Float64Array): Float32Array {
  const dimension = mean.length;
  return x.map((value, i) => value - mean[i % dimension]!);
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** a · bᵀ, [rows of a, rows of b]. */
async function product(input: { a: Float32Array; b: Float32Array; dimension: number }): Promise<Float64Array> {
  const { a, b, dimension } = input;
  const result = tf.tidy(() =>
    tf.matMul(
      tf.tensor2d(a, [a.length / dimension, dimension]),
      tf.tensor2d(b, [b.length / dimension, dimension]),
      false,
      true,
    ),
  );
  const values = Float64Array.from(await result.data());
  result.dispose();
  return values;
}

/** aᵀ · b over `rows` rows, [columns of a, columns of b]. */
async function transposedProduct(input: { a: Float32Array; b: Float32Array; rows: number }): Promise<Float64Array> {
  const { a, b, rows } = input;
  const result = tf.tidy(() =>
    tf.matMul(tf.tensor2d(a, [rows, a.length / rows]), tf.tensor2d(b, [rows, b.length / rows]), true, false),
  );
  const values = Float64Array.from(await result.data());
  result.dispose();
  return values;
}

/** Each row of a matrix times a vector. */
function dotRows(matrix: Float32Array | Float64Array, vector: Float64Array): Float64Array {
  const dimension = vector.length;
  const result = new Float64Array(matrix.length / dimension);
  for (let row = 0; row < result.length; row++) {
    let sum = 0;
    for (let j = 0; j < dimension; j++) sum += matrix[row * dimension + j]! * vector[j]!;
    result[row] = sum;
  }
  return result;
}
