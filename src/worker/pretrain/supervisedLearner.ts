/** Ordinary supervised pretraining: softmax cross-entropy of a linear classifier on the pooled features. */
import * as tf from '@tensorflow/tfjs-core';
import type { Head } from '../models/heads';
import type { Backbone } from '../models/backbone';
import { softmaxCrossEntropy } from '../ops/loss';
import { weightState, type SavedState } from '../models/savedState';
import { lossGradients, mergeParameters, type Learner, type LearnerBatch, type LearnerStep } from './learner';

export class SupervisedLearner implements Learner {
  readonly views = 1;
  readonly parameters: Map<string, tf.Variable>;
  private accuracy = 0;

  constructor(
    readonly backbone: Backbone,
    private readonly head: Head,
    private readonly batchNormGroups: number,
  ) {
    this.parameters = mergeParameters(backbone.weights, head.weights);
  }

  get headWeights() {
    return this.head.weights;
  }

  async step(batch: LearnerBatch): Promise<LearnerStep> {
    let logits: tf.Tensor2D | undefined;
    const labels = tf.tensor1d(batch.labels, 'int32');
    const { value, gradients } = lossGradients(this.parameters, () => {
      const { pooled } = this.backbone.forward(batch.views[0]!, {
        training: true,
        batchNormGroups: this.batchNormGroups,
      });
      logits = tf.keep(this.head.forward(pooled)); // [N, classes]
      return softmaxCrossEntropy(logits, labels);
    });
    const loss = (await value.data())[0]!;
    this.accuracy = countCorrect((await logits!.data()) as Float32Array, batch.labels) / batch.labels.length;
    tf.dispose([labels, logits!, value]);
    return { loss, gradients };
  }

  async afterUpdate(): Promise<void> {}

  async figures(): Promise<Record<string, number>> {
    return { trainAccuracy: this.accuracy };
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
    this.backbone.dispose();
    this.head.dispose();
  }
}

/** How many rows of logits [N, C] have their maximum at the label; the first maximum counts. */
function countCorrect(logits: Float32Array, labels: Int32Array): number {
  const classes = logits.length / labels.length;
  let correct = 0;
  labels.forEach((label, row) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[row * classes + c]! > logits[row * classes + best]!) best = c;
    if (best === label) correct++;
  });
  return correct;
}
