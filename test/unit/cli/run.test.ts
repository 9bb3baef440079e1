/** `run` and `resume` with an executor that only plays the events: displays, endings, interrupts, exit codes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCli } from '../../../src/cli/program';
import { UserError } from '../../../src/shared/errors';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../../src/shared/protocol/worker';
import { createFakeSurroundings, type FakeOptions } from './fakeSurroundings';

// The table has tests of its own; here only its place in the ending counts.
vi.mock('../../../src/cli/report/terminalTable', () => ({
  terminalReport: (_: string, run: string) => `TABLE OF ${run}`,
}));

let cwd = '';
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'cli-run-'));
  writeFileSync(join(cwd, 'a.transfer.yaml'), 'name: x\n');
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const runtime = {
  name: 'wasm',
  available: true,
  reason: 'chosen automatically',
  device: 'CPU',
  threads: 2,
  version: '4',
};
const stage = {
  id: 'moco/seed-0',
  key: 'k',
  kind: 'pretraining' as const,
  label: 'moco · seed 0',
  pretraining: 'moco',
  seed: 0,
};
const events: WorkerEvent[] = [
  { type: 'runPlanned', run: 'x-1', runFolder: '/o/runs/x-1', stages: [stage], runtime, warnings: [] },
  { type: 'logged', level: 'info', message: 'a detail' },
  { type: 'logged', level: 'warning', stage: 'moco/seed-0', message: 'the queue is long' },
  { type: 'stageProgressed', id: stage.id, done: 1, total: 9, unit: 'steps' },
  { type: 'stageChanged', id: stage.id, state: 'done', seconds: 3, message: 'loss 4.2' },
];

function outcomeOf(state: RunOutcome['state'], failures: string[] = []): RunOutcome {
  return {
    run: 'x-1',
    state,
    counts: { done: 1, reused: 0, failed: failures.length, skipped: 0 },
    seconds: 3.04,
    failures,
  };
}

async function run(args: string, options: FakeOptions): Promise<{ code: number; out: string; err: string }> {
  const fake = createFakeSurroundings({ cwd, ...options });
  const code = await runCli(args.split(' '), fake.around);
  return { code, out: fake.stdout(), err: fake.stderr() };
}

function playing(outcome: RunOutcome, seen: RunRequest[] = []): FakeOptions {
  return {
    job: (request, listener) => {
      seen.push(request);
      for (const event of events) listener.onEvent?.(event);
      return Promise.resolve(outcome);
    },
  };
}

describe('run', () => {
  it('turns the command line into one request', async () => {
    const seen: RunRequest[] = [];
    await run(
      'run a.transfer.yaml --runtime wasm --seed 0 1,2 --only moco probe --out o',
      playing(outcomeOf('done'), seen),
    );
    expect(seen).toEqual([
      {
        file: join(cwd, 'a.transfer.yaml'),
        out: join(cwd, 'o'),
        runtime: 'wasm',
        seeds: [0, 1, 2],
        only: ['moco', 'probe'],
      },
    ]);
  });

  it('prints plain lines when piped, then table, counts and folder', async () => {
    const { code, out } = await run('run a.transfer.yaml', playing(outcomeOf('done')));
    expect(code).toBe(0);
    expect(out.split('\n')).toEqual([
      '   0:00  run x-1: 1 stage on wasm (chosen automatically)',
      '   0:00  warning: moco/seed-0: the queue is long',
      '   0:00  0/1 moco · seed 0: 1/9 steps',
      '   0:00  1/1 ✓ moco · seed 0 · 0:03 · loss 4.2',
      '',
      'TABLE OF x-1',
      '',
      'x-1 done in 3.0 s: 1 stage done',
      'run folder: /o/runs/x-1',
      '',
    ]);
  });

  it('prints informative messages with --verbose', async () => {
    expect((await run('--verbose run a.transfer.yaml', playing(outcomeOf('done')))).out).toContain('a detail');
    expect((await run('run a.transfer.yaml --verbose', playing(outcomeOf('done')))).out).toContain('a detail');
  });

  it('prints one JSON object per line with --json, the outcome last', async () => {
    const { out } = await run('run a.transfer.yaml --json', playing(outcomeOf('done')));
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { type: string });
    expect(lines.map(({ type }) => type)).toEqual([...events.map(({ type }) => type), 'runEnded']);
    expect(lines.at(-1)).toEqual({ type: 'runEnded', outcome: outcomeOf('done') });
  });

  it('draws a live block on a terminal and leaves only finished lines and the ending', async () => {
    const { out } = await run('run a.transfer.yaml', { ...playing(outcomeOf('done')), isTTY: true });
    expect(out).toContain('\x1b[32m✓\x1b[39m moco · seed 0 · 0:03 · loss 4.2');
    expect(out).toContain('\x1b[?25h');
    const plain = await run('run a.transfer.yaml', {
      ...playing(outcomeOf('done')),
      isTTY: true,
      env: { NO_COLOR: '1' },
    });
    expect(plain.out).not.toContain('\x1b[32m');
  });

  it('exits 3 with one sentence per failure when a stage failed', async () => {
    const { code, out } = await run(
      'run a.transfer.yaml',
      playing(outcomeOf('failed', ['moco: the loss is NaN at step 7'])),
    );
    expect(code).toBe(3);
    expect(out).toContain('\nfailed: moco: the loss is NaN at step 7\n');
    expect(out).toContain('go on with: transferscope resume x-1');
  });

  it('exits 1 without a launch when the file is not there', async () => {
    expect(await run('run b.transfer.yaml', {})).toMatchObject({
      code: 1,
      err: 'b.transfer.yaml: error: there is no such file; check the path\n',
    });
  });

  it('exits with the sentence when the worker dies; JSON gets a last line too', async () => {
    const dying: FakeOptions = { job: () => Promise.reject(new UserError('worker', 'the worker process died')) };
    expect(await run('run a.transfer.yaml', dying)).toMatchObject({ code: 3, err: 'error: the worker process died\n' });
    const json = await run('run a.transfer.yaml --json', dying);
    expect(JSON.parse(json.out)).toEqual({ type: 'runBroke', message: 'the worker process died' });
  });
});

describe('interrupts', () => {
  it('asks for a checkpoint first: exit 75', async () => {
    const fake = createFakeSurroundings({ cwd, job: (_, __, stopped) => stopped.then(() => outcomeOf('stopped')) });
    const done = runCli(['run', 'a.transfer.yaml'], fake.around);
    await vi.waitFor(() => (fake.interrupt(), expect(fake.stdout()).toContain('stopping after the next checkpoint')));
    expect(await done).toBe(75);
    expect(fake.stdout()).toContain('go on with: transferscope resume x-1');
  });

  it('ends the worker at the second: exit 130', async () => {
    const fake = createFakeSurroundings({ cwd, job: (_, __, ___, killed) => killed });
    const done = runCli(['run', 'a.transfer.yaml'], fake.around);
    await vi.waitFor(() => (fake.interrupt(), expect(fake.stdout()).toContain('stopping')));
    fake.interrupt();
    expect(await done).toBe(130);
    expect(fake.stderr()).toContain('what was checkpointed is kept');
  });
});

describe('resume', () => {
  function writeRun(state: string, pid: number): void {
    const folder = join(cwd, '.transferscope', 'runs', 'x-1');
    mkdirSync(folder, { recursive: true });
    const now = new Date().toISOString();
    const manifest = { version: 1, run: 'x-1', name: 'x', file: '/w/a.transfer.yaml', createdAt: now, stages: [stage] };
    const status = { version: 1, state, pid, host: hostname(), startedAt: now, heartbeatAt: now, stages: {} };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'status.json'), JSON.stringify(status));
  }

  it('continues a stopped run by name', async () => {
    writeRun('stopped', 1);
    const seen: RunRequest[] = [];
    expect((await run('resume x', playing(outcomeOf('done'), seen))).code).toBe(0);
    expect(seen).toEqual([{ file: '/w/a.transfer.yaml', out: join(cwd, '.transferscope'), resume: 'x-1' }]);
  });

  it('refuses while somebody runs it', async () => {
    writeRun('running', process.pid);
    const { code, err } = await run('resume x-1', {});
    expect(code).toBe(1);
    expect(err).toMatch(/x-1 is being run by process \d+ on .*; stop it first with: transferscope stop x-1/);
  });

  it('asks a running run to stop through its folder', async () => {
    writeRun('running', process.pid);
    expect((await run('stop last', {})).out).toMatch(/asked x-1 to stop/);
  });
});
