/** A picture that is optimised through its waves; see shared/math/maximisation/fourier. */
import * as tf from '@tensorflow/tfjs-core';
import { imagenetMean, imagenetStd } from '../../../shared/experiment/augmentation';
import { colourMatrix, fourierBasis } from '../../../shared/math/maximisation/fourier';
import type { Random } from '../../../shared/random';

const DEVIATION = 0.01;

export class WavePicture {
  private readonly basis: Readonly<
    Record<'cosDown' | 'sinDown' | 'cosAcross' | 'sinAcross' | 'scale' | 'colours', tf.Tensor2D>
  >;
  private readonly half: number;

  constructor(readonly size: number) {
    const { half, cosDown, sinDown, cosAcross, sinAcross, scale } = fourierBasis(size);
    this.half = half;
    this.basis = {
      cosDown: tf.tensor2d(cosDown, [size, size]),
      sinDown: tf.tensor2d(sinDown, [size, size]),
      cosAcross: tf.tensor2d(cosAcross, [half, size]),
      sinAcross: tf.tensor2d(sinAcross, [half, size]),
      scale: tf.tensor2d(scale, [size, half]),
      colours: tf.tensor2d(colourMatrix.flat(), [3, 3]),
    };
  }

  /** Shape of the parameters: real and imaginary parts [2, size, half, 3]. */
  get shape(): [number, number, number, number] {
    return [2, this.size, this.half, 3];
  }

  /** Faint noise. */
  draw(random: Random): Float32Array {
    const count = this.shape.reduce((product, side) => product * side, 1);
    return Float32Array.from({ length: count }, () => DEVIATION * random.normal());
  }

  /** [2, size, half, 3] → normalised as the network sees it, [size, size, 3]; colours within what can be shown. Differentiable. */
  paint(spectrum: tf.Tensor4D): tf.Tensor3D {
    return tf.tidy(() => {
      const colours = tf.reshape(this.transform(spectrum), [-1, 3]);
      const shown = tf.sigmoid(tf.matMul(colours, this.basis.colours, false, true));
      const normalised = tf.div(tf.sub(shown, tf.tensor1d([...imagenetMean])), tf.tensor1d([...imagenetStd]));
      return tf.reshape(normalised, [this.size, this.size, 3]);
    });
  }

  dispose(): void {
    tf.dispose(Object.values(this.basis));
  }

  /** The inverse transform, first down, then across: [2, size, half, 3] → [size, size, 3]. */
  private transform(spectrum: tf.Tensor4D): tf.Tensor3D {
    const { size, half } = this;
    const { cosDown, sinDown, cosAcross, sinAcross, scale } = this.basis;
    const scaled = tf.mul(spectrum, tf.reshape(scale, [1, size, half, 1]));
    const part = (index: number): tf.Tensor2D =>
      tf.reshape(tf.slice(scaled, [index, 0, 0, 0], [1, -1, -1, -1]), [size, half * 3]);
    const [real, imaginary] = [part(0), part(1)];
    const down = [
      tf.sub(tf.matMul(cosDown, real), tf.matMul(sinDown, imaginary)),
      tf.add(tf.matMul(sinDown, real), tf.matMul(cosDown, imaginary)),
    ].map((sum) => tf.reshape(tf.transpose(tf.reshape(sum, [size, half, 3]), [0, 2, 1]), [size * 3, half])); // [y·c, k]
    const across = tf.sub(tf.matMul(down[0] as tf.Tensor2D, cosAcross), tf.matMul(down[1] as tf.Tensor2D, sinAcross));
    return tf.transpose(tf.reshape(across, [size, 3, size]), [0, 2, 1]);
  }
}
