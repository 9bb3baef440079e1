/** An export as the trackers themselves read it: TensorBoard, MLflow, DVC and wandb in Python; skipped by name without them. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportRun, type Exported } from '../../src/runs/exchange/exportRun';
import type { Tracker } from '../../src/shared/exchange/exportFiles';
import { findPython } from '../support/findPython';
import { createRun, fourPretrainings, fourTransfers, writeRun } from '../support/reportFixture';

const made = createRun({
  seeds: [0, 1],
  layers: ['layer4', 'avgpool'],
  pretrainings: [fourPretrainings[0]!, fourPretrainings[3]!],
  transfers: [fourTransfers[0]!],
});
const input = {
  ...made,
  records: made.records.map((record) =>
    record.result.kind === 'transfer' ? { ...record, settings: { l2: 0.5 } } : record,
  ),
};
const trained = input.manifest.stages.find(
  ({ kind, pretraining, seed }) => kind === 'pretraining' && pretraining === 'exemplar' && seed === 1,
)!;
const probe = input.records.find(({ id }) => id === 'exemplar/seed-1/probe')!;
const accuracy = probe.result.kind === 'transfer' ? probe.result.headline.value : Number.NaN;

let home = '';
let out = '';
beforeAll(() => {
  home = mkdtempSync(path.join(tmpdir(), 'trackers-'));
  out = path.join(home, '.transferscope');
  writeRun(out, input);
  const rows = [10, 20, 30].map((step) => JSON.stringify({ step, metrics: { loss: 3 - step / 20, rate: null } }));
  writeFileSync(path.join(out, 'stages', trained.key, 'metrics.jsonl'), rows.map((row) => `${row}\n`).join(''));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const modules: Record<Tracker, string> = {
  tensorboard: 'tensorboard.plugins.hparams',
  mlflow: 'mlflow.tracking',
  wandb: 'wandb.sdk.internal.datastore',
  dvc: 'dvc.repo',
};
const pythons = Object.fromEntries(
  Object.entries(modules).map(([tracker, module]) => [tracker, findPython(module)]),
) as Partial<Record<Tracker, string>>;

async function write(tracker: Tracker): Promise<Exported> {
  return exportRun({ out, run: input.run, tracker, folder: path.join(home, tracker) });
}

async function readBack<T>(tracker: Tracker): Promise<T> {
  await write(tracker);
  // DVC's files are a repository's of their own.
  const folder = path.join(home, tracker, ...(tracker === 'dvc' ? [input.run] : []));
  const program = path.resolve(import.meta.dirname, '../support/readTracker.py');
  const call = spawnSync(pythons[tracker]!, [program, tracker, folder], { encoding: 'utf8' });
  expect(call.status, call.stderr).toBe(0);
  return JSON.parse(call.stdout) as T;
}

type Points = Record<string, [number, number, number][]>;
type Tracked = Record<string, { scalars: Points; params: Record<string, unknown>; [other: string]: unknown }>;
const values = (points: Points, name: string): unknown => points[name]?.map(([step, , value]) => [step, value]);
const curve = [
  [10, 2.5],
  [20, 2],
  [30, 1.5],
];

describe('an export', () => {
  it.skipIf(!pythons.tensorboard)('is read by TensorBoard (Python with tensorboard)', async () => {
    const runs = await readBack<Tracked>('tensorboard');
    expect(Object.keys(runs)).toEqual(
      ['exemplar/seed-0', 'exemplar/seed-1', 'random/seed-0', 'random/seed-1'].map((name) => `quickstart-1/${name}`),
    );
    const { scalars, params } = runs['quickstart-1/exemplar/seed-1']!;
    expect(values(scalars, 'pretraining/loss')).toEqual(curve);
    expect(scalars['probe/accuracy']![0]![2]).toBeCloseTo(accuracy, 6);
    expect(params).toMatchObject({ status: 1, 'probe.l2': 0.5 });
    expect(scalars['pretraining/rate']).toBeUndefined();
  });

  it.skipIf(!pythons.mlflow)('is read by MLflow (Python with mlflow-skinny)', async () => {
    const runs = await readBack<Tracked>('mlflow');
    const { scalars, ...rest } = runs['quickstart-1 exemplar/seed-1']!;
    expect(values(scalars, 'pretraining/loss')).toEqual(curve);
    expect(values(scalars, 'probe/accuracy')).toEqual([[0, accuracy]]);
    expect(rest).toMatchObject({ experiment: 'quickstart', status: 'FINISHED', artifacts: ['records.json'] });
    expect(rest.params).toMatchObject({ 'probe.l2': '0.5' });
    expect(rest.tags).toMatchObject({ 'transferscope.pretraining': 'exemplar', 'transferscope.seed': '1' });
  });

  it.skipIf(!pythons.wandb)('is read by Weights & Biases (Python with wandb 0.19)', async () => {
    const runs = await readBack<Tracked>('wandb');
    const { scalars, summary, kinds, ...rest } = runs['quickstart-1 exemplar/seed-1']!;
    expect(scalars['pretraining/loss']!.map(([, , value]) => value)).toEqual([2.5, 2, 1.5]);
    expect(scalars['pretraining/step']!.map(([, , value]) => value)).toEqual([10, 20, 30]);
    expect(summary).toMatchObject({ 'probe/accuracy': accuracy, 'pretraining/loss': 1.5 });
    expect(rest).toMatchObject({ project: 'quickstart', group: 'exemplar' });
    expect(kinds).toEqual(['header', 'run', 'metric', 'history', 'history', 'history', 'summary', 'exit']);
  });

  it.skipIf(!pythons.dvc)('is read by DVC (Python with dvc)', async () => {
    const { metrics, params, plots } = await readBack<Record<'metrics' | 'params' | 'plots', unknown>>('dvc');
    expect(JSON.stringify(metrics)).toContain(JSON.stringify(accuracy));
    expect(params).toMatchObject({ 'params.yaml': { 'transfers.probe.l2': { new: 0.5 } } });
    expect(JSON.stringify(plots)).toContain('pretraining/loss');
  });

  it('is the same each time and says what it left out', async () => {
    for (const tracker of ['tensorboard', 'mlflow', 'wandb', 'dvc'] as const) {
      const first = await write(tracker);
      expect(await write(tracker)).toEqual(first);
      expect(first).toMatchObject({ runs: 4, missing: 0 });
    }
    const metrics = JSON.parse(
      readFileSync(path.join(home, 'dvc', input.run, 'metrics-by-seed.json'), 'utf8'),
    ) as unknown;
    expect(metrics).toMatchObject({ exemplar: { 'seed-1': { 'probe/accuracy': accuracy } } });
    const csv = readFileSync(
      path.join(home, 'dvc', input.run, 'plots', 'exemplar', 'seed-1', 'pretraining.csv'),
      'utf8',
    );
    expect(csv.trim().split(/\r?\n/)).toEqual(['step,loss', '10,2.5', '20,2', '30,1.5']);
  });

  it('of a second run shares no folder with the first, whose event files TensorBoard would join', async () => {
    const second = createRun({ run: 'quickstart-2', seeds: [0], pretrainings: [fourPretrainings[3]!] });
    writeRun(out, second);
    const folder = path.join(home, 'boards');
    await exportRun({ out, run: input.run, tracker: 'tensorboard', folder });
    await exportRun({ out, run: second.run, tracker: 'tensorboard', folder });
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.includes('tfevents'),
    );
    expect(files).toHaveLength(5);
    expect(new Set(files.map((name) => path.dirname(name))).size).toBe(5);
    expect(files.filter((name) => name.startsWith(path.join('quickstart-2', 'exemplar', 'seed-0')))).toHaveLength(1);
  });

  it('to DVC leaves files alone that are not of this run', async () => {
    const folder = path.join(home, 'repository');
    const own = path.join(folder, input.run, 'params.yaml');
    mkdirSync(path.dirname(own), { recursive: true });
    writeFileSync(path.join(folder, 'metrics.json'), 'mine');
    writeFileSync(own, 'mine');
    const request = { out, run: input.run, tracker: 'dvc', folder } as const;
    await expect(exportRun(request)).rejects.toThrow(/params\.yaml is there already and is not of this run; choose/);
    expect(readFileSync(own, 'utf8')).toBe('mine');
    expect(readdirSync(path.dirname(own))).toEqual(['params.yaml']);
    rmSync(own);
    await exportRun(request);
    await exportRun(request);
    expect(readFileSync(path.join(folder, 'metrics.json'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['metrics.json', input.run]);
    expect(readdirSync(path.dirname(own)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('of a run without results is refused with a sentence', async () => {
    writeRun(out, createRun({ run: 'empty-1', isMissing: () => true }));
    const request = { out, run: 'empty-1', tracker: 'dvc', folder: path.join(home, 'x') } as const;
    await expect(exportRun(request)).rejects.toThrow('no results yet');
  });
});
