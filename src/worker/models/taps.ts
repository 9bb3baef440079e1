/** Outputs of layers that were asked for, collected on the way through a network. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerInfo } from '../../shared/experiment/layers';

export class Taps {
  readonly kept: Record<string, tf.Tensor> = {};
  private readonly wanted: ReadonlySet<string>;

  /** layers: all that the network has. */
  constructor(names: readonly string[], layers: readonly LayerInfo[]) {
    const known = new Set(layers.map(({ name }) => name));
    for (const name of names) if (!known.has(name)) throw new Error(`internal: no layer called ${name}`);
    this.wanted = new Set(names);
  }

  wants(name: string): boolean {
    return this.wanted.has(name);
  }

  keep<T extends tf.Tensor>(name: string, value: T): T {
    // A clone costs no memory and lets the caller dispose every output on its own.
    if (this.wanted.has(name)) this.kept[name] = tf.clone(value);
    return value;
  }
}

/** For passes of which only the end is wanted. */
export const noTaps = new Taps([], []);

/** The outputs in the order in which they were asked for. */
export function inOrder(names: readonly string[], kept: Readonly<Record<string, tf.Tensor>>): Map<string, tf.Tensor> {
  return new Map(names.map((name) => [name, kept[name]!]));
}
