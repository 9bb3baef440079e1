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
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import { lossGradients, mergeParameters, type Learner, type LearnerBatch, type LearnerStep } from './learner';

export interface InstDiscLearnerParts {
  readonly backbone: Backbone;
  readonly head: Head;
  readonly bank: MemoryBank;
  readonly form: 'nce' | 'softmax';
  readonly negatives: number;
  readonly bankMomentum: number;
  readonly temperature: number;
  readonly batchNormGroups: number;
  readonly seed: number;
}

export class InstDiscLearner implements Learner {
  readonly views = 1;
  readonly parameters: Map<string, tf.Variable>;
  private features: tf.Tensor2D | undefined;
  private accuracy = 0;

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
    tf.dispose(this.features ?? []);
    const draw = this.parts.form === 'nce' ? drawNoise : drawCandidates;
    const drawn = draw(deriveRandom(seed, 'bank-noise', batch.step), negatives, bank.size);
    const positives = bank.gather(batch.indices); // [N, D]
    const noise = bank.gather(drawn); // [m, D]
    if (this.parts.form === 'nce' && bank.normaliser === 0) await this.estimateZ(batch, noise);
    let output: ContrastiveOutput | undefined;
    const { value, gradients } = lossGradients(this.parameters, () => {
      const features = this.embed(batch.views[0]!); // [N, D]
      this.features = tf.keep(tf.clone(features));
      output = this.compare({ features, positives, noise }, batch, drawn);
      tf.keep(output.positive);
      tf.keep(output.hardestNegative);
      return output.loss;
    });
    const loss = (await value.data())[0]!;
    const [positive, negative] = await Promise.all([output!.positive.data(), output!.hardestNegative.data()]);
    this.accuracy = positiveAccuracy(positive, negative);
    tf.dispose([value, positives, noise, output!.positive, output!.hardestNegative]);
    return { loss, gradients };
  }

  /** An unreadable image is replaced by another one, which the batch may hold already: the first of equals is kept. */
  async afterUpdate(batch: LearnerBatch): Promise<void> {
    const { bank, bankMomentum } = this.parts;
    const rows = [...batch.indices.keys()].filter((row) => batch.indices.indexOf(batch.indices[row]!) === row);
    if (rows.length === batch.indices.length) return bank.update(batch.indices, this.features!, bankMomentum);
    const features = takeRows(this.features!, Int32Array.from(rows)); // [distinct, D]
    bank.update(
      Uint32Array.from(rows, (row) => batch.indices[row]!),
      features,
      bankMomentum,
    );
    features.dispose();
  }

  async figures(): Promise<Record<string, number>> {
    return { positiveAccuracy: this.accuracy };
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
    tf.dispose(this.features ?? []);
    this.parts.backbone.dispose();
    this.parts.head.dispose();
    this.parts.bank.dispose();
  }

  /** Z is fixed from the first batch; the forward pass is in evaluation mode so that it moves no statistics. */
  private async estimateZ(batch: LearnerBatch, noise: tf.Tensor2D): Promise<void> {
    const { backbone, head, bank, temperature } = this.parts;
    const features = tf.tidy(() =>
      l2Normalize(head.forward(backbone.forward(batch.views[0]!, { training: false }).pooled)),
    );
    bank.normaliser = await estimateNormaliser({ features, noise, temperature, bankSize: bank.size });
    features.dispose();
  }

  private embed(images: tf.Tensor4D): tf.Tensor2D {
    const { backbone, head, batchNormGroups } = this.parts;
    return l2Normalize(head.forward(backbone.forward(images, { training: true, batchNormGroups }).pooled));
  }

  private compare(
    tensors: { features: tf.Tensor2D; positives: tf.Tensor2D; noise: tf.Tensor2D },
    batch: LearnerBatch,
    drawn: Int32Array,
  ): ContrastiveOutput {
    const { form, bank, temperature } = this.parts;
    if (form === 'nce') {
      return nceLoss({ ...tensors, temperature, bankSize: bank.size, normaliser: bank.normaliser });
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
