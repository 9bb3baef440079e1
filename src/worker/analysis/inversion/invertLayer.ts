/**
 * One image inverted from one layer (Mahendran & Vedaldi 2015, arXiv 1412.0035; with a deep prior Ulyanov et al. 2018, arXiv
 * 1711.10925, section 4.4): the picture x = g(θ) whose features are nearest to those of the image x₀,
 *   θ* = argmin mean((Φ(g(θ)) − Φ(x₀))²)
 * by Adam on θ alone; with total variation the error is relative, mean((Φ(x) − Φ(x₀))²) / mean(Φ(x₀)²) + λ TV(x), so that λ
 * means the same at every layer.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { InversionAnalysis } from '../../../shared/experiment/analysisSchema';
import { UserError } from '../../../shared/errors';
import { deriveRandom } from '../../../shared/random';
import type { Backbone } from '../../models/backbone';
import { joinStates, splitState, type SavedState } from '../../models/savedState';
import { meanSquaredError } from '../../ops/meanSquaredError';
import { requireWorkingRuntime } from '../../runtimes/runtimeFailure';
import { createAdam } from '../../train/adam';
import { takeLossStep } from '../../train/lossStep';
import type { Optimizer } from '../../train/optimizer';
import { createDrawing, type Drawing } from './drawing';
import { readLayer } from './layerFeatures';
import { totalVariation } from './totalVariation';

export interface InversionTarget {
  readonly backbone: Backbone;
  readonly layer: string;
  /** The image, normalised: [size, size, 3]. */
  readonly image: Float32Array;
  /** px */
  readonly size: number;
  /** Of the image, in its split. */
  readonly place: number;
  readonly seed: number;
}

/** What a picture is and what the layer answers to it. */
export interface Found {
  /** Normalised and not clipped: [size, size, 3]. */
  readonly picture: Float32Array;
  readonly features: Float32Array;
}

export class LayerInversion {
  /** Updates made so far. */
  iteration = 0;
  /** The layer's output for the image; its shape. */
  readonly shape: readonly number[];
  private readonly wanted: tf.Tensor;
  /** mean(Φ(x₀)²), by which relative errors are divided. */
  readonly meanSquare: number;
  private readonly drawing: Drawing;
  private readonly optimizer: Optimizer;

  /** wanted: the layer's output for the image, which becomes this object's, and its mean square. */
  private constructor(
    private readonly target: InversionTarget,
    private readonly settings: InversionAnalysis,
    wanted: { readonly tensor: tf.Tensor; readonly meanSquare: number },
  ) {
    this.wanted = wanted.tensor;
    this.shape = wanted.tensor.shape;
    this.meanSquare = wanted.meanSquare;
    // The same noise and first weights for every pretraining, so that these alone differ.
    const random = deriveRandom(target.seed, `inversion-${target.layer}`, target.place);
    this.drawing = createDrawing(settings, target.size, random);
    this.optimizer = createAdam(this.drawing.parameters);
  }

  /** Reads the wanted features. Throws a user error where the layer does not answer to the image at all. */
  static async begin(target: InversionTarget, settings: InversionAnalysis): Promise<LayerInversion> {
    const { image, size, backbone, layer } = target;
    const tensor = tf.tidy(() => readLayer(backbone, layer, tf.tensor4d(image, [1, size, size, 3])));
    const values = (await tensor.data()) as Float32Array;
    const meanSquare = values.reduce((sum, value) => sum + value * value, 0) / values.length;
    if (meanSquare === 0 || !Number.isFinite(meanSquare)) {
      tensor.dispose();
      throw new UserError(
        'numeric',
        `\`${settings.id}\` cannot invert ${layer}: its features of image ${target.place} are ${meanSquare === 0 ? 'all 0' : 'not finite'}; leave the layer out`,
      );
    }
    return new LayerInversion(target, settings, { tensor, meanSquare });
  }

  /** One update. Returns the mean squared error of the features before it. */
  async advance(): Promise<number> {
    const { variation, learningRate, id } = this.settings;
    const isRelative = variation > 0;
    const { losses, gradients } = await takeLossStep(
      this.drawing.parameters,
      (): Readonly<Record<string, tf.Scalar>> => {
        const picture = this.drawing.draw();
        const error = meanSquaredError(this.featuresOf(picture), this.wanted);
        if (!isRelative) return { features: error };
        return {
          features: tf.div<tf.Scalar>(error, this.meanSquare),
          variation: tf.mul<tf.Scalar>(totalVariation(picture), variation),
        };
      },
    );
    try {
      requireWorkingRuntime();
      if (!Number.isFinite(losses.loss!)) {
        const place = `at iteration ${this.iteration + 1} of "${id}" on ${this.target.layer}`;
        throw new UserError('numeric', `the loss became ${losses.loss!} ${place}; lower learningRate`);
      }
      this.optimizer.step(gradients, learningRate);
    } finally {
      tf.dispose([...gradients.values()]);
    }
    this.iteration++;
    return losses.features! * (isRelative ? this.meanSquare : 1);
  }

  /** The picture as it is now. */
  async look(): Promise<Found> {
    const [picture, features] = tf.tidy(() => {
      const drawn = this.drawing.draw();
      return [drawn, this.featuresOf(drawn)];
    });
    const found = { picture: await readOut(picture!), features: await readOut(features!) };
    tf.dispose([picture!, features!]);
    return found;
  }

  async wantedFeatures(): Promise<Float32Array> {
    return ((await this.wanted.data()) as Float32Array).slice();
  }

  async exportState(): Promise<SavedState> {
    return joinStates({
      drawing: await this.drawing.exportState(),
      optimizer: await this.optimizer.exportState(),
      inversion: { tensors: new Map(), scalars: { iteration: this.iteration } },
    });
  }

  importState(state: SavedState): void {
    this.drawing.importState(splitState('drawing', state));
    this.optimizer.importState(splitState('optimizer', state));
    this.iteration = splitState('inversion', state).scalars['iteration']!;
  }

  dispose(): void {
    this.wanted.dispose();
    this.drawing.dispose();
    this.optimizer.dispose();
  }

  private featuresOf(picture: tf.Tensor4D): tf.Tensor {
    return readLayer(this.target.backbone, this.target.layer, picture);
  }
}

async function readOut(tensor: tf.Tensor): Promise<Float32Array> {
  return ((await tensor.data()) as Float32Array).slice();
}
