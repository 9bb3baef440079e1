/**
 * Brings a run and Slurm together: which jobs there are, which stages have none any more, and what is to be submitted for
 * those. Safe to call at any time, from any machine that sees the run folder, by several at once (one of them does it).
 * A stage is done when its record is committed and not before; a job that Slurm has no more counts as ended when Slurm
 * said so twice; while Slurm cannot be asked nothing is decided.
 */
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../shared/errors';
import { RECORD_VERSION } from '../../../shared/results/records';
import type { EngineReport, EngineStage, PlannedStage, RunManifest } from '../../../shared/results/runManifest';
import type { EngineRequest, Submission } from '../../../shared/results/submission';
import { isManifest, parseRunFile, PARTS_FOLDER, STOP_FILE } from '../../runFiles';
import { sweepTemporaryFiles } from '../../writeWhole';
import { judgeAttempts } from './attempts';
import { EngineFolder } from './engineFolder';
import { explainReason, isHopeless } from './jobStates';
import { readPartStatuses, submissionOf, type NamedStatus } from './partStatuses';
import type { QueuedJob, SlurmTools } from './slurmTools';
import { settle, SETTLE_MS, type ArrayOrder } from './submitArray';
import { jobId, submitStages } from './submitStages';
import type { Task } from './taskGraph';

export interface SyncOptions {
  readonly out: string;
  readonly run: string;
  readonly tools: SlurmTools;
  /** Whether jobs may be submitted; otherwise this only looks. */
  readonly maySubmit: boolean;
  /** How long to wait for another who is at it, ms. */
  readonly waitMs?: number;
  readonly settleMs?: number;
}

export interface SyncResult {
  readonly report: EngineReport;
  readonly submitted: { readonly jobs: number; readonly arrays: number };
}

/** How often in a row Slurm must have no job for a stage before the stage counts as without one. */
const MISSES = 2;

/** Undefined when another process is at it. */
export async function syncRun(options: SyncOptions): Promise<SyncResult | undefined> {
  const { out, run, tools, settleMs = SETTLE_MS } = options;
  const folder = join(out, 'runs', run);
  const engine = new EngineFolder(folder);
  const manifest = await readManifest(folder);
  const request = await engine.request();
  if (!request) throw new UserError('config', `${run} was never submitted to a cluster`);
  await engine.make();
  return engine.withLock(options.waitMs ?? 0, () => {
    const order = { folder: engine, runFolder: folder, tools, options: request.options, settleMs };
    return new Sync({ options, manifest, request, order }).run();
  });
}

async function readManifest(folder: string): Promise<RunManifest> {
  const file = join(folder, 'manifest.json');
  const problems: string[] = [];
  const text = await readFile(file, 'utf8').catch(() => '');
  const manifest = parseRunFile(text, file, { isValid: isManifest, problems });
  if (!manifest) throw new UserError('storage', problems[0] ?? `${file} cannot be read`);
  return manifest;
}

interface SyncParts {
  readonly options: SyncOptions;
  readonly manifest: RunManifest;
  readonly request: EngineRequest;
  readonly order: ArrayOrder;
}

interface ActiveJob {
  readonly id: string;
  readonly job: QueuedJob;
}

class Sync {
  private submissions: Submission[] = [];
  private previous: EngineReport | undefined;
  private readonly stages: Record<string, EngineStage> = {};
  private readonly submitted = { jobs: 0, arrays: 0 };
  /** By stage id. */
  private readonly active = new Map<string, ActiveJob>();
  private message: string | undefined;

  constructor(private readonly parts: SyncParts) {}

  async run(): Promise<SyncResult> {
    const { folder } = this.parts.order;
    this.previous = await folder.report();
    this.submissions = await folder.submissions();
    const isSettled = await this.settleIntents();
    const jobs = isSettled ? await this.ask() : undefined;
    if (!jobs) return this.finish('blind');
    await this.sortJobs(jobs);
    const open = await this.openStages();
    const ready = await this.judge(open);
    try {
      if (ready.length > 0 && (await this.maySubmit())) await this.submit(ready);
    } catch (error) {
      this.message = error instanceof Error ? error.message : String(error);
      await this.finish(this.stateNow());
      throw error;
    }
    return this.finish(this.stateNow());
  }

