/** Enlarging and shrinking feature maps: nearest neighbours and bilinear. */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

const nearest = defineOperation<{ readonly size: readonly [number, number] }>({
  name: 'Transferscope.ResizeNearest',
  portable: ({ x }, { size }) => tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [...size]),
  gradient: {
    saveInputs: ['x'],
    backward: ([dy], [x]) => ({
      x: () =>
        tf
          .engine()
          .runKernel(
            'ResizeNearestNeighborGrad',
            { images: x!, dy: dy! },
            { alignCorners: false, halfPixelCenters: false, size: [dy!.shape[1]!, dy!.shape[2]!] },
          ) as tf.Tensor,
    }),
  },
});

/** Pixel i of a row of n, out of m, takes the value of pixel ⌊i · m / n⌋, as torch's `nearest`. x: [N, H, W, C] → [N, …size, C]. */
export function resizeNearest(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  return nearest({ x }, { size })[0] as tf.Tensor4D;
}

export interface BilinearAttributes {
  /** Height and width before and after. */
  readonly from: readonly [number, number];
  readonly size: readonly [number, number];
}

const bilinearGradient = defineOperation<BilinearAttributes>({
  name: 'Transferscope.ResizeBilinearGradient',
  portable: ({ dy }, { from, size }) => gatherBilinear(dy as tf.Tensor4D, from, size),
});

const bilinear = defineOperation<BilinearAttributes>({
  name: 'Transferscope.ResizeBilinear',
  portable: ({ x }, { size }) => tf.image.resizeBilinear(x as tf.Tensor4D, [...size], false, true),
  gradient: {
    saveInputs: [],
    backward: ([dy], _, attributes) => ({ x: () => bilinearGradient({ dy: dy! }, attributes)[0]! }),
  },
});

/**
 * Row i of n, out of m, is at c = max(0, (i + ½) · m / n − ½) and is the mix of rows ⌊c⌋ and ⌊c⌋ + 1 (the last one where
 * there is no other), and so for columns; as torch's interpolate with `bilinear`, align_corners false.
 * x: [N, H, W, C] → [N, …size, C].
 */
export function resizeBilinear(x: tf.Tensor4D, size: readonly [number, number]): tf.Tensor4D {
  const [, height, width] = x.shape;
  if (height === size[0] && width === size[1]) return x;
  return bilinear({ x }, { from: [height, width], size })[0] as tf.Tensor4D;
}

/** The transposed map as two matrix products: dx = Aᵀ · dy · B. dy: [N, H', W', C] → [N, H, W, C]. */
function gatherBilinear(
  dy: tf.Tensor4D,
  [height, width]: readonly [number, number],
  [toHeight, toWidth]: readonly [number, number],
): tf.Tensor {
  const [count, , , channels] = dy.shape;
  const rows = bilinearMatrix(height, toHeight); // [H, H']
  const columns = bilinearMatrix(width, toWidth); // [W, W']
  const byRow = tf.reshape(tf.transpose(dy, [1, 0, 2, 3]), [toHeight, -1]);
  const narrow = tf.reshape(tf.matMul(rows, byRow), [height, count, toWidth, channels]);
  const byColumn = tf.reshape(tf.transpose(narrow, [2, 1, 0, 3]), [toWidth, -1]);
  const small = tf.reshape(tf.matMul(columns, byColumn), [width, count, height, channels]);
  return tf.transpose(small, [1, 2, 0, 3]);
}

/** Share of input row i in output row j: [inputs, outputs]. */
function bilinearMatrix(inputs: number, outputs: number): tf.Tensor2D {
  const shares = new Float32Array(inputs * outputs);
  for (let j = 0; j < outputs; j++) {
    const centre = Math.max(0, ((j + 0.5) * inputs) / outputs - 0.5);
    const first = Math.min(inputs - 1, Math.floor(centre));
    const next = Math.min(inputs - 1, first + 1);
    shares[first * outputs + j]! += 1 - (centre - first);
    shares[next * outputs + j]! += centre - first;
  }
  return tf.tensor2d(shares, [inputs, outputs]);
}
