/** The gradients of an update: the mean over the parts of its batch, which one process made or several. */
import * as tf from '@tensorflow/tfjs-core';
import { addGradients, divideGradients } from './meanGradients';
import { requireGradient } from './optimizer';
import type { Peers } from './peers';

export interface GradientSums {
  /** Adds the gradients of a part of the batch, and takes them over. */
  add(part: ReadonlyMap<string, tf.Tensor>): Promise<void>;
  /** The mean over `parts` parts; the caller disposes. */
  takeMean(parts: number): Promise<Map<string, tf.Tensor>>;
  /** What was added and not taken. */
  dispose(): void;
}

export function createGradientSums(
  parameters: ReadonlyMap<string, tf.Variable>,
  peers: Peers | undefined,
): GradientSums {
  return peers ? new SharedSums(parameters, peers) : new OwnSums();
}

class OwnSums implements GradientSums {
  private sums = new Map<string, tf.Tensor>();

  async add(part: ReadonlyMap<string, tf.Tensor>): Promise<void> {
    addGradients(this.sums, part);
  }

  async takeMean(parts: number): Promise<Map<string, tf.Tensor>> {
    const { sums } = this;
    this.sums = new Map();
    divideGradients(sums, parts);
    return sums;
  }

  dispose(): void {
    tf.dispose([...this.sums.values()]);
    this.sums = new Map();
  }
}

/** Passes all gradients as one row of numbers, in the order of the parameters. */
class SharedSums implements GradientSums {
  private readonly length: number;

  constructor(
    private readonly parameters: ReadonlyMap<string, tf.Variable>,
    private readonly peers: Peers,
  ) {
    this.length = [...parameters.values()].reduce((sum, { size }) => sum + size, 0);
  }

  async add(part: ReadonlyMap<string, tf.Tensor>): Promise<void> {
    const row = new Float32Array(this.length);
    let at = 0;
    for (const name of this.parameters.keys()) {
      const gradient = requireGradient(part, name);
      row.set((await gradient.data()) as Float32Array, at);
      at += gradient.size;
      gradient.dispose();
    }
    await this.peers.add(row);
  }

  async takeMean(parts: number): Promise<Map<string, tf.Tensor>> {
    const row = await this.peers.takeSums();
    const sums = new Map<string, tf.Tensor>();
    let at = 0;
    for (const [name, { shape, size }] of this.parameters) {
      sums.set(name, tf.tensor(row.slice(at, at + size), shape, 'float32'));
      at += size;
    }
    divideGradients(sums, parts);
    return sums;
  }

  dispose(): void {}
}
