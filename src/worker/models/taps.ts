/** Outputs of layers that were asked for, collected on the way through a network. */
import * as tf from '@tensorflow/tfjs-core';
import type { LayerInfo } from '../../shared/experiment/layers';
import { observe } from '../ops/observe';
import type { Offsets } from './backbone';

export class Taps {
  readonly kept: Record<string, tf.Tensor> = {};
  private readonly wanted: ReadonlySet<string>;

  /** layers: all that the network has. */
  constructor(
    names: readonly string[],
    layers: readonly LayerInfo[],
    private readonly offsets: Offsets = new Map(),
  ) {
    const known = new Set(layers.map(({ name }) => name));
    for (const name of [...names, ...offsets.keys()])
      if (!known.has(name)) throw new Error(`internal: no layer called ${name}`);
    this.wanted = new Set(names);
  }

  /** What is to be added to a layer's output. */
  offset(name: string): tf.Tensor | undefined {
    return this.offsets.get(name);
  }

  wants(name: string): boolean {
    return this.wanted.has(name);
  }

  /**
   * The layer's output as the rest of the network is to read it. Layers with the same output get the same tensor, so that
   * whoever reads them need not do it twice.
   */
  keep<T extends tf.Tensor>(name: string, value: T): T {
    const offset = this.offsets.get(name);
    const output = observe(name, offset === undefined ? value : tf.add<T>(value, offset));
    // What a network returns is a vector; a clone of it can be disposed apart. Maps are only ever kept here.
    if (this.wanted.has(name)) this.kept[name] = output.rank === 2 ? tf.clone(output) : output;
    return output;
  }
}

/** For passes of which only the end is wanted. */
export const noTaps = new Taps([], []);

/** The outputs in the order in which they were asked for. */
export function inOrder(names: readonly string[], kept: Readonly<Record<string, tf.Tensor>>): Map<string, tf.Tensor> {
  return new Map(names.map((name) => [name, kept[name]!]));
}
