/** Pictures made for channels and classes: gradients by finite differences, what is left, interruptions that change nothing. */
import { existsSync, readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MaximisationAnalysis } from '../../src/shared/experiment/analysisSchema';
import type { NetworkAnalysisStage } from '../../src/shared/experiment/stages';
import { drawMove, moveImage } from '../../src/shared/math/maximisation/moveImage';
import { deriveRandom } from '../../src/shared/random';
import { MAXIMISATION_FILE, parseMaximisation } from '../../src/shared/results/maximisation';
import type { AnalysisResult } from '../../src/shared/results/records';
import { listGoals } from '../../src/worker/analysis/maximisation/goals';
import { createMaximisationTask, paint, valueOf } from '../../src/worker/analysis/maximisation/maximisationTask';
import { WavePicture } from '../../src/worker/analysis/maximisation/wavePicture';
import { runAnalysis } from '../../src/worker/analysis/runAnalysis';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { createHead } from '../../src/worker/models/heads';
import { createBackbone } from '../../src/worker/models/registry';
import { CHECKPOINT_FILE } from '../../src/worker/pretrain/pretraining';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { IMAGE_SIDE, makeContext, makeFolder, tinyBackbone } from './tinyWorld';

const settings: MaximisationAnalysis = {
  ...{ kind: 'maximisation', id: 'wishes', imageSize: IMAGE_SIDE, of: ['a'] },
  ...{ layers: ['layer1', 'layer3'], maximise: 'channel', channels: 2, iterations: 12, learningRate: 0.05 },
  ...{ jitter: 0.1, rotate: 5, zoom: 0.1, snapshots: 3, checkpointEvery: 4 },
};
let folder: ReturnType<typeof makeFolder>;

beforeAll(async () => {
  await startRuntime('wasm');
  folder = makeFolder();
  const backbone = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
  const plan = { kind: 'classifier', inputSize: backbone.featureSize, outputSize: 4 } as const;
  const head = createHead(plan, deriveRandom(0, 'classifier'));
  const { stages } = makeContext(folder.path, { key: 'a' });
  await stages.writeFile('a', CHECKPOINT_FILE, await encodeWeights({ stores: [backbone.weights, head.weights] }));
  backbone.dispose();
  head.dispose();
});
afterAll(() => folder.remove());

function stageOf(key: string, changes: Partial<NetworkAnalysisStage> = {}): NetworkAnalysisStage {
  return {
    ...{ kind: 'analysis', key, id: 'a/seed-0/wishes', label: '', pretraining: 'a', seed: 0, seeds: [0] },
    ...{ needs: ['a'], analysis: 'wishes', settings, backbone: tinyBackbone, weights: 'a' },
    ...changes,
  };
}

async function run(key: string, changes: Partial<NetworkAnalysisStage> = {}, stopAt?: number) {
  const context = makeContext(folder.path, { key, ...(stopAt !== undefined && { stopAt }) });
  const { result } = await runAnalysis(stageOf(key, changes), context);
  const parsed = parseMaximisation(readFileSync(context.stages.file(key, MAXIMISATION_FILE)).toString());
  if ('problem' in parsed) throw new Error(parsed.problem);
  return { result: result as AnalysisResult, file: parsed.value, context };
}

