/**
 * One execution in progress: its stages in order, and what became of them. A run has one owner, who plans and says how it
 * ended; others may take part (`RunRequest.part`): helpers beside the owner, which take whatever stage is free, and jobs of
 * a cluster, which take the stages they were given.
 */
import type { Stage } from '../shared/experiment/stages';
import type { Problem } from '../shared/experiment/problem';
import { Cancelled, UserError } from '../shared/errors';
import type { RunOutcome, RunRequest } from '../shared/protocol/worker';
import type { RunManifest, StageStatus } from '../shared/results/runManifest';
import type { Launch } from './launch';
import type { OpenedRun } from './openRun';
import { exitOf } from './partExit';
import { MOST_ATTEMPTS, retryDelay, waitUnless } from './retry';
import type { RunJournal } from './runJournal';
import { describeRun, plannedStages } from './runManifest';
import { explainRuntimeFailure } from './runtimes/runtimeFailure';
import { StageWork, type StageWorkParts } from './stageWork';
import type { RunFolder } from './storage/runFolder';
import { Fenced } from './storage/stageClaim';
import { StageStore } from './storage/stageStore';
import { readFailures, shareStages, type Taking } from './teamwork';

export interface RunParts extends Omit<OpenedRun, 'problems' | 'warnings' | 'lineOf'> {
  readonly request: RunRequest;
  readonly journal: RunJournal;
  readonly folder: RunFolder;
  readonly compute: StageWorkParts['compute'];
}

/** How often a job looks whether what its stage needs has become visible on a shared file system. */
const NEEDS_POLL_MS = 500;

type Perform = () => Promise<'reused' | 'done' | 'elsewhere'>;

export class Run {
  private readonly work: StageWork;
  /** Stages that failed or were skipped, by key. */
  private readonly broken = new Map<string, string>();
  private readonly failures: string[] = [];
  private readonly counts = { done: 0, reused: 0, failed: 0, skipped: 0 };
  private readonly createdAt: string;
  /** Whether every failure would be the same in another attempt. */
  private isFinal = true;
  private left: RunOutcome['left'];
  private failuresElsewhere: ReadonlyMap<string, StageStatus> = new Map();
  private hasBegun = false;

  constructor(private readonly parts: RunParts) {
    const { request, launch, runtime, journal, library, compute } = parts;
    this.createdAt = launch.createdAt ?? new Date().toISOString();
    this.work = new StageWork({
      ...{ journal, library, baseDir: launch.baseDir, runtime: runtime.name, compute },
      store: new StageStore(request.out, request.part?.identity),
      workers: request.workers ?? 1,
      ...(isShared(request) && { since: Date.now() }),
    });
  }

  async begin(problems: readonly Problem[], dataWarnings: readonly string[]): Promise<void> {
    const { folder, journal, runtime, launch, experiment, request, stages } = this.parts;
    if (!request.resume) await folder.writeExperiment(launch.text, experiment);
    if (!folder.isPart) await folder.writeManifest(await this.manifest());
    await Promise.all(stages.map(({ id }) => folder.setStage(id, { state: 'waiting' })));
    await folder.setState('running');
    this.hasBegun = true;
    const warnings = problems.filter((problem) => problem.severity !== 'error');
    const planned = { run: folder.run, runFolder: folder.folder, stages: plannedStages(stages, experiment) };
    journal.report({ type: 'runPlanned', ...planned, runtime, warnings });
    await journal.log('info', `runtime ${runtime.name}: ${runtime.reason}`);
    const notes = [...warnings.map(({ message }) => message), ...dataWarnings, ...changesSinceLaunch(launch, stages)];
    // The owner has said them.
    for (const message of folder.isPart ? [] : notes) await journal.log('warning', message);
    journal.startHeartbeat(runtime.name === 'tensorflow-gpu' || runtime.name === 'webgpu');
  }

