/** Loss terms of one batch, their sum, and the gradients of everything trained: the middle of every fine-tuning step. */
import * as tf from '@tensorflow/tfjs-core';

export interface LossStep {
  /** Terms by name, their sum under `loss`. */
  readonly losses: Record<string, number>;
  /** By parameter name; the caller disposes them. */
  readonly gradients: Map<string, tf.Tensor>;
}

/** `computeTerms` is called inside tf.variableGrads: synchronous, differentiable in `parameters`. */
export async function takeLossStep(
  parameters: ReadonlyMap<string, tf.Variable>,
  computeTerms: () => Readonly<Record<string, tf.Scalar>>,
): Promise<LossStep> {
  let terms: Readonly<Record<string, tf.Scalar>> = {};
  const { value, grads } = tf.variableGrads(() => {
    const parts = computeTerms();
    terms = Object.fromEntries(Object.entries(parts).map(([name, term]) => [name, tf.keep(tf.clone(term))]));
    return tf.addN(Object.values(parts));
  }, [...parameters.values()]);
  const names = Object.keys(terms);
  const stacked = tf.tidy(() => tf.stack([value, ...names.map((name) => terms[name]!)]));
  const values = await stacked.data(); // one read for all of them
  tf.dispose([stacked, value, ...Object.values(terms)]);
  const losses = Object.fromEntries([['loss', values[0]!], ...names.map((name, i) => [name, values[i + 1]!])]);
  return { losses, gradients: gradientsByName(parameters, grads) };
}

/** A part of the network that a batch did not use (no object, no region) has no gradient: zero, as in PyTorch. */
function gradientsByName(
  parameters: ReadonlyMap<string, tf.Variable>,
  gradients: Readonly<Record<string, tf.Tensor>>,
): Map<string, tf.Tensor> {
  return new Map(
    [...parameters].map(([name, variable]) => [name, gradients[variable.name] ?? tf.zeros(variable.shape)]),
  );
}
