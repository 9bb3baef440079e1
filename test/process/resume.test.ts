/**
 * The built command, killed in earnest: worker, command or both, at moments drawn from a seed, then resumed. Whatever
 * happened, results and files must equal those of an uninterrupted run bit for bit.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deriveRandom } from '../../src/shared/random';
import {
  comparable,
  experimentText,
  leftovers,
  lines,
  listFiles,
  readStatus,
  writeTinyImages,
} from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { copyProgram, type Ended, type Job, type Program } from './realProgram';

let program: Program;
let folder: ReturnType<typeof makeFolder>;
let expected: Record<string, unknown>;
/** Points on the curves and changes of stages: the ticks by which a run's moments are named, whatever its speed. */
const tick = /"type":"(?:metricsLogged|stageChanged)"/;
let ticks = 0;
const jobs: Job[] = [];

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  await writeTinyImages(join(folder.path, 'images'), 6);
  const pretrainings = [lines.moco(28), lines.supervised(16)];
  writeFileSync(join(folder.path, 'tiny.transfer.yaml'), experimentText({ pretrainings, transfers: [lines.probe] }));
  writeFileSync(join(folder.path, 'long.transfer.yaml'), experimentText({ pretrainings: [lines.moco(100_000)] }));
  const whole = await launch('whole').ended;
  expect(whole).toMatchObject({ code: 0, err: '' });
  ticks = whole.out.split(tick).length - 1;
  expected = comparable(join(folder.path, 'whole'), 'tiny-1');
});
afterEach(() => {
  for (const { child } of jobs) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
});
afterAll(() => {
  program.remove();
  folder.remove();
});

function launch(out: string, { file = 'tiny.transfer.yaml' } = {}): Job {
  const job = program.start(folder.path, ['run', file, '--json', '--out', out]);
  jobs.push(job);
  return job;
}

async function resumeAndCompare(out: string): Promise<Ended> {
  const ended = await program.run(folder.path, ['resume', 'tiny-1', '--json', '--out', out]);
  expect(ended).toMatchObject({ code: 0, err: '' });
  const place = join(folder.path, out);
  expect(comparable(place, 'tiny-1')).toEqual(expected);
  expect(leftovers(place)).toEqual([]);
  expect(readStatus(place, 'tiny-1').state).toBe('done');
  return ended;
}

const wait = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));
const workerOf = (out: string): number => readStatus(join(folder.path, out), 'tiny-1').pid;
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

async function untilGone(pid: number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (isAlive(pid)) {
    if (performance.now() > deadline) throw new Error(`process ${pid} still lives after ${limitMs} ms`);
    await wait(20);
  }
}

/** Waits for a moment of the run: a share of its ticks, and some of the time to the next one. */
async function moment(job: Job, share: number): Promise<void> {
  await job.seen(tick, Math.max(1, Math.floor(share * ticks)));
  await wait(60 * (100 * share - Math.floor(100 * share)));
}

const random = deriveRandom(20, 'kill-moments');
const shares = [0, 1, 2].map((third) => Number(((third + random.uniform()) * 0.28).toFixed(3)));

describe('killed with SIGKILL and resumed', () => {
  it.each(shares)('worker, at %d of the run: the command says so and ends; the result is the same', async (share) => {
    const out = `worker-${share}`;
    const job = launch(out);
    await moment(job, share);
    process.kill(workerOf(out), 'SIGKILL');
    const killedAt = performance.now();
    const { code, err } = await job.ended;
    expect(performance.now() - killedAt).toBeLessThan(5_000);
    expect(code).toBe(3);
    expect(err).toMatch(/^error: the worker process died \(signal SIGKILL, perhaps out of memory\)/);
    expect(err).toMatch(/resume with: transferscope resume tiny-1\n$/);
    await resumeAndCompare(out);
  });

  it.each(shares)('worker and command, at %d of the run: the result is the same', async (share) => {
    const out = `both-${share}`;
    const job = launch(out);
    await moment(job, share);
    const worker = workerOf(out);
    process.kill(worker, 'SIGKILL');
    job.child.kill('SIGKILL');
    expect((await job.ended).signal).toBe('SIGKILL');
    await untilGone(worker, 2_000);
    await resumeAndCompare(out);
  });

  it('command alone: the worker makes a checkpoint and ends by itself', async () => {
    const job = launch('command');
    await moment(job, 0.3);
    const worker = workerOf('command');
    job.child.kill('SIGKILL');
    await job.ended;
    await untilGone(worker, 8_000);
    expect(readStatus(join(folder.path, 'command'), 'tiny-1').state).toBe('stopped');
    expect(listFiles(join(folder.path, 'command')).filter((name) => name.endsWith('claim.json'))).toEqual([]);
    await resumeAndCompare('command');
  });
});

describe('stopped in order and resumed', () => {
  it('by Ctrl-C in the terminal, which reaches worker and command alike', async () => {
    const job = launch('interrupt');
    await moment(job, 0.2);
    process.kill(-job.child.pid!, 'SIGINT');
    const { code, err } = await job.ended;
    expect(err).toBe('stopping after the next checkpoint; press Ctrl-C again to end at once\n');
    expect(code).toBe(75);
    const place = join(folder.path, 'interrupt');
    expect(readStatus(place, 'tiny-1').state).toBe('stopped');
    const state = listFiles(place).filter((name) => name.endsWith('training.safetensors'));
    expect(state).toHaveLength(1);
    const { out } = await resumeAndCompare('interrupt');
    expect(out).toMatch(/resumed at step [1-9]/);
  });

  it('by `transferscope stop` in another terminal', async () => {
    const job = launch('stop', { file: 'long.transfer.yaml' });
    await job.seen('stageProgressed');
    const stop = await program.run(folder.path, ['stop', 'tiny-1', '--out', 'stop']);
    expect(stop).toMatchObject({ code: 0, err: '', out: expect.stringContaining('asked tiny-1 to stop') as string });
    expect(await job.ended).toMatchObject({ code: 75, err: '' });
    const place = join(folder.path, 'stop');
    expect(readStatus(place, 'tiny-1').state).toBe('stopped');
    expect(leftovers(place)).toEqual([expect.stringMatching(/training\.safetensors$/)]);
  });

  it('is refused while the run is under way', async () => {
    const job = launch('busy', { file: 'long.transfer.yaml' });
    await job.seen('runPlanned');
    const { code, err } = await program.run(folder.path, ['resume', 'tiny-1', '--out', 'busy']);
    expect(code).toBe(1);
    expect(err).toMatch(
      /^error: tiny-1 is being run by process \d+ on .*; stop it first with: transferscope stop tiny-1\n$/,
    );
    job.child.kill('SIGTERM');
    expect((await job.ended).code).toBe(75);
  });
});
