/**
 * The one training loop: batch, learning rate, gradients, update, curves, checkpoint. Pretrainings and fine-tunings differ in
 * their task alone. Resuming gives the uninterrupted result: all randomness derives from seed and step, and the state file
 * holds weights, optimiser, memories and running sums. Left out: data, models, losses.
 */
import * as tf from '@tensorflow/tfjs-core';
import { learningRateAt, type LearningRateSchedule } from '../../shared/experiment/schedule';
import { Cancelled, UserError } from '../../shared/errors';
import type { FileStamp } from '../../shared/results/records';
import { joinStates, splitState, type SavedState } from '../models/savedState';
import { requireWorkingRuntime } from '../runtimes/runtimeFailure';
import type { StageContext } from '../stageContext';
import { METRICS_FILE, MetricsFile } from '../storage/metricsFile';
import { clipGradients, gradientNorm } from './clipGradients';
import { createOptimizer, type Optimizer, type OptimizerSettings } from './optimizer';
import { PACE_FILE, PaceFile } from './paceFile';
import { joinEvents, scheduleEvent } from './trainingEvents';
import { loadUsableState, saveTrainingState, STATE_FILE, type TrainingState } from './trainingState';

/** Loss terms and gradients of one batch. */
export interface StepResult {
  /** Their sum under `loss`. */
  readonly losses: Readonly<Record<string, number>>;
  /** By parameter name; the loop disposes them. */
  readonly gradients: Map<string, tf.Tensor>;
}

/** What a row of the curves says besides losses and learning rate. */
export interface Measurement {
  readonly metrics: Readonly<Record<string, number>>;
  /** Shown beside the metrics, not kept in the record. */
  readonly curves?: Readonly<Record<string, number>>;
  readonly warning?: string;
}

/** What is trained, as the loop sees it; Batch is the task's own. */
export interface TrainingTask<Batch> {
  /** What the optimiser moves, by name; frozen weights are absent. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Steps that go once over the training images; for schedules and curves. */
  readonly stepsPerEpoch: number;
  /** The batch of a step, counted from 0; it depends on seed and step alone. */
  nextBatch(step: number): Promise<Batch>;
  /** Losses and gradients of a batch; moves no parameter. */
  step(batch: Batch, step: number): Promise<StepResult>;
  /** Called once the parameters have moved; feeds memories. */
  afterUpdate?(batch: Batch): Promise<void>;
  disposeBatch(batch: Batch): void;
  /** What there is to say of the update that was the `step`th, besides the learning rate. */
  eventAt?(step: number): Promise<string | undefined>;
  /** For a row of the curves; `isScored` where the settings ask for an evaluation. Changes no weight. */
  measure(step: number, isScored: boolean): Promise<Measurement>;
  /** Everything that training changes besides the optimiser. */
  exportState(): Promise<SavedState>;
  importState(state: SavedState): void;
}

export interface LoopSettings {
  readonly id: string;
  readonly steps: number;
  /** Images of one step; for the pace. */
  readonly batch: number;
  readonly schedule: LearningRateSchedule;
  readonly optimizer: OptimizerSettings;
  /** 0: gradients are left alone. */
  readonly clipNorm: number;
  /** Steps from one row of the curves to the next; the last step has one, too. */
  readonly logEvery: number;
  /** 0: never before the end. */
  readonly evaluateEvery: number;
  readonly checkpointEvery: number;
  /** Whether the last step is kept as well, because long work follows that could be interrupted. */
  readonly checkpointAtEnd: boolean;
}

export interface Trained {
  /** Last logged value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly metricsStamp: FileStamp;
  readonly earlier: { readonly seconds: number; readonly attempts: number };
}

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

class Loop<Batch> {
  /** Updates made so far. */
  step = 0;
  private readonly optimizer: Optimizer;
  private readonly file: string;
  private metricsFile!: MetricsFile;
  private pace!: PaceFile;
  private earlier = { seconds: 0, attempts: 0 };
  private readonly begun = performance.now();
  /** Sums of the loss terms since the last row of the curves, and of how many steps. */
  private sums: Record<string, number> = {};
  private count = 0;
  private lastMetrics: Record<string, number> = {};
  /** Of the last logged step. */
  private norm = 0;

  constructor(
    private readonly task: TrainingTask<Batch>,
    private readonly settings: LoopSettings,
    private readonly context: StageContext,
  ) {
    this.optimizer = createOptimizer(task.parameters, settings.optimizer);
    this.file = context.stages.file(context.key, STATE_FILE);
  }

  /** Takes up an interrupted training, or starts at step 0. */
  async restore(): Promise<void> {
    const { context, settings, task } = this;
    const metrics = context.stages.file(context.key, METRICS_FILE);
    const state = await loadUsableState({ file: this.file, metrics, warn: context.warn });
    if (state) this.importState(state);
    this.metricsFile = await MetricsFile.open(metrics, state?.metricsFile.bytes ?? 0);
    const pace = context.stages.file(context.key, PACE_FILE);
    this.pace = await PaceFile.open(pace, task.stepsPerEpoch, state ? this.step : undefined);
    if (state) context.progress(this.step, settings.steps, 'steps', `resumed at step ${this.step}`);
  }

