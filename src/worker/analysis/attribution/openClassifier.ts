/** The classifiers that an attribution can explain: the one a pretraining ended with, a fine-tuned one, a linear probe. */
import { readFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs-core';
import type { ExplainedModel, NetworkAnalysisStage } from '../../../shared/experiment/stages';
import { UserError } from '../../../shared/errors';
import { decodeSafetensors } from '../../../shared/weights/safetensors';
import { loadBackboneWeights } from '../../checkpoint/weightsFile';
import type { Dataset } from '../../data/dataset';
import type { Backbone, Offsets } from '../../models/backbone';
import { createBackbone } from '../../models/registry';
import { unusedRandom } from '../../models/unusedRandom';
import { adaptiveAveragePool, globalAveragePool } from '../../ops/pool';
import { linear } from '../../ops/linear';
import { CHECKPOINT_FILE } from '../../pretrain/pretraining';
import type { StageContext } from '../../stageContext';
import { MODEL_FILE } from '../../transfer/detection/runDetection';
import { refitProbe } from '../../transfer/fitProbe';
import type { FeatureMatrix } from '../../transfer/features';

export interface Classifier {
  readonly backbone: Backbone;
  readonly classes: readonly string[];
  /** Scores before softmax: [N, H, W, 3] → [N, classes]; differentiable. */
  logits(images: tf.Tensor4D, offsets?: Offsets): tf.Tensor2D;
  /** Frees backbone and classifier. */
  dispose(): void;
}

type ClassifyingModel = Exclude<ExplainedModel, { settings: { task: 'detection' } }>;

export async function openClassifier(
  { backbone: config, weights }: NetworkAnalysisStage,
  model: ClassifyingModel,
  context: StageContext,
): Promise<Classifier> {
  const file =
    model.source === 'fine-tuning'
      ? context.stages.file(model.key, MODEL_FILE)
      : context.stages.file(weights, CHECKPOINT_FILE);
  const bytes = await readFile(file);
  const backbone = createBackbone(config, unusedRandom);
  try {
    loadBackboneWeights(backbone, bytes, file);
    if (model.source === 'probe') return await withProbe(backbone, model, context);
    const { data, split, labels } =
      model.source === 'pretraining'
        ? { ...model, labels: undefined }
        : { ...model.settings, split: model.settings.train };
    const { classes } = await context.data.dataset({ id: data, split, ...(labels && { labels }) });
    return withHead(backbone, classes, bytes, file);
  } catch (error) {
    backbone.dispose();
    throw error;
  }
}

/** `fc` of the file, on the pooled output. */
function withHead(backbone: Backbone, classes: Dataset['classes'], bytes: Uint8Array, file: string): Classifier {
  const { tensors } = decodeSafetensors(bytes, file);
  const [weight, bias] = ['fc.weight', 'fc.bias'].map((name) => tensors.get(name));
  const hasShape = weight?.shape.length === 2 && weight.shape[0] === classes.length;
  if (!weight || !bias || !hasShape || !(weight.data instanceof Float32Array) || !(bias.data instanceof Float32Array))
    throw new UserError(
      'storage',
      `${file} lacks its classifier of ${classes.length} classes; delete it and run again`,
    );
  const held = holdClassifier({ weight: weight.data, bias: bias.data }, classes.length);
  return {
    ...{ backbone, classes },
    logits: (images, offsets) =>
      held.apply(backbone.forward(images, { training: false, ...(offsets && { offsets }) }).pooled),
    dispose: () => {
      backbone.dispose();
      held.dispose();
    },
  };
}

async function withProbe(
  backbone: Backbone,
  { settings, key, trainFeatures }: Extract<ExplainedModel, { source: 'probe' }>,
  context: StageContext,
): Promise<Classifier> {
  const records = { transfer: context.needs.get(key)!, features: context.needs.get(trainFeatures)! };
  const { classifier, classes, features } = await refitProbe(settings, records, context);
  const held = holdClassifier(classifier, classes.length);
  return {
    ...{ backbone, classes },
    logits: (images, offsets) => {
      const taps = [features.layer];
      const output = backbone.forward(images, { training: false, taps, ...(offsets && { offsets }) });
      return held.apply(poolAs(output.taps.get(features.layer)!, features));
    },
    dispose: () => {
      backbone.dispose();
      held.dispose();
    },
  };
}

/** As the stored features were pooled: maps over a grid, tokens over all. */
function poolAs(x: tf.Tensor, { grid }: Pick<FeatureMatrix, 'grid'>): tf.Tensor2D {
  if (x.rank === 2) return x as tf.Tensor2D;
  if (x.rank === 3) return tf.mean(x, 1);
  if (grid === 1) return globalAveragePool(x as tf.Tensor4D);
  return tf.reshape(adaptiveAveragePool(x as tf.Tensor4D, grid), [x.shape[0]!, -1]);
}

/** weight: [classes, features], bias: [classes]. */
function holdClassifier(
  { weight, bias }: { readonly weight: Float32Array; readonly bias: Float32Array },
  classes: number,
): { apply(features: tf.Tensor2D): tf.Tensor2D; dispose(): void } {
  const [matrix, offset] = tf.tidy(() => [
    tf.transpose(tf.tensor2d(weight, [classes, weight.length / classes])),
    tf.tensor1d(bias),
  ]) as [tf.Tensor2D, tf.Tensor1D];
  return { apply: (features) => linear(features, matrix, offset), dispose: () => tf.dispose([matrix, offset]) };
}
