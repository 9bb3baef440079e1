/**
 * The engine for Slurm clusters. There is no daemon: submitting hands the whole graph of jobs to Slurm, and whoever asks
 * later (`queue`, a window) brings run folder and Slurm together again. Ids of this engine are names of runs.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import type { PrepareRequest, RunOutcome } from '../../../shared/protocol/worker';
import type { EngineReport } from '../../../shared/results/runManifest';
import { SUBMISSION_VERSION, type EngineRequest, type SlurmOptions } from '../../../shared/results/submission';
import type { Executor, JobReport } from '../../executor';
import { createRunIndex, type IndexedRun } from '../../runIndex';
import { STOP_FILE } from '../../runFiles';
import { cancelRun } from './cancelRun';
import { checkCluster } from './doctor';
import { EngineFolder } from './engineFolder';
import { completeOptions, type SaidOptions } from './slurmOptions';
import { describeUseless, type SlurmTools } from './slurmTools';
import { syncRun, type SyncResult } from './syncRun';

export interface SlurmExecutorOptions {
  /** The `.transferscope` folder, which all machines of the cluster must see under this path. */
  readonly out: string;
  readonly tools: SlurmTools;
  /** What the user says of the jobs. */
  readonly said: SaidOptions;
  /** Node and the worker, as the machines of the cluster see them. */
  readonly program: Pick<SlurmOptions, 'node' | 'worker'>;
  /** Plans an experiment and makes its run folder. */
  readonly prepare: (request: PrepareRequest) => Promise<{ readonly run: string }>;
  readonly settleMs?: number;
}

export interface SlurmExecutor extends Executor {
  /** As `submit`, with what was handed over. */
  submitRun(request: Omit<PrepareRequest, 'engine'>): Promise<SubmittedRun>;
  /** Submits what a stopped, cancelled or failed run still lacks. */
  resume(run: string): Promise<SubmittedRun>;
  /** Asks Slurm, submits again what was lost; undefined when another process is at it. */
  sync(run: string): Promise<SyncResult | undefined>;
}

export interface SubmittedRun extends SyncResult {
  readonly run: string;
}

/** Another process that brings a run up to date is waited for so long. */
const WAIT_MS = 5 * 60_000;

export function createSlurmExecutor(setting: SlurmExecutorOptions): SlurmExecutor {
  const { out, tools, said, program, prepare, settleMs } = setting;
  const folderOf = (run: string): EngineFolder => new EngineFolder(join(out, 'runs', run));
  const sync = (run: string, waitMs = 0) =>
    syncRun({ out, run, tools, maySubmit: true, waitMs, ...(settleMs !== undefined && { settleMs }) });
  const start = async (run: string, request: EngineRequest): Promise<SubmittedRun> => {
    const folder = folderOf(run);
    await folder.make();
    const written = await folder.withLock(WAIT_MS, async () => {
      const earlier = (await folder.submissions()).map(({ name }) => name);
      await folder.writeRequest({ ...request, earlier });
      return true;
    });
    const result = written && (await sync(run, WAIT_MS));
    if (!result)
      throw new UserError('storage', `another process has been working on ${run} for minutes; try again later`);
    return { run, ...result };
  };
  const wish = (chosen: SlurmOptions): EngineRequest => {
    return { version: SUBMISSION_VERSION, engine: 'slurm', wish: 'run', options: chosen };
  };
  const submitRun: SlurmExecutor['submitRun'] = async (request) => {
    await requireSlurm(tools);
    const options = completeOptions(said, undefined, program);
    const { gpus } = options.resources;
    const { run } = await prepare({ ...request, engine: 'slurm', ...(gpus !== undefined && { gpus }) });
    try {
      return await start(run, wish(options));
    } catch (error) {
      await removeRefused(folderOf(run), join(out, 'runs', run));
      throw error;
    }
  };
  return {
    engine: 'slurm',
    submitRun,
    submit: async (request) => (await submitRun(request)).run,
    resume: async (run) => {
      await requireSlurm(tools);
      const before = await folderOf(run).request();
      await rm(join(out, 'runs', run, STOP_FILE), { force: true });
      return start(run, wish(completeOptions(said, before?.options, program)));
    },
    sync,
    poll: (runs) => pollRuns(out, runs, sync),
    cancel: (run) => cancelRun(out, run, tools),
    doctor: () => checkCluster({ out, tools, options: completeOptions(said, undefined, program) }),
  };
}

/**
 * A run of which Slurm took nothing, or that was not even handed over, has nothing to show or to go on with. Where that cannot
 * be told, and where somebody else is at it, it stays.
 */
async function removeRefused(engine: EngineFolder, folder: string): Promise<void> {
  const remove = async (): Promise<void> => {
    if (await engine.isAllRefused()) await rm(folder, { recursive: true, force: true });
  };
  if (existsSync(engine.path)) await engine.withLock(0, remove);
  else await remove();
}

async function requireSlurm(tools: SlurmTools): Promise<void> {
  const useless = describeUseless('sbatch', await tools.run('sbatch', ['--version'], 15_000));
  if (useless !== undefined)
    throw new UserError(
      'runtime',
      `${useless}; submit from a machine of the cluster, or run it here with: transferscope run`,
    );
}

async function pollRuns(
  out: string,
  runs: readonly string[],
  sync: (run: string) => Promise<SyncResult | undefined>,
): Promise<ReadonlyMap<string, JobReport>> {
  const index = createRunIndex(out);
  const reports = new Map<string, JobReport>();
  for (const run of runs) {
    const result = await sync(run);
    await index.update([run]);
    const found = index.runs().find((one) => one.run === run);
    reports.set(run, found ? describeJob(found, result?.report) : { state: 'unknown', reason: 'there is no such run' });
  }
  return reports;
}

function describeJob(found: IndexedRun, report: EngineReport | undefined): JobReport {
  const { state, message } = found;
  if (state === 'done' || state === 'failed' || state === 'stopped')
    return { state: 'ended', outcome: outcomeOf(found) };
  if (report?.state === 'blind') return { state: 'unknown', ...(message !== undefined && { reason: message }) };
  return { state: state === 'running' ? 'running' : 'queued', ...(message !== undefined && { reason: message }) };
}

function outcomeOf({ run, state, counts, status, createdAt, heartbeatAt }: IndexedRun): RunOutcome {
  const failures = Object.entries(status?.stages ?? {}).flatMap(([id, stage]) =>
    stage.state === 'failed' ? [`${id}: ${stage.message ?? 'it failed'}`] : [],
  );
  const { done, reused, failed, skipped } = counts;
  const seconds = (Date.parse(heartbeatAt ?? '') - Date.parse(createdAt ?? '')) / 1000;
  return {
    run,
    state: state === 'done' || state === 'failed' ? state : 'stopped',
    counts: { done, reused, failed, skipped },
    seconds: Number.isFinite(seconds) ? Math.max(0, seconds) : 0,
    failures,
  };
}
