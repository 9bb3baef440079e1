/** The Experiments view and the lenses: which run speaks for which entry, figures over seeds, what counts as stale. */
import { describe, expect, it } from 'vitest';
import { readOutline } from '../../../../../src/host/runs/outline';
import { parseExperiment } from '../../../../../src/shared/experiment/parse';
import type { PlannedStage, StageState } from '../../../../../src/shared/results/runManifest';
import type { StageRecord } from '../../../../../src/shared/results/records';
import { selectChangedEntries } from '../../../../../src/shared/views/results/changedEntries';
import {
  createExperimentNode,
  createPretrainingNodes,
  createResults,
  createTransferNodes,
  describePretrainingLens,
  describeTransferLens,
  pairKey,
  selectRecordKeys,
  selectSources,
  type ExperimentResults,
  type PastRun,
} from '../../../../../src/shared/views/results/experimentTree';

const text = `name: tiny
seeds: [0, 1]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
  - { id: random }
  - { id: moco, method: moco, data: emoji, steps: 100, queue: 512, matrix: { temperature: [0.1, 0.2] } }
transfers:
  - { id: probe, task: linear-probe, data: emoji, layers: all }
`;
const parse = (source: string) => parseExperiment(source, { fileName: 'a', recipes: new Map() });
const outline = readOutline('/w/a.transfer.yaml', parse(text));
const experimentOf = (source: string) => {
  const { experiment, problems } = parse(source);
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('; '));
  return experiment;
};

function stagesOf(pretraining: string, transfer?: string): PlannedStage[] {
  return [0, 1].map((seed) => {
    const id = `${pretraining}/seed-${seed}${transfer === undefined ? '' : `/${transfer}`}`;
    const kind = transfer === undefined ? 'pretraining' : 'transfer';
    return { id, key: id, kind, label: id, pretraining, seed, ...(transfer !== undefined && { transfer }) };
  });
}

function makeRun(run: string, stages: readonly PlannedStage[], state: (id: string) => StageState): PastRun {
  const statuses = Object.fromEntries(stages.map(({ id }) => [id, { state: state(id) }]));
  return { run, out: '/w/out', state: 'done', stages, statuses };
}

function recordOf(key: string, value: number): [string, StageRecord] {
  const headline = { metric: 'accuracy', layer: 'avgpool', value };
  return [key, { key, result: { kind: 'transfer', headline } } as unknown as StageRecord];
}

const random = [...stagesOf('random'), ...stagesOf('random', 'probe')];
const moco = [...stagesOf('moco[0.1]'), ...stagesOf('moco[0.1]', 'probe')];
const records = new Map([
  recordOf('random/seed-0/probe', 0.2),
  recordOf('random/seed-1/probe', 0.22),
  recordOf('moco[0.1]/seed-0/probe', 0.3),
  recordOf('moco[0.1]/seed-1/probe', 0.34),
]);

function resultsOf(runs: readonly PastRun[], changed: readonly string[] = []): ExperimentResults {
  return createResults({ sources: selectSources(runs), records, changedSince: () => new Set(changed) });
}

describe('the outline', () => {
  it('expands matrices and remembers where they are written', () => {
    expect(outline.pretrainings).toEqual([
      { id: 'random', written: 'random', line: 8 },
      { id: 'moco[0.1]', written: 'moco', line: 9 },
      { id: 'moco[0.2]', written: 'moco', line: 9 },
    ]);
    expect(outline.transfers).toMatchObject([{ id: 'probe', line: 11, of: ['random', 'moco[0.1]', 'moco[0.2]'] }]);
  });

  it('goes by what is written where the file has errors', () => {
    const broken = readOutline('/w/a', parse(text.replace('steps: 100', 'stepz: 100')));
    expect(broken).toMatchObject({ name: 'tiny', seeds: 2, pretrainings: [{ id: 'random' }, { id: 'moco', line: 9 }] });
    expect(broken.errors).toBeGreaterThan(0);
    expect(readOutline('/w/a', parse('[')).pretrainings).toEqual([]);
  });
});

