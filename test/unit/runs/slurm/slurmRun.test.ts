/** The Slurm engine against a table of jobs: what it submits, what it makes of answers, of none, and of lost jobs. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSlurmExecutor, type SlurmExecutor } from '../../../../src/runs/engines/slurm/slurm';
import { createSlurmTools } from '../../../../src/runs/engines/slurm/slurmTools';
import { syncRun } from '../../../../src/runs/engines/slurm/syncRun';
import type { SaidOptions } from '../../../../src/runs/engines/slurm/slurmOptions';
import { readRun } from '../../../../src/runs/runStore';
import type { PlannedStage, RunManifest, RunStatus } from '../../../../src/shared/results/runManifest';
import type { Submission } from '../../../../src/shared/results/submission';
import { FakeSlurm } from '../../../support/fakeSlurm';

const program = { node: '/usr/bin/node', worker: '/opt/worker.js' };

function stage(id: string, kind: PlannedStage['kind'], needs: string[] = []): PlannedStage {
  const [pretraining = ''] = id.split('/');
  return { id, key: `k-${id.replaceAll('/', '-')}`, kind, label: id, pretraining, seed: 0, needs };
}

/** Two pretrainings with features and three transfers each, and an analysis of both. */
function plan(): PlannedStage[] {
  const rows = ['a', 'b'].flatMap((name) => [
    stage(name, 'pretraining'),
    stage(`${name}/features`, 'features', [`k-${name}`]),
    ...['x', 'y', 'z'].map((transfer) => stage(`${name}/${transfer}`, 'transfer', [`k-${name}-features`])),
  ]);
  return [...rows, stage('a~b/cka', 'analysis', ['k-a-features', 'k-b-features'])];
}

let out = '';
let slurm: FakeSlurm;
let engine: SlurmExecutor;
/** With what the run was planned. */
let asked: { readonly gpus?: number } = {};
const folder = (): string => join(out, 'runs', 'tiny-1');

function createEngine(said: SaidOptions = {}, tools = createSlurmTools(slurm.run)): SlurmExecutor {
  const prepare = (request: { readonly gpus?: number }) => {
    asked = request;
    mkdirSync(folder(), { recursive: true });
    const manifest: RunManifest = {
      ...{
        version: 1,
        run: 'tiny-1',
        name: 'tiny',
        file: '/w/a.transfer.yaml',
        baseDir: '/w',
        launch: {},
        versions: {},
      },
      ...{ runtime: { name: 'wasm', device: '', threads: 0, reason: '' }, seeds: [0], engine: 'slurm' },
      stages: plan(),
      createdAt: new Date().toISOString(),
    };
    writeFileSync(join(folder(), 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(folder(), 'status.json'), JSON.stringify(statusOf('submitted', {})));
    return Promise.resolve({ run: 'tiny-1' });
  };
  return createSlurmExecutor({ out, tools, said, program, prepare, settleMs: 0 });
}

function statusOf(state: RunStatus['state'], stages: RunStatus['stages'], more: Partial<RunStatus> = {}): RunStatus {
  const now = new Date().toISOString();
  return { version: 1, state, pid: 2 ** 22 + 1, host: 'elsewhere', startedAt: now, heartbeatAt: now, stages, ...more };
}

beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'transferscope-slurm-'));
  slurm = new FakeSlurm();
  engine = createEngine();
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const submit = () => engine.submitRun({ file: '/w/a.transfer.yaml', out });
const stateOf = () => readRun(out, 'tiny-1').state;
const stagesNow = () => readRun(out, 'tiny-1').status!.stages;
const submissions = (): Submission[] =>
  readdirSync(join(folder(), 'engine'))
    .filter((name) => /^ts-.*\.json$/.test(name))
    .map((name) => JSON.parse(readFileSync(join(folder(), 'engine', name), 'utf8')) as Submission);

