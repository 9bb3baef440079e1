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

  /** Layers with the same output get the same tensor, so that whoever reads them need not do it twice. */
  keep<T extends tf.Tensor>(name: string, value: T): T {
    // What a network returns is a vector; a clone of it can be disposed apart. Maps are only ever kept here.
    if (this.wanted.has(name)) this.kept[name] = value.rank === 2 ? tf.clone(value) : value;
    return value;
  }
}

/** For passes of which only the end is wanted. */
export const noTaps = new Taps([], []);

/** The outputs in the order in which they were asked for. */
export function inOrder(names: readonly string[], kept: Readonly<Record<string, tf.Tensor>>): Map<string, tf.Tensor> {
  return new Map(names.map((name) => [name, kept[name]!]));
}
