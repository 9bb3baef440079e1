/** Weighted sum of two tensors in one pass: momentum, weight decay, moving averages. Not differentiable, by intent. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const operation = defineOperation<{ readonly aShare: number; readonly bShare: number }>({
  name: 'Transferscope.Blend',
  portable: ({ a, b }, { aShare, bShare }) => tf.add(tf.mul(a!, aShare), tf.mul(b!, bShare)),
});

/**
 * aShare · a + bShare · b for equal shapes. Each product and the sum are rounded to float32, as
 * tf.add(tf.mul(a, aShare), tf.mul(b, bShare)) does; it saves two passes and two tensors.
 */
export function blend<T extends tf.Tensor>(a: T, aShare: number, b: T, bShare: number): T {
  return operation({ a, b }, { aShare, bShare })[0] as T;
}
