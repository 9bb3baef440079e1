/**
 * One step of gradient descent with momentum as one operation, so that a runtime can take it in few passes over memory.
 * Not differentiable, by intent.
 */
import * as tf from '@tensorflow/tfjs-core';
import { blend } from './blend';
import { defineOperation } from './operation';

export interface MomentumStepAttributes {
  readonly learningRate: number;
  /** mu, above 0. */
  readonly momentum: number;
  /** beta, from 0. */
  readonly weightDecay: number;
}

const operation = defineOperation<MomentumStepAttributes>({
  name: 'Transferscope.MomentumStep',
  portable: ({ parameter, velocity, gradient }, { learningRate, momentum, weightDecay }) => {
    const decayed = weightDecay === 0 ? gradient! : blend(gradient!, 1, parameter!, weightDecay);
    const moved = blend(velocity!, momentum, decayed, 1);
    return [blend(parameter!, 1, moved, -learningRate), moved];
  },
});

/**
 * v ← mu v + g + beta p;  p ← p − lr v, for a parameter, its velocity and its gradient of equal shapes. Both variables get
 * new tensors; a runtime may have reused the memory of the old ones, which nobody can read any more.
 */
export function momentumStep(
  { parameter, velocity }: { readonly parameter: tf.Variable; readonly velocity: tf.Variable },
  gradient: tf.Tensor,
  attributes: MomentumStepAttributes,
): void {
  tf.tidy(() => {
    const [moved, faster] = operation({ parameter, velocity, gradient }, attributes);
    parameter.assign(moved!);
    velocity.assign(faster!);
  });
}
