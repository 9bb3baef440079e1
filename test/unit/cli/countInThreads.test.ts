/** Label images counted in threads: the same table, totals and outlines as counted here, and errors that say the same. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countInThreads } from '../../../src/cli/evaluation/countInThreads';
import { meaningsOf } from '../../../src/cli/evaluation/labelPairs';
import { countLabelPairs, joinCounts, type CountRequest } from '../../../src/cli/evaluation/segmentationCounter';
import { deriveRandom } from '../../../src/shared/random';
import { bundleThread, type BundledThread } from '../worker/augment/bundleThread';

const COUNT = 37;
let folder: string;
let thread: BundledThread;
let request: CountRequest;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'transferscope-count-'));
  thread = bundleThread('src/cli/evaluation/labelThread.ts');
  const random = deriveRandom(0, 'count');
  for (const part of ['truth', 'predicted']) {
    mkdirSync(path.join(folder, part));
    for (let i = 0; i < COUNT; i++) {
      const [width, height] = [20 + i, 15];
      const labels = Uint8Array.from({ length: width * height }, () => random.integer(4));
      const picture = sharp(labels, { raw: { width, height, channels: 1 } }).toColourspace('b-w');
      writeFileSync(path.join(folder, part, `${i}.png`), await picture.png().toBuffer());
    }
  }
  request = {
    pairs: Array.from({ length: COUNT }, (_, i) => ({ name: `${i}`, truth: `${i}.png`, predicted: `${i}.png` })),
    folders: { truth: path.join(folder, 'truth'), predicted: path.join(folder, 'predicted') },
    meanings: meaningsOf(undefined, 3, []),
    hasBoundary: true,
  };
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  thread.remove();
});

describe('counting in threads', () => {
  it('gives what counting here gives', async () => {
    expect(await countInThreads(request, thread.entry)).toEqual(countLabelPairs(request));
  });

  it('puts shares together in the order of the pairs', () => {
    const share = (first: number) =>
      countLabelPairs({ ...request, pairs: request.pairs.filter((_, i) => i % 3 === first) });
    const shares = [share(0), share(1), share(2)];
    expect(joinCounts(shares)).toEqual(countLabelPairs(request));
  });

  it('says which file is broken, whoever met it', async () => {
    for (const broken of [2, 3]) {
      const pairs = request.pairs.map((pair, i) => (i === broken ? { ...pair, truth: `${i + 1}.png` } : pair));
      await expect(countInThreads({ ...request, pairs }, thread.entry)).rejects.toThrow(`the prediction ${broken} is`);
    }
  });

  it('works without the thread’s program', async () => {
    const missing = pathToFileURL(path.join(folder, 'nothing.js'));
    expect((await countInThreads(request, missing)).totals).toHaveLength(COUNT);
  });
});
