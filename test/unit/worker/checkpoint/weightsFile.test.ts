/** Saving and loading backbones: bit-exact round trip, prefixes, and files that do not fit. */
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { deriveRandom } from '../../../../src/shared/random';
import { memorySource } from '../../../../src/shared/weights/byteSource';
import { openSafetensors } from '../../../../src/shared/weights/safetensorsFiles';
import { decodeSafetensors, encodeSafetensors, type FileTensor } from '../../../../src/shared/weights/safetensors';
import { importWeights } from '../../../../src/worker/checkpoint/importWeights';
import { encodeWeights, loadBackboneWeights } from '../../../../src/worker/checkpoint/weightsFile';
import type { Backbone, BackboneConfig } from '../../../../src/worker/models/backbone';
import { createHead } from '../../../../src/worker/models/heads';
import { createBackbone } from '../../../../src/worker/models/registry';
import { startRuntime } from '../../../../src/worker/runtimes/startRuntime';
import { fillWithFormula, formulaImages } from '../models/formulaWeights';

const tiny: BackboneConfig = { name: 'resnet18', width: 2, stem: 'small', dilate: [false, false, false] };
const create = (seed: number, config = tiny) => createBackbone(config, deriveRandom(seed, 'test'));

beforeAll(async () => {
  await startRuntime('wasm');
});

async function weightsOf(backbone: Backbone): Promise<Map<string, number[]>> {
  return new Map([...(await backbone.weights.exportTensors())].map(([name, { data }]) => [name, [...data]]));
}

/** The bytes of a file whose tensors have been changed. */
function edit(bytes: Uint8Array, change: (name: string, tensor: FileTensor) => [string, FileTensor][]): Uint8Array {
  const { tensors } = decodeSafetensors(bytes);
  return encodeSafetensors(new Map([...tensors].flatMap(([name, tensor]) => change(name, tensor))));
}

function messageOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).code).toBe('weights');
    return (error as UserError).message;
  }
  throw new Error('nothing was thrown');
}

describe('a saved backbone', () => {
  it('comes back bit for bit, buffers included', async () => {
    const source = create(1);
    tf.tidy(() => void source.forward(formulaImages(2, 8), { training: true }));
    const head = createHead(
      { kind: 'classifier', inputSize: source.featureSize, outputSize: 3 },
      deriveRandom(0, 'test'),
    );
    const bytes = await encodeWeights({ stores: [source.weights, head.weights], metadata: { seed: '1' } });
    const target = create(2);
    const before = tf.memory().numTensors;
    const report = loadBackboneWeights(target, bytes, 'one.safetensors');
    expect(tf.memory().numTensors).toBe(before);
    expect(await weightsOf(target)).toEqual(await weightsOf(source));
    expect([...report.matched].sort()).toEqual(source.weights.names().sort());
    expect(report.missing).toEqual([]);
    expect([...report.unexpected].sort()).toEqual(['fc.bias', 'fc.weight']);
    expect(decodeSafetensors(bytes).metadata).toEqual({ format: 'pt', seed: '1' });
    expect(await encodeWeights({ stores: [target.weights, head.weights], metadata: { seed: '1' } })).toEqual(bytes);
    for (const owner of [source, target, head]) owner.dispose();
  });

  it('has PyTorch shapes, dtypes and layout', async () => {
    const backbone = create(1);
    const { tensors } = decodeSafetensors(await encodeWeights({ stores: [backbone.weights] }));
    const filter = tensors.get('layer2.0.conv1.weight')!;
    expect(filter.shape).toEqual([4, 2, 3, 3]);
    expect(tensors.get('bn1.num_batches_tracked')).toEqual({ dtype: 'I64', shape: [], data: BigInt64Array.of(0n) });
    const memory = await backbone.weights.get('layer2.0.conv1.weight').data(); // HWIO [3, 3, 2, 4]
    const [o, i, h, w] = [3, 1, 2, 0];
    expect(filter.data[((o * 2 + i) * 3 + h) * 3 + w]).toBe(memory[((h * 3 + w) * 2 + i) * 4 + o]);
    backbone.dispose();
  });

  it('always has the same bytes', async () => {
    const backbone = create(0);
    fillWithFormula(backbone.weights);
    const hash = createHash('sha256')
      .update(await encodeWeights({ stores: [backbone.weights] }))
      .digest('hex');
    // Read once by Python's safetensors library and torch (strict=True into torchvision's ResNet).
    expect(hash).toBe('1d4cd8a2a533a3ca8ade54da8cc9777f4303291baa0b2c990919405f83c515b4');
    backbone.dispose();
  });

  it('in float16 is half as large, rounded once, with exact statistics', async () => {
    const source = create(1);
    const full = await encodeWeights({ stores: [source.weights] });
    const bytes = await encodeWeights({ stores: [source.weights], dtype: 'float16' });
    const target = create(2);
    loadBackboneWeights(target, bytes, 'half');
    const [a, b] = [await weightsOf(source), await weightsOf(target)];
    for (const [name, values] of a) {
      const tolerance = name.includes('running') ? 0 : 2 ** -11;
      values.forEach((v, index) =>
        expect(Math.abs(b.get(name)![index]! - v)).toBeLessThanOrEqual(Math.abs(v) * tolerance + 2 ** -25),
      );
    }
    expect(await encodeWeights({ stores: [target.weights], dtype: 'float16' })).toEqual(bytes);
    expect(bytes.length).toBeLessThan(full.length);
    for (const owner of [source, target]) owner.dispose();
  });
});

