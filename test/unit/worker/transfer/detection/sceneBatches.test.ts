/** Batches of scenes: the same for seed and step in any order, padded, with objects that lie where they are seen. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { EmojiScenesData } from '../../../../../src/shared/experiment/schema';
import { openEmojiScenes } from '../../../../../src/worker/data/emojiScenes';
import type { SceneDataset } from '../../../../../src/worker/data/scenes';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import {
  learnableImages,
  testScenes,
  TrainingScenes,
  type SceneBatch,
} from '../../../../../src/worker/transfer/detection/sceneBatches';
import { chooseScenes, truthOf } from '../../../../../src/worker/transfer/detection/sceneSubset';

const settings: EmojiScenesData = {
  kind: 'emoji-scenes',
  labels: 'category',
  size: 48,
  objects: [1, 3],
  scale: [0.3, 0.6],
  overlap: 0.3,
  trainImages: 10,
  testImages: 7,
  sceneSeed: 0,
  train: 'train',
  test: 'test',
};
const open = async (split = 'train') => (await openEmojiScenes(settings)).openScenes(split);
const fail = (name: string, message: string): void => expect.fail(`${name}: ${message}`);

beforeAll(async () => {
  await startRuntime('wasm');
});

function batchesOf(scenes: SceneDataset, seed = 0, onProblem = fail): TrainingScenes {
  const transform = { shortestSide: [40, 48, 72], longestSide: 1000, flip: true, photometric: true, crop: 1 };
  const images = learnableImages(scenes);
  return new TrainingScenes({ scenes, images, batch: 4, seed, transform, withMasks: true, onProblem });
}

async function take(batches: TrainingScenes, step: number) {
  const { images, targets, indices, sizes } = await batches.next(step);
  const pixels = [...images.dataSync()];
  images.dispose();
  return { pixels, targets, indices, sizes };
}

describe('training batches', () => {
  it('depend on seed and step alone', async () => {
    const scenes = await open();
    const first = batchesOf(scenes);
    await take(first, 0);
    const second = await take(first, 1);
    expect(await take(batchesOf(scenes), 1)).toEqual(second);
    expect((await take(batchesOf(scenes, 1), 1)).pixels).not.toEqual(second.pixels);
    expect(first.stepsPerEpoch).toBe(2);
  });

  it('are padded to multiples of 32 with zeros on the right and below', async () => {
    const batches = batchesOf(await open());
    for (let step = 0; step < 4; step++) {
      const { images, sizes } = await batches.next(step);
      const [count, height, width] = images.shape;
      const tallest = Math.max(...sizes.map((size) => size.height));
      expect([count, height % 32, width % 32]).toEqual([4, 0, 0]);
      expect(height - tallest).toBeLessThan(32);
      const values = images.dataSync();
      sizes.forEach((size, i) => {
        const at = (y: number, x: number) => values[((i * height + y) * width + x) * 3]!;
        if (size.width < width) expect(at(0, size.width)).toBe(0);
        if (size.height < height) expect(at(size.height, 0)).toBe(0);
      });
      images.dispose();
    }
  });

  it('have boxes around what their masks show', async () => {
    const { targets } = await take(batchesOf(await open()), 0);
    for (const { boxes, labels, masks } of targets) {
      expect(masks).toHaveLength(labels.length);
      masks!.forEach(({ bits, width }, row) => {
        const on = [...bits.keys()].filter((place) => bits[place] === 1);
        const [xs, ys] = [on.map((place) => place % width), on.map((place) => Math.floor(place / width))];
        const seen = [Math.min(...xs), Math.min(...ys), Math.max(...xs) + 1, Math.max(...ys) + 1];
        seen.forEach((edge, k) => expect(Math.abs(edge - boxes[4 * row + k]!)).toBeLessThanOrEqual(1));
      });
    }
  });

  it('replace an unreadable image by grey without objects, and say so', async () => {
    const scenes = await open();
    const said: string[] = [];
    const broken = {
      ...scenes,
      store: { kind: 'files' as const, paths: scenes.names.map((name) => `/nowhere/${name}`) },
    };
    const { targets } = await take(
      batchesOf(broken, 0, (name) => void said.push(name)),
      0,
    );
    expect(targets.every(({ labels }) => labels.length === 0)).toBe(true);
    // Batches are read ahead.
    expect(said.length).toBeGreaterThanOrEqual(4);
    expect(said[0]).toMatch(/^train\/\d{5}\.png$/);
  });
});

it('test batches go through the images in order, the last one short', async () => {
  const scenes = await open('test');
  const images = Int32Array.from([0, 2, 3, 5, 6]);
  const batches: SceneBatch[] = [];
  for await (const batch of testScenes({
    scenes,
    images,
    batch: 2,
    shortestSide: 64,
    longestSide: 100,
    onProblem: fail,
  }))
    batches.push(batch);
  expect(batches.map(({ indices }) => indices)).toEqual([[0, 2], [3, 5], [6]]);
  expect(batches[0]!.images.shape).toEqual([2, 64, 64, 3]);
  batches.forEach(({ images: pixels }) => pixels.dispose());
  const truth = truthOf(scenes, images);
  expect(truth.images.names).toEqual([0, 2, 3, 5, 6].map((i) => scenes.names[i]));
  const counts = [0, 1, 2, 3, 4].map((i) => truth.image.filter((image) => image === i).length);
  expect(counts).toEqual([0, 2, 3, 5, 6].map((i) => scenes.offsets[i + 1]! - scenes.offsets[i]!));
});

it('a drawn part of the images is ascending, the same for the same seed, and all of them when it is large', () => {
  const images = Int32Array.from({ length: 50 }, (_, i) => i);
  const draw = (seed: number, count?: number) => chooseScenes(images, { count, seed, purpose: 'part' });
  const drawn = [...draw(0, 20)];
  expect(drawn).toHaveLength(20);
  expect(new Set(drawn).size).toBe(20);
  expect(drawn).toEqual([...drawn].sort((a, b) => a - b));
  expect([...draw(0, 20)]).toEqual(drawn);
  expect([...draw(1, 20)]).not.toEqual(drawn);
  expect(draw(0, 50)).toBe(images);
  expect(draw(0)).toBe(images);
});

it('images without objects to learn from are not drawn', async () => {
  const scenes = await open();
  const isCrowd = scenes.truth.isCrowd.slice();
  for (let row = scenes.offsets[3]!; row < scenes.offsets[4]!; row++) isCrowd[row] = 1;
  const images = learnableImages({ ...scenes, truth: { ...scenes.truth, isCrowd } });
  expect([...images]).toEqual([0, 1, 2, 4, 5, 6, 7, 8, 9]);
});
