/**
 * The whole story of a run, top to bottom: read the experiment, choose and prove the runtime, open the data, plan, then
 * take every stage in order: reuse what is done, compute what is not, write it down. Only this file knows all the parts.
 */
import os from 'node:os';
import { isFineTuningStage, type Stage } from '../shared/experiment/plan';
import type { Problem } from '../shared/experiment/problem';
import type { Experiment } from '../shared/experiment/schema';
import { Cancelled, UserError } from '../shared/errors';
import type { RunOutcome, RunRequest, WorkerEvent } from '../shared/protocol/worker';
import type { RunManifest, StageRecord, StageState } from '../shared/results/records';
import { DataLibrary } from './data/dataLibrary';
import { loadExperiment } from './experimentLoader';
import { readLaunch, type Launch } from './launch';
import { planRun } from './planRun';
import { runPretraining } from './pretrain/pretraining';
import { ProgressKeeper } from './progressKeeper';
import { describeRun, makeRecord, plannedStages } from './runManifest';
import { checkRuntime } from './runtimes/checkRuntime';
import type { RuntimeStatus } from './runtimes/runtime';
import { explainRuntimeFailure } from './runtimes/runtimeFailure';
import { startRuntime } from './runtimes/startRuntime';
import type { StageContext, StageOutput } from './stageContext';
import { RunFolder } from './storage/runFolder';
import { StageStore } from './storage/stageStore';
import { createLoadMeter } from './systemLoad';
import { removeTrainingState, STATE_FILE } from './train/trainingState';
import { runFeatures } from './transfer/featuresStage';
import { runFrozenTransfer } from './transfer/frozenStage';
import { runFineTuning } from './transfer/fineTuningStage';

export interface PipelineHost {
  report(event: WorkerEvent): void;
  readonly signal: AbortSignal;
}

const STATUS_INTERVAL_MS = 2_000;
const LOAD_INTERVAL_MS = 10_000;
const PROGRESS_INTERVAL_MS = 250;

/** Runs an experiment to its end. A failed stage fails what needs it and nothing else. */
export async function runPipeline(request: RunRequest, host: PipelineHost): Promise<RunOutcome> {
  const begun = performance.now();
  const launch = await readLaunch(request);
  const warnings: string[] = [];
  const openData = (experiment: Experiment) =>
    new DataLibrary(experiment.data, launch.baseDir, (message) => warnings.push(message));
  let library: DataLibrary | undefined;
  const parsed = await loadExperiment(launch.text, launch.file, {
    openData: (experiment) => (library = openData(experiment)),
    ...(launch.runtime && { runtime: launch.runtime }),
  });
  if (!parsed.experiment || !library) throw invalid(launch.file, parsed.problems);
  const experiment: Experiment = { ...parsed.experiment, ...(launch.seeds && { seeds: launch.seeds }) };
  const runtime = await proveRuntime(launch.runtime ?? experiment.runtime);
  const stages = await planRun({ ...parsed, experiment }, library, { ...launch, runtime: runtime.name });
  const folder = request.resume
    ? await RunFolder.reopen(request.out, request.resume)
    : await RunFolder.create(request.out, experiment.name);
  const run = new Run({
    request,
    launch,
    host: keepProgress(host, folder),
    experiment,
    library,
    runtime,
    folder,
    stages,
  });
  try {
    await run.begin(parsed.problems, warnings);
    for (const stage of stages) await run.take(stage);
    return await run.end((performance.now() - begun) / 1000);
  } catch (error) {
    await run.breakOff(error);
    throw error;
  }
}

/** What is reported goes into the status file, too. */
function keepProgress(host: PipelineHost, folder: RunFolder): PipelineHost {
  const keeper = new ProgressKeeper();
  folder.progress = () => keeper.summary();
  return {
    signal: host.signal,
    report: (event) => {
      keeper.receive(event);
      host.report(event);
    },
  };
}

