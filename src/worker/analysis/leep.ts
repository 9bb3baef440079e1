/** How well the classes that a pretraining's own classifier gives to images foretell their target classes: LEEP and NCE. */
import * as tf from '@tensorflow/tfjs-core';
import type { LeepAnalysis } from '../../shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../shared/experiment/stages';
import { UserError } from '../../shared/errors';
import { sourceScores } from '../../shared/math/transferability/sourceLabels';
import type { AnalysisResult } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { pauseFor, withImagePasses, type ImagePasses } from './imagePasses';
import { findClassifier, type SourceClassifier } from './sourceClassifier';

export async function scoreSourceLabels(
  stage: NetworkAnalysisStage,
  settings: LeepAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const { kind: analysis, data, layers } = settings;
  return withImagePasses({ ...stage, settings }, context, async (passes) => {
    const record = context.needs.get(stage.weights);
    if (!record) throw new Error('internal: the pretraining is not there');
    const classifier = await findClassifier(record, passes.backbone.featureSize, context);
    const images = passes.places.length;
    const base = { kind: 'analysis', analysis, data, images } as const;
    if (!classifier) return { ...base, layers: [], notes: [noteOf(stage.pretraining)] };
    const labels = Int32Array.from(passes.places, (place) => passes.dataset.labels[place]!);
    if (new Set(labels).size < 2)
      throw new UserError('data', `\`${settings.id}\` needs images of two classes or more; raise "images"`);
    const logits = await classify(passes, { classifier, size: settings.imageSize }, context);
    const { leep, nce } = sourceScores({ logits, sourceClasses: classifier.classes, labels });
    const [layer = ''] = layers;
    const score = { layer, depth: 1, dimension: classifier.classes, metrics: { leep, nce } };
    return { ...base, layers: [score], notes: [] };
  });
}

function noteOf(pretraining: string): string {
  return `${pretraining} has no classifier of its own, so LEEP and NCE do not exist for it`;
}

/** [images, classes] */
async function classify(
  { backbone, batches, places, plain }: ImagePasses,
  { classifier, size }: { readonly classifier: SourceClassifier; readonly size: number },
  context: StageContext,
): Promise<Float32Array> {
  const { classes, weights, bias } = classifier;
  const logits = new Float32Array(places.length * classes);
  for (const [k, batch] of batches.entries()) {
    await pauseFor(context);
    const pixels = await plain(batch);
    const answers = tf.tidy(() => {
      const images = tf.tensor4d(pixels, [batch.places.length, size, size, 3]);
      const { pooled } = backbone.forward(images, { training: false });
      const matrix = tf.tensor2d(weights, [classes, backbone.featureSize]);
      return tf.add(tf.matMul(pooled, matrix, false, true), tf.tensor1d(bias));
    });
    logits.set((await answers.data()) as Float32Array, batch.from * classes);
    answers.dispose();
    context.progress(k + 1, batches.length, 'batches');
  }
  return logits;
}
