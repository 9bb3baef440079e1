/** Feature inversion through the real pipeline: what it leaves, that interruptions change nothing, what it refuses. */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { decodeInversion } from '../../src/shared/results/inversion';
import type { AnalysisResult, MetricRow } from '../../src/shared/results/records';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { makeFolder } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

let folder: ReturnType<typeof makeFolder>;
let out: string;

beforeAll(async () => {
  folder = makeFolder();
  out = join(folder.path, 'out');
  await run.writeTinyImages(join(folder.path, 'images'), 2);
});
afterAll(() => folder.remove());

const base = run.experimentText({ pretrainings: [run.lines.random] });
const withAnalyses = (...lines: string[]) => `${base}analyses:${lines.map((line) => `\n  - { ${line} }`).join('')}\n`;
const small = 'channels: [4, 4], kernels: [3], noiseChannels: 4, learningRate: 0.01, iterations: 12';
const deep = `kind: inversion, ${small}, snapshots: [5], layers: [layer1, avgpool], images: [1, 3], checkpointEvery: 4`;
type Options = NonNullable<Parameters<typeof run.runTiny>[2]>;
const start = (lines: readonly string[], options: Options = {}) =>
  run.runTiny(runPipeline, folder.path, { text: withAnalyses(...lines), ...options });

const stageFile = (id: string, name: string, runName = 'tiny-1') => {
  const { key } = run.readManifest(out, runName).stages.find((stage) => stage.id === id)!;
  return join(out, 'stages', key, name);
};
const read = (id: string) => decodeInversion(readFileSync(stageFile(id, 'inversion.json')));

/** Stops at, or breaks off behind, the `count`th row of the curve. */
function atRow(count: number, act: (stop: () => void) => void): NonNullable<NonNullable<Options>['onEvent']> {
  let rows = 0;
  return (event, stop) => {
    if (event.type === 'metricsLogged' && ++rows === count) act(stop);
  };
}

describe('inversion', () => {
  it('leaves pictures, distances, error maps and curves; interruptions of any kind change none of them', async () => {
    const whole = await start([deep]);
    expect(whole.outcome, whole.messages.join('\n')).toMatchObject({ state: 'done', counts: { done: 2 } });
    const expected = run.comparable(out, 'tiny-1');
    checkResults();
    checkCurve();

    rmSync(out, { recursive: true });
    const tear = () => {
      throw new Error('torn away');
    };
    // Torn away soon after the first inversion was kept, asked to stop, torn away between two checkpoints.
    const torn = await start([deep], { onEvent: atRow(14, tear) });
    expect(torn.outcome.failures[0]).toMatch(/torn away/);
    const stopped = await start([deep], { onEvent: atRow(3, (stop) => stop()) });
    expect(stopped.outcome.state).toBe('stopped');
    const tornAgain = await start([deep], { onEvent: atRow(22, tear) });
    expect(tornAgain.outcome.failures[0]).toMatch(/torn away/);
    const last = await start([deep]);
    expect(last.outcome).toMatchObject({ state: 'done', counts: { done: 1, reused: 1 } });
    renameSync(join(out, 'runs', last.outcome.run), join(out, 'runs', 'again'));
    expect(run.comparable(out, 'again')).toEqual(expected);
    expect(run.leftovers(out)).toEqual([]);
  });

  it('fits pixels with and without a variation to keep small, and says which way and which distance', async () => {
    rmSync(out, { recursive: true, force: true });
    const pixels = 'iterations: 15, snapshots: [], layers: [layer1], images: 1';
    const { outcome } = await start([
      `kind: inversion, id: free, prior: none, ${pixels}`,
      `kind: inversion, id: smooth, prior: total-variation, variation: 5, ${pixels}`,
    ]);
    expect(outcome.state).toBe('done');
    const roughness = async (id: string) => {
      const [{ snapshots }] = read(`random/seed-0/${id}`).inversions as [ReturnType<typeof read>['inversions'][0]];
      const { data, info } = await sharp(stageFile(`random/seed-0/${id}`, snapshots[0]!.file))
        .raw()
        .toBuffer({ resolveWithObject: true });
      let sum = 0;
      for (let i = info.channels; i < data.length; i++) sum += Math.abs(data[i]! - data[i - info.channels]!);
      return { rough: sum / data.length, error: snapshots[0]!.distances.featureError };
    };
    const [free, smooth] = [await roughness('free'), await roughness('smooth')];
    expect(smooth.rough).toBeLessThan(free.rough);
    expect(free.error).toBeLessThan(smooth.error);
    expect(free.error).toBeLessThan(0.5);
    const { notes, layers } = run.readRecords(out, 'tiny-1').get('random/seed-0/free')!.result as AnalysisResult;
    expect(notes[0]).toBe('15 iterations, prior none');
    expect(notes[1]).toMatch(/an AlexNet with random weights; it is not LPIPS/);
    expect(Object.keys(layers[0]!.metrics)[0]).toBe('randomLpips');
  });

  it('starts again when a picture was changed meanwhile', async () => {
    rmSync(out, { recursive: true, force: true });
    await start([deep], { onEvent: atRow(15, (stop) => stop()) });
    const stages = run.listFiles(join(out, 'stages')).filter((name) => name.endsWith('image-0-layer1-5.png'));
    writeFileSync(join(out, 'stages', stages[0]!), 'scribbled');
    const { outcome, messages } = await start([deep]);
    expect(outcome.state).toBe('done');
    expect(messages.join()).toMatch(/image-0-layer1-5\.png was changed or removed; the inversion starts again/);
  });

  it('says what it cannot invert', async () => {
    rmSync(out, { recursive: true, force: true });
    await expect(start(['kind: inversion, imageSize: 10'])).rejects.toThrow(/at least 11 px, not 10/);
    await expect(start(['kind: inversion, iterations: 5, snapshots: [7]'])).rejects.toThrow(
      /iteration 7 is never taken/,
    );
    await expect(start(['kind: inversion, channels: [8], kernels: [3, 3]'])).rejects.toThrow(
      /2 `kernels` for 1 `channels`/,
    );
    await expect(start(['kind: inversion, lpips: none.pth'])).rejects.toThrow(
      /none\.pth: there is no such file; check the path in "lpips"/,
    );
  });
});

