/** A detector as the fine-tuning loop sees it: batches of scenes, the sum of its loss terms, and scores on the way. */
import type * as tf from '@tensorflow/tfjs-core';
import { deriveRandom } from '../../../shared/random';
import type { Detector } from '../../models/detection/detector';
import type { FineTuneTask } from '../../train/fineTune';
import { takeLossStep } from '../../train/lossStep';
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
    step: (batch, step) =>
      takeLossStep(parameters, () => detector.losses(batch, batch.targets, deriveRandom(seed, 'detector', step))),
    disposeBatch: ({ images }) => images.dispose(),
    evaluate: () => parts.evaluate(),
  };
}
