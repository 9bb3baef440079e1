/**
 * Calls of TensorFlow operations by name. They bypass tfjs between an operation of ours and its end: temporary tensors are
 * numbers, constants are uploaded once, and a call costs a third of what it does through tfjs's own kernels. That counts,
 * because a training step is a thousand calls.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { NativeBackend, NativeTensor, OperationAttribute } from './nativeBackend';

export type NativeType = 'float32' | 'int32' | 'int64';

/** Attributes as plain values; `T` is float32 unless `types` says otherwise. */
export interface Attributes {
  readonly types?: Readonly<Record<string, NativeType>>;
  readonly numbers?: Readonly<Record<string, number | readonly number[]>>;
  readonly reals?: Readonly<Record<string, number>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly shapes?: Readonly<Record<string, readonly number[]>>;
}

/** An input of a call: a tensor of tfjs's or one that a call before it gave. */
export type Operand = tf.TensorInfo | NativeTensor;

/** Shapes, axes and factors that come again every step; more than a network has would be a leak. */
const MOST_CONSTANTS = 4096;

export class NativeOperations {
  private readonly constants = new Map<string, NativeTensor>();
  private temporaries: NativeTensor[] = [];

  constructor(private readonly backend: NativeBackend) {}

  get isOnGpu(): boolean {
    return this.backend.binding.isUsingGpuDevice();
  }

  /** Attributes in TensorFlow's form; made once per kernel or geometry by `remember`. */
  attributes({
    types = { T: 'float32' },
    numbers,
    reals,
    texts,
    flags,
    shapes,
  }: Attributes): readonly OperationAttribute[] {
    const { binding } = this.backend;
    const numbered = { float32: binding.TF_FLOAT, int32: binding.TF_INT32, int64: binding.TF_INT64 };
    const typed = Object.entries(types).map(([name, type]) => ({
      name,
      type: binding.TF_ATTR_TYPE,
      value: numbered[type],
    }));
    const listed = <T extends OperationAttribute['value']>(type: number, values: Readonly<Record<string, T>> = {}) =>
      Object.entries(values).map(([name, value]) => ({ name, type, value }));
    return [
      ...typed,
      ...listed(binding.TF_ATTR_INT, numbers),
      ...listed(binding.TF_ATTR_FLOAT, reals),
      ...listed(binding.TF_ATTR_STRING, texts),
      ...listed(binding.TF_ATTR_BOOL, flags),
      ...listed(binding.TF_ATTR_SHAPE, shapes),
    ];
  }

  /** Runs calls whose temporaries are freed at the end; what `compute` returns becomes tfjs's. */
  run(compute: () => readonly NativeTensor[]): tf.Tensor[] {
    const outer = this.temporaries;
    this.temporaries = [];
    let kept: readonly NativeTensor[] = [];
    try {
      kept = compute();
      return kept.map((tensor) => this.backend.createOutputTensor(tensor));
    } finally {
      const ids = new Set(kept.map(({ id }) => id));
      for (const { id } of this.temporaries) if (!ids.has(id)) this.backend.binding.deleteTensor(id);
      this.temporaries = outer;
    }
  }

  /** One call with several outputs, inside `run`. */
  many(
    name: string,
    inputs: readonly Operand[],
    attributes: readonly OperationAttribute[],
    count: number,
  ): NativeTensor[] {
    const ids = inputs.map((input) => ('id' in input && !('dataId' in input) ? input.id : this.idOf(input)));
    const outputs = this.backend.binding.executeOp(name, attributes, ids, count);
    this.temporaries.push(...outputs);
    return outputs;
  }

  /** One call without inputs whose output stays for good. */
  keep(name: string, attributes: readonly OperationAttribute[]): NativeTensor {
    return this.backend.binding.executeOp(name, attributes, [], 1)[0]!;
  }

  /**
   * Lets go of a tensor that tfjs still counts but nobody reads again, so that its memory may be written to. One that
   * several tfjs tensors share is left alone.
   */
  release(tensor: tf.TensorInfo): void {
    const entry = this.backend.tensorMap.get(tensor.dataId);
    if (entry.refCount > 1) return;
    this.backend.binding.deleteTensor(entry.id);
    entry.id = -1;
  }

  /** Frees a temporary before the end of its `run`. */
  drop(tensor: NativeTensor): void {
    this.temporaries = this.temporaries.filter(({ id }) => id !== tensor.id);
    this.backend.binding.deleteTensor(tensor.id);
  }

  /** One call with one output, inside `run`. */
  one(name: string, inputs: readonly Operand[], attributes: readonly OperationAttribute[]): NativeTensor {
    return this.many(name, inputs, attributes, 1)[0]!;
  }

  /** An int32 vector, or with `shape` a matrix, that is uploaded once. */
  integers(values: readonly number[], shape: readonly number[] = [values.length]): NativeTensor {
    return this.constant(`i${shape.join('x')}:${values.join()}`, shape, Int32Array.from(values));
  }

  /** A float32 scalar that is uploaded once, for factors that stay; those that change go through `number`. */
  constantNumber(value: number): NativeTensor {
    return this.constant(`f${value}`, [], Float32Array.of(value));
  }

  /** A float32 scalar for this `run`. */
  number(value: number): NativeTensor {
    return this.temporary([], Float32Array.of(value));
  }

  /** A tensor of the given numbers for this `run`; they are not copied. */
  temporary(shape: readonly number[], values: Float32Array | Int32Array): NativeTensor {
    const tensor = this.upload(shape, values);
    this.temporaries.push(tensor);
    return tensor;
  }

  /** A float32 vector of no elements. */
  get nothing(): NativeTensor {
    return this.constant('nothing', [0], new Float32Array(0));
  }

  private idOf(tensor: Operand): number {
    return this.backend.getInputTensorIds([tensor as tf.TensorInfo])[0]!;
  }

  private constant(key: string, shape: readonly number[], values: Float32Array | Int32Array): NativeTensor {
    const known = this.constants.get(key);
    if (known) return known;
    if (this.constants.size >= MOST_CONSTANTS) {
      for (const { id } of this.constants.values()) this.backend.binding.deleteTensor(id);
      this.constants.clear();
    }
    const tensor = this.upload(shape, values);
    this.constants.set(key, tensor);
    return tensor;
  }

  private upload(shape: readonly number[], values: Float32Array | Int32Array): NativeTensor {
    const { binding } = this.backend;
    const dtype = values instanceof Float32Array ? binding.TF_FLOAT : binding.TF_INT32;
    return { id: binding.createTensor(shape, dtype, values), shape: [...shape], dtype };
  }
}

/** Makes a function of a geometry that computes once per geometry. */
export function remember<Key extends object, Value>(make: (key: Key) => Value): (key: Key) => Value {
  const known = new Map<string, Value>();
  return (key) => {
    const text = JSON.stringify(key);
    const value = known.get(text) ?? make(key);
    known.set(text, value);
    return value;
  };
}
