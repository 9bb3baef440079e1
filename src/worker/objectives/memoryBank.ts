/**
 * InstDisc's memory bank: one unit vector per training image, moved towards the image's newest feature.
 * Wu et al. 2018, arXiv 1805.01978. Starts as unit noise (the authors draw a uniform box of about the same norm).
 * The vectors stay on the runtime; an update copies the bank once, which is cheap beside a training step.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../shared/random';
import { readTensor, requireScalar, restoreVariable } from '../models/savedState';
import type { SavedState } from '../models/savedState';
import { drawUnitVectors } from './randomVectors';

export interface MemoryBankOptions {
  /** M, the number of training images. */
  readonly size: number;
  /** D. */
  readonly dimension: number;
  /** Draws the initial vectors. */
  readonly random: Random;
}

export class MemoryBank {
  readonly size: number;
  readonly dimension: number;
  /** Z of the NCE form, once estimated from the first batch; 0 before. */
  normaliser = 0;
  private readonly stored: tf.Variable;

  constructor({ size, dimension, random }: MemoryBankOptions) {
    this.size = size;
    this.dimension = dimension;
    this.stored = tf.tidy(() => tf.variable(drawUnitVectors(random, size, dimension), false));
  }

  /** [M, D]; owned by the bank and valid until the next `update`. */
  get vectors(): tf.Tensor2D {
    return this.stored as tf.Tensor as tf.Tensor2D;
  }

  /** Rows at `indices`: [length, D]; the caller disposes. */
  gather(indices: ArrayLike<number>): tf.Tensor2D {
    return tf.tidy(() => tf.gather(this.vectors, tf.tensor1d(Int32Array.from(indices), 'int32')));
  }

  /**
   * v_i ← norm(momentum · v_i + (1 - momentum) · f_i) at `indices`, which must be distinct.
   * features: [N, D], L2-normalised. The paper's momentum is 0.5.
   */
  update(indices: ArrayLike<number>, features: tf.Tensor2D, momentum = 0.5): void {
    if (new Set(Array.from(indices)).size !== features.shape[0]) {
      throw new Error('internal: a bank update needs one distinct index per feature');
    }
    tf.tidy(() => {
      const mixed = tf.add(tf.mul(this.gather(indices), momentum), tf.mul(features, 1 - momentum)); // [N, D]
      const norm = tf.sqrt(tf.sum(tf.square(mixed), 1, true)); // [N, 1]
      const fresh = tf.div(mixed, tf.maximum(norm, 1e-12));
      const at = tf.tensor2d(Int32Array.from(indices), [indices.length, 1], 'int32');
      this.stored.assign(tf.tensorScatterUpdate(this.vectors, at, fresh));
    });
  }

  async exportState(): Promise<SavedState> {
    return { tensors: new Map([['vectors', await readTensor(this.stored)]]), scalars: { normaliser: this.normaliser } };
  }

  importState(state: SavedState): void {
    const normaliser = requireScalar(state, 'normaliser');
    restoreVariable(this.stored, state, 'vectors');
    this.normaliser = normaliser;
  }

  dispose(): void {
    this.stored.dispose();
  }
}
