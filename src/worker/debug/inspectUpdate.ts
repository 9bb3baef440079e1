/** One update of a training, made by the very functions that a run makes it with, and looked at on the way. */
import type * as tf from '@tensorflow/tfjs-core';
import { learningRateAt } from '../../shared/experiment/schedule';
import type { BatchInspection } from '../../shared/results/batchInspection';
import { observing } from '../ops/observe';
import { LossMeter, type LossTerms } from '../train/lossMeter';
import type { Optimizer } from '../train/optimizer';
import type { TrainingTask } from '../train/trainingTask';
import { takeUpdate } from '../train/update';
import { findSuspicious } from './findings';
import type { SteppedPart, TrainedStage } from './lookedAt';
import { compareParameters } from './parameters';
import { PictureWriter } from './pictures';
import { Recorder } from './recorder';

export interface UpdateToInspect<Batch> {
  readonly stage: TrainedStage<Batch>;
  readonly optimizer: Optimizer;
  /** Updates made before. */
  readonly step: number;
  readonly folder: string;
  /** Whether the runtime can read a tensor in the middle of a computation. */
  readonly readsAtOnce: boolean;
  /** What the stage warned of since the last update. */
  takeWarnings(): readonly string[];
}

/** Moves the weights once, as a run would bit for bit, and says what happened. */
export async function inspectUpdate<Batch>(update: UpdateToInspect<Batch>): Promise<BatchInspection> {
  const { stage, optimizer, step, folder, readsAtOnce } = update;
  const { task, loop } = stage;
  const recorder = new Recorder(readsAtOnce);
  const pictures = new PictureWriter(folder, step);
  const watched = new WatchedTask(stage, recorder, pictures);
  const rate = learningRateAt(loop.schedule, { step, totalSteps: loop.steps, stepsPerEpoch: task.stepsPerEpoch });
  const before = await readAll(task.parameters);
  const gradients = new Map<string, Float32Array>();
  let terms: readonly LossTerms[] = [];
  const begun = performance.now();
  let aside = 0;
  const norm = await observing(recorder, () =>
    takeUpdate(
      { task: watched.task, settings: loop, optimizer },
      {
        ...{ step, rate, isNormWanted: true },
        onLosses: (parts) => (terms = parts),
        onGradients: async (means) => {
          const asked = performance.now();
          for (const [name, values] of await readAll(means)) gradients.set(name, values);
          aside += performance.now() - asked;
        },
      },
    ),
  );
  const total = performance.now() - begun - aside - watched.aside - recorder.spent;
  await recorder.settle();
  const write = (name: string, bytes: Uint8Array) => pictures.write(name, bytes);
  const { matching, losses: perImage } = await stage.match(watched.parts(), { step, write });
  const inspection = {
    step,
    learningRate: rate,
    ...(norm !== undefined && { gradientNorm: norm }),
    seconds: {
      batch: watched.waited / 1000,
      gradients: watched.computed / 1000,
      update: Math.max(0, total - watched.waited - watched.computed) / 1000,
    },
    views: pictures.views(),
    images: (await pictures.images()).map((image) => ({
      ...image,
      ...(perImage?.has(image.place) && { loss: perImage.get(image.place)! }),
    })),
    losses: await meanTerms(terms, step),
    layers: recorder.layers,
    parameters: compareParameters(task.parameters, { before, gradients, after: await readAll(task.parameters) }),
    ...(matching && { matching }),
  };
  return { ...inspection, findings: findSuspicious(inspection, update.takeWarnings()) };
}

/** A task that tells what is asked of it. */
class WatchedTask<Batch> {
  readonly task: TrainingTask<Batch>;
  /** Time for batches, for gradients, and for looking at them, ms. */
  waited = 0;
  computed = 0;
  aside = 0;
  private readonly described: Omit<SteppedPart, 'reports'>[] = [];
  private images = 0;

  constructor(
    private readonly stage: TrainedStage<Batch>,
    private readonly recorder: Recorder,
    private readonly pictures: PictureWriter,
  ) {
    const own = stage.task;
    this.task = {
      parameters: own.parameters,
      stepsPerEpoch: own.stepsPerEpoch,
      ...(own.beginUpdate && { beginUpdate: (step: number) => this.compute(() => own.beginUpdate!(step)) }),
      nextBatch: (step, part) => this.nextBatch(step, part),
      step: (batch, step, part) => {
        this.recorder.part = part;
        return this.compute(() => own.step(batch, step, part));
      },
      ...(own.afterUpdate && { afterUpdate: (parts: readonly Batch[]) => own.afterUpdate!(parts) }),
      disposeBatch: (batch) => own.disposeBatch(batch),
      measure: (step, isScored) => own.measure(step, isScored),
      exportState: () => own.exportState(),
      importState: (state) => own.importState(state),
    };
  }

  parts(): SteppedPart[] {
    const { reports } = this.recorder;
    return this.described.map((part, number) => ({
      ...part,
      reports: reports.flatMap((one) => (one.part === number ? [one.report] : [])),
    }));
  }

  private async nextBatch(step: number, part: number): Promise<Batch> {
    const asked = performance.now();
    const batch = await this.stage.task.nextBatch(step, part);
    const came = performance.now();
    this.waited += came - asked;
    const { views, images } = this.stage.describe(batch);
    const [, height = 0, width = 0] = views[0]?.images.shape ?? [];
    this.described.push({ images, first: this.images, size: [height, width] });
    this.images += images.length;
    await this.pictures.add(views, images);
    this.aside += performance.now() - came;
    return batch;
  }

  private async compute<T>(work: () => Promise<T>): Promise<T> {
    const begun = performance.now();
    const spent = this.recorder.spent;
    const result = await work();
    this.computed += performance.now() - begun - (this.recorder.spent - spent);
    await this.recorder.settle();
    return result;
  }
}

async function meanTerms(parts: readonly LossTerms[], step: number): Promise<BatchInspection['losses']> {
  const meter = new LossMeter();
  meter.add(step + 1, parts);
  const broken = await meter.read();
  if (broken) return [{ name: 'loss', value: broken.loss }];
  const { loss = NaN, ...others } = meter.takeMeans();
  return [{ name: 'loss', value: loss }, ...Object.entries(others).map(([name, value]) => ({ name, value }))];
}

async function readAll(tensors: ReadonlyMap<string, tf.Tensor>): Promise<Map<string, Float32Array>> {
  const read = new Map<string, Float32Array>();
  for (const [name, tensor] of tensors) read.set(name, ((await tensor.data()) as Float32Array).slice());
  return read;
}