/** What a job leaves when it ends. */
function leave(
  id: string,
  exit: { readonly exitCode?: number; readonly failure?: string; readonly done?: number; readonly skewMs?: number },
): void {
  const submission = submissions()
    .filter(({ tasks }) => tasks.some(({ stages }) => stages.includes(id)))
    .sort((a, b) => a.writtenAt.localeCompare(b.writtenAt))
    .at(-1)!;
  const index = submission.tasks.findIndex(({ stages }) => stages.includes(id));
  mkdirSync(join(folder(), 'parts'), { recursive: true });
  const { exitCode, failure, done = 0, skewMs = 0 } = exit;
  const told =
    failure === undefined ? ({ state: 'waiting' } as const) : ({ state: 'failed', message: failure } as const);
  const progress = { fraction: 0, stage: id, done, total: 100, unit: 'steps' };
  const at = new Date(Date.now() + skewMs).toISOString();
  const more = { exitCode, progress, startedAt: at, heartbeatAt: at };
  const status = statusOf(failure === undefined ? 'stopped' : 'failed', { [id]: told }, more);
  writeFileSync(
    join(folder(), 'parts', `${submission.name}.${index}.${submission.id}_${index}-0.json`),
    JSON.stringify(status),
  );
}

function commit(...ids: string[]): void {
  for (const id of ids) {
    const place = join(out, 'stages', `k-${id.replaceAll('/', '-')}`);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'record.json'), '{}');
  }
}

