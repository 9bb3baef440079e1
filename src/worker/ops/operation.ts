/**
 * How our own operations join tfjs. An operation is a tfjs kernel name with one portable implementation made of stock
 * tfjs calls, used on any backend that has no better one; a runtime may register a faster kernel under the same name
 * before the first call. Its gradient is registered once, for all backends, and is lazy per input: tfjs then skips the
 * gradient of the images, which nobody wants.
 */
import * as tf from '@tensorflow/tfjs-core';
import { registerStockGradients } from './stockGradients';

registerStockGradients();

export type Inputs = Readonly<Record<string, tf.Tensor>>;

export interface Operation<A extends object> {
  readonly name: string;
  /** Runs where the current backend has no kernel of this name. */
  readonly portable: (inputs: Inputs, attributes: A) => tf.Tensor | tf.Tensor[];
  readonly gradient?: {
    readonly saveInputs: readonly string[];
    /** Which outputs to keep for the backward pass; `saved` is inputs first, then these. */
    readonly saveOutputs?: readonly boolean[];
    readonly backward: (
      dys: readonly tf.Tensor[],
      saved: readonly tf.Tensor[],
      attributes: A,
    ) => Record<string, () => tf.Tensor>;
  };
}

/** Makes an operation callable: `const op = defineOperation({...}); op({ x }, { stride: 1 })`. */
export function defineOperation<A extends object>(
  operation: Operation<A>,
): (inputs: Inputs, attributes: A) => tf.Tensor[] {
  const { name, gradient } = operation;
  if (gradient) {
    tf.registerGradient({
      kernelName: name,
      inputsToSave: [...gradient.saveInputs],
      outputsToSave: [...(gradient.saveOutputs ?? [])],
      gradFunc: (dy, saved, attributes) =>
        gradient.backward(Array.isArray(dy) ? dy : [dy], saved, attributes as unknown as A),
    });
  }
  return (inputs, attributes) => {
    const backend = tf.getBackend();
    if (!tf.getKernel(name, backend))
      tf.registerKernel({ kernelName: name, backendName: backend, kernelFunc: portableKernel(operation) });
    const outputs = tf.engine().runKernel(name, inputs as tf.NamedTensorMap, attributes as unknown as tf.NamedAttrMap);
    return (Array.isArray(outputs) ? outputs : [outputs]) as tf.Tensor[];
  };
}

function portableKernel<A extends object>(operation: Operation<A>): tf.KernelFunc {
  return ({ inputs, attrs }) =>
    tf.tidy(() => operation.portable(inputs as unknown as Inputs, attrs as unknown as A)) as
      tf.TensorInfo | tf.TensorInfo[];
}
