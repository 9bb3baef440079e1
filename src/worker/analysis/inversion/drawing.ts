/**
 * What is fitted so that its picture gets the wanted features: the weights of a network that draws it from fixed noise (deep
 * image prior), or its pixels. Pictures live in the network's normalised space and are not clipped while they are fitted.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { DrawingNetwork, InversionAnalysis } from '../../../shared/experiment/analysisSchema';
import type { Random } from '../../../shared/random';
import { restoreVariable, weightState, type SavedState } from '../../models/savedState';
import { readTensor } from '../../models/savedState';
import { SkipNetwork } from './skipNetwork';

export interface Drawing {
  /** What the optimiser moves, by name. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** The picture, [1, S, S, 3]; differentiable in the parameters. */
  draw(): tf.Tensor4D;
  exportState(): Promise<SavedState>;
  importState(state: SavedState): void;
  dispose(): void;
}

/** A fresh drawing of `size` px; `random` decides noise and weights, or the first pixels. */
export function createDrawing({ network }: InversionAnalysis, size: number, random: Random): Drawing {
  return network ? new NetworkDrawing(network, size, random) : new PixelDrawing(size, random);
}

/** The top left corner of what the network draws from uniform noise. */
class NetworkDrawing implements Drawing {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  private readonly network: SkipNetwork;
  private readonly noise: tf.Tensor4D;

  constructor(
    { noiseChannels, noiseScale, side, channels, kernels, skipChannels }: DrawingNetwork,
    private readonly size: number,
    random: Random,
  ) {
    const count = side * side * noiseChannels;
    const values = Float32Array.from({ length: count }, () => noiseScale * random.uniform());
    this.network = new SkipNetwork({ inputs: noiseChannels, channels, kernels, skipChannels }, random);
    this.parameters = this.network.weights.parameters();
    this.noise = tf.tensor4d(values, [1, side, side, noiseChannels]);
  }

  draw(): tf.Tensor4D {
    return tf.tidy(() => tf.slice(this.network.draw(this.noise), [0, 0, 0, 0], [1, this.size, this.size, 3]));
  }

  exportState(): Promise<SavedState> {
    return weightState(this.network.weights);
  }

  importState(state: SavedState): void {
    this.network.weights.importTensors(state.tensors);
  }

  dispose(): void {
    this.network.dispose();
    this.noise.dispose();
  }
}

/** Deviation of the first pixels, in deviations of the data. */
const firstPixels = 0.1;

class PixelDrawing implements Drawing {
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  private readonly pixels: tf.Variable<tf.Rank.R4>;

  constructor(size: number, random: Random) {
    const values = Float32Array.from({ length: size * size * 3 }, () => firstPixels * random.normal());
    this.pixels = tf.tidy(() => tf.variable(tf.tensor4d(values, [1, size, size, 3])));
    this.parameters = new Map([['pixels', this.pixels]]);
  }

  draw(): tf.Tensor4D {
    return tf.clone(this.pixels);
  }

  async exportState(): Promise<SavedState> {
    return { tensors: new Map([['pixels', await readTensor(this.pixels)]]), scalars: {} };
  }

  importState(state: SavedState): void {
    restoreVariable(this.pixels, state, 'pixels');
  }

  dispose(): void {
    this.pixels.dispose();
  }
}
