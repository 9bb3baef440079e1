/** The Runs view, the log and the status text, word for word. */
import { describe, expect, it } from 'vitest';
import { formatLog } from '../../../../../src/shared/views/run/runLog';
import {
  advanceProgress,
  emptyProgress,
  summariseProgress,
  type RunProgress,
} from '../../../../../src/shared/views/run/runProgress';
import {
  createLaunchNodes,
  createRunNodes,
  createStageNodes,
  formatAge,
  formatRunAge,
  type RunView,
} from '../../../../../src/shared/views/results/runTree';
import { createStatusText } from '../../../../../src/shared/views/run/statusText';
import { plannedStage } from '../../../../support/runFolders';

const now = new Date('2026-01-01T10:00:00.000Z');
const stages = ['random/seed-0', 'moco/seed-0', 'exemplar/seed-0'].map((id) => plannedStage(id));
const counts = { waiting: 0, running: 0, done: 0, reused: 0, failed: 0, skipped: 0 };
const past: RunView = {
  out: '/w/out',
  run: 'tiny-1',
  state: 'done',
  file: '/w/a.transfer.yaml',
  createdAt: '2026-01-01T09:00:00.000Z',
  problems: [],
  counts: { ...counts, done: 2, reused: 1 },
  total: 3,
  stages,
  statuses: {
    'random/seed-0': { state: 'reused' },
    'moco/seed-0': { state: 'done' },
    'exemplar/seed-0': { state: 'done' },
  },
};

/** 340 of 1,200 steps after 60 s; the first stage took 30 s. */
function midway(): RunProgress {
  let progress = { ...emptyProgress(0), run: 'tiny-2', stages: new Map() } as RunProgress;
  const runtime = { name: 'wasm', available: true, reason: '', device: '', threads: 1, version: '' };
  progress = advanceProgress(
    progress,
    { type: 'runPlanned', run: 'tiny-2', runFolder: '', stages, runtime, warnings: [] },
    0,
  );
  progress = advanceProgress(progress, { type: 'stageChanged', id: 'random/seed-0', state: 'done', seconds: 30 }, 0);
  const steps = (done: number, at: number): void => {
    const event = { type: 'stageProgressed', id: 'moco/seed-0', done, total: 1200, unit: 'steps' } as const;
    progress = advanceProgress(progress, event, at);
  };
  steps(40, 0);
  steps(340, 60_000);
  return progress;
}

describe('runs', () => {
  const shown = (view: Partial<RunView>) => createRunNodes([{ ...past, ...view }], now)[0]!;

  it('a finished one', () => {
    expect(shown({})).toMatchObject({
      label: 'tiny-1',
      description: '3/3 · 1 h ago',
      icon: 'done',
      kind: 'run-done',
      children: 'collapsed',
    });
  });

  it.each([
    ['interrupted', 'run-resumable', '3/3 · interrupted · 1 h ago'],
    ['stopped', 'run-resumable', '3/3 · stopped · 1 h ago'],
    ['failed', 'run-resumable', '3/3 · failed · 1 h ago'],
    ['running', 'run-running-elsewhere', '3/3 · running · for 1 h'],
    ['unreadable', 'run-unreadable', '3/3 · unreadable · 1 h ago'],
  ] as const)('%s', (state, kind, description) => {
    expect(shown({ state })).toMatchObject({ kind, description });
  });

  it('one of another process says whose', () => {
    expect(shown({ state: 'running', owner: 'process 7 on lab' }).tooltip).toContain('computed by process 7 on lab');
  });

  it('one of this window says how long it will take', () => {
    const live = { progress: midway(), isStopping: false };
    const node = shown({ state: 'running', counts: { ...counts, done: 1 }, live });
    // 860 steps at 5 a second, and 30 s for the last stage.
    expect(node).toMatchObject({ description: '1/3 · 3:22 left', kind: 'run-running-here', children: 'expanded' });
    expect(shown({ state: 'running', live: { ...live, isStopping: true } }).description).toContain('stopping …');
  });

  it('waiting launches come with what was asked for', () => {
    const base = { id: 4, file: 'C:\\w\\a.transfer.yaml', isStarting: false };
    expect(createLaunchNodes([{ ...base, only: ['moco'] }])[0]).toMatchObject({
      label: 'a.transfer.yaml',
      description: 'moco · waiting for its turn',
      target: { type: 'launch', id: 4 },
    });
    expect(createLaunchNodes([{ ...base, only: [], resume: 'tiny-1', isStarting: true }])[0]).toMatchObject({
      label: 'tiny-1',
      description: 'preparing …',
    });
  });
});