  private stateNow(): EngineReport['state'] {
    const isActive = this.active.size > 0 || Object.values(this.stages).some(({ state }) => state === 'unknown');
    return isActive ? 'active' : 'idle';
  }

  /** Intents without an id are what a submitter that died has left. False when Slurm cannot be asked. */
  private async settleIntents(): Promise<boolean> {
    // Of a run that was cancelled, whatever turns up under its names is cancelled, too.
    if (this.parts.request.wish !== 'run') return true;
    for (const [index, submission] of this.submissions.entries()) {
      if (submission.id !== undefined || submission.refused !== undefined) continue;
      const handing = await settle(this.parts.order, submission);
      if (handing === 'blind') return false;
      this.submissions[index] =
        'id' in handing ? { ...submission, ...handing } : { ...submission, refused: handing.limit };
    }
    return true;
  }

  private ask(): Promise<readonly QueuedJob[] | undefined> {
    const names = this.submissions.map(({ name }) => name);
    return names.length === 0 ? Promise.resolve([]) : this.parts.order.tools.queue(names);
  }

  /** Which stage has which job; jobs that are there twice, or will never start, are cancelled. */
  private async sortJobs(jobs: readonly QueuedJob[]): Promise<void> {
    const byName = new Map(this.submissions.map((submission) => [submission.name, submission]));
    const surplus: string[] = [];
    for (const job of jobs) {
      const submission = byName.get(job.name);
      if (!submission || job.state === 'ended') continue;
      const id = jobId(job);
      const isWanted = submission.refused === undefined && this.parts.request.wish === 'run';
      const isOwn = isWanted && submission.id === job.arrayId;
      if (!isOwn || isHopeless(job.reason)) surplus.push(id);
      else for (const stage of submission.tasks[job.index]?.stages ?? []) this.active.set(stage, { id, job });
    }
    if (surplus.length > 0) await this.parts.order.tools.cancel(surplus);
  }

  /** Stages without a committed record, in the order of the plan. */
  private async openStages(): Promise<PlannedStage[]> {
    const { manifest, options } = this.parts;
    const open: PlannedStage[] = [];
    for (const stage of manifest.stages) {
      const file = join(options.out, 'stages', stage.key, 'record.json');
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      if (!isThere) open.push(stage);
    }
    return open;
  }

  /** The stages that are to be submitted now; what is said of all others goes into the report. */
  private async judge(open: readonly PlannedStage[]): Promise<PlannedStage[]> {
    const { order, request } = this.parts;
    // Told by names and not by times: clocks of machines differ.
    const counted = this.submissions.filter(({ name }) => request.earlier?.includes(name) !== true);
    const names = new Set(counted.map(({ name }) => name));
    const statuses = (await readPartStatuses(order.runFolder)).filter(({ name }) => names.has(submissionOf(name)));
    const logs = new Set(await readdir(order.folder.logs).catch(() => []));
    const broken = new Set<string>();
    const postponed = new Set<string>();
    const ready: PlannedStage[] = [];
    for (const stage of open) {
      // What a failed stage was needed for is not judged by what its own job says: nobody computed it.
      if (!this.active.has(stage.id) && stage.needs?.some((key) => broken.has(key))) {
        broken.add(stage.key);
        continue;
      }
      const said = this.judgeStage(stage, { submissions: counted, statuses, logs });
      if (said) this.stages[stage.id] = said;
      if (said === undefined) ready.push(stage);
      else if (said.state === 'failed') broken.add(stage.key);
      else if (said.state === 'unknown') postponed.add(stage.key);
    }
    // A job whose need is not judged yet waits with it.
    return ready.filter(({ needs = [] }) => !needs.some((key) => postponed.has(key)));
  }

