/** Tensors of an update that are wanted after it, until the next one begins: keys for the queue, figures for the curves. */
import * as tf from '@tensorflow/tfjs-core';
import { gatherFloats, type Peers } from '../train/peers';

export class UpdateTensors<Name extends string> {
  private parts: Readonly<Record<Name, tf.Tensor>>[] = [];

  get isEmpty(): boolean {
    return this.parts.length === 0;
  }

  get count(): number {
    return this.parts.length;
  }

  /** One tensor of each part, which stays this object's. */
  each<T extends tf.Tensor>(name: Name): T[] {
    return this.parts.map((part) => part[name] as T);
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

  /** Gets the parts that other processes made, so that all of them are here, in the order of the batch. */
  async gatherParts(peers: Peers): Promise<void> {
    const own = this.parts;
    this.parts = [];
    for (const part of own) {
      const values = await readJoined(Object.values(part));
      for (const theirs of await gatherFloats(peers, values)) this.parts.push(splitLike(part, theirs));
      tf.dispose(Object.values(part));
    }
  }

  dispose(): void {
    for (const part of this.parts) tf.dispose(Object.values(part));
    this.parts = [];
  }
}

async function readJoined(tensors: readonly tf.Tensor[]): Promise<Float32Array> {
  const joined = tf.tidy(() =>
    tf.concat(
      tensors.map((tensor) => tf.reshape(tensor, [tensor.size])),
      0,
    ),
  );
  const values = (await joined.data()) as Float32Array;
  joined.dispose();
  return values;
}

function splitLike<Name extends string>(
  part: Readonly<Record<Name, tf.Tensor>>,
  values: Float32Array,
): Record<Name, tf.Tensor> {
  let at = 0;
  const tensors = Object.entries<tf.Tensor>(part).map(([name, { shape, size }]) => {
    at += size;
    return [name, tf.tensor(values.slice(at - size, at), shape, 'float32')];
  });
  return Object.fromEntries(tensors) as Record<Name, tf.Tensor>;
}