describe('results', () => {
  it('come from the newest run that has them; the state from the newest that plans them', () => {
    const old = makeRun('tiny-1', [...random, ...moco], () => 'done');
    const failed = makeRun('tiny-2', moco, (id) => (id.endsWith('probe') ? 'skipped' : 'failed'));
    const results = resultsOf([failed, old]);
    expect(results.get(pairKey('random', 'probe'))).toMatchObject({ state: 'done', measurement: { run: 'tiny-1' } });
    expect(results.get(pairKey('moco[0.1]', 'probe'))).toMatchObject({ state: 'skipped', measurement: { n: 2 } });
    expect(results.get(pairKey('moco[0.1]'))).toMatchObject({ state: 'failed' });
    expect(selectRecordKeys(selectSources([failed, old])).sort()).toEqual([...records.keys()].sort());
  });

  it('show mean and interval over seeds', () => {
    const [probe] = createTransferNodes(outline, 'random', resultsOf([makeRun('tiny-1', random, () => 'done')]));
    // 0.21 ± t(1, 0.975) · sd/√2 = 12.706 · 0.01
    expect(probe).toMatchObject({ label: 'probe', description: '21.0 ± 12.7 %', icon: 'measured' });
    expect(probe!.tooltip).toBe('accuracy at avgpool, n = 2, from tiny-1');
  });

  it('count as measured when every seed is there', () => {
    const run = makeRun('tiny-1', random, (id) => (id === 'random/seed-1/probe' ? 'running' : 'done'));
    const first = new Map([recordOf('random/seed-0/probe', 0.2)]);
    const sources = selectSources([run]);
    const results = createResults({ sources, records: first, changedSince: () => new Set() });
    expect(results.get(pairKey('random', 'probe'))?.measurement).toMatchObject({ n: 1, isWhole: false });
    expect(createExperimentNode(outline, results).description).toBe('0/3 measured');
  });

  it('count as measured when every seed of the file is there, whatever the run had', () => {
    const some = random.filter(({ seed }) => seed === 0);
    const results = resultsOf([makeRun('tiny-1', some, () => 'done')]);
    expect(results.get(pairKey('random', 'probe'))?.measurement).toMatchObject({ n: 1, isWhole: true });
    expect(createExperimentNode(outline, results).description).toBe('0/3 measured');
  });

  it('of a changed entry are stale', () => {
    const results = resultsOf([makeRun('tiny-1', [...random, ...moco], () => 'reused')], ['moco[0.1]']);
    expect(createTransferNodes(outline, 'moco[0.1]', results)[0]).toMatchObject({
      description: '32.0 ± 25.4 % · stale',
      icon: 'stale',
    });
    expect(createExperimentNode(outline, results).description).toBe('1/3 measured · 1 stale');
    expect(describeTransferLens(outline, 'probe', results)).toBe('highest: moco[0.1] 32.0 ± 25.4 % (stale)');
  });

  it('are absent where nothing ran', () => {
    expect(createPretrainingNodes(outline, new Map()).map(({ description }) => description)).toEqual([
      'not run',
      'not run',
      'not run',
    ]);
    expect(describeTransferLens(outline, 'probe', new Map())).toBeUndefined();
    expect(describePretrainingLens(outline, 'moco', new Map())).toBeUndefined();
  });

  it('a run that is over has no stage under way', () => {
    const run = makeRun('tiny-1', moco, () => 'running');
    expect(resultsOf([{ ...run, state: 'interrupted' }]).get(pairKey('moco[0.1]'))?.state).toBe('waiting');
    expect(resultsOf([{ ...run, state: 'running' }]).get(pairKey('moco[0.1]'))?.state).toBe('running');
  });
});

describe('what has changed since the launch', () => {
  const changes = (edit: (source: string) => string) =>
    [...selectChangedEntries(experimentOf(edit(text)), experimentOf(text))].sort();

  it('comments, notes and order of keys do not count', () => {
    expect(changes((source) => `# a word\n${source}`)).toEqual([]);
    expect(changes((source) => source.replace('{ id: random }', '{ about: none, id: random }'))).toEqual([]);
    expect(changes((source) => source.replace('seeds: [0, 1]', 'seeds: [0, 1, 2]'))).toEqual([]);
  });

  it('settings do, of the entry alone', () => {
    expect(changes((source) => source.replace('steps: 100', 'steps: 200'))).toEqual(['moco[0.1]', 'moco[0.2]']);
    expect(changes((source) => source.replace('[0.1, 0.2]', '[0.1, 0.3]'))).toEqual([]);
    expect(changes((source) => source.replace('layers: all }', 'layers: [layer4] }'))).toEqual(['probe']);
  });

  it('data and backbone do for whoever uses them', () => {
    const ofData = ['moco[0.1]', 'moco[0.2]', 'probe'];
    expect(changes((source) => source.replace('kind: emoji }', 'kind: emoji, labels: category }'))).toEqual(ofData);
    expect(changes((source) => source.replace('width: 16', 'width: 8'))).toEqual(['moco[0.1]', 'moco[0.2]', 'random']);
  });
});
