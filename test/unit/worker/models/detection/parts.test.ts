/** The parts of two-stage detectors against torchvision's, on the inputs of test/golden/make/detectionParts.py. */
import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { suppressNonMaxima } from '../../../../../src/shared/math/detection/nms';
import { deriveRandom } from '../../../../../src/shared/random';
import { layAnchors } from '../../../../../src/worker/models/detection/anchors';
import { clipBoxes, decodeBoxes, encodeBoxes } from '../../../../../src/worker/models/detection/boxCoding';
import { describeLevels } from '../../../../../src/worker/models/detection/levels';
import { cropMask } from '../../../../../src/worker/models/detection/maskTargets';
import { BACKGROUND, BETWEEN, matchBoxes } from '../../../../../src/worker/models/detection/matchBoxes';
import { sampleMatches } from '../../../../../src/worker/models/detection/sampleMatches';
import { sampleRegions } from '../../../../../src/worker/models/detection/regions';
import { roiAlign } from '../../../../../src/worker/ops/roiAlign';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { pasteMask } from '../../../../../src/worker/transfer/detection/pasteMask';
import { uniformByName } from '../formulaWeights';

interface Aligned {
  readonly boxes: string;
  readonly sampling: number;
  readonly aligned: boolean;
  readonly size: number;
  readonly scale: number;
  readonly side: number;
  readonly smallest: number;
  /** [6, 3, size, size] */
  readonly output: readonly number[];
  /** [2, 3, side, side] */
  readonly gradient: readonly number[];
}

const golden = JSON.parse(readFileSync('test/golden/data/detection-parts.json', 'utf8')) as {
  readonly aligned: readonly Aligned[];
  readonly suppressed: readonly { readonly threshold: number; readonly all: number[]; readonly byClass: number[] }[];
  readonly coding: { readonly encoded: number[]; readonly decoded: number[] };
  readonly matching: readonly {
    readonly high: number;
    readonly low: number;
    readonly keepBestOfEach: boolean;
    readonly matches: number[];
  }[];
  readonly anchors: number[][];
  readonly masks: {
    readonly side: number;
    readonly places: [number, number, number, number][];
    readonly targets: number[];
    readonly pasted: string[];
  };
};

