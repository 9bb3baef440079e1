/**
 * The training loop of every pretraining method: batch, learning rate, gradients, update, memory, curves, checkpoint.
 * Resuming gives the uninterrupted result: all randomness derives from seed and step, and the state file holds the rest.
 */
import * as tf from '@tensorflow/tfjs-core';
import { augmentationPolicy } from '../../shared/experiment/augmentation';
import type { BackboneSettings, TrainedPretraining } from '../../shared/experiment/schema';
import { learningRateAt } from '../../shared/experiment/schedule';
import { Cancelled, UserError } from '../../shared/errors';
import { requireWorkingRuntime } from '../runtimes/runtimeFailure';
import { createAugmentPool, type AugmentedBatch } from '../augment/augmentPool';
import { prefetchBatches } from '../augment/prefetch';
import { batchIndices } from '../data/batchOrder';
import type { Dataset } from '../data/dataset';
import type { StageContext } from '../stageContext';
import { METRICS_FILE, MetricsFile } from '../storage/metricsFile';
import { createOptimizer, type Optimizer } from '../train/optimizer';
import { loadTrainingState, saveTrainingState, STATE_FILE, type TrainingState } from '../train/trainingState';
import { createLearner } from './createLearner';
import { joinStates, splitState, weightState } from '../models/savedState';
import { type Learner, type LearnerBatch } from './learner';
import { Monitor } from './monitor';
import { PaceFile } from './paceFile';
import { scheduleEvent } from './trainingEvents';

export interface TrainedBackbone {
  /** The caller disposes it. */
  readonly learner: Learner;
  readonly steps: number;
  /** Last logged value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly metricsFile: MetricsFile;
  readonly earlier: { readonly seconds: number; readonly attempts: number };
}

/** Batches asked for ahead of the one in use. */
const PREFETCH = 2;

export const PACE_FILE = 'pace.jsonl';

/** Steps of a training: `steps` as written, or `epochs` times the whole batches of an epoch. */
export function countSteps(settings: TrainedPretraining, images: number): { total: number; perEpoch: number } {
  const perEpoch = Math.floor(images / settings.batch);
  if (perEpoch === 0) {
    throw new UserError(
      'config',
      `the batch of ${settings.batch} is larger than the ${images} images of "${settings.data}" (${settings.split}); set batch to ${images} or less`,
    );
  }
  return { total: settings.steps ?? Math.max(1, Math.round((settings.epochs ?? 1) * perEpoch)), perEpoch };
}

export async function trainBackbone(
  settings: TrainedPretraining,
  plan: { readonly backbone: BackboneSettings; readonly dataset: Dataset },
  context: StageContext,
): Promise<TrainedBackbone> {
  const { dataset } = plan;
  const size = settings.imageSize;
  const steps = countSteps(settings, dataset.length);
  const learner = createLearner(settings, { ...plan, seed: context.seed });
  const ops = augmentationPolicy(settings.augment, { size });
  const pool = createAugmentPool({ store: dataset.store, ops, size, threads: context.threads });
  const loop = new Training({
    settings,
    dataset,
    context,
    learner,
    steps,
    monitor: new Monitor(settings, dataset, pool),
  });
  try {
    await loop.restore();
    const prefetch = prefetchBatches(pool, (step) => loop.request(step), PREFETCH);
    while (loop.step < steps.total) await loop.advance(await prefetch.next(loop.step));
    return loop.finish();
  } catch (error) {
    learner.dispose();
    throw error;
  } finally {
    loop.dispose();
    await pool.close();
  }
}

interface TrainingParts {
  readonly settings: TrainedPretraining;
  readonly dataset: Dataset;
  readonly context: StageContext;
  readonly learner: Learner;
  readonly steps: { readonly total: number; readonly perEpoch: number };
  readonly monitor: Monitor;
}

class Training {
  step = 0;
  private readonly optimizer: Optimizer;
  private readonly file: string;
  private metricsFile!: MetricsFile;
  private pace!: PaceFile;
  /** Of the last logged step. */
  private gradientNorm = 0;
  private earlier = { seconds: 0, attempts: 0 };
  private readonly begun = performance.now();
  private lossSum = 0;
  private lossCount = 0;
  private lastMetrics: Record<string, number> = {};
  private warnedProblems = new Set<string>();