  /** One step: gradients and update; then what is due of curves and checkpoints. */
  async advance(): Promise<void> {
    const { settings, context } = this;
    const rate = learningRateAt(settings.schedule, this.moment());
    const loss = await this.takeStep(rate);
    this.step++;
    this.pace.count(settings.batch);
    const event = joinEvents(scheduleEvent(settings.schedule, this.moment()), await this.task.eventAt?.(this.step));
    if (this.isLogged(this.step)) await this.log(rate, event);
    else if (event !== undefined) await this.metricsFile.append({ step: this.step, metrics: {}, event });
    context.progress(this.step, settings.steps, 'steps', `loss ${loss.toFixed(3)}`);
    await this.saveIfDue();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async finish(): Promise<Trained> {
    return { metrics: this.lastMetrics, metricsStamp: await this.metricsFile.stamp(), earlier: this.earlier };
  }

  dispose(): void {
    this.optimizer.dispose();
  }

  private async takeStep(rate: number): Promise<number> {
    const { task } = this;
    const batch = await task.nextBatch(this.step);
    try {
      const { losses, gradients } = await task.step(batch, this.step);
      try {
        await this.update(losses, gradients, rate);
      } finally {
        tf.dispose([...gradients.values()]);
      }
      await task.afterUpdate?.(batch);
      return losses.loss ?? NaN;
    } finally {
      task.disposeBatch(batch);
    }
  }

  private async update(losses: StepResult['losses'], gradients: Map<string, tf.Tensor>, rate: number): Promise<void> {
    requireWorkingRuntime();
    const loss = losses.loss ?? NaN;
    if (!Number.isFinite(loss)) throw this.divergence(loss, rate);
    if (this.isLogged(this.step + 1)) this.norm = await gradientNorm(gradients);
    if (this.settings.clipNorm > 0) clipGradients(gradients, this.settings.clipNorm);
    this.optimizer.step(gradients, rate);
    for (const [name, value] of Object.entries(losses)) this.sums[name] = (this.sums[name] ?? 0) + value;
    this.count++;
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
    await this.pace.write(step);
    const measured = await this.task.measure(step, this.isScored(step));
    const means = Object.entries(this.sums).map(([name, sum]) => [name, sum / this.count] as const);
    const metrics = { ...Object.fromEntries(means), learningRate: rate, ...measured.metrics };
    this.sums = {};
    this.count = 0;
    this.lastMetrics = { ...this.lastMetrics, ...metrics };
    // For the curves alone: what a record holds is pinned by its code version.
    const curves = { ...metrics, gradientNorm: this.norm, ...measured.curves };
    await this.metricsFile.append({ step, metrics: curves, ...(event !== undefined && { event }) });
    context.metrics(step, metrics);
    if (measured.warning !== undefined) context.warn(measured.warning);
    this.pace.restart();
  }

  private moment() {
    return { step: this.step, totalSteps: this.settings.steps, stepsPerEpoch: this.task.stepsPerEpoch };
  }

  private async saveIfDue(): Promise<void> {
    const { settings, context, step } = this;
    const isLast = step === settings.steps;
    const isDue = isLast ? settings.checkpointAtEnd : step % settings.checkpointEvery === 0;
    if (isDue || context.signal.aborted) await saveTrainingState(this.file, await this.state());
    if (context.signal.aborted) throw new Cancelled();
  }

  private importState(state: TrainingState): void {
    const saved: SavedState = { tensors: state.tensors, scalars: state.scalars };
    this.task.importState(splitState('task', saved));
    this.optimizer.importState(splitState('optimizer', saved));
    this.sums = splitState('sums', saved).scalars;
    this.lastMetrics = splitState('metrics', saved).scalars;
    this.count = splitState('loop', saved).scalars.count ?? 0;
    this.step = state.step;
    this.earlier = { seconds: state.seconds, attempts: state.attempts };
  }

  private async state(): Promise<TrainingState> {
    const scalars = (values: Readonly<Record<string, number>>) => ({ tensors: new Map(), scalars: values });
    const joined = joinStates({
      task: await this.task.exportState(),
      optimizer: await this.optimizer.exportState(),
      sums: scalars(this.sums),
      metrics: scalars(this.lastMetrics),
      loop: scalars({ count: this.count }),
    });
    return {
      step: this.step,
      ...joined,
      metricsFile: await this.metricsFile.stamp(),
      seconds: this.earlier.seconds + (performance.now() - this.begun) / 1000,
      attempts: this.earlier.attempts + 1,
    };
  }

  private divergence(loss: number, rate: number): UserError {
    const place = `at step ${this.step + 1} of "${this.settings.id}" with learning rate ${rate.toPrecision(3)}`;
    return new UserError('numeric', `the loss became ${loss} ${place}; lower learningRate or add warmupSteps`);
  }
}
