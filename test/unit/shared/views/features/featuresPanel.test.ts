/** Which stages of an experiment's runs the Features panel shows. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../../../../src/shared/experiment/parse';
import type { AnalysisResult, StageRecord } from '../../../../../src/shared/results/records';
import type { PlannedStage } from '../../../../../src/shared/results/runManifest';
import type { AnalysisRun } from '../../../../../src/shared/views/analyses/analysisStages';
import { createFeaturesModel } from '../../../../../src/shared/views/features/featuresPanel';

const text = `name: why
backbone: { name: resnet18 }
data: { emoji: { kind: emoji } }
pretrainings: [{ id: random }, { id: moco, weights: moco.safetensors }]
analyses:
  - { kind: inversion, images: 2 }
`;
const { experiment } = parseExperiment(text, { fileName: 'why.transfer.yaml', recipes: new Map() });

function stage(key: string, analysis: string, pretraining = 'moco', seed = 0): PlannedStage {
  return { id: key, key, kind: 'analysis', label: key, pretraining, analysis, seed };
}

function record(key: string, kind = 'inversion'): StageRecord {
  const result: AnalysisResult = {
    kind: 'analysis',
    analysis: kind,
    data: 'emoji',
    images: 2,
    layers: [],
    notes: [`note of ${key}`],
  };
  const made = { startedAt: '', finishedAt: '', seconds: 1, runtime: 'wasm', host: '', attempts: 1 };
  const settings = { data: 'emoji', split: 'test' };
  return { version: 1, key, kind: 'analysis', id: key, seed: 0, settings, result, files: {}, made, checksum: '' };
}

function run(name: string, stages: PlannedStage[], more: Partial<AnalysisRun> = {}): AnalysisRun {
  return { run: name, stages, launch: {}, changed: new Set(), ...more };
}

function model(runs: readonly AnalysisRun[], done: readonly StageRecord[], now: typeof experiment | null = experiment) {
  return createFeaturesModel({
    ...{ runs, experiment: now ?? undefined, title: 'why', started: [] },
    records: new Map(done.map((one) => [one.key, one])),
    folderOf: (key) => `stages/${key}`,
    offer: { kinds: [], pretrainings: [], layers: [], usual: [], data: [] },
  });
}

describe('the stages of the Features panel', () => {
  it('are those of analyses of single images that are done, the newest of each', () => {
    expect(experiment).toBeDefined();
    const runs = [
      run('why-2', [stage('new', 'inversion'), stage('failed', 'inversion', 'random'), stage('numbers', 'cka')]),
      run('why-1', [
        stage('old', 'inversion'),
        stage('random', 'inversion', 'random'),
        stage('other seed', 'inversion', 'moco', 1),
      ]),
    ];
    const done = ['new', 'old', 'random', 'other seed'].map((key) => record(key));
    const found = model(runs, [...done, record('numbers', 'cka')]);
    expect(found.stages.map(({ key, run: from }) => [key, from])).toEqual([
      ['new', 'why-2'],
      ['random', 'why-1'],
      ['other seed', 'why-1'],
    ]);
    expect(found.stages[0]).toMatchObject({
      folder: 'stages/new',
      data: 'emoji',
      split: 'test',
      notes: ['note of new'],
    });
    expect(found.about).toBe('inversion of 2 pretrainings');
  });

  it('have the looks of the file’s order, those that it lost come last', () => {
    const runs = [run('why-1', [stage('a', 'inversion', 'gone'), stage('b', 'inversion')])];
    expect(model(runs, [record('a'), record('b')]).pretrainings).toEqual([
      { id: 'moco', look: 1 },
      { id: 'gone', look: 2 },
    ]);
  });

  it('tell what is not in the file, unless the same work is', () => {
    const loose = { kind: 'inversion', id: 'inversion-2', images: [7] };
    const runs = [
      run('why-2', [stage('a', 'inversion-2'), stage('b', 'inversion-2', 'random')], { launch: { analyses: [loose] } }),
      run('why-1', [stage('a', 'inversion')]),
    ];
    const { stages } = model(runs, [record('a'), record('b')]);
    expect(stages.map(({ key, analysis, loose: text }) => [key, analysis, text])).toEqual([
      ['a', 'inversion', undefined],
      ['b', 'inversion-2', loose],
    ]);
  });

  it('say when the file has moved on, of what is shown only', () => {
    const runs = [
      run('why-2', [stage('a', 'inversion')], { changed: new Set(['moco', 'probe']) }),
      run('why-1', [stage('old', 'inversion')], { changed: new Set(['random']) }),
    ];
    const found = model(runs, [record('a'), record('old')]);
    expect(found.stale).toContain('moco is set differently now');
    expect(model([run('why-1', [stage('a', 'inversion')])], [record('a')]).stale).toBeUndefined();
  });

  it('are shown without the file as well', () => {
    const found = model([run('why-1', [stage('a', 'inversion')])], [record('a')], null);
    expect(found.pretrainings).toEqual([{ id: 'moco', look: 0 }]);
    expect(model([], []).about).toBe('No image has been looked at yet.');
  });
});