describe('submitting', () => {
  it('makes an array of the pretrainings, one of each row’s transfers and one of the analysis, with dependencies', async () => {
    const { submitted, report } = await submit();
    expect(submitted).toEqual({ jobs: 9, arrays: 4 });
    const arrays = slurm.calls.map((args) => args[args.indexOf('--array') + 1]);
    expect(arrays).toEqual(['0-1', '0-2', '0-2', '0-0']);
    const after = slurm.calls.map((args) => (args.includes('-d') ? args[args.indexOf('-d') + 1] : undefined));
    expect(after).toEqual([undefined, 'afterok:10_0', 'afterok:10_1', 'afterok:10_0:10_1']);
    expect(submissions().find(({ id }) => id === '10')!.tasks[0]!.stages).toEqual(['a', 'a/features']);
    expect(report.state).toBe('active');
    expect(stateOf()).toBe('submitted');
    expect(stagesNow()['a/x']).toEqual({ state: 'waiting', message: 'queued' });
  });

  it('hands over nothing of the submitter but a few variables, and the program as arguments of the script', async () => {
    await submit();
    const [args] = slurm.calls;
    expect(args!.find((arg) => arg.startsWith('--export='))).toBe(
      '--export=PATH,HOME,LANG,TRANSFERSCOPE_OUTSIDE_PATHS,TRANSFERSCOPE_MEMORY_MB',
    );
    const script = args!.findIndex((arg) => arg.endsWith('.sh'));
    expect(args!.slice(script + 1)).toEqual([
      ...['/usr/bin/node', '--enable-source-maps', '/opt/worker.js', 'part', folder()],
      args![args!.indexOf('-J') + 1],
    ]);
    expect(readFileSync(args![script]!, 'utf8')).toBe('#!/bin/bash\nexec "$@"\n');
  });

  it('asks for what file and command line say, and caps and packs jobs', async () => {
    engine = createEngine({ resources: { gpus: 2, memory: 1.5, time: 30, partition: 'gpu' }, pack: 2, maxParallel: 4 });
    const { submitted } = await submit();
    expect(submitted).toEqual({ jobs: 7, arrays: 4 });
    const [args] = slurm.calls;
    expect(args!.join(' ')).toContain('--array 0-1%4');
    expect(args!.join(' ')).toContain('--signal=B:USR2@120 -t 30 --gpus-per-node=2 --mem 1536M -p gpu');
  });

  it('leaves out what is committed', async () => {
    commit('a', 'a/features', 'a/x');
    expect((await submit()).submitted.jobs).toBe(7);
    const after = slurm.calls.map((args) => (args.includes('-d') ? args[args.indexOf('-d') + 1] : undefined));
    // The transfers of a pretraining that is done wait for nothing.
    expect(after).toEqual([undefined, undefined, 'afterok:11_0', 'afterok:11_0']);
  });

  it('cuts arrays that are larger than the cluster takes', async () => {
    slurm.maxArraySize = 3;
    expect((await submit()).submitted).toEqual({ jobs: 9, arrays: 6 });
  });

  it('adopts an array that sbatch took although it timed out', async () => {
    slurm.faults.push('acceptsAndTimesOut');
    expect((await submit()).submitted.jobs).toBe(9);
    expect(slurm.jobs).toHaveLength(9);
    expect(slurm.calls).toHaveLength(4);
  });

  it('plans for graphics processors that are asked for every job', async () => {
    await submit();
    expect(asked.gpus).toBeUndefined();
    await createEngine({ resources: { gpus: 2 } }).submitRun({ file: '/w/a.transfer.yaml', out });
    expect(asked.gpus).toBe(2);
  });

  it('submits again what certainly did not get in', async () => {
    slurm.faults.push('timesOut');
    expect((await submit()).submitted.jobs).toBe(9);
    expect(slurm.jobs).toHaveLength(9);
    expect(slurm.calls).toHaveLength(5);
    expect(slurm.calls[0]).toEqual(slurm.calls[1]);
  });

  it('says why Slurm refuses; nothing is left of a run of which it took nothing', async () => {
    slurm.faults.push('refuses');
    await expect(submit()).rejects.toThrow('Slurm refuses the jobs: invalid partition specified: nowhere; change');
    expect(readdirSync(join(out, 'runs'))).toEqual([]);
    expect((await submit()).submitted.jobs).toBe(9);
  });

  it('clears up what killed writers left unfinished, of parts when no job is there any more', async () => {
    await submit();
    mkdirSync(join(folder(), 'parts'), { recursive: true });
    const [own, ofPart] = [join(folder(), 'engine', 'report.json.x.tmp'), join(folder(), 'parts', 'a.json.x.tmp')];
    for (const file of [own, ofPart]) writeFileSync(file, '');
    await engine.sync('tiny-1');
    expect([own, ofPart].map((file) => existsSync(file))).toEqual([false, true]);
    commit(...plan().map(({ id }) => id));
    slurm.end(slurm.jobs);
    await engine.sync('tiny-1');
    expect(existsSync(ofPart)).toBe(false);
  });

  it('leaves nothing of a run that could not be handed over either', async () => {
    // Where logs should go is a file.
    const made = folder();
    const blocked = createSlurmExecutor({
      ...{ out, tools: createSlurmTools(slurm.run), said: {}, program, settleMs: 0 },
      prepare: () => {
        mkdirSync(made, { recursive: true });
        writeFileSync(join(made, 'logs'), '');
        return Promise.resolve({ run: 'tiny-1' });
      },
    });
    await expect(blocked.submitRun({ file: '/w/a.transfer.yaml', out })).rejects.toThrow('cannot make the folder');
    expect(readdirSync(join(out, 'runs'))).toEqual([]);
    expect(slurm.calls).toEqual([]);
  });

  it('keeps a run of which a submission cannot be read, since it may have got in', async () => {
    slurm.faults.push('refuses');
    const tools = createSlurmTools((command, args, limit) => {
      if (command === 'sbatch' && args[0] !== '--version')
        writeFileSync(join(folder(), 'engine', 'ts-other.json'), '{"name": "ts-oth');
      return slurm.run(command, args, limit);
    });
    await expect(createEngine({}, tools).submitRun({ file: '/w/a.transfer.yaml', out })).rejects.toThrow(
      'Slurm refuses',
    );
    expect(readdirSync(join(out, 'runs'))).toEqual(['tiny-1']);
  });

  it('keeps a run of which Slurm took a part, and goes on with the rest when asked', async () => {
    slurm.mostJobs = 2;
    await submit();
    slurm.mostJobs = Infinity;
    slurm.faults.push('refuses');
    await expect(engine.resume('tiny-1')).rejects.toThrow('Slurm refuses the jobs');
    expect(stateOf()).toBe('submitted');
    const { submitted } = await engine.resume('tiny-1');
    expect(slurm.active()).toHaveLength(9);
    expect(submitted.jobs).toBe(7);
  });

  it('submits in pieces under a limit on jobs, and the rest when there is room', async () => {
    slurm.mostJobs = 4;
    const { report, submitted } = await submit();
    expect(submitted.jobs).toBe(4);
    expect(report.message).toContain('Slurm takes no more jobs now');
    for (let round = 0; round < 20 && slurm.active().length > 0; round++) {
      const [job] = slurm.active();
      const of = submissions().find(({ name }) => name === job!.name)!;
      commit(...of.tasks[job!.index]!.stages);
      slurm.end([job!]);
      await engine.sync('tiny-1');
    }
    expect(slurm.jobs.filter(({ state }) => state === 'COMPLETED')).toHaveLength(9);
  });
});