  /** Takes the stages in the order of the plan: alone, together with other workers, or those of a part and no others. */
  async takeAll(): Promise<void> {
    const { request, stages, journal, folder } = this.parts;
    if (isShared(request)) {
      const lookAround = async () => void (this.failuresElsewhere = await readFailures(folder.folder));
      const take = (stage: Stage) => this.takeIfFree(stage);
      return shareStages(stages, { isStopping: () => journal.isStopping, lookAround, take });
    }
    for (const stage of stages) await this.take(stage);
  }

  async end(seconds: number): Promise<RunOutcome> {
    const { folder, journal, stages } = this.parts;
    journal.stopHeartbeat();
    journal.requireFolder();
    await journal.logLoad();
    const { done, reused, failed, skipped } = this.counts;
    const finished = done + reused + failed + skipped === stages.length;
    const state = !finished ? 'stopped' : failed > 0 ? 'failed' : 'done';
    const { left, isFinal } = this;
    const outcome: RunOutcome = {
      ...{ run: folder.run, state, counts: this.counts, seconds, failures: this.failures },
      ...(left && { left }),
      ...(failed > 0 && { isFinal }),
    };
    if (!folder.isPart)
      await folder.writeManifest({ ...(await this.manifest()), finishedAt: new Date().toISOString() });
    else folder.exitCode = exitOf(outcome);
    await journal.close(state, this.failures[0]);
    return outcome;
  }

  /** Leaves what can still be written in order when the run itself cannot go on (a full disk, a bug of the pipeline). */
  async breakOff(error: unknown): Promise<void> {
    const { folder, request, journal } = this.parts;
    journal.stopHeartbeat();
    if (!this.hasBegun && !request.resume) return folder.remove();
    const message = error instanceof Error ? error.message : String(error);
    await folder.setState('failed', message).catch(() => undefined);
  }

  /** Reuses, computes, skips or fails one stage. */
  private async take(stage: Stage): Promise<void> {
    const { journal, request } = this.parts;
    await journal.heedStop();
    if (journal.isStopping || this.left === 'fenced') return;
    if (await this.skipIfBroken(stage)) return;
    if (request.part && !(await this.waitForNeeds(stage, request.part.patienceSeconds))) {
      await this.work.forgetLostNeeds(stage);
      return void (await this.leaveToOthers(stage));
    }
    await this.attempt(stage, () => this.work.perform(stage));
  }

  /** As `take`, but passes over what another worker has, or waits for what another has. */
  private async takeIfFree(stage: Stage): Promise<Taking> {
    const { journal } = this.parts;
    await journal.heedStop();
    if (journal.isStopping) return 'later';
    if (await this.skipIfBroken(stage)) return 'settled';
    const elsewhere = this.failuresElsewhere.get(stage.id);
    if (elsewhere) {
      await this.adoptFailure(stage, elsewhere);
      return 'settled';
    }
    if (!(await this.work.hasNeeds(stage))) return 'later';
    return this.attempt(stage, () => this.work.performIfFree(stage));
  }

  /** What a failure of a stage means for the run. Failures that pass are tried again, after longer and longer. */
  private async attempt(stage: Stage, perform: Perform, failed = 0): Promise<Taking> {
    const { journal } = this.parts;
    try {
      const outcome = await perform();
      if (outcome === 'elsewhere') return 'later';
      this.counts[outcome]++;
      return outcome === 'done' ? 'worked' : 'settled';
    } catch (error) {
      journal.requireFolder();
      if (error instanceof Fenced) return this.makeRoom(stage, perform);
      const isStopping = error instanceof Cancelled || journal.signal.aborted;
      const lost = isStopping || failed + 1 >= MOST_ATTEMPTS ? [] : await this.lostNeeds(stage);
      if (lost.includes(undefined)) return this.leaveToOthers(stage);
      if (lost.length > 0) return this.attempt(stage, () => this.restore(lost, stage).then(perform), failed + 1);
      const isRetried = !journal.signal.aborted && (await this.waitToRetry(stage, error, failed + 1));
      if (isRetried) return this.attempt(stage, perform, failed + 1);
      if (error instanceof Cancelled || journal.signal.aborted) {
        await journal.setStage(stage, 'waiting');
        return 'later';
      }
      await this.fail(stage, error);
      return 'worked';
    }
  }

