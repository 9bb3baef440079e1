/**
 * Running statistics of batch norm where several processes share an update: they move once for each part of the batch, in the
 * order of the parts, as if one process had seen them all. In the forward passes each process notes the statistics of its own
 * parts alone (a share of 1 makes the running ones those of the batch); afterwards all are blended in order, everywhere.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defaultStatisticsMomentum } from '../models/resnet/convBatchNorm';
import type { WeightStore } from '../models/weightStore';
import { blend } from '../ops/blend';
import type { Peers } from '../train/peers';
import { UpdateTensors } from './updateTensors';

/** `statisticsMomentum` of the forward passes in between. */
export const NOTED_STATISTICS = 1;

export class BatchStatistics {
  /** Blended statistics; counts of batches are apart, since they are no averages. */
  private readonly names: readonly string[];
  private readonly counters: readonly string[];
  private readonly noted = new UpdateTensors<'statistics'>();
  private before: tf.Tensor1D | undefined;

  constructor(
    private readonly weights: WeightStore,
    private readonly peers: Peers,
  ) {
    const buffers = weights.names('buffer');
    this.counters = buffers.filter((name) => name.endsWith('num_batches_tracked'));
    this.names = buffers.filter((name) => !this.counters.includes(name));
  }

  /** Before each forward pass in training of this process; the first of an update keeps the statistics as they were. */
  begin(): void {
    if (this.names.length > 0) this.before ??= this.joined();
  }

  /** After each forward pass in training of this process. */
  note(): void {
    if (this.names.length > 0) this.noted.add({ statistics: this.joined() });
  }

  /** At the end of an update: everybody's statistics, in the order of the parts. */
  async combine(): Promise<void> {
    if (!this.before) return;
    const own = this.noted.count;
    await this.noted.gatherParts(this.peers);
    tf.tidy(() => {
      let running = this.before!;
      for (const batch of this.noted.each<tf.Tensor1D>('statistics'))
        running = blend(running, 1 - defaultStatisticsMomentum, batch, defaultStatisticsMomentum);
      this.assign(running);
      for (const name of this.counters) {
        const counter = this.weights.get(name);
        counter.assign(tf.add(counter, this.noted.count - own));
      }
    });
    this.dispose();
  }

  dispose(): void {
    this.noted.dispose();
    this.before?.dispose();
    this.before = undefined;
  }

  private joined(): tf.Tensor1D {
    // Kept: forward passes run inside a tidy of the gradient.
    return tf.tidy(() =>
      tf.keep(tf.concat(this.names.map((name) => this.weights.get(name) as tf.Tensor as tf.Tensor1D))),
    );
  }

  private assign(joined: tf.Tensor1D): void {
    let at = 0;
    for (const name of this.names) {
      const variable = this.weights.get(name);
      variable.assign(tf.slice(joined, [at], [variable.size]));
      at += variable.size;
    }
  }
}