const CODE_WEIGHTS = [10, 10, 5, 5] as const;

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('roiAlign equals torchvision', () => {
  it.each(golden.aligned)('in values and gradient: $sampling samples, aligned $aligned, scale $scale', async (one) => {
    const before = tf.memory().numTensors;
    const { size, scale, side, sampling, aligned } = one;
    const maps = nhwc('map', [2, 3, side, side]);
    const weights = nhwc('weights', [6, 3, size, size]);
    const options = {
      boxes: Float32Array.from(boxesOf(one.boxes, 6, side / scale, one.smallest)),
      images: Int32Array.of(0, 1, 1, 0, 0, 1),
      levels: new Int32Array(6),
      scales: [scale],
      size,
      sampling,
      aligned,
    };
    const out = roiAlign([maps], options);
    const [gradient] = tf.grads((x: tf.Tensor) => tf.sum(tf.mul(roiAlign([x as tf.Tensor4D], options), weights)))([
      maps,
    ]);
    expect(await farthest(out, one.output)).toBeLessThan(1e-5);
    expect(await farthest(gradient as tf.Tensor4D, one.gradient)).toBeLessThan(1e-4);
    tf.dispose([maps, weights, out, gradient!]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('level by level as each level alone', async () => {
    const maps = [nhwc('fine', [1, 2, 8, 8]), nhwc('coarse', [1, 2, 4, 4])];
    const boxes = Float32Array.from(boxesOf('levels', 4, 16, 1));
    const common = { images: new Int32Array(4), size: 2, sampling: 2, aligned: false };
    const both = await roiAlign(maps, {
      ...common,
      boxes,
      levels: Int32Array.of(0, 1, 1, 0),
      scales: [0.5, 0.25],
    }).data();
    for (const [row, level] of [0, 1, 1, 0].entries()) {
      const one = await roiAlign([maps[level]!], {
        ...common,
        images: new Int32Array(1),
        boxes: boxes.slice(4 * row, 4 * row + 4),
        levels: new Int32Array(1),
        scales: [[0.5, 0.25][level]!],
      }).data();
      expect([...both.subarray(8 * row, 8 * row + 8)]).toEqual([...one]);
    }
  });

  it('with no regions gives none, and no gradient', () => {
    const maps = nhwc('map', [1, 3, 4, 4]);
    const none = { boxes: new Float32Array(0), images: new Int32Array(0), levels: new Int32Array(0), scales: [1] };
    const options = { ...none, size: 2, sampling: 2, aligned: false };
    expect(roiAlign([maps], options).shape).toEqual([0, 2, 2, 3]);
    const [gradient] = tf.grads((x: tf.Tensor) => tf.sum(roiAlign([x as tf.Tensor4D], options)))([maps]);
    expect(gradient!.dataSync().every((value) => value === 0)).toBe(true);
  });
});

it('non-maximum suppression keeps what torchvision keeps, of all boxes and class by class', () => {
  const boxes = boxesOf('nms', 60, 40, 1);
  const scores = uniformByName('nms scores', 60);
  const classes = Int32Array.from({ length: 60 }, (_, i) => i % 3);
  for (const { threshold, all, byClass } of golden.suppressed) {
    expect(suppressNonMaxima({ boxes, scores, threshold })).toEqual(all);
    expect(suppressNonMaxima({ boxes, scores, classes, threshold })).toEqual(byClass);
    expect(suppressNonMaxima({ boxes, scores, classes, threshold, most: 7 })).toEqual(byClass.slice(0, 7));
  }
});

describe('box coding equals torchvision', () => {
  const anchors = Float32Array.from(boxesOf('anchors', 200, 64, 4));
  const objects = Float32Array.from(boxesOf('objects', 4, 64, 6));

  it('both ways, with wild codes held back', () => {
    const encoded = encodeBoxes(objects, anchors.slice(0, 16), CODE_WEIGHTS);
    golden.coding.encoded.forEach((code, i) => expect(Math.abs(encoded[i]! - code)).toBeLessThan(1e-4));
    const wild = Float32Array.from(uniformByName('codes', 40), (value) => 40 * value);
    const decoded = decodeBoxes(wild, anchors.slice(0, 40), CODE_WEIGHTS);
    golden.coding.decoded.forEach((edge, i) =>
      expect(Math.abs(decoded[i]! - edge)).toBeLessThan(1e-5 * Math.abs(edge) + 1e-3),
    );
  });

  it('and goes there and back', () => {
    const targets = Float32Array.from(boxesOf('others', 200, 64, 4));
    const back = decodeBoxes(encodeBoxes(targets, anchors, CODE_WEIGHTS), anchors, CODE_WEIGHTS);
    back.forEach((edge, i) => expect(Math.abs(edge - targets[i]!)).toBeLessThan(1e-3));
  });

  it('clips into the image', () => {
    const boxes = Float32Array.of(-3, -1, 12, 5, 4, 2, 30, 40);
    clipBoxes(boxes, { height: 8, width: 10 });
    expect([...boxes]).toEqual([0, 0, 10, 5, 4, 2, 10, 8]);
  });
});

describe('matching and sampling', () => {
  const anchors = Float32Array.from(boxesOf('anchors', 200, 64, 4));
  const objects = Float32Array.from(boxesOf('objects', 4, 64, 6));

  it('match as torchvision does', () => {
    for (const { matches, ...options } of golden.matching) {
      expect([...matchBoxes(anchors, objects, options)]).toEqual(matches);
      expect(matches.some((match) => match >= 0)).toBe(true);
    }
    const nothing = matchBoxes(anchors, new Float32Array(0), { high: 0.7, low: 0.3, keepBestOfEach: true });
    expect(nothing.every((match) => match === BACKGROUND)).toBe(true);
  });

  it('samples at most the share of objects, fills with background and takes nothing in between', () => {
    const matches = Int32Array.from({ length: 60 }, (_, i) =>
      i % 3 === 0 ? i % 4 : i % 3 === 1 ? BACKGROUND : BETWEEN,
    );
    const draw = (seed: number) =>
      sampleMatches(matches, { count: 16, share: 0.5, random: deriveRandom(seed, 'sample') });
    const { objects: few, background } = draw(0);
    expect([few.length, background.length]).toEqual([8, 8]);
    expect(few.every((row) => matches[row]! >= 0) && background.every((row) => matches[row] === BACKGROUND)).toBe(true);
    expect(new Set([...few, ...background]).size).toBe(16);
    expect(draw(0)).toEqual(draw(0));
    expect(draw(1)).not.toEqual(draw(0));
    // Over many draws every row has its turn.
    const seen = new Set(Array.from({ length: 60 }, (_, seed) => draw(seed).objects).flat());
    expect(seen.size).toBe(20);
  });

  it('adds the objects themselves to the regions, and copes with images without any', () => {
    const targets = [
      { boxes: objects, labels: Int32Array.of(2, 0, 1, 2) },
      { boxes: new Float32Array(0), labels: new Int32Array(0) },
    ];
    const proposals = [new Float32Array(0), anchors.slice(0, 40)];
    const regions = sampleRegions(proposals, targets, { count: 16, random: deriveRandom(0, 'regions') });
    expect(regions.objects).toBe(4);
    expect([...regions.boxes.subarray(0, 16)]).toEqual([...objects]);
    expect([...regions.labels]).toEqual([3, 1, 2, 3, ...new Array<number>(10).fill(0)]);
    expect([...regions.images]).toEqual([0, 0, 0, 0, ...new Array<number>(10).fill(1)]);
    expect(regions.codes.every((code) => code === 0)).toBe(true);
  });
});

it('anchors lie where torchvision lays them, on grids that do not divide the image', () => {
  const maps = [tf.zeros<tf.Rank.R4>([1, 4, 5, 1]), tf.zeros<tf.Rank.R4>([1, 2, 3, 1])];
  const levels = describeLevels(maps, { height: 35, width: 41, firstSize: 8 });
  const shapes = {
    sizes: [
      [8, 16],
      [24, 33],
    ],
    ratios: [0.5, 1, 2],
  };
  expect([...layAnchors(levels, shapes)]).toEqual(golden.anchors.flat());
});

describe('masks', () => {
  const { side, places, targets, pasted } = golden.masks;

  it('are cut to regions as torchvision does', () => {
    const bits = Uint8Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [(i % side) + 0.5 - 9, Math.floor(i / side) + 0.5 - 11];
      return x * x + y * y <= 49 ? 1 : 0;
    });
    const cut = places.flatMap((box) => [...cropMask({ height: side, width: side, bits }, box, 7)]);
    cut.forEach((value, i) => expect(Math.abs(value - targets[i]!), `${i}`).toBeLessThan(1e-5));
  });

  it('are drawn into boxes as torch samples them', () => {
    const squares = Float32Array.from(uniformByName('squares', 3 * 49), (value) => (value + 1) / 2);
    places.forEach((box, i) => {
      const bits = pasteMask(squares.subarray(49 * i, 49 * i + 49), 7, { box, width: side, height: side });
      expect(bits.join('')).toBe(pasted[i]);
    });
    const empty = pasteMask(squares.subarray(0, 49), 7, { box: [4, 4, 4, 9], width: side, height: side });
    expect(empty.every((bit) => bit === 0)).toBe(true);
  });
});

/** As `boxes` in the golden's program. */
function boxesOf(name: string, count: number, side: number, smallest: number): Float64Array {
  const values = uniformByName(name, 4 * count);
  const boxes = new Float64Array(4 * count);
  for (let i = 0; i < count; i++) {
    for (const axis of [0, 1]) {
      const centre = (side / 2) * (1 + 1.1 * values[4 * i + axis]!);
      const size = smallest + (side / 2) * Math.abs(values[4 * i + 2 + axis]!);
      boxes[4 * i + axis] = Math.round(1000 * (centre - size / 2)) / 1000;
      boxes[4 * i + 2 + axis] = Math.round(1000 * (centre + size / 2)) / 1000;
    }
  }
  return boxes;
}

/** Formula values of a [N, C, H, W] tensor as [N, H, W, C]. */
function nhwc(name: string, shape: readonly [number, number, number, number]): tf.Tensor4D {
  const values = Float32Array.from(
    uniformByName(
      name,
      shape.reduce((product, axis) => product * axis, 1),
    ),
  );
  return tf.tidy(() => tf.transpose(tf.tensor4d(values, [...shape]), [0, 2, 3, 1]));
}

/** Largest difference of a [N, H, W, C] tensor from values in [N, C, H, W]. */
async function farthest(x: tf.Tensor4D, golden: readonly number[]): Promise<number> {
  const filed = tf.transpose(x, [0, 3, 1, 2]);
  const values = await filed.data();
  filed.dispose();
  expect(values).toHaveLength(golden.length);
  return Math.max(...golden.map((value, i) => Math.abs(values[i]! - value)));
}
