/** Run folders in every state of decay, written by hand. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listRuns, readRun, requestStop, resolveRun } from '../../../src/runs/runStore';
import type { RunManifest, RunStatus } from '../../../src/shared/results/runManifest';
import type { StageRecord } from '../../../src/shared/results/records';
import { recordChecksum } from '../../../src/shared/results/recordChecksum';

let out = '';
beforeEach(() => void (out = mkdtempSync(join(tmpdir(), 'runstore-'))));
afterEach(() => rmSync(out, { recursive: true, force: true }));

/** The number of a process that has certainly ended. */
const deadPid = spawnSync(process.execPath, ['-e', '']).pid;
const ago = (seconds: number): string => new Date(Date.now() - 1000 * seconds).toISOString();

const stages = ['a', 'b'].map((id) => {
  return { id, key: `key-${id}`, kind: 'pretraining' as const, label: id, pretraining: id, seed: 0 };
});

function manifestOf(run: string, changes: Partial<RunManifest> = {}): RunManifest {
  return {
    version: 1,
    run,
    name: 'quick',
    file: '/w/quick.transfer.yaml',
    baseDir: '/w',
    launch: {},
    versions: {},
    runtime: { name: 'wasm', device: 'cpu', threads: 1, reason: '' },
    seeds: [0],
    stages,
    createdAt: ago(100),
    ...changes,
  };
}

function statusOf(changes: Partial<RunStatus> = {}): RunStatus {
  return {
    version: 1,
    state: 'running',
    pid: process.pid,
    host: hostname(),
    startedAt: new Date().toISOString(),
    heartbeatAt: ago(1),
    stages: { a: { state: 'done' }, b: { state: 'running' } },
    ...changes,
  };
}

function writeRun(run: string, files: { manifest?: unknown; status?: unknown }): void {
  const folder = join(out, 'runs', run);
  mkdirSync(folder, { recursive: true });
  for (const [name, value] of Object.entries(files)) {
    writeFileSync(join(folder, `${name}.json`), typeof value === 'string' ? value : JSON.stringify(value));
  }
}

function stateOf(status: Partial<RunStatus>): string | undefined {
  writeRun('r-1', { manifest: manifestOf('r-1'), status: statusOf(status) });
  return listRuns(out)[0]?.state;
}

describe('the state of a run', () => {
  it.each(['done', 'failed', 'stopped'] as const)('takes %s as written', (state) => {
    expect(stateOf({ state, pid: deadPid, heartbeatAt: ago(1e6) })).toBe(state);
  });

  it('is running while its process lives and beats', () => {
    expect(stateOf({})).toBe('running');
    expect(stateOf({ state: 'planning' })).toBe('planning');
  });

  it('is interrupted when its process is dead, however young the heartbeat', () => {
    expect(stateOf({ pid: deadPid })).toBe('interrupted');
  });

  it('is interrupted when the process number now belongs to a younger process', () => {
    expect(stateOf({ startedAt: ago(86_400), heartbeatAt: ago(300) })).toBe('interrupted');
  });

  it('goes on when the clock was set forward while its process runs', () => {
    expect(stateOf({ startedAt: ago(86_400), heartbeatAt: ago(0) })).toBe('running');
  });

  it('goes by the heartbeat alone on another machine', () => {
    expect(stateOf({ host: 'elsewhere', pid: deadPid, heartbeatAt: ago(20) })).toBe('running');
    expect(stateOf({ host: 'elsewhere', heartbeatAt: ago(1000) })).toBe('interrupted');
  });

  it('is interrupted when the heartbeat is very old or no date', () => {
    expect(stateOf({ heartbeatAt: ago(3600) })).toBe('interrupted');
    expect(stateOf({ heartbeatAt: 'yesterday' })).toBe('interrupted');
  });

  it('is interrupted with a manifest but no status, planning with a status but no manifest', () => {
    writeRun('r-1', { manifest: manifestOf('r-1') });
    writeRun('r-2', { status: statusOf({ state: 'planning' }) });
    expect(readRun(out, 'r-1').state).toBe('interrupted');
    expect(readRun(out, 'r-2').state).toBe('planning');
  });
});

