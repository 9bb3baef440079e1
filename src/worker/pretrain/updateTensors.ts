/** Tensors of an update that are wanted after it, until the next one begins: keys for the queue, figures for the curves. */
import * as tf from '@tensorflow/tfjs-core';

export class UpdateTensors<Name extends string> {
  private parts: Readonly<Record<Name, tf.Tensor>>[] = [];

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  /** Those of the next part of the batch; they are this object's from then on. */
  add(tensors: Readonly<Record<Name, tf.Tensor>>): void {
    this.parts.push(tensors);
  }

  /** Rows of all parts, one after the other; the caller disposes. */
  join<T extends tf.Tensor>(name: Name): T {
    const rows = this.parts.map((part) => part[name] as T);
    return rows.length === 1 ? tf.clone(rows[0]!) : tf.concat(rows, 0);
  }

  /** The same, read back. */
  async read(name: Name): Promise<Float32Array> {
    const joined = this.join(name);
    const values = (await joined.data()) as Float32Array;
    joined.dispose();
    return values;
  }

  dispose(): void {
    for (const part of this.parts) tf.dispose(Object.values(part));
    this.parts = [];
  }
}