  constructor(private readonly parts: TrainingParts) {
    const { settings, learner, context } = parts;
    this.optimizer = createOptimizer(learner.parameters, {
      kind: settings.optimizer,
      momentum: settings.momentum,
      weightDecay: settings.weightDecay,
      nesterov: false,
      exclude: settings.weightDecayExclude,
    });
    this.file = context.stages.file(context.key, STATE_FILE);
  }

  request(step: number) {
    const { settings, dataset, context, learner, steps } = this.parts;
    if (step >= steps.total) return undefined;
    const indices = batchIndices({ length: dataset.length, batch: settings.batch, seed: context.seed, step });
    return { seed: context.seed, step, indices, views: learner.views };
  }

  /** Takes up an interrupted training, or starts at step 0. */
  async restore(): Promise<void> {
    const { context, steps } = this.parts;
    const metrics = context.stages.file(context.key, METRICS_FILE);
    const state = await this.loadState(metrics);
    if (state) this.importState(state);
    this.metricsFile = await MetricsFile.open(metrics, state?.metricsFile.bytes ?? 0);
    const pace = context.stages.file(context.key, PACE_FILE);
    this.pace = await PaceFile.open(pace, steps.perEpoch, state ? this.step : undefined);
    if (state) context.progress(this.step, steps.total, 'steps', `resumed at step ${this.step}`);
  }

  private async loadState(metrics: string): Promise<TrainingState | undefined> {
    const state = await loadTrainingState(this.file);
    if (state === 'none') return undefined;
    if (!('damaged' in state) && (await MetricsFile.beginsWith(metrics, state.metricsFile))) return state;
    const reason = 'damaged' in state ? state.damaged : `${METRICS_FILE} beside it was changed or cut short`;
    this.parts.context.warn(`the saved training state cannot be used (${reason}); the training starts again`);
    return undefined;
  }

  private importState(state: TrainingState): void {
    const { learner, monitor } = this.parts;
    const saved = { tensors: new Map(state.tensors), scalars: { ...state.scalars } };
    learner.backbone.weights.importTensors(splitState('backbone', saved).tensors);
    learner.importState(splitState('learner', saved));
    this.optimizer.importState(splitState('optimizer', saved));
    monitor.importState(splitState('monitor', saved));
    const loop = splitState('loop', saved).scalars;
    this.lossSum = loop.lossSum ?? 0;
    this.lossCount = loop.lossCount ?? 0;
    this.lastMetrics = splitState('metrics', saved).scalars;
    this.step = state.step;
    this.earlier = { seconds: state.seconds, attempts: state.attempts };
  }

  /** One step: gradients, update, memory; then what is due of curves and checkpoints. */
  async advance(augmented: AugmentedBatch): Promise<void> {
    const { settings, context, steps } = this.parts;
    this.reportProblems(augmented);
    const batch = this.toBatch(augmented);
    const learningRate = this.learningRate();
    const loss = await this.update(batch, learningRate);
    this.step++;
    this.lossSum += loss;
    this.lossCount++;
    this.pace.count(settings.batch);
    const event = await this.eventNow();
    if (this.isLogged(this.step)) await this.logMetrics(learningRate, event);
    else if (event !== undefined) await this.metricsFile.append({ step: this.step, metrics: {}, event });
    context.progress(this.step, steps.total, 'steps', `loss ${loss.toFixed(3)}`);
    await this.saveIfDue();
  }

  finish(): TrainedBackbone {
    return {
      learner: this.parts.learner,
      steps: this.parts.steps.total,
      metrics: this.lastMetrics,
      notes: this.parts.monitor.notes(),
      metricsFile: this.metricsFile,
      earlier: this.earlier,
    };
  }

  dispose(): void {
    this.optimizer.dispose();
  }

  private async update(batch: LearnerBatch, learningRate: number): Promise<number> {
    const { learner } = this.parts;
    try {
      const { loss, gradients } = await learner.step(batch);
      try {
        requireWorkingRuntime();
        if (!Number.isFinite(loss)) throw this.divergence(loss, learningRate);
        if (this.isLogged(this.step + 1)) this.gradientNorm = await normOf([...gradients.values()]);
        this.optimizer.step(gradients, learningRate);
      } finally {
        tf.dispose([...gradients.values()]);
      }
      await learner.afterUpdate(batch);
      return loss;
    } finally {
      tf.dispose([...batch.views]);
    }
  }

