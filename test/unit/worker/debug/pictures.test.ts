/** Pictures of large batches: the first are kept, all are counted. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { PictureWriter } from '../../../../src/worker/debug/pictures';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';

const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-pictures-'));
beforeAll(async () => void (await startRuntime('wasm')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('keeps 256 pictures of a batch, and figures of the parts that hold them', async () => {
  const writer = new PictureWriter(folder, 7);
  // Of parts of 150 images of 2 × 3 px: the second holds the 256th.
  for (const level of [0, 0.5, 100]) {
    const images = tf.fill([150, 2, 3, 3], level) as tf.Tensor4D;
    await writer.add(
      [{ name: 'image', images }],
      Array.from({ length: 150 }, (_, i) => ({ name: `${level} ${i}` })),
    );
    images.dispose();
  }
  const [view] = writer.views();
  expect(view).toMatchObject({ name: 'image', shape: [450, 2, 3, 3] });
  expect(view!.channels.map(({ count, mean, max }) => [count, mean, max])).toEqual(
    new Array(3).fill([300 * 6, 0.25, 0.5]),
  );
  const images = await writer.images();
  expect(images).toHaveLength(256);
  expect(images.at(-1)).toEqual({ place: 255, name: '0.5 105', files: ['7-255-image.png'] });
  expect(readdirSync(folder)).toHaveLength(256);
  const { data, info } = await sharp(path.join(folder, '7-0-image.png')).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([3, 2]);
  // Zero after normalisation is ImageNet's mean colour.
  expect([...data.subarray(0, 3)]).toEqual([124, 116, 104]);
});

it('says in a sentence that it cannot write', async () => {
  const writer = new PictureWriter(path.join(folder, 'nowhere'), 0);
  await expect(writer.write('a.png', new Uint8Array())).rejects.toThrow(/cannot write .*a\.png: .*; make room/);
});
