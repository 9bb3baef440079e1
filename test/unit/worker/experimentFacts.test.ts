/** What the worker adds to the checks: counted shared images and memory, through real folders and whole experiment files. */
import os from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DataLibrary } from '../../../src/worker/data/dataLibrary';
import { memoryLimit } from '../../../src/worker/experimentFacts';
import { loadExperiment } from '../../../src/worker/experimentLoader';
import { makeTree, plainPng } from './data/tempFolder';

const { probed } = vi.hoisted(() => ({ probed: { runtimes: [] as { name: string; available: boolean }[], count: 0 } }));
vi.mock('../../../src/worker/runtimes/startRuntime', () => ({
  listRuntimes: async () => {
    probed.count++;
    return probed.runtimes;
  },
}));

const GiB = 2 ** 30;

/** Two folders of 2 × 8 images; `shared` of those for testing are also among those for training, under other names. */
async function folders(shared: number): Promise<string> {
  const files: Record<string, Uint8Array> = {};
  for (let i = 0; i < 16; i++) {
    files[`seen/train/${i % 2 ? 'cat' : 'dog'}/a${i}.png`] = await plainPng([i, 0, 0]);
    files[`other/val/${i % 2 ? 'cat' : 'dog'}/b${i}.png`] = await plainPng([i < shared ? i : i + 100, 0, 0]);
    files[`other/train/${i % 2 ? 'cat' : 'dog'}/c${i}.png`] = await plainPng([0, i, 0]);
  }
  return makeTree(files);
}

const text = (more = '') => `name: overlap
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
${more}data:
  seen: { kind: image-folder, root: seen, train: train, test: train }
  other: { kind: image-folder, root: other }
pretrainings:
  - { id: moco, method: moco, data: seen, split: train, batch: 8, queue: 8, steps: 4, batchNormGroups: 2 }
transfers:
  - { id: probe, task: linear-probe, data: other }
`;

async function problemsOf(root: string, experiment: string, runtime?: 'wasm' | 'auto' | 'tensorflow' | 'webgpu') {
  const loaded = await loadExperiment(experiment, 'x.transfer.yaml', {
    openData: ({ data }) => new DataLibrary(data, root, () => {}),
    ...(runtime && { runtime }),
  });
  return loaded.problems;
}

describe('test images among those of a pretraining', () => {
  it.each([
    [3, 'holds 3 of the 16 test images of `probe`'],
    [16, 'holds the test images of `probe`'],
  ])('%i of them are counted by content and said', async (shared, words) => {
    const found = (await problemsOf(await folders(shared), text())).filter(
      ({ code }) => code === 'test-images-in-pretraining',
    );
    expect(found.map(({ severity }) => severity)).toEqual(['warning']);
    expect(found[0]!.message).toContain(words);
  });

  it('are not there when none is', async () => {
    const codes = (await problemsOf(await folders(0), text())).map(({ code }) => code);
    expect(codes).not.toContain('test-images-in-pretraining');
  });
});

describe('memory', () => {
  afterEach(() => vi.restoreAllMocks());
  const machine = (total: number, allowed: number | undefined) => {
    vi.spyOn(os, 'totalmem').mockReturnValue(total);
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(allowed as number);
  };

  it('is four fifths of the machine or of the container, and at most the heap of wasm', () => {
    machine(64 * GiB, 0);
    expect(memoryLimit('tensorflow')?.process).toBeCloseTo(51.2 * GiB, 0);
    expect(memoryLimit('wasm')?.process).toBe(4 * GiB);
    // Which several processes have each.
    expect(memoryLimit('wasm')?.machine).toBeCloseTo(51.2 * GiB, 0);
    machine(64 * GiB, 2 ** 64);
    expect(memoryLimit('tensorflow')?.process).toBeCloseTo(51.2 * GiB, 0);
    machine(64 * GiB, 2 * GiB);
    expect(memoryLimit('tensorflow')?.process).toBeCloseTo(1.6 * GiB, 0);
    expect(memoryLimit('wasm')?.process).toBeCloseTo(1.6 * GiB, 0);
    machine(2 * GiB, undefined);
    expect(memoryLimit('wasm')?.process).toBeCloseTo(1.6 * GiB, 0);
  });

  it('is not known of graphics cards', () => {
    expect(memoryLimit('webgpu')).toBeUndefined();
    expect(memoryLimit('tensorflow-gpu')).toBeUndefined();
  });

  /** Its activations need some 6 GB: more than wasm has, less than 64 GiB. */
  const large = text('runtime: auto\n')
    .replace('imageSize: 32', 'imageSize: 2048')
    .replace('batch: 8', 'batch: 16')
    .replace('queue: 8', 'queue: 16');
  const memoryMessages = async (experiment: string, runtime?: Parameters<typeof problemsOf>[2]) =>
    (await problemsOf(await folders(0), experiment, runtime))
      .filter(({ code }) => code === 'memory')
      .map((p) => p.message);

  it('of auto is that of the runtime which would be taken, looked for only when it matters', async () => {
    machine(64 * GiB, 0);
    probed.count = 0;
    expect(await memoryMessages(text('runtime: auto\n'))).toEqual([]);
    expect(probed.count).toBe(0);
    probed.runtimes = [
      { name: 'tensorflow', available: false },
      { name: 'wasm', available: true },
    ];
    expect(await memoryMessages(large)).toEqual([expect.stringContaining('more than the 4.3 GB of this runtime')]);
    probed.runtimes[0]!.available = true;
    expect(await memoryMessages(large)).toEqual([]);
    expect(probed.count).toBe(2);
  });

  it('of the runtime asked for at launch counts', async () => {
    machine(64 * GiB, 0);
    expect(await memoryMessages(large, 'wasm')).toHaveLength(1);
    expect(await memoryMessages(large, 'tensorflow')).toEqual([]);
    expect(await memoryMessages(large, 'webgpu')).toEqual([]);
  });
});
