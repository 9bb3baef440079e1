/** A detector as the fine-tuning loop sees it: batches of scenes, the sum of its loss terms, and scores on the way. */
import * as tf from '@tensorflow/tfjs-core';
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
    step: async (batch, step) => {
      const measured: Record<string, number> = {};
      const measure = (name: string, figure: number): void => void (measured[name] = figure);
      const pass = { random: deriveRandom(seed, 'detector', step), measure };
      const { losses, gradients } = await takeLossStep(parameters, () => detector.losses(batch, batch.targets, pass));
      return { losses: { ...losses, ...measured }, gradients };
    },
    disposeBatch: ({ images }) => images.dispose(),
    evaluate: () => parts.evaluate(),
  };
}

/**
 * Sets every running statistic that is trained to the plain average over `batches` batches with the weights as they are
 * (Wu & Johnson 2021, arXiv 2105.07576, section 3; "precise batch norm"): the running average of a short training lags behind
 * its weights. `first`: step whose batches come next, so that they are none that the last updates saw.
 */
export async function measureStatistics(
  { detector, scenes, seed }: Pick<DetectionTaskParts, 'detector' | 'scenes' | 'seed'>,
  { first, batches }: { readonly first: number; readonly batches: number },
  onBatch: (done: number) => Promise<void>,
): Promise<void> {
  for (let i = 0; i < batches; i++) {
    const batch = await scenes.next(first + i);
    const random = deriveRandom(seed, 'statistics', i);
    try {
      tf.tidy(() => {
        detector.losses(batch, batch.targets, { random, statisticsMomentum: 1 / (i + 1) });
      });
    } finally {
      batch.images.dispose();
    }
    await onBatch(i + 1);
  }
}