describe('loading', () => {
  it.each(['module.', 'backbone.', 'encoder_q.', 'module.encoder_q.'])('takes off %s', async (prefix) => {
    const source = create(1);
    const saved = await encodeWeights({ stores: [source.weights] });
    // A MoCo file has the key encoder and the queue besides.
    const bytes = edit(saved, (name, tensor) => [
      [`${prefix}${name}`, tensor],
      [`module.encoder_k.${name}`, { dtype: 'F32', shape: [1], data: Float32Array.of(9) }],
    ]);
    const target = create(2);
    const report = await importWeights(target, await openSafetensors(memorySource(bytes, 'moco')));
    expect(await weightsOf(target)).toEqual(await weightsOf(source));
    expect(report.fit.leftOut.every((name) => name.startsWith('module.encoder_k.'))).toBe(true);
    expect(report.fit.leftOut).toHaveLength(source.weights.names().length);
    for (const owner of [source, target]) owner.dispose();
  });

  it('lets batch counters be missing, and nothing else', async () => {
    const source = create(1);
    const saved = await encodeWeights({ stores: [source.weights] });
    const without = (part: string) => edit(saved, (name, tensor) => (name.endsWith(part) ? [] : [[name, tensor]]));
    const target = create(2);
    const report = loadBackboneWeights(target, without('num_batches_tracked'), 'old');
    expect(report.missing.length).toBe(20);
    const before = await weightsOf(target);
    const message = messageOf(() =>
      loadBackboneWeights(target, without('layer3.1.bn2.running_var'), 'part.safetensors'),
    );
    expect(message).toContain('part.safetensors does not fit resnet18');
    expect(message).toContain('layer3.1.bn2.running_var [8] is missing');
    expect(await weightsOf(target)).toEqual(before);
    for (const owner of [source, target]) owner.dispose();
  });

  it('names shapes that differ, and changes nothing', async () => {
    const wide = create(1, { ...tiny, width: 3 });
    const target = create(2);
    const before = await weightsOf(target);
    const bytes = await encodeWeights({ stores: [wide.weights] });
    const message = messageOf(() => loadBackboneWeights(target, bytes, 'wide'));
    expect(message).toContain('conv1.weight is [3, 3, 3, 3] in the file and [2, 3, 3, 3] in the backbone');
    expect(message).toMatch(/and \d+ more/);
    expect(await weightsOf(target)).toEqual(before);
    for (const owner of [wide, target]) owner.dispose();
  });

  it('refuses a deeper network, whose first blocks would fit', async () => {
    const deep = create(1, { ...tiny, name: 'resnet101' });
    const target = create(2, { ...tiny, name: 'resnet50' });
    const bytes = await encodeWeights({ stores: [deep.weights] });
    expect(messageOf(() => loadBackboneWeights(target, bytes, 'deep'))).toMatch(
      /layer3\.\d+\.\S+ \[.*\] has no place in it/,
    );
    for (const owner of [deep, target]) owner.dispose();
  });

  it('says what a file of another kind holds', () => {
    const target = create(2);
    const bytes = encodeSafetensors(new Map([['embedding', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]));
    expect(messageOf(() => loadBackboneWeights(target, bytes, 'words'))).toContain('It holds 1 tensors (embedding)');
    target.dispose();
  });
});
