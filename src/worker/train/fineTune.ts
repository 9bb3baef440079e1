/**
 * The training loop of every transfer that trains the backbone further: batch, learning rate, gradients, update, curves,
 * checkpoint. Resuming gives the uninterrupted result: all randomness derives from seed and step, and the state file holds
 * weights and optimiser. What a task computes from a batch is the task's; left out here: data, models, losses.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { FineTuningSettings } from '../../shared/experiment/schema';
import { learningRateAt, type LearningRateSchedule } from '../../shared/experiment/schedule';
import { Cancelled, UserError } from '../../shared/errors';
import type { FileStamp } from '../../shared/results/records';
import { joinStates, splitState, weightState, type SavedState } from '../models/savedState';
import type { WeightStore } from '../models/weightStore';
import type { StageContext } from '../stageContext';
import { METRICS_FILE, MetricsFile } from '../storage/metricsFile';
import { clipGradients } from './clipGradients';
import { createOptimizer, type Optimizer } from './optimizer';
import { loadTrainingState, saveTrainingState, STATE_FILE, type TrainingState } from './trainingState';

/** One task as the loop sees it; Batch is the task's own. */
export interface FineTuneTask<Batch> {
  /** What is trained, by name; frozen weights are absent. */
  readonly parameters: ReadonlyMap<string, tf.Variable>;
  /** Everything that training changes, buffers included, under distinct prefixes. */
  readonly weights: Readonly<Record<string, WeightStore>>;
  /** Steps that go once over the training images; for schedules and curves. */
  readonly stepsPerEpoch: number;
  /** The batch of a step, counted from 0; it depends on seed and step alone. */
  nextBatch(step: number): Promise<Batch>;
  /** Loss terms of a batch, their sum under `loss`, and gradients by parameter name, which the loop disposes. */
  step(
    batch: Batch,
    step: number,
  ): Promise<{ losses: Readonly<Record<string, number>>; gradients: Map<string, tf.Tensor> }>;
  disposeBatch(batch: Batch): void;
  /** Scores of the test split as the network is now, for the curves; changes nothing. */
  evaluate(): Promise<Readonly<Record<string, number>>>;
}

export interface FineTuned {
  /** Last logged value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly metricsStamp: FileStamp;
  readonly earlier: { readonly seconds: number; readonly attempts: number };
}

export type FineTuneSettings = FineTuningSettings & { readonly id: string };

/** Trains a task to its last step, from its checkpoint where there is one. The task's weights hold the result. */
export async function fineTune<Batch>(
  task: FineTuneTask<Batch>,
  settings: FineTuneSettings,
  context: StageContext,
): Promise<FineTuned> {
  const loop = new Loop(task, settings, context);
  try {
    await loop.restore();
    while (loop.step < settings.steps) await loop.advance();
    return await loop.finish();
  } finally {
    loop.dispose();
  }
}

/** The schedule of the settings; the warm-up begins at a thousandth, as in detectron2. */
export function fineTuneSchedule(settings: FineTuningSettings): LearningRateSchedule {
  const { learningRate, warmupSteps, milestones, gamma, power } = settings;
  const common = { learningRate, warmupSteps, warmupStart: 0.001, per: 'step' as const };
  switch (settings.schedule) {
    case 'constant':
      return { ...common, kind: 'constant' };
    case 'step':
      return { ...common, kind: 'step', milestones, gamma };
    case 'cosine':
      return { ...common, kind: 'cosine' };
    case 'poly':
      return { ...common, kind: 'poly', power };
  }
}

class Loop<Batch> {
  step = 0;
  private readonly optimizer: Optimizer;
  private readonly schedule: LearningRateSchedule;
  private readonly file: string;
  private metricsFile!: MetricsFile;
  private earlier = { seconds: 0, attempts: 0 };
  private readonly begun = performance.now();
  /** Sums of the loss terms since the last row of the curves. */
  private sums: Record<string, number> = {};
  private count = 0;
  private lastMetrics: Record<string, number> = {};
  private lastRate: number | undefined;

  constructor(
    private readonly task: FineTuneTask<Batch>,
    private readonly settings: FineTuneSettings,
    private readonly context: StageContext,
  ) {
    const { momentum, weightDecay, weightDecayExclude } = settings;
    this.optimizer = createOptimizer(task.parameters, {
      kind: 'sgd',
      momentum,
      weightDecay,
      exclude: weightDecayExclude,
    });
    this.schedule = fineTuneSchedule(settings);
    this.file = context.stages.file(context.key, STATE_FILE);
  }

  /** Takes up an interrupted training, or starts at step 0. */
  async restore(): Promise<void> {
    const file = this.context.stages.file(this.context.key, METRICS_FILE);
    const state = await this.loadState(file);
    if (state) this.importState(state);
    this.metricsFile = await MetricsFile.open(file, state?.metricsFile.bytes ?? 0);
    if (state) this.context.progress(this.step, this.settings.steps, 'steps', `resumed at step ${this.step}`);
  }

