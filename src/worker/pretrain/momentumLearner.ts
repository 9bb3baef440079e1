/**
 * MoCo v1/v2, exemplar v1/v2 and SupCon in MoCo form: one query crop against one key crop encoded by a slow copy of the
 * network, and a queue of earlier keys. The three differ only in which queue entries count (Zhao et al. 2021, arXiv 2006.06606).
 * Order of a step as in He et al. 2019, algorithm 1: move the key encoder, encode keys, loss, update, enqueue.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../../shared/math/rank';
import { positiveAccuracy } from '../../shared/math/representation';
import { assertNever } from '../../shared/assertNever';
import type { MomentumMethod } from '../../shared/experiment/methods';
import { deriveRandom } from '../../shared/random';
import type { Backbone } from '../models/backbone';
import type { Head } from '../models/heads';
import type { ContrastiveOutput } from '../objectives/contrastiveSoftmax';
import { exemplarLoss } from '../objectives/exemplar';
import { infoNceLoss } from '../objectives/infoNce';
import type { KeyQueue } from '../objectives/keyQueue';
import { copyWeights, updateMomentumEncoder } from '../objectives/momentumEncoder';
import { drawShuffle, takeRows, type Shuffle } from '../objectives/shuffle';
import { supConLoss } from '../objectives/supCon';
import { l2Normalize } from '../ops/normalize';
import { observedAs, reportMatch } from '../ops/observe';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import {
  lossGradients,
  mergeParameters,
  type KeyEncoder,
  type Learner,
  type LearnerBatch,
  type LearnerStep,
} from './learner';
import type { TrainingPasses } from './trainingPasses';
import { UpdateTensors } from './updateTensors';

export interface MomentumLearnerParts {
  readonly method: MomentumMethod;
  readonly online: { readonly backbone: Backbone; readonly head: Head };
  /** Same architecture; starts as a copy and is never trained by gradients. */
  readonly slow: { readonly backbone: Backbone; readonly head: Head };
  readonly queue: KeyQueue;
  readonly temperature: number;
  readonly encoderMomentum: number;
  readonly training: TrainingPasses;
  readonly seed: number;
}

export class MomentumLearner implements Learner {
  readonly views = 2;
  readonly parameters: Map<string, tf.Variable>;
  readonly keys: KeyEncoder = {
    order: (step, rows) => this.shuffle(step, rows).order,
    encode: (images) => this.encodeShuffled(images),
    finish: (step) => this.unshuffle(step),
  };
  private readonly last = new UpdateTensors<'queries' | 'keys' | 'positive' | 'hardestNegative'>();
  /** Keys of an update of several parts, in shuffled order, until all are there. */
  private readonly shuffled = new UpdateTensors<'keys'>();
  /** [rows, D], in the order of the batch; of an update of several parts, until its end. */
  private encoded: tf.Tensor2D | undefined;

  constructor(private readonly parts: MomentumLearnerParts) {
    const { online, slow } = parts;
    this.parameters = mergeParameters(online.backbone.weights, online.head.weights);
    copyWeights(slow.backbone.weights, online.backbone.weights);
    copyWeights(slow.head.weights, online.head.weights);
  }

  get backbone() {
    return this.parts.online.backbone;
  }

  get headWeights() {
    return this.parts.online.head.weights;
  }

  /** Fraction of the queue that holds keys and not noise. */
  get queueFill(): number {
    return this.parts.queue.filled / this.parts.queue.size;
  }

  async step(batch: LearnerBatch): Promise<LearnerStep> {
    if (!this.encoded) this.beginUpdate();
    const keys = this.encoded ? this.keysOf(this.encoded, batch) : this.encodeKeys(batch);
    const { value, gradients } = lossGradients(this.parameters, () => {
      const queries = this.embed(this.parts.online, batch.views[0]!); // [N, D]
      const { loss, positive, hardestNegative } = this.compare(queries, keys, batch.labels);
      const kept = { queries: tf.keep(tf.clone(queries)), keys };
      this.last.add({ ...kept, positive: tf.keep(positive), hardestNegative: tf.keep(hardestNegative) });
      return loss;
    });
    return { loss: value, gradients };
  }

  async gatherParts(): Promise<void> {
    await this.parts.training.gatherParts(this.last);
  }

  async afterUpdate(batches: readonly LearnerBatch[]): Promise<void> {
    this.forgetKeys();
    const keys = this.last.join<tf.Tensor2D>('keys');
    this.parts.queue.enqueue(
      keys,
      batches.flatMap(({ labels }) => [...labels]),
    );
    keys.dispose();
  }

