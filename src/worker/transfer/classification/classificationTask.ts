/** A classifier on a pretrained backbone as the fine-tuning loop sees it: softmax cross-entropy of augmented images. */
import * as tf from '@tensorflow/tfjs-core';
import type { ClassificationTransfer } from '../../../shared/experiment/transferSchema';
import type { Backbone, StageOptions } from '../../models/backbone';
import { lastStage, stageOutputs } from '../../models/cutBackbone';
import type { Head } from '../../models/heads';
import { softmaxCrossEntropy } from '../../ops/loss';
import { reportMatch } from '../../ops/observe';
import { globalAveragePool } from '../../ops/pool';
import type { FineTuneTask } from '../../train/fineTune';
import { takeLossStep, type LossStep } from '../../train/lossStep';

export interface LabelledBatch {
  /** [batch, size, size, 3] */
  readonly images: tf.Tensor4D;
  /** [batch] */
  readonly labels: Int32Array;
  /** [batch]; places in the data set. */
  readonly indices: Uint32Array;
}

export interface ClassificationParts {
  readonly backbone: Backbone;
  readonly head: Head;
  /** Of the backbone, by name. */
  readonly trained: ReadonlyMap<string, tf.Variable>;
  readonly settings: Pick<ClassificationTransfer, 'batchNorm' | 'freeze' | 'cut' | 'headLearningRate'>;
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

/** Logits of images [N, S, S, 3]: the head on the averaged output of the last stage that is used. Inside tidy or gradients. */
export function classify(
  { backbone, head }: Pick<ClassificationParts, 'backbone' | 'head'>,
  images: tf.Tensor4D,
  { cut, ...options }: StageOptions & Pick<ClassificationTransfer, 'cut'>,
): tf.Tensor2D {
  const last = lastStage(cut);
  const map = stageOutputs(backbone, images, { ...options, last }).get(last)!;
  return head.forward(globalAveragePool(map));
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
      const logits = classify({ backbone, head }, images, { ...options, cut: settings.cut });
      reportMatch(() => ({ kind: 'classes', logits, labels: wanted }));
      return { crossEntropy: softmaxCrossEntropy(logits, wanted) };
    });
  } finally {
    wanted.dispose();
  }
}
