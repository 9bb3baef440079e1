/** A detector as the fine-tuning loop sees it: batches of scenes, the sum of its loss terms, and scores on the way. */
import * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../../../shared/random';
import type { Detector } from '../../models/detection/detector';
import type { FineTuneTask } from '../../train/fineTune';
import type { SceneBatch, TrainingScenes } from './sceneBatches';

export interface DetectionTaskParts {
  readonly detector: Detector;
  /** Of the backbone, by name. */
  readonly trained: ReadonlyMap<string, tf.Variable>;
  readonly scenes: TrainingScenes;
  readonly seed: number;
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

export function createDetectionTask(parts: DetectionTaskParts): FineTuneTask<SceneBatch> {
  const { detector, trained, scenes, seed } = parts;
  const parameters = new Map([...trained, ...detector.headParameters]);
  return {
    parameters,
    weights: { backbone: detector.backbone.weights, heads: detector.heads },
    stepsPerEpoch: scenes.stepsPerEpoch,
    nextBatch: (step) => scenes.next(step),
    step: (batch, step) => takeStep(batch, { detector, parameters, random: deriveRandom(seed, 'detector', step) }),
    disposeBatch: ({ images }) => images.dispose(),
    evaluate: () => parts.evaluate(),
  };
}

async function takeStep(
  batch: SceneBatch,
  step: {
    readonly detector: Detector;
    readonly parameters: ReadonlyMap<string, tf.Variable>;
    readonly random: ReturnType<typeof deriveRandom>;
  },
): Promise<{ losses: Record<string, number>; gradients: Map<string, tf.Tensor> }> {
  let terms: Readonly<Record<string, tf.Scalar>> = {};
  const { value, grads } = tf.variableGrads(() => {
    const parts = step.detector.losses(batch, batch.targets, step.random);
    terms = Object.fromEntries(Object.entries(parts).map(([name, term]) => [name, tf.keep(tf.clone(term))]));
    return tf.addN(Object.values(parts));
  }, [...step.parameters.values()]);
  const names = Object.keys(terms);
  const stacked = tf.tidy(() => tf.stack([value, ...names.map((name) => terms[name]!)]));
  const values = await stacked.data(); // one read for all of them
  tf.dispose([stacked, value, ...Object.values(terms)]);
  const losses = Object.fromEntries([['loss', values[0]!], ...names.map((name, i) => [name, values[i + 1]!])]);
  return { losses, gradients: gradientsByName(step.parameters, grads) };
}

/** A part of the network that a batch did not use (no object, no region) has no gradient: zero, as in PyTorch. */
function gradientsByName(
  parameters: ReadonlyMap<string, tf.Variable>,
  gradients: Readonly<Record<string, tf.Tensor>>,
): Map<string, tf.Tensor> {
  return new Map(
    [...parameters].map(([name, variable]) => [name, gradients[variable.name] ?? tf.zeros(variable.shape)]),
  );
}
