/** One status made of several workers' files. */
import { describe, expect, it } from 'vitest';
import { joinParts, type JoinInput, type PartStatus } from '../../../src/runs/joinParts';
import type { EngineReport, RunManifest, RunStatus, StageState } from '../../../src/shared/results/runManifest';

const stages = ['a', 'a/features', 'a/x', 'b'].map((id) => ({
  ...{ id, key: `k-${id}`, kind: 'pretraining' as const, label: id, pretraining: id, seed: 0 },
  needs: id === 'a/features' ? ['k-a'] : id === 'a/x' ? ['k-a/features'] : [],
}));
const manifest = (engine?: 'slurm'): RunManifest => ({
  ...{
    version: 1,
    run: 'r',
    name: 'r',
    file: '',
    baseDir: '',
    launch: {},
    versions: {},
    seeds: [0],
    createdAt: '',
    stages,
  },
  runtime: { name: 'wasm', device: '', threads: 1, reason: '' },
  ...(engine && { engine }),
});

function status(
  state: RunStatus['state'],
  states: Record<string, StageState>,
  more: Partial<RunStatus> = {},
): RunStatus {
  const at = '2026-01-01T00:00:00.000Z';
  const told = Object.fromEntries(Object.entries(states).map(([id, one]) => [id, { state: one }]));
  return { version: 1, state, pid: 1, host: 'h', startedAt: at, heartbeatAt: at, stages: told, ...more };
}

const part = (name: string, isLive: boolean, value: RunStatus): PartStatus => ({ name, isLive, status: value });
const join = (input: Partial<JoinInput>) => {
  const { status: joined, state } = joinParts({
    ...{ manifest: manifest('slurm'), own: status('submitted', {}), parts: [], isStopAsked: false },
    ...input,
  });
  const states = Object.fromEntries(Object.entries(joined.stages).map(([id, one]) => [id, one.state]));
  return { state, states, joined };
};
const report = (state: EngineReport['state'], said: EngineReport['stages'] = {}): EngineReport => {
  return { version: 1, engine: 'slurm', at: '', state, stages: said };
};

describe('one worker', () => {
  it('is left as it is', () => {
    const own = status('running', { a: 'running' });
    expect(joinParts({ manifest: manifest(), own, parts: [], isStopAsked: false })).toEqual({
      status: own,
      state: 'running',
    });
  });
});

describe('an owner with helpers', () => {
  it('is what the owner says it is; stages are what their workers say', () => {
    const own = status(
      'running',
      { a: 'running', 'a/features': 'waiting', b: 'waiting' },
      { progress: { fraction: 0.1, stage: 'a', done: 1, total: 2, unit: 'steps' } },
    );
    const helper = status(
      'running',
      { b: 'running', a: 'waiting' },
      { progress: { fraction: 0, stage: 'b', done: 1, total: 4, unit: 'steps' } },
    );
    const { state, states, joined } = join({ manifest: manifest(), own, parts: [part('helper-2-0', true, helper)] });
    expect(state).toBe('running');
    expect(states).toMatchObject({ a: 'running', b: 'running' });
    expect(joined.progress).toEqual({
      ...{ fraction: 0.25, stage: 'a', done: 1, total: 2, unit: 'steps' },
      beside: [{ stage: 'b', done: 1, total: 4 }],
    });
  });

  it('of a helper that died nothing goes on', () => {
    const own = status('running', { a: 'running', b: 'waiting' });
    expect(
      join({ manifest: manifest(), own, parts: [part('h', false, status('running', { b: 'running' }))] }).states.b,
    ).toBe('waiting');
  });
});

describe('a run on a cluster', () => {
  const live = (states: Record<string, StageState>) => [part('p', true, status('running', states))];

  it.each<[string, Partial<JoinInput>, string]>([
    ['nobody works yet', {}, 'submitted'],
    ['a job works', { parts: live({ a: 'running' }) }, 'running'],
    [
      'a job has ended, others wait',
      { parts: [part('p', false, status('done', { a: 'done' }))], report: report('active') },
      'submitted',
    ],
    ['an end was asked for', { isStopAsked: true }, 'stopped'],
    ['an end was asked for and is being made', { isStopAsked: true, parts: live({ a: 'running' }) }, 'running'],
    ['no job is left', { report: report('idle') }, 'interrupted'],
    ['Slurm is silent', { report: report('blind') }, 'submitted'],
  ])('%s', (_, input, expected) => {
    expect(join(input).state).toBe(expected);
  });

  it('is done when every stage is, and failed when what can be done is done', () => {
    const all = { a: 'done', 'a/features': 'done', 'a/x': 'reused', b: 'done' } as const;
    expect(join({ parts: [part('p', false, status('done', all))], report: report('idle') }).state).toBe('done');
    const some = status('failed', { a: 'failed', b: 'done' }, { exitCode: 65 });
    const { state, states } = join({ parts: [part('p', false, some)] });
    expect(state).toBe('failed');
    expect(states).toMatchObject({ 'a/features': 'skipped', 'a/x': 'skipped' });
  });

  it('goes by the latest attempt, but never back from done', () => {
    const early = { startedAt: '2026-01-01T00:00:00.000Z' };
    const late = { startedAt: '2026-01-02T00:00:00.000Z' };
    const parts = [
      part('second', true, status('running', { a: 'running', b: 'reused' }, late)),
      part('first', false, status('failed', { a: 'failed', b: 'done' }, early)),
    ];
    expect(join({ parts }).states).toMatchObject({ a: 'running', b: 'done' });
  });

  it('says beside waiting stages why they wait, and which were given up', () => {
    const said = { a: { state: 'failed', reason: 'given up' }, b: { state: 'held', reason: 'is held' } } as const;
    const { joined } = join({ report: report('active', said) });
    expect(joined.stages).toMatchObject({
      a: { state: 'failed', message: 'given up' },
      b: { state: 'waiting', message: 'is held' },
      'a/x': { state: 'skipped' },
    });
  });
});
