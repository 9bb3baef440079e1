/** What a linear classifier scores on labelled features: one place for both solvers of the probe. */
import * as tf from '@tensorflow/tfjs-core';
import { argMax, perClassAccuracy, ranksOfLabels, shareWithin } from '../../shared/math/accuracy';

/** Features and labels of one split. */
export interface LabelledFeatures {
  /** [count, dimension] */
  readonly values: Float32Array;
  /** [count] in 0..numClasses-1 */
  readonly labels: Int32Array;
}

/** logits = weight · x + bias, on features as they come (any scaling is folded in). */
export interface LinearClassifier {
  /** [numClasses, dimension], PyTorch's fc.weight. */
  readonly weight: Float32Array;
  /** [numClasses] */
  readonly bias: Float32Array;
}

export interface ClassifierScore {
  /** Share of right predictions, in 0..1. */
  readonly accuracy: number;
  /** Share of labels among the five highest scores (all, with fewer classes), in 0..1. */
  readonly top5: number;
  /** Accuracy of each class, [numClasses]; NaN for a class without images. */
  readonly perClass: Float64Array;
  readonly predictions: Int32Array;
  /** Mean cross-entropy in nats. */
  readonly crossEntropy: number;
}

const CHUNK_ROWS = 4096;

/** Scores a classifier on a split, on the current runtime. */
export async function scoreClassifier(
  { weight, bias }: LinearClassifier,
  { values, labels }: LabelledFeatures,
): Promise<ClassifierScore> {
  const [numClasses, dimension] = [bias.length, weight.length / bias.length];
  const transposed = tf.tidy(() => tf.transpose(tf.tensor2d(weight, [numClasses, dimension]))); // [D, C]
  const ranks = new Int32Array(labels.length);
  const predictions = new Int32Array(labels.length);
  let loss = 0;
  for (let start = 0; start < labels.length; start += CHUNK_ROWS) {
    const rows = Math.min(CHUNK_ROWS, labels.length - start);
    const part = values.slice(start * dimension, (start + rows) * dimension);
    const product = tf.tidy(() =>
      tf.add(tf.matMul(tf.tensor2d(part, [rows, dimension]), transposed), tf.tensor1d(bias)),
    );
    const logits = (await product.data()) as Float32Array; // [rows, C]
    product.dispose();
    const wanted = labels.subarray(start, start + rows);
    ranks.set(ranksOfLabels(logits, wanted, numClasses), start);
    for (let i = 0; i < rows; i++) {
      const offset = i * numClasses;
      predictions[start + i] = argMax(logits, offset, numClasses);
      loss += logSumExp(logits.subarray(offset, offset + numClasses)) - logits[offset + wanted[i]!]!;
    }
  }
  transposed.dispose();
  return {
    accuracy: shareWithin(ranks, 1),
    top5: shareWithin(ranks, 5),
    perClass: perClassAccuracy(predictions, labels, numClasses),
    predictions,
    crossEntropy: loss / labels.length,
  };
}

function logSumExp(values: Float32Array): number {
  let highest = -Infinity;
  for (const value of values) highest = Math.max(highest, value);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - highest);
  return highest + Math.log(sum);
}