describe('stages', () => {
  it('show time, reuse, failure', () => {
    const statuses = { ...past.statuses, 'exemplar/seed-0': { state: 'failed', message: 'the loss is NaN' } } as const;
    const nodes = createStageNodes({ ...past, statuses }, new Map([['moco-seed-0', 95]]));
    expect(nodes.map(({ label, description, icon }) => [label, description, icon])).toEqual([
      ['random/seed-0', 'reused', 'reused'],
      ['moco/seed-0', '1 min 35 s', 'done'],
      ['exemplar/seed-0', 'the loss is NaN', 'failed'],
    ]);
    expect(nodes[2]!.tooltip).toBe('exemplar/seed-0\nthe loss is NaN');
  });

  it('go by the live events where there are any', () => {
    const run: RunView = { ...past, state: 'running', live: { progress: midway(), isStopping: false }, statuses: {} };
    expect(createStageNodes(run, new Map()).map(({ description }) => description)).toEqual([
      '30.0 s',
      '340/1200 steps · 2:52 left',
      '',
    ]);
  });

  it('of an interrupted run do not go on', () => {
    const statuses = { 'moco/seed-0': { state: 'running' } } as const;
    expect(createStageNodes({ ...past, state: 'interrupted', statuses }, new Map())[1]!.icon).toBe('waiting');
  });
});

describe('a run of another process', () => {
  const progress = { fraction: 0.25, stage: 'moco/seed-0', done: 30, total: 120, unit: 'steps', secondsLeft: 61 };
  const statuses = { 'moco/seed-0': { state: 'running' } } as const;
  const elsewhere: RunView = { ...past, state: 'running', statuses, progress };

  it('shows how far it is, as its status file tells', () => {
    const [node] = createRunNodes([elsewhere], now);
    expect(node!.description).toMatch(/ · running · 25 % · 1:01 left · moco\/seed-0/);
    const described = createStageNodes(elsewhere, new Map()).map(({ label, description }) => [label, description]);
    expect(described).toContainEqual(['moco/seed-0', '30/120 steps']);
  });

  it('is folded from the events that a window would see', () => {
    expect(summariseProgress(midway())).toEqual({
      fraction: expect.closeTo((1 + 340 / 1200) / 3) as number,
      stage: 'moco/seed-0',
      done: 340,
      total: 1200,
      unit: 'steps',
      secondsLeft: 202,
    });
  });
});

describe('the status text', () => {
  const idle = { waiting: 0, elsewhere: [], runtime: 'auto' };
  const active = { progress: midway(), isStopping: false };

  it('of an active run: stage, count, time left', () => {
    expect(createStatusText({ ...idle, active, waiting: 2, activeRuntime: 'wasm' })).toEqual({
      text: '$(sync~spin) moco/seed-0 340/1200 · 3:22 left · 2 waiting',
      tooltip: 'Transferscope: tiny-2\n1 of 3 stages\nabout 3:22 left\nruntime wasm\n2 waiting',
      shows: 'run',
    });
  });

  it('before the plan, while stopping, elsewhere, and at rest', () => {
    const text = (input: Partial<Parameters<typeof createStatusText>[0]>) =>
      createStatusText({ ...idle, ...input }).text;
    expect(text({ active: { progress: emptyProgress(0), isStopping: false } })).toBe('$(sync~spin) preparing …');
    expect(text({ active: { ...active, isStopping: true } })).toBe('$(sync~spin) stopping …');
    expect(text({ elsewhere: [{ run: 'a-1' }, { run: 'b-2' }] })).toBe('$(sync~spin) a-1 +1');
    const progress = { fraction: 0.456, stage: 'moco/seed-0', secondsLeft: 125 };
    expect(createStatusText({ ...idle, elsewhere: [{ run: 'a-1', progress }] })).toMatchObject({
      text: '$(sync~spin) a-1 45 %',
      tooltip: 'Transferscope: computed by another process\na-1: 45 % · 2:05 left · moco/seed-0',
    });
    expect(createStatusText(idle)).toMatchObject({ text: '$(beaker) auto', shows: 'runtime' });
  });
});

it('ages', () => {
  const ages = ['2026-01-01T09:59:30Z', '2026-01-01T09:10:00Z', '2025-12-31T10:00:00Z', '2025-12-20T10:00:00Z', 'x'];
  expect(ages.map((at) => formatAge(at, now))).toEqual(['just now', '50 min ago', '24 h ago', '12 d ago', '']);
});

it('the age of a run is that of its end, or of its last sign of life', () => {
  const at = { createdAt: '2026-01-01T07:00:00Z', heartbeatAt: '2026-01-01T09:30:00Z' };
  const age = (run: Partial<Parameters<typeof formatRunAge>[0]>): string =>
    formatRunAge({ state: 'done', ...at, ...run }, now);
  expect(age({ finishedAt: '2026-01-01T09:55:00Z' })).toBe('5 min ago');
  expect(age({ state: 'interrupted' })).toBe('30 min ago');
  expect(age({ state: 'running' })).toBe('for 3 h');
  expect(age({ state: 'running', createdAt: '2026-01-01T09:59:30Z' })).toBe('just now');
  expect(age({ importedFrom: 'wandb', finishedAt: '2025-01-01T00:00:00Z' })).toBe('3 h ago');
  expect(formatRunAge({ state: 'unreadable' }, now)).toBe('');
});

it('the log keeps what it cannot read', () => {
  const line = { at: '2026-01-01T09:00:01.5Z', level: 'warning', stage: 'moco/seed-0', message: 'a collapse' };
  expect(formatLog(`${JSON.stringify(line)}\n{"cut`)).toBe(
    '2026-01-01 09:00:01 WARNING moco/seed-0: a collapse\n{"cut\n',
  );
  expect(formatLog('\n')).toBe('(the log is empty)\n');
});
