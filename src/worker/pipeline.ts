/**
 * The whole story of a run, top to bottom: read the experiment, choose and prove the runtime, open the data, plan, then
 * take every stage in order: reuse what is done, compute what is not, write it down. Only this file knows all the parts;
 * runJournal.ts tells others about the run, stageWork.ts brings one stage from its key to its record.
 */
import { isFineTuningStage, type Stage } from '../shared/experiment/stages';
import type { Problem } from '../shared/experiment/problem';
import type { Experiment } from '../shared/experiment/schema';
import { Cancelled, UserError } from '../shared/errors';
import type { RunOutcome, RunRequest } from '../shared/protocol/worker';
import type { RunManifest, StageRecord } from '../shared/results/records';
import { runAnalysis } from './analysis/runAnalysis';
import { DataLibrary } from './data/dataLibrary';
import { loadExperiment } from './experimentLoader';
import { readLaunch, type Launch } from './launch';
import { planRun } from './planRun';
import { runPretraining } from './pretrain/pretraining';
import { RunJournal, type PipelineHost } from './runJournal';
import { describeRun, plannedStages } from './runManifest';
import { checkRuntime } from './runtimes/checkRuntime';
import type { RuntimeStatus } from './runtimes/runtime';
import { explainRuntimeFailure } from './runtimes/runtimeFailure';
import { startRuntime } from './runtimes/startRuntime';
import type { StageContext, StageOutput } from './stageContext';
import { StageWork } from './stageWork';
import { RunFolder } from './storage/runFolder';
import { StageStore } from './storage/stageStore';
import { runFeatures } from './transfer/featuresStage';
import { runFrozenTransfer } from './transfer/frozenStage';
import { runFineTuning } from './transfer/fineTuningStage';

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
    journal: new RunJournal(folder, host),
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
  readonly journal: RunJournal;
  readonly experiment: Experiment;
  readonly library: DataLibrary;
  readonly runtime: RuntimeStatus;
  readonly folder: RunFolder;
  readonly stages: readonly Stage[];
}

/** One execution in progress: its stages in order, and what became of them. */
class Run {
  private readonly work: StageWork;
  /** Stages that failed or were skipped, by key. */
  private readonly broken = new Map<string, string>();
  private readonly failures: string[] = [];
  private readonly counts = { done: 0, reused: 0, failed: 0, skipped: 0 };
  private readonly createdAt: string;
  private hasBegun = false;

  constructor(private readonly parts: RunParts) {
    const { request, launch, experiment, runtime } = parts;
    this.createdAt = launch.createdAt ?? new Date().toISOString();
    this.work = new StageWork({
      ...{ journal: parts.journal, library: parts.library, baseDir: launch.baseDir, runtime: runtime.name },
      store: new StageStore(request.out),
      compute: (stage, context) => computeStage(stage, context, experiment),
    });
  }

  async begin(problems: readonly Problem[], dataWarnings: readonly string[]): Promise<void> {
    const { folder, journal, runtime, launch, experiment, request, stages } = this.parts;
    if (!request.resume) await folder.writeExperiment(launch.text, experiment);
    await folder.writeManifest(await this.manifest());
    await Promise.all(stages.map(({ id }) => folder.setStage(id, { state: 'waiting' })));
    await folder.setState('running');
    this.hasBegun = true;
    const warnings = problems.filter((problem) => problem.severity !== 'error');
    const planned = { run: folder.run, runFolder: folder.folder, stages: plannedStages(stages) };
    journal.report({ type: 'runPlanned', ...planned, runtime, warnings });
    await journal.log('info', `runtime ${runtime.name}: ${runtime.reason}`);
    const said = [...warnings.map(({ message }) => message), ...dataWarnings, ...changesSinceLaunch(launch, stages)];
    for (const message of said) await journal.log('warning', message);
    journal.startHeartbeat();
  }

