/** `submit`, `queue`, `cancel`, `doctor`: runs that a Slurm cluster computes. What they show is read from run folders. */
import { setTimeout as wait } from 'node:timers/promises';
import { resolve } from 'node:path';
import { readAnalysis } from '../../shared/experiment/addAnalysis';
import { UserError } from '../../shared/errors';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { describeProgress } from '../../shared/views/run/runProgress';
import type { PrepareRequest } from '../../shared/protocol/worker';
import type { SaidOptions } from '../../runs/engines/slurm/slurmOptions';
import { createSlurmExecutor, type SlurmExecutor, type SubmittedRun } from '../../runs/engines/slurm/slurm';
import { createSlurmTools, createToolRunner } from '../../runs/engines/slurm/slurmTools';
import { isUnderWay, type RunSummary } from '../../runs/runFiles';
import { listRuns, readRun, resolveRun } from '../../runs/runStore';
import { EXIT, type ExitCode } from '../exitCodes';
import { readExperimentText } from '../experimentText';
import { toOneLine, truncate } from '../progress/textWidth';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';

export interface SubmitOptions extends Pick<PrepareRequest, 'runtime' | 'seeds' | 'only'> {
  /** Analyses beside those of the file, as YAML. */
  readonly analyses?: readonly string[];
  readonly out: string;
  readonly isJson: boolean;
  readonly cluster: SaidOptions;
}

export async function submitCommand(file: string, options: SubmitOptions, around: Surroundings): Promise<ExitCode> {
  const analyses = options.analyses?.map(readAnalysis);
  const path = resolve(around.cwd, file);
  readExperimentText(path, file);
  const { runtime, seeds, only, isJson } = options;
  const executor = openExecutor(options, around);
  const out = resolve(around.cwd, options.out);
  const done = await executor.submitRun({ file: path, out, runtime, seeds, only, analyses });
  return tellSubmitted(done, isJson, around);
}

export async function resumeOnCluster(
  run: string,
  options: Pick<SubmitOptions, 'out' | 'isJson'>,
  around: Surroundings,
): Promise<ExitCode> {
  return tellSubmitted(await openExecutor(options, around).resume(run), options.isJson, around);
}

function openExecutor(
  { out, cluster }: { readonly out: string; readonly cluster?: SaidOptions },
  around: Surroundings,
): SlurmExecutor {
  return createSlurmExecutor({
    out: resolve(around.cwd, out),
    tools: createSlurmTools(createToolRunner(around.env)),
    said: cluster ?? {},
    program: { node: process.execPath, worker: around.workerEntry() },
    prepare: async (request) => {
      const worker = await around.startWorker(() => {});
      try {
        return await worker.request('prepare', request);
      } finally {
        await worker.stop();
      }
    },
  });
}

function tellSubmitted({ run, report, submitted }: SubmittedRun, isJson: boolean, around: Surroundings): ExitCode {
  if (isJson) {
    around.stdout.write(`${JSON.stringify({ type: 'runSubmitted', run, ...submitted, report })}\n`);
    return EXIT.done;
  }
  const { jobs, arrays } = submitted;
  const said =
    jobs === 0 ? 'nothing to submit' : `${formatNumberOf(jobs, 'job')} in ${formatNumberOf(arrays, 'array')} submitted`;
  around.stdout.write(`run ${run}: ${said}\n`);
  if (report.message !== undefined) around.stdout.write(`${report.message}\n`);
  const isDone = jobs === 0 && report.message === undefined;
  const next = isDone
    ? `every stage has its result; see them with: transferscope report ${run}`
    : `follow it with: transferscope queue ${run} --watch`;
  around.stdout.write(`${next}\n`);
  return EXIT.done;
}

export interface QueueOptions {
  readonly out: string;
  readonly isJson: boolean;
  /** Goes on until all runs have ended. */
  readonly watches: boolean;
}

/** The first looks come soon after one another. */
const FIRST_LOOK_MS = 2_000;
const LAST_LOOK_MS = 60_000;