describe('a submitter that dies', () => {
  it.each([
    ['before sbatch', false],
    ['between sbatch and its id', true],
  ])('%s: nothing is lost and nothing submitted twice', async (_, wasAccepted) => {
    await submit();
    const first = submissions().find(({ id }) => id === '10')!;
    const { id: _id, ...intent } = first;
    writeFileSync(join(folder(), 'engine', `${first.name}.json`), JSON.stringify(intent));
    if (!wasAccepted) slurm.jobs.splice(0, 2);
    const { submitted } = (await engine.sync('tiny-1'))!;
    expect(submitted.jobs).toBe(0);
    expect(slurm.active()).toHaveLength(9);
    expect(submissions().every(({ id }) => id !== undefined)).toBe(true);
    expect(slurm.calls).toHaveLength(wasAccepted ? 4 : 5);
  });

  it('leaves a lock that nobody waits for', async () => {
    await submit();
    const lock = join(folder(), 'engine', 'lock');
    writeFileSync(
      lock,
      JSON.stringify({ pid: 2 ** 22 + 1, host: (await import('node:os')).hostname(), startedAt: '' }),
    );
    expect(await engine.sync('tiny-1')).toBeUndefined();
    expect(await engine.sync('tiny-1')).toBeDefined();
    expect(existsSync(lock)).toBe(false);
  });

  it('two at once: one works, the other leaves it alone', async () => {
    await submit();
    const results = await Promise.all([engine.sync('tiny-1'), engine.sync('tiny-1')]);
    expect(results.filter((result) => result !== undefined)).toHaveLength(1);
    expect(slurm.calls).toHaveLength(4);
  });

  it('an array that turns up twice is cut to one', async () => {
    await submit();
    const twice = slurm.jobs.filter(({ arrayId }) => arrayId === 10).map((job) => ({ ...job, arrayId: 99 }));
    slurm.jobs.push(...twice);
    await engine.sync('tiny-1');
    expect(slurm.active().map(({ arrayId }) => arrayId)).not.toContain(99);
    expect(slurm.active()).toHaveLength(9);
  });
});

describe('jobs that are gone', () => {
  const lose = (id: string, state = 'FAILED') => {
    const own = submissions().filter(({ tasks }) => tasks.some(({ stages }) => stages.includes(id)));
    const index = own[0]!.tasks.findIndex(({ stages }) => stages.includes(id));
    slurm.end(
      slurm.active().filter((job) => own.some(({ name }) => name === job.name) && job.index === index),
      state,
    );
  };
  const syncTwice = async () => {
    await engine.sync('tiny-1');
    return (await engine.sync('tiny-1'))!;
  };

  it('are submitted again when Slurm has said twice that they are gone, with what waited for them', async () => {
    await submit();
    lose('a');
    for (const id of ['a/x', 'a/y', 'a/z', 'a~b/cka']) lose(id, 'CANCELLED');
    expect((await engine.sync('tiny-1'))!.submitted.jobs).toBe(0);
    expect((await engine.sync('tiny-1'))!.submitted).toEqual({ jobs: 5, arrays: 3 });
    expect(slurm.active()).toHaveLength(9);
    expect((await engine.sync('tiny-1'))!.submitted.jobs).toBe(0);
  });

  it('count for nothing while the controller is away', async () => {
    await submit();
    slurm.isAway = true;
    const blind = (await engine.sync('tiny-1'))!;
    expect(blind.report).toMatchObject({
      state: 'blind',
      message: 'Slurm does not answer; nothing is known of the jobs',
    });
    expect(blind.report.stages['a']).toMatchObject({ state: 'queued' });
    await engine.sync('tiny-1');
    slurm.isAway = false;
    expect((await engine.sync('tiny-1'))!.submitted.jobs).toBe(0);
    expect(slurm.calls).toHaveLength(4);
  });

  it('with a failure that stays are not tried again; what needs them is skipped, the rest goes on', async () => {
    await submit();
    leave('a', { exitCode: 65, failure: 'the loss became NaN' });
    lose('a');
    for (const id of ['a/x', 'a/y', 'a/z', 'a~b/cka']) lose(id, 'CANCELLED');
    expect((await syncTwice()).submitted.jobs).toBe(0);
    expect(stagesNow()).toMatchObject({
      a: { state: 'failed', message: 'the loss became NaN' },
      'a/x': { state: 'skipped', message: expect.stringContaining('which failed') as string },
      'a~b/cka': { state: 'skipped' },
      'b/x': { state: 'waiting' },
    });
    expect(stateOf()).toBe('submitted');
  });

  it('that crash again and again are given up', async () => {
    await submit();
    for (let attempt = 1; attempt <= 3; attempt++) {
      leave('a', {});
      lose('a');
      const { submitted, report } = await syncTwice();
      if (attempt < 3) expect(submitted.jobs).toBe(1);
      else
        expect(report.stages['a']).toMatchObject({
          state: 'failed',
          reason: expect.stringContaining('3 attempts') as string,
        });
    }
    // Asked for again, they get three more attempts.
    expect((await engine.resume('tiny-1')).submitted.jobs).toBeGreaterThan(0);
  });

  it('that were checkpointed go on as often as it takes, while they get further', async () => {
    await submit();
    for (let attempt = 1; attempt <= 6; attempt++) {
      leave('a', { exitCode: 75, done: 10 * attempt });
      lose('a');
      expect((await syncTwice()).submitted.jobs).toBe(1);
    }
  });

  it.each([-3_600_000, 3_600_000])('are judged alike where clocks are off by %d ms', async (skewMs) => {
    await submit();
    for (let attempt = 1; attempt <= 4; attempt++) {
      leave('a', { exitCode: 75, done: 10 * attempt, skewMs: attempt % 2 === 0 ? skewMs : -skewMs });
      lose('a');
      expect((await syncTwice()).submitted.jobs).toBe(1);
    }
    leave('a', { exitCode: 65, failure: 'the loss became NaN', skewMs });
    lose('a');
    expect((await syncTwice()).report.stages['a']).toEqual({ state: 'failed', reason: 'the loss became NaN' });
    // Asked for again, the failure is forgotten.
    expect((await engine.resume('tiny-1')).submitted.jobs).toBe(1);
  });

  it('cost one call of squeue at each look, however many arrays there are', async () => {
    await submit();
    const run = vi.spyOn(slurm, 'run');
    const tools = createSlurmTools((...call) => run(...call));
    await syncRun({ out, run: 'tiny-1', tools, maySubmit: true });
    expect(run.mock.calls.map(([command]) => command)).toEqual(['squeue']);
  });

  it('that can never start are taken out of the queue', async () => {
    await submit();
    const [job] = slurm.active().filter(({ reason }) => reason === 'Dependency');
    job!.reason = 'DependencyNeverSatisfied';
    await engine.sync('tiny-1');
    expect(job!.state).toBe('CANCELLED');
  });
});

