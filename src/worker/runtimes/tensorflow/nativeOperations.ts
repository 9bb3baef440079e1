/** Calls of TensorFlow operations by name, with attributes written as plain values. */
import * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, OperationAttribute } from './nativeBackend';

/** An attribute's value; the dtype of `T` and the like is written as its tfjs name in `types`. */
export interface Attributes {
  readonly types?: Readonly<Record<string, 'float32' | 'int32'>>;
  readonly numbers?: Readonly<Record<string, number | readonly number[]>>;
  readonly reals?: Readonly<Record<string, number>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, boolean>>;
}

const float = { T: 'float32' } as const;

export class NativeOperations {
  constructor(private readonly backend: NativeBackend) {}

  get isOnGpu(): boolean {
    return this.backend.binding.isUsingGpuDevice();
  }

  /** An operation with one output. `T` is float32 unless `types` says otherwise. */
  one(name: string, inputs: readonly tf.TensorInfo[], attributes: Attributes = {}): tf.Tensor {
    return this.backend.executeSingleOutput(name, this.encode(attributes), inputs);
  }

  /** An operation with `count` outputs, of which those in `kept` (default: all) are returned and the others freed. */
  many(
    name: string,
    inputs: readonly tf.TensorInfo[],
    { count, kept, ...attributes }: Attributes & { readonly count: number; readonly kept?: readonly number[] },
  ): tf.Tensor[] {
    const outputs = this.backend.executeMultipleOutputs(name, this.encode(attributes), inputs, count);
    if (!kept) return outputs;
    outputs.forEach((output, index) => {
      if (!kept.includes(index)) output.dispose();
    });
    return kept.map((index) => outputs[index]!);
  }

  private encode({
    types = float,
    numbers = {},
    reals = {},
    texts = {},
    flags = {},
  }: Attributes): OperationAttribute[] {
    const { TF_ATTR_TYPE, TF_ATTR_INT, TF_ATTR_FLOAT, TF_ATTR_STRING, TF_ATTR_BOOL, TF_FLOAT, TF_INT32 } =
      this.backend.binding;
    const encoded: OperationAttribute[] = [];
    for (const [name, type] of Object.entries(types))
      encoded.push({ name, type: TF_ATTR_TYPE, value: type === 'float32' ? TF_FLOAT : TF_INT32 });
    for (const [name, value] of Object.entries(numbers)) encoded.push({ name, type: TF_ATTR_INT, value });
    for (const [name, value] of Object.entries(reals)) encoded.push({ name, type: TF_ATTR_FLOAT, value });
    for (const [name, value] of Object.entries(texts)) encoded.push({ name, type: TF_ATTR_STRING, value });
    for (const [name, value] of Object.entries(flags)) encoded.push({ name, type: TF_ATTR_BOOL, value });
    return encoded;
  }
}

/** Uses a small int32 tensor, such as a shape, for one call. */
export function withIntegers<T>(values: readonly number[], use: (tensor: tf.Tensor) => T): T {
  const tensor = tf.tensor1d([...values], 'int32');
  try {
    return use(tensor);
  } finally {
    tensor.dispose();
  }
}
