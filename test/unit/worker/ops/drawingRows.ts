/** Operations of pictures that are fitted to features, with their definitions: part of opsTable.ts. */
import type * as tf from '@tensorflow/tfjs-core';
import { totalVariation } from '../../../../src/worker/analysis/inversion/totalVariation';
import { doubleSize } from '../../../../src/worker/ops/doubleSize';
import { leakyRelu } from '../../../../src/worker/ops/leakyRelu';
import { meanSquaredError } from '../../../../src/worker/ops/meanSquaredError';
import type { OperationRow } from './opsTable';
import { resizeNearest as resizeNearestOf } from './referenceMaps';

const as4 = (tensor: tf.Tensor | undefined) => tensor as tf.Tensor4D;

export const drawingRows: readonly OperationRow[] = [
  {
    name: 'leaky relu',
    shapes: [[3, 7]],
    apply: ([x]) => [leakyRelu(x!, 0.2)],
    reference: ([x]) => [x!.map((value) => (value > 0 ? value : 0.2 * value))],
  },
  {
    name: 'double size',
    shapes: [[1, 3, 3, 2]],
    apply: ([x]) => [doubleSize(as4(x))],
    reference: ([x]) => [resizeNearestOf(x!, { from: 3, to: 6, channels: 2 })],
  },
  {
    name: 'mean squared error',
    shapes: [
      [2, 3, 4],
      [2, 3, 4],
    ],
    apply: ([a, b]) => [meanSquaredError(a!, b!)],
    reference: ([a, b]) => [[a!.reduce((sum, value, i) => sum + (value - b![i]!) ** 2, 0) / 24]],
  },
  {
    name: 'total variation',
    shapes: [[1, 4, 3, 2]],
    apply: ([x]) => [totalVariation(as4(x))],
    reference: ([x]) => {
      const at = (row: number, column: number, channel: number) => x![(row * 3 + column) * 2 + channel]!;
      let [right, below] = [0, 0];
      for (let row = 0; row < 4; row++)
        for (let column = 0; column < 3; column++)
          for (let channel = 0; channel < 2; channel++) {
            const value = at(row, column, channel);
            if (column < 2) right += (at(row, column + 1, channel) - value) ** 2;
            if (row < 3) below += (at(row + 1, column, channel) - value) ** 2;
          }
      return [[right / 16 + below / 18]];
    },
  },
];
