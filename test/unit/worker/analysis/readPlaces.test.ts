/** Places of feature maps and what is asked of them, on images whose every pixel is known. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { imagenetMean, imagenetStd } from '../../../../src/shared/experiment/augmentation';
import { deriveRandom } from '../../../../src/shared/random';
import { readPlaces, TARGETS } from '../../../../src/worker/analysis/readPlaces';
import type { Backbone } from '../../../../src/worker/models/backbone';

const SIZE = 4;
/** [2, 4, 4, 3] in 0..1. */
const light = Float64Array.from({ length: 2 * SIZE * SIZE * 3 }, (_, i) => ((i * 37) % 101) / 100);
const pixels = Float32Array.from(light, (value, i) => (value - imagenetMean[i % 3]!) / imagenetStd[i % 3]!);

/** Its layers give their own places away: value = index of the row; `tokens` has a class token of −1 before four patches. */
const backbone = {
  forward: () => ({
    pooled: tf.zeros([2, 1]),
    taps: new Map<string, tf.Tensor>([
      ['map', tf.reshape(tf.range(0, 2 * 2 * 2), [2, 2, 2, 1])],
      ['tokens', tf.tensor3d([-1, 0, 1, 2, 3, -1, 4, 5, 6, 7], [2, 5, 1])],
      ['large', tf.reshape(tf.range(0, 2 * 3 * 3), [2, 3, 3, 1])],
      ['pooled', tf.tensor2d([0, 1], [2, 1])],
    ]),
  }),
} as unknown as Backbone;

const read = (layer: string, places = 4) =>
  readPlaces(backbone, pixels, { layers: [layer], places, imageSize: SIZE, random: deriveRandom(1, 'places') }).get(
    layer,
  )!;
const rowsOf = (targets: Float32Array) =>
  Array.from({ length: targets.length / (2 * TARGETS) }, (_, i) =>
    Array.from(targets.subarray(2 * TARGETS * i, 2 * TARGETS * (i + 1))),
  );

describe('places of a layer', () => {
  beforeAll(() => tf.setBackend('cpu'));

  it('come with where they are and the mean colour there', () => {
    const { features, targets, hasPlaces } = read('map');
    expect(hasPlaces).toBe(true);
    expect(Array.from(features.dataSync())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    const rows = rowsOf(targets);
    expect(rows.map(([x, y]) => [x, y])).toEqual([...corners, ...corners]);
    rows.forEach((row, cell) => {
      const [r, g, b] = [0, 1, 2].map((c) => meanOf(Math.floor(cell / 4), (cell % 4) >> 1, cell % 2, c)) as number[];
      const brightness = 0.299 * r! + 0.587 * g! + 0.114 * b!;
      [brightness, b! - brightness, r! - brightness].forEach((value, k) => expect(row[2 + k]).toBeCloseTo(value, 6));
    });
  });

  it('have the same answers shuffled beside them', () => {
    const rows = rowsOf(read('map').targets);
    const sorted = (list: number[][]) => list.map((row) => row.join()).sort();
    expect(sorted(rows.map((row) => row.slice(TARGETS)))).toEqual(sorted(rows.map((row) => row.slice(0, TARGETS))));
    expect(rows.some((row) => row.slice(TARGETS).join() !== row.slice(0, TARGETS).join())).toBe(true);
  });

  it('are patches without the class token, one for pooled layers, and drawn where there are many', () => {
    const tokens = read('tokens');
    expect(Array.from(tokens.features.dataSync())).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(tokens.targets).toEqual(read('map').targets);
    const pooled = read('pooled');
    expect(pooled.hasPlaces).toBe(false);
    expect(rowsOf(pooled.targets).map(([x, y]) => [x, y])).toEqual([
      [0, 0],
      [0, 0],
    ]);
    const drawn = read('large');
    const cells = Array.from(drawn.features.dataSync());
    expect(cells.map((cell) => Math.floor(cell / 9))).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
    rowsOf(drawn.targets).forEach(([x, y], i) => {
      expect(x).toBeCloseTo((2 / 3) * ((cells[i]! % 3) - 1), 6);
      expect(y).toBeCloseTo((2 / 3) * (Math.floor((cells[i]! % 9) / 3) - 1), 6);
    });
  });
});

const corners = [
  [-0.5, -0.5],
  [0.5, -0.5],
  [-0.5, 0.5],
  [0.5, 0.5],
];

/** Of a quarter of an image. */
function meanOf(image: number, row: number, column: number, channel: number): number {
  let sum = 0;
  for (const y of [0, 1])
    for (const x of [0, 1]) sum += light[((image * SIZE + 2 * row + y) * SIZE + 2 * column + x) * 3 + channel]! / 4;
  return sum;
}
