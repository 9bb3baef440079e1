/**
 * The worker as a job of a cluster: no launcher, no wire. It computes the stages of one task of a submission and ends with
 * a number that says what became of them (partExit.ts). Told that its time is nearly up (USR2), it checkpoints, asks to be
 * queued again and waits for its end: ending by itself would count as done, and start what depends on it.
 */
import { execFile } from 'node:child_process';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../shared/errors';
import type { RunRequest, WorkerEvent } from '../shared/protocol/worker';
import type { Submission } from '../shared/results/submission';
import { exitOf, exitOfError, PART_EXIT, type PartExit } from './partExit';
import { RunFolder } from './storage/runFolder';

/** How long to wait for being ended after a requeue was accepted. */
const END_MS = 10 * 60_000;

interface Job {
  readonly out: string;
  readonly run: string;
  readonly name: string;
  readonly index: number;
  /** As Slurm's tools name it: never the plain id, which for one task of an array means the whole array. */
  readonly id: string;
  readonly restart: number;
}

export async function runClusterPart(runFolder: string, name: string): Promise<PartExit> {
  const job = readJob(runFolder, name);
  // A job sees all cores of its machine unless the cluster confines it.
  process.env.TRANSFERSCOPE_THREADS ??= process.env.SLURM_CPUS_PER_TASK ?? '1';
  const part = `${name}.${job.index}.${job.id}-${job.restart}`;
  const stopping = new AbortController();
  let isTimeUp = false;
  process.on('SIGUSR2', () => {
    isTimeUp = true;
    stopping.abort();
  });
  process.on('SIGTERM', () => {
    isTimeUp = false;
    stopping.abort();
  });
  say(`job ${job.id}, start ${job.restart + 1}, on ${os.hostname()}`);
  let exit: PartExit;
  try {
    const request = await readRequest(job, part);
    const { runPipeline } = await import('./pipeline');
    const outcome = await runPipeline(request, { report: sayEvent, signal: stopping.signal });
    exit = exitOf(outcome);
  } catch (error) {
    exit = exitOfError(error);
    await noteBreak(job, part, { error, exit });
  }
  if (exit === PART_EXIT.stopped && isTimeUp && (await requeue(job))) await waitForEnd();
  say(`ends with ${exit}`);
  return exit;
}

function readJob(runFolder: string, name: string): Job {
  const { SLURM_ARRAY_JOB_ID, SLURM_JOB_ID = '0', SLURM_ARRAY_TASK_ID = '0', SLURM_RESTART_COUNT = '0' } = process.env;
  const runs = path.dirname(runFolder);
  return {
    ...{ out: path.dirname(runs), run: path.basename(runFolder), name },
    index: Number(SLURM_ARRAY_TASK_ID),
    id: `${SLURM_ARRAY_JOB_ID ?? SLURM_JOB_ID}_${SLURM_ARRAY_TASK_ID}`,
    restart: Number(SLURM_RESTART_COUNT),
  };
}

async function readRequest({ out, run, name, index, id, restart }: Job, part: string): Promise<RunRequest> {
  const file = path.join(out, 'runs', run, 'engine', `${name}.json`);
  const submission = JSON.parse(await readFile(file, 'utf8')) as Submission;
  const task = submission.tasks[index];
  if (!task) throw new UserError('config', `${file} has no task ${index}; submit the run again`);
  const { patienceSeconds } = submission;
  const identity = { job: id, restart };
  return { file: '', out, resume: run, part: { name: part, stages: task.stages, identity, patienceSeconds } };
}

/** What could not be told by the pipeline, because the part never began or could not go on. */
async function noteBreak(
  { out, run }: Job,
  part: string,
  { error, exit }: { error: unknown; exit: PartExit },
): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${error instanceof UserError ? message : error instanceof Error ? error.stack : message}\n`);
  try {
    const folder = await RunFolder.openPart(out, run, part);
    folder.exitCode = exit;
    await folder.setState(exit === PART_EXIT.stopped ? 'stopped' : 'failed', message);
  } catch (second) {
    process.stderr.write(
      `the status cannot be written: ${second instanceof Error ? second.message : String(second)}\n`,
    );
  }
}

function requeue({ id }: Job): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('scontrol', ['requeue', id], { timeout: 60_000 }, (error, _, stderr) => {
      say(error ? `cannot be queued again: ${stderr.trim()}` : 'checkpointed and queued again');
      resolve(error === null);
    });
  });
}

function waitForEnd(): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, END_MS);
    process.once('SIGTERM', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function sayEvent(event: WorkerEvent): void {
  if (event.type === 'logged')
    say(`${event.level}: ${event.stage === undefined ? '' : `${event.stage}: `}${event.message}`);
  else if (event.type === 'stageChanged')
    say(`${event.id}: ${event.state}${event.message === undefined ? '' : ` (${event.message})`}`);
}

function say(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${line}\n`);
}

/** Of the doctor's job: what this machine has, written into the folder that it was given. */
export async function answerProbe(folder: string): Promise<number> {
  // Before a runtime takes the first of them for itself.
  const gpus = process.env.CUDA_VISIBLE_DEVICES;
  const { runtimes, hasLinks } = { runtimes: await usableRuntimes(), hasLinks: await canLink(folder) };
  const facts = [
    `${os.hostname()}: Node ${process.versions.node}, ${os.availableParallelism()} cores`,
    gpus === undefined ? 'no graphics processor asked for' : `graphics processors ${gpus}`,
    `runtimes ${runtimes.join(', ')}`,
    hasLinks ? 'the folder takes hard links' : 'the folder takes no hard links (renaming is used instead)',
  ];
  const nonce = await readFile(path.join(folder, 'nonce'), 'utf8');
  const answer = { nonce, ok: runtimes.length > 0, message: facts.join('; ') };
  await writeFile(path.join(folder, 'answer.json.part'), JSON.stringify(answer));
  await link(path.join(folder, 'answer.json.part'), path.join(folder, 'answer.json')).catch(() =>
    writeFile(path.join(folder, 'answer.json'), JSON.stringify(answer)),
  );
  return 0;
}

async function usableRuntimes(): Promise<string[]> {
  const { listRuntimes } = await import('./runtimes/startRuntime');
  return (await listRuntimes()).filter(({ available }) => available).map(({ name }) => name);
}

async function canLink(folder: string): Promise<boolean> {
  const [from, to] = [path.join(folder, 'link-from'), path.join(folder, 'link-to')];
  try {
    await writeFile(from, '');
    await link(from, to);
    return true;
  } catch {
    return false;
  } finally {
    await Promise.all([from, to].map((file) => rm(file, { force: true })));
  }
}