describe('cancelling', () => {
  it('ends all jobs, submits none again, and resuming submits what is missing', async () => {
    await submit();
    commit('a', 'a/features');
    await engine.cancel('tiny-1');
    expect(slurm.active()).toEqual([]);
    expect((await engine.sync('tiny-1'))!.submitted.jobs).toBe(0);
    expect((await engine.sync('tiny-1'))!.submitted.jobs).toBe(0);
    expect(stateOf()).toBe('stopped');
    expect((await engine.resume('tiny-1')).submitted.jobs).toBe(8);
  });

  it('resumes as it was submitted, but for what is said now', async () => {
    engine = createEngine({ resources: { partition: 'long', cpus: 4 }, pack: 3, account: 'lab' });
    await submit();
    await engine.cancel('tiny-1');
    slurm.calls.length = 0;
    await createEngine({ resources: { partition: 'short' } }).resume('tiny-1');
    expect(slurm.calls.map((args) => args[args.indexOf('--array') + 1])).toEqual(['0-1', '0-0', '0-0', '0-0']);
    expect(slurm.calls[0]!.join(' ')).toContain('-c 4 -p short -A lab');
  });

  it('also ends jobs of a submission whose id nobody knows', async () => {
    await submit();
    const { id: _id, ...intent } = submissions().find(({ id }) => id === '10')!;
    writeFileSync(join(folder(), 'engine', `${intent.name}.json`), JSON.stringify(intent));
    await engine.cancel('tiny-1');
    expect(slurm.active()).toEqual([]);
    await engine.sync('tiny-1');
    expect(slurm.calls).toHaveLength(4);
  });
});

it('a run of which all is committed has ended, whatever Slurm says', async () => {
  await submit();
  commit(...plan().map(({ id }) => id));
  slurm.end(slurm.active());
  const { report, submitted } = (await engine.sync('tiny-1'))!;
  expect(submitted.jobs).toBe(0);
  expect(report.state).toBe('idle');
});
