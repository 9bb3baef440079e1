/** A classifier on a pretrained backbone as the fine-tuning loop sees it: softmax cross-entropy of augmented images. */
import * as tf from '@tensorflow/tfjs-core';
import type { ClassificationTransfer } from '../../../shared/experiment/transferSchema';
import type { Backbone } from '../../models/backbone';
import type { Head } from '../../models/heads';
import { softmaxCrossEntropy } from '../../ops/loss';
import { globalAveragePool } from '../../ops/pool';
import type { FineTuneTask } from '../../train/fineTune';
import { takeLossStep, type LossStep } from '../../train/lossStep';

export interface LabelledBatch {
  /** [batch, size, size, 3] */
  readonly images: tf.Tensor4D;
  /** [batch] */
  readonly labels: Int32Array;
}

export interface ClassificationParts {
  readonly backbone: Backbone;
  readonly head: Head;
  /** Of the backbone, by name. */
  readonly trained: ReadonlyMap<string, tf.Variable>;
  readonly settings: Pick<ClassificationTransfer, 'batchNorm' | 'freeze' | 'headLearningRate'>;
  readonly stepsPerEpoch: number;
  nextBatch(step: number): Promise<LabelledBatch>;
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

export function createClassificationTask(parts: ClassificationParts): FineTuneTask<LabelledBatch> {
  const { backbone, head, trained, settings, stepsPerEpoch } = parts;
  const headParameters = [...head.weights.parameters()];
  const parameters = new Map([...trained, ...headParameters]);
  return {
    parameters,
    weights: { backbone: backbone.weights, heads: head.weights },
    rateFactors: new Map(headParameters.map(([name]) => [name, settings.headLearningRate])),
    stepsPerEpoch,
    nextBatch: (step) => parts.nextBatch(step),
    step: (batch) => takeStep(batch, parts, parameters),
    disposeBatch: ({ images }) => images.dispose(),
    evaluate: () => parts.evaluate(),
  };
}

async function takeStep(
  { images, labels }: LabelledBatch,
  { backbone, head, settings }: ClassificationParts,
  parameters: ReadonlyMap<string, tf.Variable>,
): Promise<LossStep> {
  const wanted = tf.tensor1d(labels, 'int32');
  const options = { training: settings.batchNorm === 'trained', frozen: settings.freeze };
  try {
    return await takeLossStep(parameters, () => {
      const map = backbone.forwardStages(images, 'layer4', options).get('layer4')!;
      return { crossEntropy: softmaxCrossEntropy(head.forward(globalAveragePool(map)), wanted) };
    });
  } finally {
    wanted.dispose();
  }
}
