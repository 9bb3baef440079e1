/**
 * One training in two real processes: equal to one process bit for bit, whichever of the two is killed, stopped or resumed,
 * with an error of either told, and with no process left behind.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { comparable, experimentText, leftovers, readStatus, writeTinyImages } from '../pipeline/tinyRun';
import { makeFolder } from '../pipeline/tinyWorld';
import { copyProgram, type Job, type Program } from './realProgram';

let program: Program;
let folder: ReturnType<typeof makeFolder>;
let expected: Record<string, unknown>;
const jobs: Job[] = [];

const training = (steps: number, processes: number) =>
  `id: moco, method: moco, data: tiny, batch: 4, accumulate: 2, batchNormGroups: 1, steps: ${steps}, processes: ${processes}, queue: 16, dimension: 8, encoderMomentum: 0.5, learningRate: 0.005, checkpointEvery: 4, monitor: { every: 4, images: 16 }`;

beforeAll(async () => {
  program = copyProgram();
  folder = makeFolder();
  await writeTinyImages(join(folder.path, 'images'), 6);
  for (const processes of [1, 2]) {
    const text = experimentText({ pretrainings: [training(16, processes)] });
    writeFileSync(join(folder.path, `of-${processes}.transfer.yaml`), text);
  }
  expect(await launch('alone', 'of-1').ended).toMatchObject({ code: 0, err: '' });
  expected = comparable(join(folder.path, 'alone'), 'tiny-1');
});
afterEach(() => {
  for (const { child } of jobs) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
});
afterAll(() => {
  program.remove();
  folder.remove();
});

function launch(out: string, name: string): Job {
  const job = program.start(folder.path, ['run', `${name}.transfer.yaml`, '--json', '--out', out]);
  jobs.push(job);
  return job;
}

const workerOf = (out: string, run: string): number => readStatus(join(folder.path, out), run).pid;

/** Processes that train along with a worker. */
function peersOf(worker: number): number[] {
  const rows = execFileSync('ps', ['-e', '-o', 'pid=,ppid='], { encoding: 'utf8' }).trim().split('\n');
  return rows
    .map((row) => row.trim().split(/\s+/).map(Number))
    .flatMap(([pid, parent]) => (parent === worker ? [pid!] : []));
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

/** The test's own limit of time ends the wait. */
async function untilGone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((done) => setTimeout(done, 20));
}

async function resumeAndCompare(out: string): Promise<void> {
  expect(await program.run(folder.path, ['resume', 'tiny-1', '--json', '--out', out])).toMatchObject({
    code: 0,
    err: '',
  });
  expect(comparable(join(folder.path, out), 'tiny-1')).toEqual(expected);
  expect(leftovers(join(folder.path, out))).toEqual([]);
}

/** The first points of the curves are there, so that there is a checkpoint. */
const inTheMiddle = (job: Job) => job.seen('"type":"metricsLogged"', 2);

describe('two processes', () => {
  it('leave what one leaves, bit for bit, and no process', async () => {
    const job = launch('whole', 'of-2');
    await job.seen('"type":"metricsLogged"');
    const peers = peersOf(workerOf('whole', 'tiny-1'));
    expect(peers).toHaveLength(1);
    expect(await job.ended).toMatchObject({ code: 0, err: '' });
    expect(comparable(join(folder.path, 'whole'), 'tiny-1')).toEqual(expected);
    await untilGone(peers[0]!);
    // Nothing lies about where numbers were exchanged.
    const shared = process.platform === 'linux' ? readdirSync('/dev/shm') : [];
    expect(shared.filter((name) => name.startsWith('transferscope-'))).toEqual([]);
  });

  it('killed the second: the first says so and fails the stage; resumed, the result is the same', async () => {
    const job = launch('second', 'of-2');
    await inTheMiddle(job);
    for (const pid of peersOf(workerOf('second', 'tiny-1'))) process.kill(pid, 'SIGKILL');
    const { code, out } = await job.ended;
    expect(code).not.toBe(0);
    expect(out).toMatch(/process 2 of 2 of \\"moco\\" died \(signal SIGKILL\)/);
    await resumeAndCompare('second');
  });

  it('killed the first: the second ends by itself, if need be later; resumed, the result is the same', async () => {
    const job = launch('first', 'of-2');
    await inTheMiddle(job);
    const worker = workerOf('first', 'tiny-1');
    const [peer] = peersOf(worker);
    process.kill(peer!, 'SIGSTOP');
    process.kill(worker, 'SIGKILL');
    expect((await job.ended).code).toBe(3);
    process.kill(peer!, 'SIGCONT');
    await untilGone(peer!);
    await resumeAndCompare('first');
  });

  it('stopped by Ctrl-C, which reaches both: a checkpoint; resumed, the result is the same', async () => {
    const job = launch('interrupt', 'of-2');
    await inTheMiddle(job);
    const peers = peersOf(workerOf('interrupt', 'tiny-1'));
    process.kill(-job.child.pid!, 'SIGINT');
    expect((await job.ended).code).toBe(75);
    for (const pid of peers) await untilGone(pid);
    expect(readStatus(join(folder.path, 'interrupt'), 'tiny-1').state).toBe('stopped');
    await resumeAndCompare('interrupt');
  });
});