describe('garbage', () => {
  const garbage: [string, unknown][] = [
    ['empty', ''],
    ['half-written', '{"version":1,"run":"r-1","stages":[{"id"'],
    ['null', 'null'],
    ['a number', '7'],
    ['an array', '[]'],
    ['other keys', { version: 1 }],
    ['wrong types', { ...manifestOf('r-1'), stages: [{ id: 3 }], pid: 'x' }],
    ['a newer version', { ...manifestOf('r-1'), ...statusOf(), version: 99 }],
  ];

  it.each(garbage)('%s: unreadable with a sentence per file, no exception', (_, value) => {
    writeRun('r-1', { manifest: value, status: value });
    const [summary] = listRuns(out);
    expect(summary).toMatchObject({ run: 'r-1', state: 'unreadable', total: 0 });
    expect(summary?.problems).toHaveLength(2);
    expect(readRun(out, 'r-1')).toMatchObject({ state: 'unreadable', records: [], manifest: undefined });
  });

  it('says that a file is of a newer version', () => {
    writeRun('r-1', { manifest: { ...manifestOf('r-1'), version: 99 }, status: statusOf({ state: 'done' }) });
    expect(readRun(out, 'r-1').problems.join()).toMatch(/newer Transferscope \(format 99, this one reads up to 1\)/);
  });

  it('ignores loose files beside the runs, and a folder that is not there', () => {
    mkdirSync(join(out, 'runs'));
    writeFileSync(join(out, 'runs', 'notes.txt'), 'x');
    mkdirSync(join(out, 'runs', '.tmp-1'));
    expect(listRuns(out)).toEqual([]);
    expect(listRuns(join(out, 'nowhere'))).toEqual([]);
  });

  it('does not follow a stage key out of the folder', () => {
    mkdirSync(join(out, 'secret'));
    writeFileSync(join(out, 'secret', 'record.json'), JSON.stringify(recordOf('a')));
    const evil = { ...manifestOf('r-1'), stages: [{ ...stages[0], key: '../secret' }] };
    writeRun('r-1', { manifest: evil, status: statusOf({ state: 'done' }) });
    expect(readRun(out, 'r-1')).toMatchObject({ records: [] });
    expect(readRun(out, 'r-1').problems.join()).toMatch(/impossible key/);
  });
});

function recordOf(id: string): Partial<StageRecord> {
  const record = {
    version: 1,
    key: `key-${id}`,
    kind: 'pretraining',
    id,
    result: { kind: 'pretraining', steps: 10 } as StageRecord['result'],
  } as StageRecord;
  return { ...record, checksum: recordChecksum(record) };
}

describe('reading', () => {
  it('returns the committed records in plan order and skips the missing one silently', () => {
    writeRun('r-1', { manifest: manifestOf('r-1'), status: statusOf({ state: 'stopped' }) });
    mkdirSync(join(out, 'stages', 'key-b'), { recursive: true });
    writeFileSync(join(out, 'stages', 'key-b', 'record.json'), JSON.stringify(recordOf('b')));
    const contents = readRun(out, 'r-1');
    expect(contents.records.map((record) => record.id)).toEqual(['b']);
    expect(contents.problems).toEqual([]);
    mkdirSync(join(out, 'stages', 'key-a'));
    writeFileSync(join(out, 'stages', 'key-a', 'record.json'), '{"version":1');
    expect(readRun(out, 'r-1').problems).toHaveLength(1);
  });

  it('does not take an edited record for a result', () => {
    writeRun('r-1', { manifest: manifestOf('r-1'), status: statusOf({ state: 'done' }) });
    mkdirSync(join(out, 'stages', 'key-a'), { recursive: true });
    const file = join(out, 'stages', 'key-a', 'record.json');
    writeFileSync(file, JSON.stringify(recordOf('a')).replace('"steps":10', '"steps":90'));
    expect(readRun(out, 'r-1')).toMatchObject({
      records: [],
      problems: [expect.stringMatching(/key-a.record\.json was edited or cut short, so its result does not count/)],
    });
  });

  it('counts stages by state', () => {
    writeRun('r-1', { manifest: manifestOf('r-1'), status: statusOf() });
    expect(listRuns(out)[0]).toMatchObject({ total: 2, counts: { done: 1, running: 1, waiting: 0 } });
  });

  it('lists newest first, and by number when made at the same moment', () => {
    for (const [run, createdAt] of [
      ['q-2', '2026-01-01T00:00:00Z'],
      ['q-10', '2026-01-01T00:00:00Z'],
      ['q-1', '2026-02-01T00:00:00Z'],
    ] as const) {
      writeRun(run, { manifest: manifestOf(run, { createdAt }), status: statusOf({ state: 'done' }) });
    }
    expect(listRuns(out).map(({ run }) => run)).toEqual(['q-1', 'q-10', 'q-2']);
  });
});

describe('names of runs', () => {
  beforeEach(() => {
    writeRun('quick-1', { manifest: manifestOf('quick-1', { createdAt: ago(50) }) });
    writeRun('quick-12', { manifest: manifestOf('quick-12', { createdAt: ago(10) }) });
    writeRun('ladder-1', { manifest: manifestOf('ladder-1', { createdAt: ago(30) }) });
  });

  it.each([
    ['quick-1', 'quick-1'],
    ['last', 'quick-12'],
    ['lad', 'ladder-1'],
  ])('%s is %s', (typed, run) => expect(resolveRun(out, typed)).toBe(run));

  it('refuses an ambiguous beginning and suggests a near name', () => {
    expect(() => resolveRun(out, 'quick')).toThrow(/could be quick-12, quick-1; say which/);
    expect(() => resolveRun(out, 'lader-1')).toThrow(/did you mean "ladder-1"\?/);
    expect(() => resolveRun(out, '')).toThrow(/there is no run ""/);
    expect(() => resolveRun(join(out, 'nowhere'), 'x')).toThrow(/there are no runs/);
  });

  it('leaves the stop request where the worker looks', () => {
    requestStop(out, 'quick-1');
    expect(readFileSync(join(out, 'runs', 'quick-1', 'stop'), 'utf8')).toMatch(/^\d{4}-/);
    expect(() => requestStop(out, 'gone-1')).toThrow(/cannot write the stop request/);
  });
});