function checkResults(): void {
  const results = read('random/seed-0/inversion');
  expect(results).toMatchObject({ prior: 'deep', iterations: 12, size: 16, perceptual: { measure: 'random-lpips' } });
  expect(results.images.map(({ place }) => place)).toEqual([1, 3]);
  expect(results.layers.map(({ layer, grid }) => [layer, grid])).toEqual([
    ['layer1', [8, 8]],
    ['avgpool', undefined],
  ]);
  expect(results.inversions.map(({ image, layer }) => [image, layer])).toEqual([
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]);
  for (const { snapshots, errorMap, layer, curve } of results.inversions) {
    expect(snapshots.map(({ iteration }) => iteration)).toEqual([5, 12]);
    for (const { distances } of snapshots) expect(Object.values(distances).every(Number.isFinite)).toBe(true);
    expect(errorMap !== undefined).toBe(layer === 0);
    // The mean over places is the error of the whole.
    if (errorMap) expect(errorMap.mean).toBeCloseTo(snapshots[1]!.distances.featureError, 9);
    expect(curve.losses.at(-1)!).toBeLessThan(curve.losses[0]!);
  }
  const { layers, perImage } = run.readRecords(out, 'tiny-1').get('random/seed-0/inversion')!.result as AnalysisResult;
  expect(perImage!.places).toEqual([1, 3]);
  const own = results.inversions
    .filter(({ layer }) => layer === 0)
    .map(({ snapshots }) => snapshots[1]!.distances.ssim);
  expect(perImage!.layers[0]!.metrics['ssim']).toEqual(own);
  expect(layers[0]!.metrics['ssim']).toBeCloseTo((own[0]! + own[1]!) / 2, 12);
}

function checkCurve(): void {
  const rows = readFileSync(stageFile('random/seed-0/inversion', 'metrics.jsonl'), 'utf8').trim().split('\n');
  const parsed = rows.map((row) => JSON.parse(row) as MetricRow);
  expect(parsed.map(({ step }) => step)).toEqual(Array.from({ length: 48 }, (_, i) => i + 1));
  expect(parsed.filter(({ event }) => event !== undefined).map(({ step, event }) => [step, event])).toEqual([
    [1, 'image 1 of 2, layer1'],
    [13, 'image 1 of 2, avgpool'],
    [25, 'image 2 of 2, layer1'],
    [37, 'image 2 of 2, avgpool'],
  ]);
}
