/**
 * Instance discrimination with a memory bank (Wu et al. 2018, arXiv 1805.01978): one crop per image against the bank's
 * slots of itself (positive) and of drawn others. NCE form as published, softmax form as in the updated release.
 */
import * as tf from '@tensorflow/tfjs-core';
import { positiveAccuracy } from '../../shared/math/representation';
import { deriveRandom } from '../../shared/random';
import type { Backbone } from '../models/backbone';
import type { Head } from '../models/heads';
import type { ContrastiveOutput } from '../objectives/contrastiveSoftmax';
import { drawCandidates, drawNoise, estimateNormaliser, instanceSoftmaxLoss, nceLoss } from '../objectives/instDisc';
import type { MemoryBank } from '../objectives/memoryBank';
import { takeRows } from '../objectives/shuffle';
import { l2Normalize } from '../ops/normalize';
import { reportMatch, unobserved } from '../ops/observe';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import { lossGradients, mergeParameters, type Learner, type LearnerBatch, type LearnerStep } from './learner';
import type { TrainingPasses } from './trainingPasses';
import { UpdateTensors } from './updateTensors';

export interface InstDiscLearnerParts {
  readonly backbone: Backbone;
  readonly head: Head;
  readonly bank: MemoryBank;
  readonly form: 'nce' | 'softmax';
  readonly negatives: number;
  readonly bankMomentum: number;
  readonly temperature: number;
  readonly training: TrainingPasses;
  readonly seed: number;
}

export class InstDiscLearner implements Learner {
  readonly views = 1;
  readonly parameters: Map<string, tf.Variable>;
  private readonly last = new UpdateTensors<'features' | 'positive' | 'hardestNegative'>();

  constructor(private readonly parts: InstDiscLearnerParts) {
    this.parameters = mergeParameters(parts.backbone.weights, parts.head.weights);
  }

  get backbone() {
    return this.parts.backbone;
  }

  get headWeights() {
    return this.parts.head.weights;
  }

  async step(batch: LearnerBatch): Promise<LearnerStep> {
    const { bank, seed, negatives } = this.parts;
    if (this.parts.training.isFirst(batch.part)) this.last.dispose();
    const draw = this.parts.form === 'nce' ? drawNoise : drawCandidates;
    // The same for all parts of a batch, as if they were one.
    const drawn = draw(deriveRandom(seed, 'bank-noise', batch.step), negatives, bank.size);
    const positives = bank.gather(batch.indices); // [N, D]
    const noise = bank.gather(drawn); // [m, D]
    if (this.parts.form === 'nce' && bank.normaliser === 0)
      bank.normaliser = await this.parts.training.ofFirst(() => this.estimateZ(batch, noise));
    reportMatch(() => ({ kind: 'memory', of: 'memory-bank', size: bank.size }));
    const { value, gradients } = lossGradients(this.parameters, () => {
      const features = this.embed(batch.views[0]!); // [N, D]
      const { loss, positive, hardestNegative } = this.compare({ features, positives, noise }, batch, drawn);
      const kept = { features: tf.keep(tf.clone(features)), positive: tf.keep(positive) };
      this.last.add({ ...kept, hardestNegative: tf.keep(hardestNegative) });
      return loss;
    });
    tf.dispose([positives, noise]);
    return { loss: value, gradients };
  }

  async gatherParts(): Promise<void> {
    await this.parts.training.gatherParts(this.last);
  }

  /** An unreadable image is replaced by another one, which the batch may hold already: the first of equals is kept. */
  async afterUpdate(batches: readonly LearnerBatch[]): Promise<void> {
    const { bank, bankMomentum } = this.parts;
    const indices = Uint32Array.from(batches.flatMap((batch) => [...batch.indices]));
    const features = this.last.join<tf.Tensor2D>('features'); // [N, D]
    const rows = [...indices.keys()].filter((row) => indices.indexOf(indices[row]!) === row);
    if (rows.length === indices.length) {
      bank.update(indices, features, bankMomentum);
    } else {
      const distinct = takeRows(features, Int32Array.from(rows)); // [distinct, D]
      bank.update(
        Uint32Array.from(rows, (row) => indices[row]!),
        distinct,
        bankMomentum,
      );
      distinct.dispose();
    }
    features.dispose();
  }

  async figures(): Promise<Record<string, number>> {
    if (this.last.isEmpty) return {};
    const [positive, negative] = await Promise.all([this.last.read('positive'), this.last.read('hardestNegative')]);
    return { positiveAccuracy: positiveAccuracy(positive, negative) };
  }

  /** The second view is the image's own slot of the bank: its features of earlier epochs. */
  async embeddings(): Promise<undefined> {
    return undefined;
  }

  async exportState(): Promise<SavedState> {
    return joinStates({ head: await weightState(this.parts.head.weights), bank: await this.parts.bank.exportState() });
  }

  importState(state: SavedState): void {
    this.parts.head.weights.importTensors(splitState('head', state).tensors);
    this.parts.bank.importState(splitState('bank', state));
  }

  dispose(): void {
    this.last.dispose();
    this.parts.training.dispose();
    this.parts.backbone.dispose();
    this.parts.head.dispose();
    this.parts.bank.dispose();
  }

  /** Z is fixed from the first part of the first batch; the forward pass is in evaluation mode so that it moves no statistics. */
  private async estimateZ(batch: LearnerBatch, noise: tf.Tensor2D): Promise<number> {
    const { backbone, head, bank, temperature } = this.parts;
    const features = unobserved(() =>
      tf.tidy(() => l2Normalize(head.forward(backbone.forward(batch.views[0]!, { training: false }).pooled))),
    );
    const normaliser = await estimateNormaliser({ features, noise, temperature, bankSize: bank.size });
    features.dispose();
    return normaliser;
  }

  private embed(images: tf.Tensor4D): tf.Tensor2D {
    const { backbone, head, training } = this.parts;
    return l2Normalize(head.forward(training.forward(backbone, images)));
  }

  private compare(
    tensors: { features: tf.Tensor2D; positives: tf.Tensor2D; noise: tf.Tensor2D },
    batch: LearnerBatch,
    drawn: Int32Array,
  ): ContrastiveOutput {
    const { form, bank, temperature } = this.parts;
    if (form === 'nce') {
      const { size: bankSize, normaliser } = bank;
      return nceLoss({ ...tensors, temperature, bankSize, normaliser, places: drawn });
    }
    const { features, positives, noise: negatives } = tensors;
    return instanceSoftmaxLoss({
      features,
      positives,
      negatives,
      temperature,
      indices: batch.indices,
      negativeIndices: drawn,
    });
  }
}
