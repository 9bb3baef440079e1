/**
 * The optimisation as the training loop sees it: one set of waves for each wish, each looked at turned, scaled and moved at random,
 * so that what grows does not hang on single pixels (Olah et al. 2017). All randomness comes from seed, wish and step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { MaximisationAnalysis } from '../../../shared/experiment/analysisSchema';
import { Cancelled } from '../../../shared/errors';
import { drawMove, moveBack, moveImage } from '../../../shared/math/maximisation/moveImage';
import { deriveRandom } from '../../../shared/random';
import { readTensor, restoreVariable, type SavedState } from '../../models/savedState';
import type { StepResult, TrainingTask } from '../../train/trainingTask';
import type { Goal } from './goals';
import type { WavePicture } from './wavePicture';

export interface MaximisationParts {
  readonly goals: readonly Goal[];
  readonly picture: WavePicture;
  readonly settings: MaximisationAnalysis;
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Hears of every update. */
  readonly afterStep: (done: number) => Promise<void>;
  /** What snapshots have told so far. */
  readonly values: Map<string, number>;
}

export interface MaximisationTask extends TrainingTask<{ readonly step: number }> {
  readonly waves: readonly tf.Variable<tf.Rank.R4>[];
  dispose(): void;
}

export function createMaximisationTask(parts: MaximisationParts): MaximisationTask {
  const { goals, picture, seed, values } = parts;
  const waves = goals.map((_, wish) =>
    tf.tidy(() => tf.variable(tf.tensor4d(picture.draw(deriveRandom(seed, 'waves', wish)), picture.shape))),
  );
  const parameters = new Map(waves.map((variable, wish) => [`wish-${wish}`, variable]));
  return {
    ...{ waves, parameters, stepsPerEpoch: 1 },
    nextBatch: async (step) => ({ step }),
    step: ({ step }) => takeStep(parts, waves, step),
    afterUpdate: async ([batch]) => parts.afterStep(batch!.step + 1),
    disposeBatch: () => undefined,
    measure: async () => ({ metrics: {} }),
    exportState: async () => {
      const tensors = new Map<string, Awaited<ReturnType<typeof readTensor>>>();
      for (const [name, variable] of parameters) tensors.set(name, await readTensor(variable));
      return { tensors, scalars: Object.fromEntries(values) };
    },
    importState: (state: SavedState) => {
      for (const [name, variable] of parameters) restoreVariable(variable, state, name);
      for (const [name, value] of Object.entries(state.scalars)) values.set(name, value);
    },
    dispose: () => tf.dispose([...waves]),
  };
}

/** Gradients of minus each wish's value; the loss is the mean of those over wishes. */
async function takeStep(
  { goals, picture, settings, seed, signal }: MaximisationParts,
  waves: readonly tf.Variable<tf.Rank.R4>[],
  step: number,
): Promise<StepResult> {
  const { size } = picture;
  const ranges = { jitter: settings.jitter * size, rotate: settings.rotate, zoom: settings.zoom };
  const gradients = new Map<string, tf.Tensor>();
  let loss = 0;
  try {
    for (const [wish, variable] of waves.entries()) {
      // Between wishes, since a step of many of them is long; what was done since the last state is done again.
      if (wish > 0) await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted && wish > 0) throw new Cancelled();
      const move = drawMove(ranges, deriveRandom(seed, 'moves', wish, step));
      const found = await slopeOf(goals[wish]!, moveImage(await paint(picture, variable), size, move), size);
      loss -= found.value / waves.length;
      gradients.set(`wish-${wish}`, toWaves(picture, variable, moveBack(found.gradient, size, move)));
    }
    return { losses: { loss }, gradients };
  } catch (error) {
    tf.dispose([...gradients.values()]);
    throw error;
  }
}

/** [size, size, 3], as the network sees it. */
export async function paint(picture: WavePicture, waves: tf.Tensor4D): Promise<Float32Array> {
  const painted = picture.paint(waves);
  const values = (await painted.data()) as Float32Array;
  painted.dispose();
  return values.slice();
}

async function slopeOf(goal: Goal, pixels: Float32Array, size: number) {
  const [value, gradient] = tf.tidy(() => {
    const image = tf.tensor4d(pixels, [1, size, size, 3]);
    const found = tf.valueAndGrad((x: tf.Tensor) => goal.value(x as tf.Tensor4D))(image);
    return [found.value, found.grad] as const;
  }) as readonly [tf.Tensor, tf.Tensor];
  const read = { value: ((await value.data()) as Float32Array)[0]!, gradient: (await gradient.data()) as Float32Array };
  tf.dispose([value, gradient]);
  return read;
}

/** Of minus the value: [2, size, half, 3]. */
function toWaves(picture: WavePicture, waves: tf.Tensor4D, slope: Float32Array): tf.Tensor {
  const { size } = picture;
  return tf.tidy(() => {
    const back = tf.neg(tf.tensor3d(slope, [size, size, 3]));
    return tf.grad((x: tf.Tensor) => picture.paint(x as tf.Tensor4D))(waves, back);
  });
}

/** A wish's value on a picture. */
export async function valueOf(goal: Goal, pixels: Float32Array, size: number): Promise<number> {
  const result = tf.tidy(() => goal.value(tf.tensor4d(pixels, [1, size, size, 3])));
  const [value] = (await result.data()) as Float32Array;
  result.dispose();
  return value!;
}
