/** Sliding windows: every pixel seen, scores the mean over windows, the whole picture when one window is enough. */
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Segmenter } from '../../../../../src/worker/models/segmentation/segmenter';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { segmentImages, windowStarts } from '../../../../../src/worker/transfer/segmentation/segmentImages';

beforeAll(async () => {
  await startRuntime('wasm');
});

describe('windows', () => {
  it.each([
    [2048, 769, 513, [0, 513, 1026, 1279]],
    [100, 100, 66, [0]],
    [60, 100, 66, [0]],
    [101, 100, 66, [0, 1]],
    [166, 100, 66, [0, 66]],
    [167, 100, 66, [0, 66, 67]],
  ])('of %i px, %i wide, %i apart', (length, window, stride, expected) => {
    expect(windowStarts(length, window, stride)).toEqual(expected);
  });
});

/** Scores 1 for class 1 in the window's left half and for class 0 in its right half, at half the resolution. */
const halves = {
  classes: 2,
  scores: (images: tf.Tensor4D) => {
    const [count, height, width] = images.shape;
    const shape: [number, number, number, number] = [count, Math.ceil(height / 2), Math.ceil(width / 2), 2];
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < values.length / 2; i++) values[2 * i + (i % shape[2] < shape[2] / 2 ? 1 : 0)] = 1;
    return tf.tensor4d(values, shape);
  },
} as unknown as Segmenter;

const picture = { width: 16, height: 8, pixels: new Uint8Array(16 * 8 * 3) };
const common = { window: [8, 8], windowStride: [8, 4] } as const;

describe('pictures', () => {
  it('are segmented as a whole', async () => {
    const before = tf.memory().numTensors;
    const [labels, second] = await segmentImages(halves, [picture, picture], { ...common, inference: 'whole' });
    expect([...labels!.subarray(0, 16)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(second).toEqual(labels);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('are segmented window by window, scores averaged', async () => {
    const before = tf.memory().numTensors;
    const [labels] = await segmentImages(halves, [picture], { ...common, inference: 'slide' });
    // Windows at 0, 4 and 8. Of class 1 each gives its columns 1, 1, 1, ¾, ¼, 0, 0, 0: in columns 4..7 and 8..11 two windows
    // add up to 1¼, 1, 1, ¾ of 2; equal scores are class 0.
    expect([...labels!.subarray(0, 16)]).toEqual([1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('come back in their stored size when they were scaled', async () => {
    const [labels] = await segmentImages(halves, [picture], { ...common, inference: 'whole', shortestSide: 32 });
    expect([...labels!.subarray(0, 16)]).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0]);
    expect(labels).toHaveLength(128);
  });
});