  async figures(): Promise<Record<string, number>> {
    if (this.last.isEmpty) return {};
    const [positive, negative] = await Promise.all([this.last.read('positive'), this.last.read('hardestNegative')]);
    return { positiveAccuracy: positiveAccuracy(positive, negative), queueFill: this.queueFill };
  }

  async embeddings(): Promise<{ a: Matrix; b: Matrix } | undefined> {
    if (this.last.isEmpty) return undefined;
    const columns = this.parts.queue.dimension;
    const [a, b] = await Promise.all([this.last.read('queries'), this.last.read('keys')]);
    const rows = a.length / columns;
    return { a: { data: a, rows, columns }, b: { data: b, rows, columns } };
  }

  async exportState(): Promise<SavedState> {
    const { online, slow, queue } = this.parts;
    return joinStates({
      head: await weightState(online.head.weights),
      slowBackbone: await weightState(slow.backbone.weights),
      slowHead: await weightState(slow.head.weights),
      queue: await queue.exportState(),
    });
  }

  importState(state: SavedState): void {
    const { online, slow, queue } = this.parts;
    online.head.weights.importTensors(splitState('head', state).tensors);
    slow.backbone.weights.importTensors(splitState('slowBackbone', state).tensors);
    slow.head.weights.importTensors(splitState('slowHead', state).tensors);
    queue.importState(splitState('queue', state));
  }

  dispose(): void {
    const { online, slow, queue } = this.parts;
    this.last.dispose();
    this.forgetKeys();
    this.parts.training.dispose();
    for (const part of [online, slow]) {
      part.backbone.dispose();
      part.head.dispose();
    }
    queue.dispose();
  }

  private beginUpdate(): void {
    const { online, slow, encoderMomentum } = this.parts;
    this.last.dispose();
    updateMomentumEncoder(slow.backbone.weights, online.backbone.weights, encoderMomentum);
    updateMomentumEncoder(slow.head.weights, online.head.weights, encoderMomentum);
  }

  private shuffle(step: number, rows: number): Shuffle {
    return drawShuffle(deriveRandom(this.parts.seed, 'shuffle', step), rows);
  }

  /** Keys in a shuffled order, so that split batch norm cannot tell a query which key is its own. */
  private encodeKeys(batch: LearnerBatch): tf.Tensor2D {
    const { order, inverse } = this.shuffle(batch.step, batch.labels.length);
    return tf.tidy(() => {
      const shuffled = takeRows(batch.views[1]!, order);
      return takeRows(this.embedKeys(shuffled), inverse); // [N, D]
    });
  }

  private encodeShuffled(images: tf.Tensor4D): void {
    if (this.shuffled.isEmpty) this.beginUpdate();
    this.shuffled.add({ keys: tf.tidy(() => this.embedKeys(images)) });
  }

  private async unshuffle(step: number): Promise<void> {
    const { training } = this.parts;
    if (training.peers) await this.shuffled.gatherParts(training.peers);
    const keys = this.shuffled.join<tf.Tensor2D>('keys');
    this.encoded = takeRows(keys, this.shuffle(step, keys.shape[0]).inverse); // [rows, D]
    keys.dispose();
    this.shuffled.dispose();
  }

  /** Of one part of the batch, [N, D]. */
  private keysOf(encoded: tf.Tensor2D, { labels, part }: LearnerBatch): tf.Tensor2D {
    return tf.slice(encoded, [part * labels.length, 0], [labels.length, -1]);
  }

  private forgetKeys(): void {
    this.shuffled.dispose();
    this.encoded?.dispose();
    this.encoded = undefined;
  }

  private embedKeys(images: tf.Tensor4D): tf.Tensor2D {
    return observedAs('key', () => this.embed(this.parts.slow, images));
  }

  private embed(network: MomentumLearnerParts['online'], images: tf.Tensor4D): tf.Tensor2D {
    return l2Normalize(network.head.forward(this.parts.training.forward(network.backbone, images)));
  }

  private compare(queries: tf.Tensor2D, keys: tf.Tensor2D, labels: Int32Array): ContrastiveOutput {
    const { method, queue, temperature } = this.parts;
    const input = { queries, keys, queue: queue.keys, temperature };
    const { size, pointer, filled } = queue;
    reportMatch(() => ({
      ...{ kind: 'memory', of: 'queue', size },
      queue: { pointer, filled, labels: queue.labels.slice() },
    }));
    const labelled = { ...input, labels, queueLabels: queue.labels };
    switch (method) {
      case 'moco':
        return infoNceLoss(input);
      case 'exemplar':
        return exemplarLoss(labelled);
      case 'supcon':
        return supConLoss(labelled);
      default:
        return assertNever(method);
    }
  }
}