  /** A job of a cluster ends, since its successor has the stage; any other worker waits for the one that has it. */
  private async makeRoom(stage: Stage, perform: Perform): Promise<Taking> {
    const { journal, request } = this.parts;
    await journal.log('warning', new Fenced().message, stage.id);
    await journal.setStage(stage, 'waiting');
    if (!request.part?.identity) return this.attempt(stage, perform);
    this.left = 'fenced';
    return 'later';
  }

  /** What a stage needs may be deleted or changed while the run goes on; undefined stands for what another part was given. */
  private async lostNeeds(stage: Stage): Promise<readonly (Stage | undefined)[]> {
    const lost = await this.work.forgetLostNeeds(stage);
    return [...lost].map((key) => this.parts.stages.find((one) => one.key === key));
  }

  private async restore(lost: readonly (Stage | undefined)[], { id }: Stage): Promise<void> {
    for (const need of lost.filter((one) => one !== undefined)) {
      await this.parts.journal.log('warning', `what it needs is gone and is computed again: ${need.id}`, id);
      await this.restore(await this.lostNeeds(need), need);
      await this.work.perform(need);
    }
  }

  /** A job of a cluster does not compute what another was given. */
  private async leaveToOthers(stage: Stage): Promise<Taking> {
    this.left ??= 'needs';
    await this.parts.journal.log('warning', 'what it needs has not been committed', stage.id);
    await this.parts.journal.setStage(stage, 'waiting');
    return 'later';
  }

  private async waitToRetry(stage: Stage, error: unknown, failed: number): Promise<boolean> {
    const { journal } = this.parts;
    const seconds = retryDelay(error, failed);
    if (seconds === undefined) return false;
    const said = error instanceof Error ? error.message : String(error);
    const next = `attempt ${failed + 1} of ${MOST_ATTEMPTS} in ${seconds} s`;
    await journal.log('warning', `${said}; ${next}`, stage.id);
    await journal.setStage(stage, 'waiting', { message: next });
    return waitUnless(journal.signal, 1000 * seconds).then(
      () => true,
      () => false,
    );
  }

  /** Files that another machine wrote may show up late. */
  private async waitForNeeds(stage: Stage, patienceSeconds = 0): Promise<boolean> {
    const { journal } = this.parts;
    const until = performance.now() + 1000 * patienceSeconds;
    while (!(await this.work.hasNeeds(stage))) {
      if (performance.now() >= until || journal.isStopping) return false;
      await waitUnless(journal.signal, NEEDS_POLL_MS).catch(() => undefined);
    }
    return true;
  }

  private async skipIfBroken(stage: Stage): Promise<boolean> {
    const missing = stage.needs.find((key) => this.broken.has(key));
    if (missing === undefined) return false;
    await this.skip(stage, `it needs ${this.broken.get(missing)}, which failed`);
    return true;
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
    if (!known || error.code === 'worker' || error.code === 'runtime') this.isFinal = false;
    this.noteFailure(stage, message);
    await journal.log('error', message, stage.id);
    await journal.setStage(stage, 'failed', { message });
  }

  /** What another worker could not do, this one would not either. */
  private async adoptFailure(stage: Stage, { state, message = 'it failed' }: StageStatus): Promise<void> {
    if (state === 'skipped') return this.skip(stage, message);
    this.noteFailure(stage, message);
    await this.parts.journal.setStage(stage, 'failed', { message });
  }

  private noteFailure(stage: Stage, message: string): void {
    this.broken.set(stage.key, stage.id);
    this.counts.failed++;
    this.failures.push(`${stage.id}: ${message}`);
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

/** Whether the worker shares its stages with others, as they come. */
function isShared({ workers = 1, part }: RunRequest): boolean {
  return part ? part.stages === undefined : workers > 1;
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
