/** Analyses of features through the real pipeline: which stages they make, what they leave, what they share and refuse. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AnalysisResult } from '../../src/shared/results/records';
import { runPipeline } from '../../src/worker/pipeline';
import * as run from './tinyRun';
import { startRuntime } from '../../src/worker/runtimes/startRuntime';
import { createBackbone } from '../../src/worker/models/registry';
import { createHead } from '../../src/worker/models/heads';
import { encodeWeights } from '../../src/worker/checkpoint/weightsFile';
import { deriveRandom } from '../../src/shared/random';
import { makeFolder, tinyBackbone } from './tinyWorld';

vi.mock('../../src/worker/augment/augmentPool', async (original) =>
  (await import('./withoutThreads')).withoutThreads(original),
);

let folder: ReturnType<typeof makeFolder>;
let out: string;

beforeAll(async () => {
  folder = makeFolder();
  out = join(folder.path, 'out');
  await run.writeTinyImages(join(folder.path, 'images'));
});
afterAll(() => folder.remove());

const base = run.experimentText({
  pretrainings: [run.lines.random, 'id: other, method: random, batchNorm: calibrated, data: tiny'],
  transfers: ['id: neighbours, task: knn, data: tiny, k: 5, layers: [layer2, layer4], testImages: 16'],
});
const withAnalyses = (...lines: string[]) => `${base}analyses:${lines.map((line) => `\n  - { ${line} }`).join('')}\n`;
/** Random weights of the tiny network with a classifier of three classes. */
async function writeClassifierFile(file: string): Promise<void> {
  await startRuntime('wasm');
  const backbone = createBackbone(tinyBackbone, deriveRandom(3, 'file'));
  const head = createHead({ kind: 'classifier', inputSize: 32, outputSize: 3 }, deriveRandom(4, 'file'));
  writeFileSync(file, await encodeWeights({ stores: [backbone.weights, head.weights] }));
  backbone.dispose();
  head.dispose();
}

const layers = 'layers: [layer2, layer4], images: 16';
const start = (...lines: string[]) => run.runTiny(runPipeline, folder.path, { text: withAnalyses(...lines) });
const freshOut = () => rmSync(out, { recursive: true, force: true });
const result = (id: string, name = 'tiny-1') => {
  const record = run.readRecords(out, name).get(id);
  expect(record, `${id} of ${[...run.readRecords(out, name).keys()].join(', ')}`).toBeDefined();
  return record!.result as AnalysisResult;
};