  private toBatch(augmented: AugmentedBatch): LearnerBatch {
    const { settings, dataset } = this.parts;
    const shape: [number, number, number, number] = [
      augmented.indices.length,
      settings.imageSize,
      settings.imageSize,
      3,
    ];
    const labels = Int32Array.from(augmented.indices, (index) => dataset.labels[index]!);
    // The views lie in shared memory; the runtime wants its own copy.
    const views = augmented.views.map((view) => tf.tensor4d(view.slice(), shape));
    return { views, indices: augmented.indices, labels, step: this.step };
  }

  private learningRate(): number {
    const { settings, steps } = this.parts;
    const moment = { step: this.step, totalSteps: steps.total, stepsPerEpoch: steps.perEpoch };
    return learningRateAt({ ...settings.schedule, learningRate: settings.learningRate }, moment);
  }

  private isLogged(step: number): boolean {
    const { settings, steps } = this.parts;
    return step % settings.monitor.every === 0 || step === steps.total;
  }

  /** What happened with this update, at its exact step. */
  private async eventNow(): Promise<string | undefined> {
    const { settings, steps, learner, monitor } = this.parts;
    const schedule = { ...settings.schedule, learningRate: settings.learningRate };
    const moment = { step: this.step, totalSteps: steps.total, stepsPerEpoch: steps.perEpoch };
    return joinEvents(scheduleEvent(schedule, moment), await monitor.queueEvent(learner, this.step));
  }

  private async logMetrics(learningRate: number, event: string | undefined): Promise<void> {
    const { learner, monitor, context } = this.parts;
    await this.pace.write(this.step);
    const measured = await monitor.measure(learner, this.step);
    const metrics = {
      loss: this.lossSum / this.lossCount,
      learningRate,
      ...(await learner.figures()),
      ...measured.metrics,
    };
    this.lossSum = 0;
    this.lossCount = 0;
    this.lastMetrics = metrics;
    // For the curves alone: what a record holds is pinned by its code version.
    const curves = { ...metrics, gradientNorm: this.gradientNorm, ...measured.curves };
    await this.metricsFile.append({ step: this.step, metrics: curves, ...(event !== undefined && { event }) });
    context.metrics(this.step, metrics);
    if (measured.warning !== undefined) context.warn(measured.warning);
    this.pace.restart();
  }

  private async saveIfDue(): Promise<void> {
    const { settings, context, steps } = this.parts;
    const due = this.step % settings.checkpointEvery === 0 && this.step < steps.total;
    if (due || context.signal.aborted) await saveTrainingState(this.file, await this.state());
    if (context.signal.aborted) throw new Cancelled();
    // A synchronous runtime would otherwise starve heartbeats and messages.
    await new Promise((resolve) => setImmediate(resolve));
  }

  private async state(): Promise<TrainingState> {
    const { learner, monitor } = this.parts;
    const joined = joinStates({
      backbone: await weightState(learner.backbone.weights),
      learner: await learner.exportState(),
      optimizer: await this.optimizer.exportState(),
      loop: { tensors: new Map(), scalars: { lossSum: this.lossSum, lossCount: this.lossCount } },
      metrics: { tensors: new Map(), scalars: this.lastMetrics },
      monitor: monitor.exportState(),
    });
    return {
      step: this.step,
      ...joined,
      metricsFile: await this.metricsFile.stamp(),
      seconds: this.earlier.seconds + (performance.now() - this.begun) / 1000,
      attempts: this.earlier.attempts + 1,
    };
  }

  private reportProblems(batch: AugmentedBatch): void {
    for (const problem of batch.problems) {
      const name = this.parts.dataset.names[problem.index] ?? `image ${problem.index}`;
      if (this.warnedProblems.has(name)) continue;
      this.warnedProblems.add(name);
      this.parts.context.warn(`${name} cannot be read (${problem.message}); another image takes its place`);
    }
  }

  private divergence(loss: number, learningRate: number): UserError {
    const { settings } = this.parts;
    return new UserError(
      'numeric',
      `the loss became ${loss} at step ${this.step + 1} of "${settings.id}" with learning rate ${learningRate.toPrecision(3)}; lower learningRate or add warmupSteps`,
    );
  }
}

/** √ of the sum of squares over all gradients: their length as one vector. */
async function normOf(gradients: readonly tf.Tensor[]): Promise<number> {
  const squares = tf.tidy(() => tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const [sum] = await squares.data();
  squares.dispose();
  return Math.sqrt(sum ?? 0);
}

function joinEvents(...events: readonly (string | undefined)[]): string | undefined {
  const said = events.filter((event) => event !== undefined);
  return said.length > 0 ? said.join('; ') : undefined;
}