describe('pictures made for channels', () => {
  it('grow beyond noise, are kept on the way, and leak nothing', async () => {
    const before = tf.memory().numTensors;
    const { file, result, context } = await run('whole');
    expect(tf.memory().numTensors - before).toBe(0);
    expect(file.snapshots).toEqual([0, 6, 12]);
    expect(file.wishes.map(({ layer }) => layer)).toEqual(['layer1', 'layer1', 'layer3', 'layer3']);
    for (const { values } of file.wishes) expect(values[2]!).toBeGreaterThan(values[0]!);
    const sheet = await sharp(context.stages.file('whole', 'wishes-0.webp')).metadata();
    expect([sheet.width, sheet.height]).toEqual([12 * IMAGE_SIDE, IMAGE_SIDE]);
    expect(existsSync(context.stages.file('whole', 'strip-0.png'))).toBe(false);
    expect(result.layers.map(({ layer, dimension }) => [layer, dimension])).toEqual([
      ['layer1', 4],
      ['layer3', 16],
    ]);
  });

  it('come out the same after an interruption', async () => {
    await expect(run('stopped', {}, 7)).rejects.toThrow();
    const { file, context } = await run('stopped');
    const whole = makeContext(folder.path, { key: 'whole' });
    const read = ({ stages, key }: typeof whole, name: string) => readFileSync(stages.file(key, name));
    expect(file).toEqual(JSON.parse(read(whole, MAXIMISATION_FILE).toString()));
    expect(read(context, 'wishes-0.webp').equals(read(whole, 'wishes-0.webp'))).toBe(true);
  });

  it('follow the gradient of what is looked at, by finite differences', async () => {
    const backbone = createBackbone(tinyBackbone, deriveRandom(0, 'backbone'));
    const picture = new WavePicture(IMAGE_SIDE);
    const goals = listGoals({ backbone }, { ...settings, layers: ['layer1'], channels: [0] }, 0);
    const { signal } = new AbortController();
    const parts = { goals, picture, settings, seed: 3, signal, afterStep: async () => {}, values: new Map() };
    const task = createMaximisationTask(parts);
    const { gradients } = await task.step({ step: 5 }, 5, 0);
    const gradient = gradients.get('wish-0')!;
    const slope = gradient.dataSync();
    const waves = task.waves[0]!;
    const start = waves.dataSync().slice();
    const move = drawMove({ jitter: 1.6, rotate: 5, zoom: 0.1 }, deriveRandom(3, 'moves', 0, 5));
    const at = async (direction: Float32Array, by: number) => {
      const moved = tf.tensor4d(
        start.map((value, i) => value + by * direction[i]!),
        picture.shape,
      );
      const value = await valueOf(goals[0]!, moveImage(await paint(picture, moved), IMAGE_SIDE, move), IMAGE_SIDE);
      moved.dispose();
      return value;
    };
    const random = deriveRandom(1, 'directions');
    for (let trial = 0; trial < 3; trial++) {
      const direction = Float32Array.from(slope, (value) => value + 0.3 * Math.abs(value) * random.normal());
      const length = Math.hypot(...direction);
      const unit = direction.map((value) => value / length);
      const difference = ((await at(unit, 0.02)) - (await at(unit, -0.02))) / 0.04;
      const expected = -unit.reduce((sum, value, i) => sum + value * slope[i]!, 0);
      expect(expected).not.toBe(0);
      expect(difference / expected).toBeCloseTo(1, 1);
    }
    tf.dispose([gradient]);
    task.dispose();
    picture.dispose();
    backbone.dispose();
  });
});

describe('pictures made for classes', () => {
  const classes = { ...settings, maximise: 'class', channels: [2], layers: [] } as const;
  const explained = { source: 'pretraining', data: 'tiny', split: 'train' } as const;

  it('raise the score of the pretraining’s own classifier', async () => {
    const { file, result } = await run('class', { settings: classes, explained });
    expect(file.wishes).toHaveLength(1);
    expect(file.wishes[0]).toMatchObject({ of: 'class', index: 2, name: 'class 2' });
    expect(file.wishes[0]!.values[2]!).toBeGreaterThan(file.wishes[0]!.values[0]!);
    expect(result.layers).toEqual([]);
  });

  it('are refused for a class that there is not', async () => {
    const beyond = { ...classes, channels: [9] };
    await expect(run('beyond', { settings: beyond, explained })).rejects.toThrow(
      '`wishes` asks for number 9 of the 4 classes; name some from 0 to 3',
    );
  });
});