  /** Reuses, computes, skips or fails one stage. */
  async take(stage: Stage): Promise<void> {
    const { journal } = this.parts;
    await journal.heedStop();
    if (journal.isStopping) return;
    const missing = stage.needs.find((key) => this.broken.has(key));
    if (missing !== undefined) return this.skip(stage, `it needs ${this.broken.get(missing)}, which failed`);
    try {
      this.counts[await this.work.perform(stage)]++;
    } catch (error) {
      journal.requireFolder();
      if (error instanceof Cancelled || journal.signal.aborted) return journal.setStage(stage, 'waiting');
      await this.fail(stage, error);
    }
  }

  async end(seconds: number): Promise<RunOutcome> {
    const { folder, journal, stages } = this.parts;
    journal.stopHeartbeat();
    journal.requireFolder();
    await journal.logLoad();
    const { done, reused, failed, skipped } = this.counts;
    const finished = done + reused + failed + skipped === stages.length;
    const state = !finished ? 'stopped' : this.failures.length > 0 ? 'failed' : 'done';
    await folder.writeManifest({ ...(await this.manifest()), finishedAt: new Date().toISOString() });
    await journal.close(state, this.failures[0]);
    return { run: folder.run, state, counts: this.counts, seconds, failures: this.failures };
  }

  /** Leaves what can still be written in order when the run itself cannot go on (a full disk, a bug of the pipeline). */
  async breakOff(error: unknown): Promise<void> {
    const { folder, request, journal } = this.parts;
    journal.stopHeartbeat();
    if (!this.hasBegun && !request.resume) return folder.remove();
    const message = error instanceof Error ? error.message : String(error);
    await folder.setState('failed', message).catch(() => undefined);
  }

  private async fail(stage: Stage, thrown: unknown): Promise<void> {
    const { journal } = this.parts;
    const error = explainRuntimeFailure(thrown);
    const known = error instanceof UserError;
    if (known && error.code === 'storage') {
      // Nothing can be kept any more, of any stage.
      await journal.setStage(stage, 'failed', { message: error.message }).catch(() => undefined);
      throw error;
    }
    const message = known ? error.message : `unexpected: ${error instanceof Error ? error.message : String(error)}`;
    if (!known) process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    this.broken.set(stage.key, stage.id);
    this.counts.failed++;
    this.failures.push(`${stage.id}: ${message}`);
    await journal.log('error', message, stage.id);
    await journal.setStage(stage, 'failed', { message });
  }

  private async skip(stage: Stage, message: string): Promise<void> {
    this.broken.set(stage.key, stage.id);
    this.counts.skipped++;
    await this.parts.journal.setStage(stage, 'skipped', { message });
  }

  private manifest(): Promise<RunManifest> {
    const { launch, folder, experiment, runtime, stages } = this.parts;
    return describeRun({ run: folder.run, experiment, launch, runtime, stages, createdAt: this.createdAt });
  }
}

/** What is done for each kind of stage. */
function computeStage(stage: Stage, context: StageContext, { backbone }: Experiment): Promise<StageOutput> {
  switch (stage.kind) {
    case 'pretraining':
      return runPretraining(stage, context);
    case 'features':
      return runFeatures(stage.settings, { backbone, pretraining: firstNeeded(stage, context) }, context);
    case 'transfer':
      return isFineTuningStage(stage) ? runFineTuning(stage, context) : runFrozenTransfer(stage, context);
    case 'analysis':
      return runAnalysis(stage, context);
  }
}

function firstNeeded(stage: Stage, { needs }: StageContext): StageRecord {
  const record = needs.get(stage.needs[0] ?? '');
  if (!record) throw new Error(`internal: ${stage.id} was started before what it needs`);
  return record;
}

/** A resumed run goes by its old file, but data, weights and program may have moved on. */
function changesSinceLaunch({ plannedKeys }: Launch, stages: readonly Stage[]): string[] {
  const planned = plannedKeys && new Set(plannedKeys);
  const changed = planned ? stages.filter(({ key }) => !planned.has(key)).length : 0;
  if (changed === 0) return [];
  return [
    `data, weights or program have changed since the launch: ${changed} of ${stages.length} stages are computed anew`,
  ];
}
