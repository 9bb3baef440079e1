/** Losses every method shares. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const crossEntropy = defineOperation<object>({
  name: 'Transferscope.SoftmaxCrossEntropy',
  portable: ({ logits, labels }) => {
    const [count, classes] = logits!.shape as [number, number];
    const shifted = tf.sub(logits!, tf.max(logits!, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true); // [N, 1]
    const target = tf.cast(tf.oneHot(labels as tf.Tensor1D, classes), 'float32'); // [N, C]
    const own = tf.sum(tf.mul(shifted, target), 1); // [N]
    const loss = tf.div(tf.sum(tf.sub(tf.reshape(tf.log(total), [count]), own)), count);
    return [loss, tf.div(tf.sub(tf.div(exponentials, total), target), count)];
  },
  gradient: {
    saveInputs: ['labels'],
    saveOutputs: [false, true],
    backward: ([dy], [labels, difference]) => ({
      logits: () => tf.mul(difference!, dy!),
      labels: () => tf.zerosLike(labels!),
    }),
  },
});

/**
 * Mean over rows of −log softmax(logits)[label]; the largest logit is subtracted first, so that nothing overflows.
 * logits: [N, C]; labels: int32 [N], 0..C−1; returns a scalar. Gradient: (softmax − one-hot) / N.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const [loss, difference] = crossEntropy({ logits, labels }, {});
  difference!.dispose(); // the tape holds its own reference
  return loss as tf.Scalar;
}

const weightedCrossEntropy = defineOperation<{ readonly rowLength: number }>({
  name: 'Transferscope.WeightedCrossEntropy',
  portable: ({ logits, labels, weights }, { rowLength }) => {
    const [count, classes] = logits!.shape as [number, number];
    const shifted = tf.sub(logits!, tf.max(logits!, 1, true));
    const exponentials = tf.exp(shifted);
    const total = tf.sum(exponentials, 1, true); // [P, 1]
    const target = tf.cast(tf.oneHot(labels as tf.Tensor1D, classes), 'float32'); // [P, C]
    const own = tf.sum(tf.mul(shifted, target), 1); // [P]
    const losses = tf.mul(tf.sub(tf.reshape(tf.log(total), [count]), own), weights!);
    // Row by row: one long float32 sum loses digits.
    const loss = tf.sum(tf.sum(tf.reshape(losses, [-1, rowLength]), 1));
    const difference = tf.sub(tf.div(exponentials, total), target);
    return [loss, tf.mul(difference, tf.reshape(weights!, [count, 1]))];
  },
  gradient: {
    saveInputs: ['labels', 'weights'],
    saveOutputs: [false, true],
    backward: ([dy], [labels, weights, difference]) => ({
      logits: () => tf.mul(difference!, dy!),
      labels: () => tf.zerosLike(labels!),
      weights: () => tf.zerosLike(weights!),
    }),
  },
});

/**
 * Σ over pixels p of w_p · −log softmax(logits_p)[label_p]. logits: [N, H, W, C]; labels: int32 [N·H·W], 0..C−1; weights:
 * [N·H·W], constants: 1 / n for each of n judged pixels and 0 elsewhere give torch's cross_entropy with ignore_index. A scalar.
 */
export function pixelCrossEntropy(logits: tf.Tensor4D, labels: tf.Tensor1D, weights: tf.Tensor1D): tf.Scalar {
  const [, , width, classes] = logits.shape;
  const flat = tf.reshape(logits, [-1, classes]); // [N·H·W, C]
  const [loss, difference] = weightedCrossEntropy({ logits: flat, labels, weights }, { rowLength: width });
  difference!.dispose(); // the tape holds its own reference
  return loss as tf.Scalar;
}
