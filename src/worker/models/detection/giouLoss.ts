/**
 * The generalised IoU loss (Rezatofighi et al. 2019, arXiv 1902.09630) of boxes around one point, given by the distances
 * of their edges: 1 − (IoU − (|C| − |A ∪ B|) / |C|), C the smallest box around both. As torchvision's
 * generalized_box_iou_loss (ε = 1e-7).
 */
import * as tf from '@tensorflow/tfjs-core';
import { sumAll } from '../../objectives/focalLoss';

const EPSILON = 1e-7;

export interface GiouInput {
  /** [n, 4]; left, top, right, bottom, not negative. */
  readonly distances: tf.Tensor2D;
  readonly targets: tf.Tensor2D;
  /** [n, 1]; px per unit of distance. */
  readonly sizes: tf.Tensor2D;
  /** [n, 1]; 0 leaves a row out. */
  readonly weights: tf.Tensor2D;
}

/** Σ weight · loss. */
export function giouLossSum({ distances, targets, sizes, weights }: GiouInput): tf.Scalar {
  return tf.tidy(() => {
    const [predicted, known] = [tf.mul(distances, sizes), tf.mul(targets, sizes)] as [tf.Tensor2D, tf.Tensor2D];
    const intersection = areaOf(tf.minimum(predicted, known));
    const union = tf.sub(tf.add(areaOf(predicted), areaOf(known)), intersection);
    const around = areaOf(tf.maximum(predicted, known));
    const iou = tf.div(intersection, tf.add(union, EPSILON));
    const waste = tf.div(tf.sub(around, union), tf.add(around, EPSILON));
    return sumAll(tf.mul(tf.add(tf.sub(1, iou), waste), weights));
  });
}

/** (left + right) · (top + bottom): [n, 4] → [n, 1]. Sums of columns as products, which have cheap gradients. */
function areaOf(distances: tf.Tensor2D): tf.Tensor2D {
  const width = tf.matMul(distances, tf.tensor2d([1, 0, 1, 0], [4, 1]));
  const height = tf.matMul(distances, tf.tensor2d([0, 1, 0, 1], [4, 1]));
  return tf.mul(width, height);
}
