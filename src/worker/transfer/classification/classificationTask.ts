/** A classifier on a pretrained backbone as the fine-tuning loop sees it: softmax cross-entropy of augmented images. */
import * as tf from '@tensorflow/tfjs-core';
import type { ClassificationTransfer } from '../../../shared/experiment/schema';
import type { Backbone } from '../../models/backbone';
import type { Head } from '../../models/heads';
import { softmaxCrossEntropy } from '../../ops/loss';
import { globalAveragePool } from '../../ops/pool';
import type { FineTuneTask } from '../../train/fineTune';

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
): Promise<{ losses: Record<string, number>; gradients: Map<string, tf.Tensor> }> {
  const wanted = tf.tensor1d(labels, 'int32');
  const { value, grads } = tf.variableGrads(() => {
    const options = { training: settings.batchNorm === 'trained', frozen: settings.freeze };
    const map = backbone.forwardStages(images, 'layer4', options).get('layer4')!;
    return softmaxCrossEntropy(head.forward(globalAveragePool(map)), wanted);
  }, [...parameters.values()]);
  const [loss] = await value.data();
  tf.dispose([value, wanted]);
  const gradients = new Map([...parameters].map(([name, variable]) => [name, grads[variable.name]!]));
  return { losses: { loss: loss! }, gradients };
}
