/** The pool with real threads: equal results for any number of them, bad images, failing and dying threads. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cancelled, UserError } from '../../../../src/shared/errors';
import { augmentationPolicy } from '../../../../src/shared/experiment/augmentation';
import { deriveRandom } from '../../../../src/shared/random';
import type { AugmentedBatch, AugmentPool, AugmentRequest } from '../../../../src/worker/augment/augmentPool';
import { createAugmentPool } from '../../../../src/worker/augment/augmentPool';
import { applyTransforms, drawTransforms } from '../../../../src/worker/augment/policy';
import { prefetchBatches } from '../../../../src/worker/augment/prefetch';
import type { ImageStore } from '../../../../src/worker/data/dataset';
import type { BundledThread } from './bundleThread';
import { bundleThread } from './bundleThread';
import { normalized } from './normalized';

const size = 16;
const ops = augmentationPolicy('moco-v2', { size });
const [width, height, count] = [20, 18, 12];
const store = packedStore();

let thread: BundledThread;
let folder: string;
beforeAll(() => {
  thread = bundleThread();
  folder = mkdtempSync(join(tmpdir(), 'augment-'));
});
afterAll(() => {
  thread.remove();
  rmSync(folder, { recursive: true, force: true });
});

function packedStore(): Extract<ImageStore, { kind: 'packed' }> {
  const buffer = new SharedArrayBuffer(count * width * height * 3);
  const random = deriveRandom(9, 'test');
  new Uint8Array(buffer).forEach((_, i, all) => (all[i] = random.integer(256)));
  return { kind: 'packed', count, width, height, buffer };
}

function imageAt(index: number) {
  const bytes = width * height * 3;
  return { width, height, pixels: new Uint8Array(store.buffer, index * bytes, bytes) };
}

async function withPool<T>(
  threads: number,
  use: (pool: AugmentPool) => Promise<T>,
  of: ImageStore = store,
): Promise<T> {
  const pool = createAugmentPool({ store: of, ops, size, threads, threadEntry: thread.entry });
  try {
    return await use(pool);
  } finally {
    await pool.close();
  }
}

const request: AugmentRequest = { seed: 5, step: 7, indices: Int32Array.of(3, 11, 0, 8, 5, 2, 9), views: 2 };

describe('batches', () => {
  it('are the recorded transforms of the stream (seed, step, index, view)', async () => {
    const batch = await withPool(0, (pool) => pool.batch(request));
    expect(batch.views).toHaveLength(2);
    batch.views.forEach((pixels, view) => {
      request.indices.forEach((index, item) => {
        const recorded = drawTransforms(ops, imageAt(index), deriveRandom(5, 'augment', 7, index, view));
        const expected = normalized(applyTransforms(imageAt(index), recorded));
        expect(pixels.slice(item * expected.length, (item + 1) * expected.length)).toEqual(expected);
      });
    });
    expect(batch.indices).toEqual(Uint32Array.from(request.indices));
    expect(batch.problems).toEqual([]);
  });

  it.each([1, 2, 3])('are equal with %i threads and in any order of requests', async (threads) => {
    const expected = await withPool(0, (pool) => pool.batch(request));
    const [, , batch] = await withPool(threads, (pool) =>
      Promise.all([pool.batch({ ...request, step: 99 }), pool.evalBatch(request.indices), pool.batch(request)]),
    );
    expect(batch.views.map((v) => Float32Array.from(v))).toEqual(expected.views.map((v) => Float32Array.from(v)));
    expect(batch.indices).toEqual(expected.indices);
  });

  it('differ between seeds, steps and views', async () => {
    const batches = await withPool(0, (pool) =>
      Promise.all([request, { ...request, seed: 6 }, { ...request, step: 8 }].map((r) => pool.batch(r))),
    );
    const all = batches.flatMap((batch) => batch.views.map((view) => Float32Array.from(view).join()));
    expect(new Set(all).size).toBe(6);
  });

  it('for evaluation are resized and cropped without randomness', async () => {
    const { views } = await withPool(2, (pool) => pool.evalBatch(Uint32Array.of(4, 1, 4)));
    const recorded = drawTransforms(augmentationPolicy('none', { size }), imageAt(4), deriveRandom(0, 'unused'));
    const expected = normalized(applyTransforms(imageAt(4), recorded));
    const pixels = Float32Array.from(views[0]!);
    expect(views).toHaveLength(1);
    expect(pixels.slice(0, expected.length)).toEqual(expected);
    expect(pixels.slice(2 * expected.length)).toEqual(expected);
  });

  it('may be empty, or smaller than the number of threads', async () => {
    const [none, one] = await withPool(3, (pool) =>
      Promise.all([pool.batch({ ...request, indices: new Uint32Array(0) }), pool.evalBatch(Uint32Array.of(2))]),
    );
    expect(none.views.map((view) => view.length)).toEqual([0, 0]);
    expect(one.indices).toEqual(Uint32Array.of(2));
  });
});

describe('images that cannot be read', () => {
  const fileStore = async (good: boolean[]): Promise<ImageStore> => {
    const png = await sharp(imageAt(0).pixels, { raw: { width, height, channels: 3 } })
      .png()
      .toBuffer();
    const paths = good.map((isGood, i) => {
      const path = join(folder, `${good.length}-${i}.png`);
      writeFileSync(path, isGood ? png : 'not an image');
      return path;
    });
    return { kind: 'files', paths };
  };

  it.each([0, 2])('are replaced by the next one and reported (%i threads)', async (threads) => {
    const files = await fileStore([true, false, false, true, false]);
    const indices = Uint32Array.of(1, 3, 4, 0);
    const batch = await withPool(threads, (pool) => pool.batch({ ...request, indices }), files);
    expect(batch.indices).toEqual(Uint32Array.of(3, 3, 0, 0));
    const replaced = batch.problems.map(({ index, replacedBy }) => [index, replacedBy]);
    expect(replaced.toSorted((a, b) => a[0]! - b[0]!)).toEqual([
      [1, 3],
      [2, 3],
      [4, 0],
    ]);
  });

  it.each([0, 1])('reject the batch with a user error when there is no other (%i threads)', async (threads) => {
    const files = await fileStore([false, false, false]);
    const failing = withPool(threads, (pool) => pool.batch({ ...request, indices: Uint32Array.of(1, 0) }), files);
    const error = await failing.catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(UserError);
    expect(error).toMatchObject({ code: 'data' });
    expect((error as UserError).message).toMatch(/^3 images in a row could not be read, from item 1 on/);
  });
});

describe('threads that fail', () => {
  /** A thread program of its own, to misbehave in one way. */
  const poolOf = (program: string): AugmentPool => {
    const path = join(folder, `${program.length}.mjs`);
    writeFileSync(
      path,
      `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', () => { ${program} });\n`,
    );
    return createAugmentPool({ store, ops, size, threads: 2, threadEntry: pathToFileURL(path) });
  };

  it('reject everything pending, and later requests, with the cause', async () => {
    const pool = poolOf('throw new Error("broken thread")');
    const settled = await Promise.allSettled([pool.batch(request), pool.batch(request)]);
    expect(settled.map((s) => s.status === 'rejected' && (s.reason as Error).message)).toEqual([
      'broken thread',
      'broken thread',
    ]);
    await expect(pool.batch(request)).rejects.toThrow('broken thread');
    await pool.close();
  });

  it('that exit without a word are a worker error', async () => {
    const pool = poolOf('process.exit(3)');
    await expect(pool.batch(request)).rejects.toMatchObject({ name: 'UserError', code: 'worker' });
    await pool.close();
  });

  it('are ended by close, which cancels what is pending', async () => {
    const pool = poolOf('/* never answers */');
    const pending = pool.batch(request);
    const seen = expect(pending).rejects.toBeInstanceOf(Cancelled);
    await pool.close();
    await seen;
  });

  it('a program that is not there is an error, not a hang', async () => {
    const threadEntry = pathToFileURL(join(folder, 'missing.mjs'));
    const pool = createAugmentPool({ store, ops, size, threads: 1, threadEntry });
    await expect(pool.batch(request)).rejects.toThrow(/missing\.mjs/);
    await pool.close();
  });

  it('an operation that gives another size is a bug, shown with its message', async () => {
    const pool = createAugmentPool({ store, ops, size: 24, threads: 1, threadEntry: thread.entry });
    await expect(pool.batch(request)).rejects.toThrow('internal: augmentation gave 16 x 16 px, expected 24');
    await pool.close();
  });
});

