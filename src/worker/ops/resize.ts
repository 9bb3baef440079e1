/** Enlarging and shrinking feature maps. */
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
