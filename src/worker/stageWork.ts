/**
 * One stage from its key to its record: taken as it is when it is done, waited for when another worker has it, computed and
 * committed otherwise. What is computed for which kind of stage is the pipeline's; so is what a failure means.
 */
import type { Stage } from '../shared/experiment/stages';
import type { StageRecord } from '../shared/results/records';
import type { DataLibrary } from './data/dataLibrary';
import type { RunJournal } from './runJournal';
import { makeRecord } from './runManifest';
import { imageThreads, type StageContext, type StageOutput } from './stageContext';
import { Fenced, type StageClaim } from './storage/stageClaim';
import type { StageStore } from './storage/stageStore';
import { removeTrainingState, STATE_FILE } from './train/trainingState';

export interface StageWorkParts {
  readonly store: StageStore;
  readonly journal: RunJournal;
  readonly library: DataLibrary;
  /** Folder that relative paths in the experiment file refer to. */
  readonly baseDir: string;
  /** Name of the runtime, for records. */
  readonly runtime: string;
  /** How many workers share this machine's processors. */
  readonly workers: number;
  /** Stages committed since then (ms) were computed by this run's own workers, if it has several. */
  readonly since?: number;
  readonly compute: (stage: Stage, context: StageContext) => Promise<StageOutput>;
}

const PROGRESS_INTERVAL_MS = 250;

export class StageWork {
  /** Of the stages that are done, by key. */
  private readonly records = new Map<string, StageRecord>();

  constructor(private readonly parts: StageWorkParts) {}

  /** Leaves the stage done. Throws what its computation threw; `Cancelled` when the run is to stop. */
  async perform(stage: Stage): Promise<'reused' | 'done'> {
    const { store, journal } = this.parts;
    const found = await this.reuse(stage);
    if (found) return found;
    const claim = await store.claim(stage.key, journal.signal, () => {
      journal.logLater('info', 'waiting: another worker is computing this stage', stage.id);
    });
    return this.performClaimed(stage, claim);
  }

  /** As `perform`, but leaves a stage alone that another worker has: then `elsewhere`. */
  async performIfFree(stage: Stage): Promise<'reused' | 'done' | 'elsewhere'> {
    const found = await this.reuse(stage);
    if (found) return found;
    const claim = await this.parts.store.tryClaim(stage.key);
    return claim ? this.performClaimed(stage, claim) : 'elsewhere';
  }

  /** Whether all that a stage needs has been committed, here or by other workers. */
  async hasNeeds({ needs }: Stage): Promise<boolean> {
    for (const key of needs) {
      if (this.records.has(key)) continue;
      const found = await this.parts.store.lookUp(key);
      if (found.state !== 'done') return false;
      this.records.set(key, found.record);
    }
    return true;
  }

  /** Keys of what a stage needs and is there no more, or not as it was written; those are forgotten, to be computed again. */
  async forgetLostNeeds({ id, needs }: Stage): Promise<ReadonlySet<string>> {
    const lost = new Set<string>();
    for (const key of needs) {
      const found = await this.parts.store.lookUp(key);
      if (found.state === 'done') continue;
      lost.add(key);
      this.records.delete(key);
      if (found.state === 'damaged') await this.discard(key, id, found.reason);
    }
    return lost;
  }

  private async performClaimed(stage: Stage, claim: StageClaim): Promise<'reused' | 'done'> {
    try {
      // Another worker may have finished it while this one waited.
      const found = await this.reuse(stage);
      if (found) return found;
      await this.forgetDamaged(stage);
      await this.computeAndCommit(stage, claim.lost);
      return 'done';
    } catch (error) {
      throw claim.lost.aborted ? new Fenced() : error;
    } finally {
      await claim.release();
    }
  }

  /** Takes a finished stage as it is; `done` when a worker of this very run has computed it. */
  private async reuse(stage: Stage): Promise<'reused' | 'done' | undefined> {
    const { store, journal, since } = this.parts;
    const found = await store.lookUp(stage.key);
    if (found.state !== 'done') return undefined;
    await this.sweep(stage);
    this.records.set(stage.key, found.record);
    const isOwn = since !== undefined && Date.parse(found.record.made.finishedAt) >= since;
    await journal.setStage(stage, isOwn ? 'done' : 'reused');
    return isOwn ? 'done' : 'reused';
  }

  /** A damaged stage is reported, forgotten and computed again. */
  private async forgetDamaged(stage: Stage): Promise<void> {
    const found = await this.parts.store.lookUp(stage.key);
    if (found.state === 'damaged') await this.discard(stage.key, stage.id, found.reason);
  }

  private async discard(key: string, id: string, reason: string): Promise<void> {
    const { store, journal } = this.parts;
    await journal.log('warning', `the stored result cannot be used (${reason}); it is computed again`, id);
    await store.discard(key);
  }

  private async computeAndCommit(stage: Stage, lost: AbortSignal): Promise<void> {
    const { store, journal, compute, runtime } = this.parts;
    await journal.setStage(stage, 'running');
    const startedAt = new Date();
    const output = await compute(stage, this.contextOf(stage, lost));
    const record = await store.commit(makeRecord(stage, output, { startedAt, runtime }));
    await this.sweep(stage);
    this.records.set(stage.key, record);
    await journal.setStage(stage, 'done', { seconds: record.made.seconds });
  }

  /** What the work on a stage needed and its result does not. */
  private async sweep({ kind, key }: Stage): Promise<void> {
    const { store } = this.parts;
    if (kind !== 'features') await removeTrainingState(store.file(key, STATE_FILE));
    await store.sweepFinished(key);
  }

  private contextOf(stage: Stage, lost: AbortSignal): StageContext {
    const { store, journal, library, baseDir, runtime, workers } = this.parts;
    const { id } = stage;
    let reportedAt = 0;
    return {
      key: stage.key,
      seed: stage.seed,
      stages: store,
      data: library,
      needs: new Map(stage.needs.map((key) => [key, this.records.get(key)!])),
      baseDir,
      runtime,
      threads: imageThreads(workers),
      signal: AbortSignal.any([journal.signal, lost]),
      progress: (done, total, unit, detail) => {
        const now = performance.now();
        if (now - reportedAt < PROGRESS_INTERVAL_MS && done < total) return;
        reportedAt = now;
        journal.report({ type: 'stageProgressed', id, done, total, unit, ...(detail !== undefined && { detail }) });
      },
      metrics: (step, metrics) => journal.report({ type: 'metricsLogged', id, step, metrics }),
      warn: (message) => journal.logLater('warning', message, id),
    };
  }
}
