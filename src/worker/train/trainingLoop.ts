/**
 * The one training loop: batch, learning rate, gradients, update, curves, checkpoint. Pretrainings and fine-tunings differ in
 * their task alone. Resuming gives the uninterrupted result: all randomness derives from seed and step, and the state file
 * holds weights, optimiser, memories and running sums. Left out: data, models, losses.
 */
import { learningRateAt } from '../../shared/experiment/schedule';
import { Cancelled, UserError } from '../../shared/errors';
import { joinStates, splitState, type SavedState } from '../models/savedState';
import type { StageContext } from '../stageContext';
import { METRICS_FILE, MetricsFile } from '../storage/metricsFile';
import { LossMeter, type BrokenStep } from './lossMeter';
import type { Optimizer } from './optimizer';
import { PACE_FILE, PaceFile } from './paceFile';
import { agreeOnStart } from './peers';
import { joinEvents, scheduleEvent } from './trainingEvents';
import type { LoopSettings, Trained, TrainingTask } from './trainingTask';
import { Snapshots } from './snapshots';
import { loadUsableState, saveTrainingState, STATE_FILE, type TrainingState } from './trainingState';
import { createTaskOptimizer, takeUpdate } from './update';

/** Trains a task to its last step, from its checkpoint where there is one. The task's weights hold the result. */
export async function runTrainingLoop<Batch>(
  task: TrainingTask<Batch>,
  settings: LoopSettings,
  context: StageContext,
): Promise<Trained> {
  const loop = new Loop(task, settings, context);
  try {
    await loop.restore();
    while (loop.step < settings.steps) await loop.advance();
    return await loop.finish();
  } finally {
    loop.dispose();
  }
}

/** Losses are read at least this often: a loss that is not finite is noticed this late at most. */
const UNREAD_STEPS = 20;
/** And where steps take long, after this time. */
const UNREAD_MS = 1000;

class Loop<Batch> {
  /** Updates made so far. */
  step = 0;
  private readonly optimizer: Optimizer;
  private readonly file: string;
  private metricsFile!: MetricsFile;
  private pace!: PaceFile;
  private earlier = { seconds: 0, attempts: 0 };
  private readonly begun = performance.now();
  private readonly losses = new LossMeter();
  private readonly snapshots: Snapshots;
  private readAt = performance.now();
  private hasStarted = false;
  private lastMetrics: Record<string, number> = {};
  /** Of the last logged step. */
  private norm = 0;

  constructor(
    private readonly task: TrainingTask<Batch>,
    private readonly settings: LoopSettings,
    private readonly context: StageContext,
  ) {
    this.optimizer = createTaskOptimizer(task, settings);
    this.file = context.stages.file(context.key, STATE_FILE);
    this.snapshots = new Snapshots(settings.snapshots ?? [], task, context);
  }

  /** Takes up an interrupted training, or starts at step 0. */
  async restore(): Promise<void> {
    const { context, settings, task } = this;
    const metrics = context.stages.file(context.key, METRICS_FILE);
    const state = await loadUsableState({ file: this.file, metrics, warn: context.warn });
    if (state) this.importState(state);
    this.metricsFile = await MetricsFile.open(metrics, state?.metricsFile.bytes ?? 0);
    const pace = context.stages.file(context.key, PACE_FILE);
    this.pace = await PaceFile.open(pace, {
      stepsPerEpoch: task.stepsPerEpoch,
      ...(state && { resumedAt: this.step }),
    });
    if (task.peers) await agreeOnStart(task.peers, this.step);
    if (state) context.progress(this.step, settings.steps, 'steps', `resumed at step ${this.step}`);
    await this.snapshots.keepIfDue(this.step);
  }