describe('analyses', () => {
  it('compare pretrainings with each other and with themselves, on the features that transfers read', async () => {
    freshOut();
    const { outcome } = await start(
      `kind: cka, between: [random, other], ${layers}`,
      `kind: cka, between: [random], ${layers}`,
      `id: turned, kind: procrustes, between: [random, other], ${layers}`,
    );
    // 2 pretrainings, features of train and of 16 test images each, 2 transfers, 3 analyses that read the latter
    expect(outcome).toMatchObject({ state: 'done', counts: { done: 11, failed: 0 } });
    const cka = result('random~other/seed-0/cka').matrix!;
    expect(cka).toMatchObject({ metric: 'cka', rows: ['layer2', 'layer4'], columns: ['layer2', 'layer4'] });
    const own = result('random~random/seed-0/cka-2').matrix!.values;
    expect([own[0]![0], own[1]![1]].map((value) => value!.toFixed(9))).toEqual(['1.000000000', '1.000000000']);
    expect(own[0]![1]).toBeCloseTo(own[1]![0]!, 9);
    for (const value of result('random~other/seed-0/turned').matrix!.values.flat()) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThanOrEqual(1);
    }
    const planned = run.readManifest(out, 'tiny-1').stages.filter(({ kind }) => kind === 'analysis');
    expect(planned.map(({ analysis, pretraining, against }) => [analysis, pretraining, against])).toEqual([
      ['cka', 'random', 'other'],
      ['cka-2', 'random', 'random'],
      ['turned', 'random', 'other'],
    ]);
  });

  it('describe each pretraining layer by layer', async () => {
    freshOut();
    await start(`kind: geometry, neighbours: 5, ${layers}`, `kind: transferability, of: [other], ${layers}`);
    const geometry = result('random/seed-0/geometry');
    expect(geometry.layers.map(({ layer, depth }) => [layer, depth])).toEqual([
      ['layer2', 0],
      ['layer4', 1],
    ]);
    for (const { metrics } of geometry.layers) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    expect(Object.keys(result('other/seed-0/transferability').layers[0]!.metrics)).toEqual([
      'logMe',
      'hScore',
      'gbc',
      'transRate',
    ]);
    expect([...run.readRecords(out, 'tiny-1').keys()]).not.toContain('random/seed-0/transferability');
  });

  it('send images through the network, and repeat bit for bit', async () => {
    freshOut();
    const lines = [
      'kind: likeness, augment: frc, images: 16, layers: [layer1, layer4]',
      'kind: invariance, augmentations: [flip, blur, rotation], images: 16, layers: [layer1, layer4]',
      'kind: readout, places: 8, images: 40, split: train, layers: [layer1, layer2, avgpool]',
    ];
    const { outcome } = await start(...lines);
    expect(outcome.failures).toEqual([]);
    const likeness = result('random/seed-0/likeness');
    for (const { metrics } of likeness.layers) expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    const [first] = likeness.histograms!;
    expect(first).toMatchObject({ layer: 'layer1' });
    const pairs = Object.values(first!.counts).map((counts) => counts.reduce((sum, count) => sum + count, 0));
    // 4 classes of 4 images, each first view with each second one
    expect(pairs).toEqual([16, 48, 192]);
    const { layers: changed } = result('other/seed-0/invariance');
    expect(Object.keys(changed[0]!.metrics)).toEqual(['flipInvariance', 'blurInvariance', 'rotationInvariance']);
    for (const { metrics } of changed) for (const value of Object.values(metrics)) expect(value).toBeLessThan(1);
    const readout = result('random/seed-0/readout').layers;
    expect(Object.keys(readout[0]!.metrics)).toEqual([
      ...['positionReadout', 'positionControl', 'colourReadout', 'colourControl'],
      ...['brightnessReadout', 'brightnessControl'],
    ]);
    // One place cannot be told from others.
    expect(readout[2]!.metrics).not.toHaveProperty('positionReadout');
    expect(readout[1]!.metrics.positionReadout).toBeGreaterThan(readout[1]!.metrics.positionControl!);
    expect(result('random/seed-0/readout').notes).toEqual([
      expect.stringMatching(/^avgpool: learnt from 24 places for 32 features; .* "images" to \d+ or more$/),
    ]);
    const before = run.comparable(out, 'tiny-1');
    freshOut();
    await start(...lines);
    expect(run.comparable(out, 'tiny-1')).toEqual(before);
  });

  it('score the classes of a classifier, and say which pretraining has none', async () => {
    freshOut();
    const text = `${run.experimentText({ pretrainings: [run.lines.random, run.lines.supervised(4), run.lines.imported('weights.safetensors')] })}analyses:
  - { kind: leep, images: 16 }
`;
    await writeClassifierFile(join(folder.path, 'weights.safetensors'));
    const { outcome } = await run.runTiny(runPipeline, folder.path, { text });
    expect(outcome.failures).toEqual([]);
    expect(result('random/seed-0/leep')).toMatchObject({
      layers: [],
      notes: ['random has no classifier of its own, so LEEP and NCE do not exist for it'],
    });
    for (const id of ['supervised', 'imported']) {
      const [score] = result(`${id}/seed-0/leep`).layers;
      expect(score).toMatchObject({ layer: 'avgpool', dimension: id === 'supervised' ? 4 : 3 });
      for (const name of ['leep', 'nce']) {
        expect(score!.metrics[name]).toBeLessThanOrEqual(0);
        expect(score!.metrics[name]).toBeGreaterThanOrEqual(-Math.log(4) - 1e-6);
      }
    }
  });

  it('are not repeated by an equal launch, and redo nothing else when they change', async () => {
    freshOut();
    const first = await start(`kind: rsa, between: [random, other], ${layers}`);
    const again = await start(`kind: rsa, id: named, about: note, between: [random, other], ${layers}`);
    expect(again.outcome.counts).toMatchObject({ done: 0, reused: first.outcome.counts.done });
    const idle = await start(`kind: rsa, variance: 0.5, bandwidth: 2, between: [random, other], ${layers}`);
    expect(idle.outcome.counts).toMatchObject({ done: 0 });
    const changed = await start(`kind: rsa, batch: 8, between: [random, other], ${layers}`);
    expect(changed.outcome.counts).toMatchObject({ done: 1 });
  });

  it('are chosen by name with what they need', async () => {
    freshOut();
    const text = withAnalyses(
      `kind: cka, between: [random, other], ${layers}`,
      `kind: geometry, neighbours: 5, ${layers}`,
    );
    const { outcome } = await run.runTiny(runPipeline, folder.path, { text, request: { only: ['cka'] } });
    // both pretrainings, their features, the comparison
    expect(outcome).toMatchObject({ state: 'done', counts: { done: 5 } });
  });

  it('say what they cannot look at', async () => {
    freshOut();
    await expect(start('kind: cka, between: [random, othr]')).rejects.toThrow(
      /no pretraining called `othr`; did you mean `other`/,
    );
    await expect(start('kind: geometry, data: tinny')).rejects.toThrow(/no data called `tinny`; did you mean `tiny`/);
    await expect(start('kind: geometry, layers: [layer9]')).rejects.toThrow(/no layer `layer9`/);
    const { outcome } = await start(`kind: geometry, neighbours: 40, ${layers}`);
    expect(outcome.failures[0]).toMatch(/asks for 40 neighbours of 16 images; lower "neighbours"/);
  });
});
