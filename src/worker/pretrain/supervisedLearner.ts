/** Ordinary supervised pretraining: softmax cross-entropy of a linear classifier on the pooled features. */
import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '../models/heads';
import type { Backbone } from '../models/backbone';
import { softmaxCrossEntropy } from '../ops/loss';
import { reportMatch } from '../ops/observe';
import { weightState, type SavedState } from '../models/savedState';
import { lossGradients, mergeParameters, type Learner, type LearnerBatch, type LearnerStep } from './learner';
import type { TrainingPasses } from './trainingPasses';
import { UpdateTensors } from './updateTensors';

export class SupervisedLearner implements Learner {
  readonly views = 1;
  readonly parameters: Map<string, tf.Variable>;
  private readonly last = new UpdateTensors<'logits'>();
  /** Of all parts of the last update. */
  private labels: number[] = [];

  constructor(
    readonly backbone: Backbone,
    private readonly head: Head,
    private readonly training: TrainingPasses,
  ) {
    this.parameters = mergeParameters(backbone.weights, head.weights);
  }

  get headWeights() {
    return this.head.weights;
  }

  async step({ views, labels: classes, part }: LearnerBatch): Promise<LearnerStep> {
    if (this.training.isFirst(part)) this.forget();
    const labels = tf.tensor1d(classes, 'int32');
    const { value, gradients } = lossGradients(this.parameters, () => {
      const pooled = this.training.forward(this.backbone, views[0]!);
      const logits = tf.keep(this.head.forward(pooled)); // [N, classes]
      this.last.add({ logits });
      reportMatch(() => ({ kind: 'classes', logits, labels }));
      return softmaxCrossEntropy(logits, labels);
    });
    labels.dispose();
    return { loss: value, gradients };
  }

  async gatherParts(): Promise<void> {
    await this.training.gatherParts(this.last);
  }

  async afterUpdate(parts: readonly LearnerBatch[]): Promise<void> {
    this.labels = parts.flatMap(({ labels }) => [...labels]);
  }

  async figures(): Promise<Record<string, number>> {
    if (this.last.isEmpty) return {};
    const correct = countCorrect(await this.last.read('logits'), this.labels);
    return { trainAccuracy: correct / this.labels.length };
  }

  async embeddings(): Promise<undefined> {
    return undefined;
  }

  async exportState(): Promise<SavedState> {
    return weightState(this.head.weights);
  }

  importState(state: SavedState): void {
    this.head.weights.importTensors(state.tensors);
  }

  dispose(): void {
    this.forget();
    this.training.dispose();
    this.backbone.dispose();
    this.head.dispose();
  }

  private forget(): void {
    this.last.dispose();
    this.labels = [];
  }
}

/** How many rows of logits [N, C] have their maximum at the label; the first maximum counts. */
function countCorrect(logits: Float32Array, labels: readonly number[]): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  labels.forEach((label, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
    if (best === label) correct++;
  });
  return correct;
}
