/**
 * Named weights of one network: trainable parameters and buffers (batch-norm running statistics).
 * Names and file layout are PyTorch's (conv OIHW, linear [out, in]); in memory conv filters are HWIO and linear [in, out],
 * which is what the kernels want. `exportTensors`/`importTensors` convert, so that a saved backbone loads in PyTorch as it is.
 */
import * as tf from '@tensorflow/tfjs-core';

/** A tensor on its way to or from a file: PyTorch layout, float32. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export type WeightRole = 'parameter' | 'buffer';
/** How memory order relates to PyTorch's: conv HWIO ↔ OIHW, linear [in, out] ↔ [out, in], plain as it is. */
export type WeightLayout = 'conv' | 'linear' | 'plain';

interface Entry {
  readonly variable: tf.Variable;
  readonly role: WeightRole;
  readonly layout: WeightLayout;
}

export class WeightStore {
  private readonly entries = new Map<string, Entry>();

  /** Adds a weight given in memory layout; the store owns the created variable. */
  add(name: string, value: tf.Tensor, role: WeightRole, layout: WeightLayout): tf.Variable {
    if (this.entries.has(name)) throw new Error(`internal: weight ${name} exists already`);
    const variable = tf.variable(value, role === 'parameter');
    this.entries.set(name, { variable, role, layout });
    return variable;
  }

  get(name: string): tf.Variable {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`internal: no weight called ${name}`);
    return entry.variable;
  }

  has(name: string): boolean {
    return this.entries.has(name);
  }

  names(role?: WeightRole): string[] {
    return [...this.entries].filter(([, entry]) => !role || entry.role === role).map(([name]) => name);
  }

  layout(name: string): WeightLayout {
    const entry = this.entries.get(name);
    if (!entry) throw new Error(`internal: no weight called ${name}`);
    return entry.layout;
  }

  /** Trainable variables by name, in insertion order. */
  parameters(): Map<string, tf.Variable> {
    return new Map(this.names('parameter').map((name) => [name, this.get(name)]));
  }

  /** Shapes of all weights in PyTorch layout. */
  shapes(): Map<string, readonly number[]> {
    return new Map([...this.entries].map(([name, { variable, layout }]) => [name, fileShape(variable.shape, layout)]));
  }

  /** All weights in PyTorch layout, read back from the runtime. */
  async exportTensors(): Promise<Map<string, HostTensor>> {
    const result = new Map<string, HostTensor>();
    for (const [name, { variable, layout }] of this.entries) {
      const tensor = tf.tidy(() => toFileLayout(variable, layout));
      const data = (await tensor.data()) as Float32Array;
      result.set(name, { shape: tensor.shape, data: data.slice() });
      if (tensor.id !== variable.id) tensor.dispose();
    }
    return result;
  }

  /** Overwrites weights from PyTorch layout. Shapes must match; names not in the store are an internal error. */
  importTensors(tensors: ReadonlyMap<string, HostTensor>): void {
    for (const [name, { shape, data }] of tensors) {
      const { variable, layout } = this.entries.get(name) ?? missing(name);
      tf.tidy(() => variable.assign(toMemoryLayout(tf.tensor(data, shape as number[], 'float32'), layout)));
    }
  }

  dispose(): void {
    for (const { variable } of this.entries.values()) variable.dispose();
    this.entries.clear();
  }
}

function missing(name: string): never {
  throw new Error(`internal: no weight called ${name}`);
}

function fileShape(shape: readonly number[], layout: WeightLayout): readonly number[] {
  return layout === 'plain' ? shape : memoryAxes[layout].map((axis) => shape[axis]!);
}

/** For each axis of PyTorch's layout, the axis in memory. */
const memoryAxes = { conv: [3, 2, 0, 1], linear: [1, 0] } as const; // HWIO → OIHW; [in, out] → [out, in]

function toFileLayout(tensor: tf.Tensor, layout: WeightLayout): tf.Tensor {
  return layout === 'plain' ? tf.clone(tensor) : tf.transpose(tensor, [...memoryAxes[layout]]);
}

function toMemoryLayout(tensor: tf.Tensor, layout: WeightLayout): tf.Tensor {
  if (layout === 'conv') return tf.transpose(tensor, [2, 3, 1, 0]); // OIHW → HWIO
  if (layout === 'linear') return tf.transpose(tensor, [1, 0]);
  return tensor;
}