  /** Undefined for a stage that needs a job. */
  private judgeStage(stage: PlannedStage, known: Known): EngineStage | undefined {
    const { id } = stage;
    const found = this.active.get(id);
    if (found) {
      const { state, reason } = found.job;
      const why = state === 'queued' || state === 'held' ? { reason: explainReason(reason) } : {};
      return { state: state === 'ended' ? 'unknown' : state, job: found.id, ...why };
    }
    const before = known.submissions.filter(
      ({ tasks, refused }) => refused === undefined && tasks.some(({ stages }) => stages.includes(id)),
    );
    if (before.length === 0) return undefined;
    const missed = (this.previous?.stages[id]?.missed ?? 0) + 1;
    if (missed < MISSES) return { state: 'unknown', missed, reason: 'its job has ended without a result' };
    const attempts = known.statuses.filter(({ status }) => status.stages[id] !== undefined);
    const silent = before.filter((submission) => isSilent(submission, id, { attempts, logs: known.logs })).length;
    const most = this.parts.request.options.mostAttempts;
    const verdict = judgeAttempts(
      id,
      attempts.map(({ status }) => status),
      { silent, most },
    );
    return verdict.state === 'failed' ? { state: 'failed', reason: verdict.reason } : undefined;
  }

  private async maySubmit(): Promise<boolean> {
    const { options, request, order } = this.parts;
    if (!options.maySubmit || request.wish !== 'run') return false;
    const isStopAsked = await access(join(order.runFolder, STOP_FILE)).then(
      () => true,
      () => false,
    );
    return !isStopAsked;
  }

  private async submit(stages: readonly PlannedStage[]): Promise<void> {
    const { order, manifest } = this.parts;
    const jobOf = (key: string): string | undefined =>
      manifest.stages
        .filter((stage) => stage.key === key)
        .map(({ id }) => this.active.get(id)?.id)
        .find((id) => id !== undefined);
    const onJob = (task: Task, job: QueuedJob): void => {
      this.submitted.jobs++;
      const id = jobId(job);
      for (const stage of task.stages) {
        this.active.set(stage.id, { id, job });
        this.stages[stage.id] = { state: 'queued', job: id, reason: 'queued' };
      }
    };
    const { arrays, message } = await submitStages(order, stages, { jobOf, onJob });
    this.submitted.arrays += arrays;
    this.message = message;
  }

  private async finish(state: EngineReport['state']): Promise<SyncResult> {
    const { order, request } = this.parts;
    const message =
      this.message ?? (state === 'blind' ? 'Slurm does not answer; nothing is known of the jobs' : undefined);
    const report: EngineReport = {
      ...{ version: RECORD_VERSION, engine: request.engine, at: new Date().toISOString(), state },
      ...(message !== undefined && { message }),
      stages: state === 'blind' ? { ...this.previous?.stages } : this.stages,
    };
    await order.folder.writeReport(report);
    // Without jobs nobody writes there.
    if (state === 'idle')
      for (const folder of [order.runFolder, join(order.runFolder, PARTS_FOLDER)]) await sweepTemporaryFiles(folder);
    return { report, submitted: this.submitted };
  }
}

/** Since the user asked last. */
interface Known {
  readonly submissions: readonly Submission[];
  /** Of attempts, oldest first. */
  readonly statuses: readonly NamedStatus[];
  readonly logs: ReadonlySet<string>;
}

/** A job that began (it has a log) and died before it could say anything. */
function isSilent(
  { name, tasks }: Submission,
  id: string,
  { attempts, logs }: { readonly attempts: readonly NamedStatus[]; readonly logs: ReadonlySet<string> },
): boolean {
  const index = tasks.findIndex(({ stages }) => stages.includes(id));
  const isKnown = attempts.some((attempt) => attempt.name.startsWith(`${name}.${index}.`));
  return !isKnown && logs.has(`${name}.${index}.log`);
}