export async function queueCommand(
  typed: readonly string[],
  options: QueueOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const out = resolve(around.cwd, options.out);
  const runs = typed.length > 0 ? typed.map((name) => resolveRun(out, name)) : openRuns(out);
  if (runs.length === 0) {
    around.stdout.write(options.isJson ? '[]\n' : `${describeNone(out)}\n`);
    return EXIT.done;
  }
  const executor = openExecutor(options, around);
  let isInterrupted = false;
  const dispose = around.onInterrupt(() => void (isInterrupted = true));
  try {
    for (let pause = FIRST_LOOK_MS; ; pause = Math.min(LAST_LOOK_MS, 1.5 * pause)) {
      for (const run of runs) await executor.sync(run);
      const seen = listRuns(out).filter(({ run }) => runs.includes(run));
      printRuns(seen, out, options.isJson, around);
      if (!options.watches || seen.every(({ state }) => !isUnderWay(state))) return exitOf(seen, options.watches);
      for (let left = pause; left > 0 && !isInterrupted; left -= 200) await wait(200);
      if (isInterrupted) return EXIT.done;
    }
  } finally {
    dispose();
  }
}

/** Runs that have ended need no look at the cluster, but whoever asks has one in mind. */
function describeNone(out: string): string {
  const last = listRuns(out).find(({ run }) => readRun(out, run).manifest?.engine !== undefined);
  if (!last) return `no runs on a cluster in ${out}; submit one with: transferscope submit FILE`;
  const next = last.state === 'done' ? `transferscope report ${last.run}` : `transferscope resume ${last.run}`;
  return `no run of ${out} is on the cluster now; the last, ${last.run}, is ${last.state}: ${next}`;
}

function openRuns(out: string): string[] {
  return listRuns(out)
    .filter(({ state }) => isUnderWay(state) || state === 'interrupted')
    .filter(({ run }) => readRun(out, run).manifest?.engine !== undefined)
    .map(({ run }) => run);
}

function exitOf(runs: readonly RunSummary[], watches: boolean): ExitCode {
  if (!watches || runs.every(({ state }) => state === 'done')) return EXIT.done;
  return runs.some(({ state }) => state === 'failed') ? EXIT.failed : EXIT.stopped;
}

/** Of the margin, the widest state and the gaps between columns. */
const WIDTH_BESIDE_STAGE = 16;

function printRuns(runs: readonly RunSummary[], out: string, isJson: boolean, around: Surroundings): void {
  if (isJson) {
    const all = runs.map((run) => ({ ...run, stages: readRun(out, run.run).status?.stages ?? {} }));
    around.stdout.write(`${JSON.stringify(all)}\n`);
    return;
  }
  for (const run of runs) {
    const { manifest, status } = readRun(out, run.run);
    const finished = run.counts.done + run.counts.reused;
    const progress = run.progress ? describeProgress(run.progress) : run.message;
    const note = progress === undefined ? '' : ` · ${toOneLine(progress)}`;
    around.stdout.write(`${run.run}: ${run.state} · ${finished}/${formatNumberOf(run.total, 'stage')}${note}\n`);
    const longest = Math.max(0, ...(manifest?.stages ?? []).map(({ id }) => id.length));
    const room = Math.max(30, around.stdout.columns - longest - WIDTH_BESIDE_STAGE);
    const rows = (manifest?.stages ?? []).flatMap(({ id }) => {
      const stage = status?.stages[id];
      const isThere = stage?.state === 'done' || stage?.state === 'reused';
      return isThere ? [] : [[`  ${id}`, stage?.state ?? 'waiting', truncate(toOneLine(stage?.message ?? ''), room)]];
    });
    if (rows.length > 0) around.stdout.write(`${formatTable(rows)}\n`);
  }
}

export async function cancelCommand(
  typed: string,
  options: { readonly out: string },
  around: Surroundings,
): Promise<ExitCode> {
  const out = resolve(around.cwd, options.out);
  const run = resolveRun(out, typed);
  const { manifest, state } = readRun(out, run);
  if (manifest?.engine === undefined)
    throw new UserError('config', `${run} is not on a cluster; end it with: transferscope stop ${run}`);
  if (state === 'done') {
    around.stdout.write(`${run} is done: there is nothing to cancel\n`);
    return EXIT.done;
  }
  await openExecutor(options, around).cancel(run);
  const was = isUnderWay(state) ? 'its jobs are being ended; what is done stays' : `it was ${state}`;
  around.stdout.write(`cancelled ${run}: ${was}; go on later with: transferscope resume ${run}\n`);
  return EXIT.done;
}

export async function doctorCommand(
  options: { readonly out: string; readonly isJson: boolean; readonly cluster: SaidOptions },
  around: Surroundings,
): Promise<ExitCode> {
  const checks = await openExecutor(options, around).doctor();
  if (options.isJson) around.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
  else
    for (const { name, ok, message } of checks)
      around.stdout.write(`${ok ? 'ok    ' : 'failed'}  ${name}: ${message}\n`);
  return checks.every(({ ok }) => ok) ? EXIT.done : EXIT.failed;
}