describe('prefetching', () => {
  it('asks ahead by depth, once per step, and stops after the last', async () => {
    const asked: number[] = [];
    const pool = {
      batch: async ({ step }: AugmentRequest): Promise<AugmentedBatch> => {
        asked.push(step);
        return { views: [], indices: Uint32Array.of(step), problems: [] };
      },
    };
    const batches = prefetchBatches(pool, (step) => (step < 5 ? { ...request, step } : undefined), 2);
    expect((await batches.next(1)).indices[0]).toBe(1);
    expect(asked).toEqual([1, 2, 3]);
    await batches.next(2);
    await batches.next(3);
    expect((await batches.next(4)).indices[0]).toBe(4);
    expect(asked).toEqual([1, 2, 3, 4]);
    await expect(batches.next(5)).rejects.toThrow('no batch is defined for step 5');
  });

  it('an error surfaces at its own step', async () => {
    const pool = {
      batch: async ({ step }: AugmentRequest): Promise<AugmentedBatch> => {
        if (step === 1) throw new Error('step 1 failed');
        return { views: [], indices: Uint32Array.of(step), problems: [] };
      },
    };
    const batches = prefetchBatches(pool, (step) => ({ ...request, step }), 3);
    await batches.next(0);
    await expect(batches.next(1)).rejects.toThrow('step 1 failed');
    expect((await batches.next(2)).indices[0]).toBe(2);
  });
});