/** Starts the runtime and takes one real training step with it before hours are spent. */
async function proveRuntime(choice: Parameters<typeof startRuntime>[0]): Promise<RuntimeStatus> {
  const runtime = await startRuntime(choice);
  const check = await checkRuntime();
  if (!check.ok) {
    throw new UserError(
      'runtime',
      `the runtime ${runtime.name} fails its self-check: ${check.message}; choose another with --runtime`,
    );
  }
  return runtime;
}

function invalid(file: string, problems: readonly Problem[]): UserError {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more; see transferscope validate ${file})` : '';
  return new UserError('config', `${first?.message ?? 'the experiment cannot be read'}${more}`, {
    file,
    line: first?.range.start.line,
    column: first?.range.start.column,
  });
}

interface RunParts {
  readonly request: RunRequest;
  readonly launch: Launch;
  readonly host: PipelineHost;
  readonly experiment: Experiment;
  readonly library: DataLibrary;
  readonly runtime: RuntimeStatus;
  readonly folder: RunFolder;
  readonly stages: readonly Stage[];
}

/** One execution in progress: what is done so far, and telling others about it. */
class Run {
  private readonly store: StageStore;
  private readonly records = new Map<string, StageRecord>();
  /** Stages that failed or were skipped, by key. */
  private readonly broken = new Map<string, string>();
  private readonly failures: string[] = [];
  private readonly counts = { done: 0, reused: 0, failed: 0, skipped: 0 };
  private readonly stopping = new AbortController();
  private readonly signal: AbortSignal;
  private readonly createdAt: string;
  /** Log lines on their way to the file that nobody waits for yet. */
  private readonly lateLines: Promise<void>[] = [];
  private hasBegun = false;
  /** No further stage is begun. */
  private isEnding = false;
  /** Why nothing can be kept any more. */
  private lost: unknown;
  private timer: NodeJS.Timeout | undefined;
  private loadTimer: NodeJS.Timeout | undefined;
  private readonly measureLoad = createLoadMeter();

  constructor(private readonly parts: RunParts) {
    this.store = new StageStore(parts.request.out);
    this.createdAt = parts.launch.createdAt ?? new Date().toISOString();
    this.signal = AbortSignal.any([parts.host.signal, this.stopping.signal]);
  }

  async begin(problems: readonly Problem[], dataWarnings: readonly string[]): Promise<void> {
    const { folder, host, runtime, launch, experiment } = this.parts;
    if (!this.parts.request.resume) await folder.writeExperiment(launch.text, experiment);
    await folder.writeManifest(await this.manifest());
    await Promise.all(this.parts.stages.map(({ id }) => folder.setStage(id, { state: 'waiting' })));
    await folder.setState('running');
    this.hasBegun = true;
    const warnings = problems.filter((problem) => problem.severity !== 'error');
    host.report({
      type: 'runPlanned',
      run: folder.run,
      runFolder: folder.folder,
      stages: plannedStages(this.parts.stages),
      runtime,
      warnings,
    });
    await this.log('info', `runtime ${runtime.name}: ${runtime.reason}`);
    for (const { message } of warnings) await this.log('warning', message);
    for (const message of [...dataWarnings, ...this.changesSinceLaunch()]) await this.log('warning', message);
    this.timer = setInterval(() => void this.heartbeat(), STATUS_INTERVAL_MS);
    this.timer.unref();
    this.loadTimer = setInterval(() => void folder.logLoad(this.measureLoad()), LOAD_INTERVAL_MS);
    this.loadTimer.unref();
  }

  /** Reuses, computes, skips or fails one stage. */
  async take(stage: Stage): Promise<void> {
    await this.heedStop();
    if (this.signal.aborted || this.isEnding) return;
    const missing = stage.needs.find((key) => this.broken.has(key));
    if (missing !== undefined) return this.skip(stage, `it needs ${this.broken.get(missing)}, which failed`);
    try {
      if (await this.reuse(stage)) return;
      const release = await this.store.claim(stage.key, this.signal, () => {
        this.logLater('info', 'waiting: another worker is computing this stage', stage.id);
      });
      try {
        // Another worker may have finished it while this one waited.
        if (await this.reuse(stage)) return;
        await this.forgetDamaged(stage);
        await this.computeAndCommit(stage);
      } finally {
        await release();
      }
    } catch (error) {
      if (this.lost) throw this.lost;
      if (error instanceof Cancelled || this.signal.aborted) return this.setStage(stage, 'waiting');
      await this.fail(stage, error);
    }
  }

  async end(seconds: number): Promise<RunOutcome> {
    this.stopTimers();
    if (this.lost) throw this.lost;
    const { folder, stages } = this.parts;
    await folder.logLoad(this.measureLoad());
    const finished = this.counts.done + this.counts.reused + this.counts.failed + this.counts.skipped === stages.length;
    const state = !finished ? 'stopped' : this.failures.length > 0 ? 'failed' : 'done';
    await folder.writeManifest({ ...(await this.manifest()), finishedAt: new Date().toISOString() });
    await folder.setState(state, this.failures[0]);
    await Promise.all(this.lateLines);
    await this.log('info', `run ${state}`);
    await folder.forgetStop();
    return { run: folder.run, state, counts: this.counts, seconds, failures: this.failures };
  }

  /** Leaves what can still be written in order when the run itself cannot go on (a full disk, a bug of the pipeline). */
  async breakOff(error: unknown): Promise<void> {
    this.stopTimers();
    const { folder, request } = this.parts;
    if (!this.hasBegun && !request.resume) return folder.remove();
    const message = error instanceof Error ? error.message : String(error);
    await folder.setState('failed', message).catch(() => undefined);
  }

  private stopTimers(): void {
    clearInterval(this.timer);
    clearInterval(this.loadTimer);
  }

  /** A resumed run goes by its old file, but data, weights and program may have moved on. */
  private changesSinceLaunch(): string[] {
    const { launch, stages } = this.parts;
    const planned = launch.plannedKeys && new Set(launch.plannedKeys);
    const changed = planned ? stages.filter(({ key }) => !planned.has(key)).length : 0;
    if (changed === 0) return [];
    return [
      `data, weights or program have changed since the launch: ${changed} of ${stages.length} stages are computed anew`,
    ];
  }

  /** Takes a finished stage as it is. */
  private async reuse(stage: Stage): Promise<boolean> {
    const found = await this.store.lookUp(stage.key);
    if (found.state !== 'done') return false;
    await this.sweep(stage);
    this.records.set(stage.key, found.record);
    this.counts.reused++;
    await this.setStage(stage, 'reused');
    return true;
  }

  /** A damaged stage is reported, forgotten and computed again. */
  private async forgetDamaged(stage: Stage): Promise<void> {
    const found = await this.store.lookUp(stage.key);
    if (found.state !== 'damaged') return;
    await this.log('warning', `the stored result cannot be used (${found.reason}); it is computed again`, stage.id);
    await this.store.discard(stage.key);
  }

  /** What the work on a stage needed and its result does not. */
  private async sweep(stage: Stage): Promise<void> {
    if (stage.kind !== 'features') await removeTrainingState(this.store.file(stage.key, STATE_FILE));
    await this.store.sweepFinished(stage.key);
  }

  private async computeAndCommit(stage: Stage): Promise<void> {
    await this.setStage(stage, 'running');
    const startedAt = new Date();
    const output = await this.compute(stage, await this.context(stage));
    const record = await this.store.commit(makeRecord(stage, output, { startedAt, runtime: this.parts.runtime.name }));
    await this.sweep(stage);
    this.records.set(stage.key, record);
    this.counts.done++;
    await this.setStage(stage, 'done', undefined, record.made.seconds);
  }

  private compute(stage: Stage, context: StageContext): Promise<StageOutput> {
    switch (stage.kind) {
      case 'pretraining':
        return runPretraining(stage, context);
      case 'features':
        return runFeatures(
          stage.settings,
          { backbone: this.parts.experiment.backbone, pretraining: this.needed(stage) },
          context,
        );
      case 'transfer':
        return isFineTuningStage(stage) ? runFineTuning(stage, context) : runFrozenTransfer(stage, context);
    }
  }

  private needed(stage: Stage): StageRecord {
    const record = this.records.get(stage.needs[0] ?? '');
    if (!record) throw new Error(`internal: ${stage.id} was started before what it needs`);
    return record;
  }

  private async context(stage: Stage): Promise<StageContext> {
    const { host, library, launch } = this.parts;
    let reportedAt = 0;
    return {
      key: stage.key,
      seed: stage.seed,
      stages: this.store,
      data: library,
      needs: new Map(stage.needs.map((key) => [key, this.records.get(key)!])),
      baseDir: launch.baseDir,
      threads: Math.max(1, Math.min(8, os.availableParallelism() - 1)),
      signal: this.signal,
      progress: (done, total, unit, detail) => {
        const now = performance.now();
        if (now - reportedAt < PROGRESS_INTERVAL_MS && done < total) return;
        reportedAt = now;
        host.report({
          type: 'stageProgressed',
          id: stage.id,
          done,
          total,
          unit,
          ...(detail !== undefined && { detail }),
        });
      },
      metrics: (step, metrics) => host.report({ type: 'metricsLogged', id: stage.id, step, metrics }),
      warn: (message) => this.logLater('warning', message, stage.id),
    };
  }

  private async fail(stage: Stage, thrown: unknown): Promise<void> {
    const error = explainRuntimeFailure(thrown);
    const known = error instanceof UserError;
    if (known && error.code === 'storage') {
      // Nothing can be kept any more, of any stage.
      await this.setStage(stage, 'failed', error.message).catch(() => undefined);
      throw error;
    }
    const message = known ? error.message : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
    if (!known) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    this.broken.set(stage.key, stage.id);
    this.counts.failed++;
    this.failures.push(`${stage.id}: ${message}`);
    await this.log('error', message, stage.id);
    await this.setStage(stage, 'failed', message);
  }

  private async skip(stage: Stage, message: string): Promise<void> {
    this.broken.set(stage.key, stage.id);
    this.counts.skipped++;
    await this.setStage(stage, 'skipped', message);
  }

  private async setStage(stage: Stage, state: StageState, message?: string, seconds?: number): Promise<void> {
    await this.parts.folder.setStage(stage.id, { state, ...(message !== undefined && { message }) });
    this.parts.host.report({
      type: 'stageChanged',
      id: stage.id,
      state,
      ...(message !== undefined && { message }),
      ...(seconds !== undefined && { seconds }),
    });
  }

  private async log(level: 'info' | 'warning' | 'error', message: string, stage?: string): Promise<void> {
    await this.parts.folder.log({ level, message, ...(stage !== undefined && { stage }) });
    this.parts.host.report({ type: 'logged', level, message, ...(stage !== undefined && { stage }) });
  }

  /** For callers that cannot wait; `end` does. */
  private logLater(level: 'info' | 'warning', message: string, stage: string): void {
    this.lateLines.push(
      this.log(level, message, stage).catch((error: unknown) => {
        process.stderr.write(`the log cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
      }),
    );
  }

  private async heedStop(): Promise<void> {
    const wish = await this.parts.folder.stopRequested();
    if (wish === 'now') this.stopping.abort();
    if (wish === 'afterStage') this.isEnding = true;
  }

  private async heartbeat(): Promise<void> {
    try {
      await this.parts.folder.writeStatus();
      await this.heedStop();
    } catch (error) {
      process.stderr.write(`status cannot be written: ${error instanceof Error ? error.message : String(error)}\n`);
      if (!(await this.parts.folder.isGone())) return;
      this.lost = error;
      this.stopping.abort();
    }
  }

  private manifest(): Promise<RunManifest> {
    const { launch, folder, experiment, runtime, stages } = this.parts;
    return describeRun({ run: folder.run, experiment, launch, runtime, stages, createdAt: this.createdAt });
  }
}
