/**
 * The loss of a linear probe and its gradient: logits = X·Wᵀ + b, mean softmax cross-entropy plus (l2/2)·‖W‖² (Bishop 2006,
 * equations 4.108–4.109). The matrix products run in float32 on the current runtime, softmax and sums in float64 here.
 * X lies on the runtime in both orientations, because a product with a transpose flag is a naive loop on wasm, and as the
 * right-hand operand, because wasm repacks that one only when it changes. Rows go in chunks to bound memory.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Evaluation } from './lbfgs';
import { crossEntropyResiduals, softmaxColumns } from './linearProbeLoss';
import { MAX_FULL_DIMENSION, Preconditioner, type Curvature } from './linearProbePreconditioner';

export interface ProbeProblem {
  /** [count, dimension], centred (and scaled). */
  readonly values: Float32Array;
  /** [count] in 0..numClasses-1 */
  readonly labels: Int32Array;
  readonly count: number;
  readonly dimension: number;
  readonly numClasses: number;
  readonly l2: number;
}

interface Chunk {
  readonly start: number;
  readonly rows: number;
  readonly x: tf.Tensor2D; // [rows, D]
  readonly xTransposed: tf.Tensor2D; // [D, rows]
}

const CHUNK_LOGITS = 1 << 22;

/** A probe's loss with its data on the runtime; the owner disposes it. */
export class ProbeObjective {
  private readonly chunks: readonly Chunk[];

  constructor(private readonly problem: ProbeProblem) {
    this.chunks = splitRows(problem);
  }

  dispose(): void {
    for (const { x, xTransposed } of this.chunks) tf.dispose([x, xTransposed]);
  }

  /** Loss and gradient in the preconditioner's coordinates; point: [numClasses · dimension + numClasses]. */
  async evaluate(point: Float64Array, preconditioner: Preconditioner): Promise<Evaluation> {
    const { labels, numClasses, count, l2 } = this.problem;
    const weight = preconditioner.toWeights(point); // [C, D]
    const bias = preconditioner.toBias(point);
    const biasGradient = new Float64Array(numClasses);
    let weightGradient: tf.Tensor2D = tf.mul(weight, l2);
    let loss = 0;
    for (const chunk of this.chunks) {
      const { start, rows, x } = chunk;
      const logits = await computeLogits(weight, chunk);
      loss += crossEntropyResiduals({ logits, bias, rows }, labels.subarray(start, start + rows), count, biasGradient);
      const before = weightGradient;
      weightGradient = tf.tidy(() => tf.add(before, tf.matMul(tf.tensor2d(logits, [numClasses, rows]), x)));
      before.dispose();
    }
    const penalty = (l2 / 2) * squaredNorm(await weight.data());
    const gradient = await preconditioner.toGradient(weightGradient, biasGradient);
    tf.dispose([weight, weightGradient]);
    return { value: loss / count + penalty, gradient };
  }

  /** Mean curvature of images and classes at a point. */
  async curvature(point: Float64Array, preconditioner: Preconditioner): Promise<Curvature> {
    const { count, numClasses } = this.problem;
    const samples = new Float64Array(count);
    const classes = new Float64Array(numClasses);
    const weight = preconditioner.toWeights(point);
    const bias = preconditioner.toBias(point);
    for (const chunk of this.chunks) {
      const { start, rows } = chunk;
      const logits = await computeLogits(weight, chunk);
      softmaxColumns({ logits, bias, rows });
      for (let c = 0; c < numClasses; c++) {
        for (let i = 0; i < rows; i++) {
          const p = logits[c * rows + i]!;
          samples[start + i] = samples[start + i]! + (p * (1 - p)) / numClasses;
          classes[c] = classes[c]! + (p * (1 - p)) / count;
        }
      }
    }
    weight.dispose();
    return { samples, classes };
  }

  /** A change of variables fitted to the curvature at a point; the caller disposes it. */
  async createPreconditioner({ samples, classes }: Curvature): Promise<Preconditioner> {
    const { dimension } = this.problem;
    // Images that are fitted perfectly still count a little, or M would lose their directions.
    const floor = 1e-3 * (samples.reduce((sum, value) => sum + value, 0) / samples.length) + 1e-12;
    const weights = samples.map((value) => value + floor);
    const moment = dimension > MAX_FULL_DIMENSION ? this.momentDiagonal(weights) : await this.moment(weights);
    return new Preconditioner(moment, dimension, classes);
  }

  /** XᵀHX/N + l2·I: [D, D]. */
  private async moment(weights: Float64Array): Promise<Float64Array> {
    const { values, count, dimension, l2 } = this.problem;
    const result = new Float64Array(dimension * dimension);
    for (const { start, rows, xTransposed } of this.chunks) {
      const scaled = values.slice(start * dimension, (start + rows) * dimension);
      for (let i = 0; i < rows; i++) {
        const factor = weights[start + i]! / count;
        for (let j = i * dimension; j < (i + 1) * dimension; j++) scaled[j] = scaled[j]! * factor;
      }
      const product = tf.tidy(() => tf.matMul(xTransposed, tf.tensor2d(scaled, [rows, dimension])));
      (await product.data()).forEach((value, k) => (result[k] = result[k]! + value));
      product.dispose();
    }
    for (let j = 0; j < dimension; j++) result[j * dimension + j] = result[j * dimension + j]! + l2;
    return result;
  }

  private momentDiagonal(weights: Float64Array): Float64Array {
    const { values, count, dimension, l2 } = this.problem;
    const result = new Float64Array(dimension).fill(l2 + 1e-12);
    for (let i = 0; i < count; i++) {
      const factor = weights[i]! / count;
      for (let j = 0; j < dimension; j++) result[j] = result[j]! + factor * values[i * dimension + j]! ** 2;
    }
    return result;
  }
}

/** W·Xᵀ of a chunk without the bias: [numClasses, rows]. */
async function computeLogits(weight: tf.Tensor2D, { xTransposed }: Chunk): Promise<Float32Array> {
  const product = tf.matMul(weight, xTransposed);
  const logits = (await product.data()) as Float32Array;
  product.dispose();
  return logits;
}

function splitRows({ values, count, dimension, numClasses }: ProbeProblem): Chunk[] {
  const rowsPerChunk = Math.max(64, Math.floor(CHUNK_LOGITS / Math.max(numClasses, dimension)));
  const chunks: Chunk[] = [];
  for (let start = 0; start < count; start += rowsPerChunk) {
    const rows = Math.min(rowsPerChunk, count - start);
    const x = tf.tensor2d(values.slice(start * dimension, (start + rows) * dimension), [rows, dimension]);
    chunks.push({ start, rows, x, xTransposed: tf.transpose(x) });
  }
  return chunks;
}

function squaredNorm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return sum;
}
