/**
 * Batch-norm statistics of an untrained network, measured in one pass over images: the plain average of batch means and
 * variances. With statistics as initialised (0 and 1) a random ResNet normalises nothing and its features stay close to
 * pixels; with measured ones it is the network that a training starts from. Which of the two is "random" changes results.
 */
import * as tf from '@tensorflow/tfjs-core';
import { Cancelled } from '../../shared/errors';
import { createAugmentPool } from '../augment/augmentPool';
import type { Dataset } from '../data/dataset';
import type { Backbone } from '../models/backbone';
import type { StageContext } from '../stageContext';

const BATCH = 128;

/** Moves running statistics only. Images come in data order, without augmentation; a last smaller batch is left out. */
export async function calibrateBatchNorm(
  backbone: Backbone,
  { dataset, imageSize }: { readonly dataset: Dataset; readonly imageSize: number },
  context: StageContext,
): Promise<void> {
  const pool = createAugmentPool({ store: dataset.store, ops: [], size: imageSize, threads: context.threads });
  const size = Math.min(BATCH, dataset.length);
  const batches = Math.floor(dataset.length / size);
  try {
    for (let batch = 0; batch < batches; batch++) {
      if (context.signal.aborted) throw new Cancelled();
      const indices = Uint32Array.from({ length: size }, (_, i) => batch * size + i);
      const { views } = await pool.evalBatch(indices);
      tf.tidy(() => {
        const images = tf.tensor4d(views[0]!.slice(), [size, imageSize, imageSize, 3]);
        backbone.forward(images, { training: true, statisticsMomentum: 1 / (batch + 1) });
      });
      context.progress(batch + 1, batches, 'batches');
    }
  } finally {
    await pool.close();
  }
}