  async advance(): Promise<void> {
    const { task, settings, context } = this;
    const rate = this.learningRate();
    const batch = await task.nextBatch(this.step);
    let loss: number;
    try {
      loss = await this.update(batch, rate);
    } finally {
      task.disposeBatch(batch);
    }
    this.step++;
    const isLast = this.step === settings.steps;
    const isScored = settings.evaluateEvery > 0 && this.step % settings.evaluateEvery === 0 && !isLast;
    if (this.step % settings.logEvery === 0 || isLast || isScored) await this.log(rate, isScored);
    context.progress(this.step, settings.steps, 'steps', `loss ${loss.toFixed(3)}`);
    const isDue = this.step % settings.checkpointEvery === 0 || isLast;
    if (isDue || context.signal.aborted) await saveTrainingState(this.file, await this.state());
    if (context.signal.aborted) throw new Cancelled();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async finish(): Promise<FineTuned> {
    return { metrics: this.lastMetrics, metricsStamp: await this.metricsFile.stamp(), earlier: this.earlier };
  }

  dispose(): void {
    this.optimizer.dispose();
  }

  private async update(batch: Batch, rate: number): Promise<number> {
    const { losses, gradients } = await this.task.step(batch, this.step);
    try {
      const loss = losses.loss ?? NaN;
      if (!Number.isFinite(loss)) throw this.divergence(loss, rate);
      if (this.settings.clipNorm > 0) clipGradients(gradients, this.settings.clipNorm);
      this.optimizer.step(gradients, rate);
      for (const [name, value] of Object.entries(losses)) this.sums[name] = (this.sums[name] ?? 0) + value;
      this.count++;
      return loss;
    } finally {
      tf.dispose([...gradients.values()]);
    }
  }

  private async log(rate: number, isScored: boolean): Promise<void> {
    const means = Object.entries(this.sums).map(([name, sum]) => [name, sum / this.count] as const);
    const scores = isScored ? await this.task.evaluate() : {};
    const metrics = { ...Object.fromEntries(means), learningRate: rate, ...scores };
    const hasDropped = this.lastRate !== undefined && rate < 0.9 * this.lastRate && this.settings.schedule === 'step';
    this.sums = {};
    this.count = 0;
    this.lastRate = rate;
    this.lastMetrics = { ...this.lastMetrics, ...metrics };
    await this.metricsFile.append({
      step: this.step,
      metrics,
      ...(hasDropped && { event: `learning rate dropped to ${rate.toPrecision(3)}` }),
    });
    this.context.metrics(this.step, metrics);
  }

  private learningRate(): number {
    const position = { step: this.step, totalSteps: this.settings.steps, stepsPerEpoch: this.task.stepsPerEpoch };
    return learningRateAt(this.schedule, position);
  }

  private async loadState(metrics: string): Promise<TrainingState | undefined> {
    const state = await loadTrainingState(this.file);
    if (state === 'none') return undefined;
    if (!('damaged' in state) && (await MetricsFile.beginsWith(metrics, state.metricsFile))) return state;
    const reason = 'damaged' in state ? state.damaged : `${METRICS_FILE} beside it was changed or cut short`;
    this.context.warn(`the saved training state cannot be used (${reason}); the training starts again`);
    return undefined;
  }

  private importState(state: TrainingState): void {
    const saved: SavedState = { tensors: new Map(state.tensors), scalars: { ...state.scalars } };
    for (const [prefix, store] of Object.entries(this.task.weights))
      store.importTensors(splitState(prefix, saved).tensors);
    this.optimizer.importState(splitState('optimizer', saved));
    this.sums = { ...splitState('sums', saved).scalars };
    this.lastMetrics = { ...splitState('metrics', saved).scalars };
    const loop = splitState('loop', saved).scalars;
    this.count = loop.count ?? 0;
    this.lastRate = loop.lastRate;
    this.step = state.step;
    this.earlier = { seconds: state.seconds, attempts: state.attempts };
  }

  private async state(): Promise<TrainingState> {
    const none = new Map();
    const parts: Record<string, SavedState> = {
      optimizer: await this.optimizer.exportState(),
      sums: { tensors: none, scalars: this.sums },
      metrics: { tensors: none, scalars: this.lastMetrics },
      loop: {
        tensors: none,
        scalars: { count: this.count, ...(this.lastRate !== undefined && { lastRate: this.lastRate }) },
      },
    };
    for (const [prefix, store] of Object.entries(this.task.weights)) parts[prefix] = await weightState(store);
    return {
      step: this.step,
      ...joinStates(parts),
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