  /** One step: gradients and update; then what is due of curves and checkpoints. */
  async advance(): Promise<void> {
    const { settings, context, losses } = this;
    const rate = this.rateAt(this.step);
    await this.takeStep(rate);
    this.step++;
    this.pace.count(settings.batch * settings.accumulate);
    if (this.isReadDue()) await this.readLosses();
    const event = joinEvents(scheduleEvent(settings.schedule, this.moment()), this.task.eventAt?.(this.step));
    if (this.isLogged(this.step)) await this.log(rate, event);
    else if (event !== undefined) await this.metricsFile.append({ step: this.step, metrics: {}, event });
    const said = losses.latest === undefined ? undefined : `loss ${losses.latest.toFixed(3)}`;
    context.progress(this.step, settings.steps, 'steps', said);
    await this.snapshots.keepIfDue(this.step);
    await this.saveIfDue();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async finish(): Promise<Trained> {
    const { lastMetrics: metrics, earlier } = this;
    return { metrics, metricsStamp: await this.metricsFile.stamp(), kept: this.snapshots.kept, earlier };
  }

  dispose(): void {
    this.optimizer.dispose();
    this.losses.dispose();
  }

  private async takeStep(rate: number): Promise<void> {
    const { task, settings, optimizer } = this;
    const onWait = (milliseconds: number): void => {
      // Nothing is prepared ahead of the first batch, so its making says nothing about the pace.
      if (this.hasStarted) this.pace.wait(milliseconds);
      else this.pace.restart();
      this.hasStarted = true;
    };
    const norm = await takeUpdate(
      { task, settings, optimizer, onWait },
      {
        ...{ step: this.step, rate, isNormWanted: this.isLogged(this.step + 1) },
        onLosses: (parts) => this.losses.add(this.step + 1, parts),
      },
    );
    if (norm !== undefined) this.norm = norm;
  }

  private isReadDue(): boolean {
    const isLate = this.losses.waiting >= UNREAD_STEPS || performance.now() - this.readAt > UNREAD_MS;
    return isLate || this.isLogged(this.step) || this.isSaved(this.step) || this.snapshots.isDue(this.step);
  }

  private async readLosses(): Promise<void> {
    const broken = await this.losses.read();
    this.readAt = performance.now();
    if (broken) throw this.divergence(broken);
  }

  private isLogged(step: number): boolean {
    return step % this.settings.logEvery === 0 || step === this.settings.steps || this.isScored(step);
  }

  /** The end is scored by whoever makes the record. */
  private isScored(step: number): boolean {
    const { evaluateEvery, steps } = this.settings;
    return evaluateEvery > 0 && step % evaluateEvery === 0 && step < steps;
  }

  private async log(rate: number, event: string | undefined): Promise<void> {
    const { context, step } = this;
    await context.stages.requireOwned(context.key);
    await this.writePace();
    const measured = await this.task.measure(step, this.isScored(step));
    const metrics = { ...this.losses.takeMeans(), learningRate: rate, ...measured.metrics };
    this.lastMetrics = { ...this.lastMetrics, ...metrics };
    // For the curves alone: what a record holds is pinned by its code version.
    const curves = { ...metrics, gradientNorm: this.norm, ...measured.curves };
    await this.metricsFile.append({ step, metrics: curves, ...(event !== undefined && { event }) });
    context.metrics(step, metrics);
    if (measured.warning !== undefined) context.warn(measured.warning);
    this.pace.restart();
  }

  private async writePace(): Promise<void> {
    const remark = await this.pace.write(this.step);
    if (remark !== undefined) this.context.warn(remark);
  }

  private moment(step = this.step) {
    return { step, totalSteps: this.settings.steps, stepsPerEpoch: this.task.stepsPerEpoch };
  }

  /** Of the update that follows `step` updates. */
  private rateAt(step: number): number {
    return learningRateAt(this.settings.schedule, this.moment(step));
  }

  private async saveIfDue(): Promise<void> {
    const isStopping = this.context.signal.aborted;
    if (this.isSaved(this.step) || isStopping) {
      await this.readLosses();
      await this.context.stages.requireOwned(this.context.key);
      await saveTrainingState(this.file, await this.state());
    }
    if (isStopping) throw new Cancelled();
  }

  private isSaved(step: number): boolean {
    const { steps, checkpointEvery, checkpointAtEnd } = this.settings;
    return step === steps ? checkpointAtEnd : step % checkpointEvery === 0;
  }

  private importState(state: TrainingState): void {
    const saved: SavedState = { tensors: state.tensors, scalars: state.scalars };
    this.task.importState(splitState('task', saved));
    this.optimizer.importState(splitState('optimizer', saved));
    this.losses.importState(splitState('losses', saved));
    this.lastMetrics = splitState('metrics', saved).scalars;
    this.snapshots.importState(state.kept ?? {});
    this.step = state.step;
    this.earlier = { seconds: state.seconds, attempts: state.attempts };
  }

  private async state(): Promise<TrainingState> {
    const joined = joinStates({
      task: await this.task.exportState(),
      optimizer: await this.optimizer.exportState(),
      losses: this.losses.exportState(),
      metrics: { tensors: new Map(), scalars: this.lastMetrics },
    });
    return {
      step: this.step,
      ...joined,
      metricsFile: await this.metricsFile.stamp(),
      kept: this.snapshots.kept,
      seconds: this.earlier.seconds + (performance.now() - this.begun) / 1000,
      attempts: this.earlier.attempts + 1,
    };
  }

  private divergence({ step, loss }: BrokenStep): UserError {
    const place = `at step ${step} of "${this.settings.id}" with learning rate ${this.rateAt(step - 1).toPrecision(3)}`;
    const late = step < this.step ? ` (noticed at step ${this.step}, when the losses were read)` : '';
    return new UserError('numeric', `the loss became ${loss} ${place}; lower learningRate or add warmupSteps${late}`);
  }
}
