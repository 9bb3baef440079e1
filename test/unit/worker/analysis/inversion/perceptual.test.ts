/** The perceptual distance against the lpips package on formula weights (test/golden/make/inversion.py), and reading its files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PerceptualTrunk } from '../../../../../src/shared/experiment/perceptualTrunks';
import { deriveRandom } from '../../../../../src/shared/random';
import { encodeSafetensors, type FileTensor } from '../../../../../src/shared/weights/safetensors';
import { perceptualDistance } from '../../../../../src/worker/analysis/inversion/perceptualDistance';
import { createTrunkWeights, trunkChannels } from '../../../../../src/worker/analysis/inversion/perceptualTrunk';
import { openPerceptual } from '../../../../../src/worker/analysis/inversion/perceptualWeights';
import { startRuntime } from '../../../../../src/worker/runtimes/startRuntime';
import { cheapRandom, formulaTensor } from '../../models/formulaWeights';
import { goldenPicture } from './goldenPictures';

interface Distances {
  readonly net: PerceptualTrunk;
  readonly size: number;
  readonly learned: number;
  readonly unlearned: number;
}
const golden = (
  JSON.parse(readFileSync(new URL('../../../../golden/data/inversion.json', import.meta.url), 'utf8')) as {
    readonly lpips: readonly Distances[];
  }
).lpips;

const folder = mkdtempSync(join(os.tmpdir(), 'transferscope-lpips-'));
beforeAll(async () => {
  await startRuntime('wasm');
  for (const net of ['alex', 'vgg', 'squeeze'] as const) {
    writeFileSync(join(folder, `${net}-trunk.safetensors`), encodeSafetensors(trunkFile(net, (name) => name)));
    writeFileSync(join(folder, `${net}-linear.safetensors`), encodeSafetensors(linearFile(net)));
  }
  for (const net of ['alex', 'squeeze'] as const)
    writeFileSync(join(folder, `${net}-whole.safetensors`), encodeSafetensors(packagedFile(net)));
});

/** Numbers of the modules with weights, by the slice of the package that holds them. */
const slicesOf = {
  alex: [[0], [3], [6], [8], [10]],
  squeeze: [[0], [3, 4], [6, 7], [9], [10], [11], [12]],
} as const;

/** As the package's own state dict has them. */
function packagedFile(net: keyof typeof slicesOf): Map<string, FileTensor> {
  const slices: readonly (readonly number[])[] = slicesOf[net];
  const packaged = trunkFile(net, (name) => {
    const [, module, ...part] = name.split('.');
    return `net.slice${slices.findIndex((own) => own.includes(Number(module))) + 1}.${module}.${part.join('.')}`;
  });
  const whole = new Map([...packaged, ...linearFile(net)]);
  whole.set('scaling_layer.shift', { dtype: 'F32', shape: [1, 3, 1, 1], data: new Float32Array(3) });
  return whole;
}
afterAll(() => rmSync(folder, { recursive: true }));

function trunkFile(net: PerceptualTrunk, rename: (name: string) => string): Map<string, FileTensor> {
  const weights = createTrunkWeights(net, cheapRandom);
  const shapes = [...weights.shapes()];
  weights.dispose();
  return new Map(shapes.map(([name, shape]) => [rename(name), { dtype: 'F32', ...formulaTensor(name, shape) }]));
}

function linearFile(net: PerceptualTrunk): Map<string, FileTensor> {
  return new Map(
    trunkChannels(net).map((channels, level) => {
      const name = `lin${level}.model.1.weight`;
      const { shape, data } = formulaTensor(name, [1, channels, 1, 1]);
      return [name, { dtype: 'F32', shape, data: data.map(Math.abs) }];
    }),
  );
}

async function distanceWith(trunk: PerceptualTrunk, lpips: readonly string[], size: number) {
  const network = await openPerceptual({ trunk, lpips }, folder);
  try {
    const distance = await perceptualDistance(network, goldenPicture('a', size), {
      other: goldenPicture('b', size),
      size,
    });
    return { measure: network.measure, distance };
  } finally {
    network.weights.dispose();
  }
}

describe('perceptual distance', () => {
  it.each(golden)('is that of the lpips package, $net at $size px', async ({ net, size, learned, unlearned }) => {
    const before = tf.memory().numTensors;
    // Reading a VGG takes seconds, and which sum is taken does not depend on the trunk.
    if (net !== 'vgg') {
      const trunk = await distanceWith(net, [`${net}-trunk.safetensors`], size);
      expect(trunk.measure).toBe('unlearned-lpips');
      expect(trunk.distance / unlearned).toBeCloseTo(1, 4);
    }
    const both = await distanceWith(net, [`${net}-trunk.safetensors`, `${net}-linear.safetensors`], size);
    expect(both.measure).toBe('lpips');
    expect(both.distance / learned).toBeCloseTo(1, 4);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(['alex', 'squeeze'] as const)('reads the package’s own state dict: %s', async (trunk) => {
    const { learned, size } = golden.find(({ net }) => net === trunk)!;
    const { measure, distance } = await distanceWith(trunk, [`${trunk}-whole.safetensors`], size);
    expect(measure).toBe('lpips');
    expect(distance / learned).toBeCloseTo(1, 4);
  });

  it('without files is of a trunk with the same random weights every time, and enlarges small pictures', async () => {
    const first = await distanceWith('alex', [], 24);
    expect(first.measure).toBe('random-lpips');
    expect(first.distance).toBeGreaterThan(0);
    expect(await distanceWith('alex', [], 24)).toEqual(first);
    const drawn = createTrunkWeights('alex', deriveRandom(0, 'random-lpips-alex'));
    const filter = (await drawn.exportTensors()).get('features.3.weight')!.data;
    drawn.dispose();
    const variance = filter.reduce((sum, value) => sum + value * value, 0) / filter.length;
    expect(variance / (2 / (25 * 64))).toBeCloseTo(1, 1);
  });

  it('is 0 for equal pictures', async () => {
    const network = await openPerceptual({ trunk: 'alex', lpips: [] }, folder);
    const a = goldenPicture('a', 32);
    expect(await perceptualDistance(network, a, { other: a, size: 32 })).toBe(0);
    network.weights.dispose();
  });

  it('refuses files of another trunk, and parts of one, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const open = (trunk: PerceptualTrunk, ...lpips: string[]) => openPerceptual({ trunk, lpips }, folder);
    await expect(open('vgg', 'alex-whole.safetensors')).rejects.toThrow(
      /not those of LPIPS with VGG-16: they hold lin1\.model\.1\.weight of shape/,
    );
    await expect(open('alex', 'alex-linear.safetensors')).rejects.toThrow(/they lack features\.0\.weight/);
    await expect(open('alex', 'missing.pth')).rejects.toThrow(/there is no such file/);
    const some = [...linearFile('alex')].slice(0, 3);
    writeFileSync(join(folder, 'some.safetensors'), encodeSafetensors(new Map(some)));
    await expect(open('alex', 'alex-trunk.safetensors', 'some.safetensors')).rejects.toThrow(
      /hold 3 of 5 linear layers/,
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});
