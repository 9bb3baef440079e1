/**
 * Gradient checkpointing (Chen et al. 2016, arXiv 1604.06174): the inner results of a part of a network are given up after the
 * forward pass and computed again when its gradient is due. Less memory for one more forward pass; the gradients are the same.
 */
import * as tf from '@tensorflow/tfjs-core';

/** Whether what is computed now is recorded for a gradient. */
export function isGradientWanted(): boolean {
  const { gradientDepth, kernelDepth } = tf.engine().state;
  return gradientDepth > 0 && kernelDepth === 0;
}

/**
 * y = part(x, false) with the gradient of part(x, true). Both calls must compute the same values; `isAgain` is for side effects
 * that belong to the first, such as running statistics. `parameters`: every variable the part's gradient goes to.
 */
export function recomputed<T extends tf.Tensor>(
  x: T,
  parameters: readonly tf.Variable[],
  part: (x: T, isAgain: boolean) => T,
): T {
  const operation = tf.customGrad((...inputs) => {
    const save = inputs[inputs.length - 1] as unknown as (tensors: tf.Tensor[]) => void;
    save([x]);
    return {
      value: part(x, false),
      gradFunc: (dy, saved) => gradientsOf(part, { x: saved[0] as T, parameters, dy: dy as T }),
    };
  });
  return operation(x, ...parameters) as T;
}

function gradientsOf<T extends tf.Tensor>(
  part: (x: T, isAgain: boolean) => T,
  at: { readonly x: T; readonly parameters: readonly tf.Variable[]; readonly dy: T },
): tf.Tensor[] {
  const engine = tf.engine();
  // The gradient under way has a tape of its own, which a gradient inside it would take for its own and throw away.
  const outer = engine.state.activeTape;
  try {
    const inputs = [at.x, ...at.parameters];
    const { value, grads } = engine.gradients(() => part(at.x, true), inputs, at.dy);
    value.dispose();
    return grads.map((gradient, i) => gradient ?? tf.zerosLike(inputs[i]!));
  } finally {
    engine.state.activeTape = outer;
  }
}
