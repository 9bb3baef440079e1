/**
 * Forward passes in training, and what processes that share an update owe each other after them: everybody's part of what a
 * learner keeps, and batch-norm statistics that move as if one process had made all passes.
 */
import type * as tf from '@tensorflow/tfjs-core';
import type { Backbone } from '../models/backbone';
import type { Peers } from '../train/peers';
import { BatchStatistics, NOTED_STATISTICS } from './batchStatistics';
import type { UpdateTensors } from './updateTensors';

export class TrainingPasses {
  private readonly statistics = new Map<Backbone, BatchStatistics>();

  /** `groups`: equal parts of a batch that batch norm normalises apart. */
  constructor(
    private readonly groups: number,
    readonly peers?: Peers,
  ) {}

  /** Whether a part of an update is the first that this process makes. */
  isFirst(part: number): boolean {
    return part === (this.peers?.rank ?? 0);
  }

  /** Pooled features [N, featureSize] of one part of an update. */
  forward(backbone: Backbone, images: tf.Tensor4D): tf.Tensor2D {
    const options = { training: true, batchNormGroups: this.groups };
    if (!this.peers) return backbone.forward(images, options).pooled;
    const statistics = this.statisticsOf(backbone, this.peers);
    statistics.begin();
    const { pooled } = backbone.forward(images, { ...options, statisticsMomentum: NOTED_STATISTICS });
    statistics.note();
    return pooled;
  }

  /** A number that the process with the first part of an update finds out. */
  async ofFirst(find: () => Promise<number>): Promise<number> {
    const { peers } = this;
    if (!peers) return find();
    const own = Float64Array.of(peers.rank === 0 ? await find() : 0);
    const [first] = await peers.gather(new Uint8Array(own.buffer));
    return new Float64Array(first!.buffer, first!.byteOffset, 1)[0]!;
  }

  /** To be called once at the end of each update. */
  async gatherParts(...kept: readonly UpdateTensors<string>[]): Promise<void> {
    if (!this.peers) return;
    for (const tensors of kept) await tensors.gatherParts(this.peers);
    for (const statistics of this.statistics.values()) await statistics.combine();
  }

  dispose(): void {
    for (const statistics of this.statistics.values()) statistics.dispose();
  }

  private statisticsOf(backbone: Backbone, peers: Peers): BatchStatistics {
    const known = this.statistics.get(backbone) ?? new BatchStatistics(backbone.weights, peers);
    this.statistics.set(backbone, known);
    return known;
  }
}
