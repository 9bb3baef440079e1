/** What the training loop asks of whatever is trained, and the settings that it goes by. */
import type * as tf from '@tensorflow/tfjs-core';
import type { LearningRateSchedule } from '../../shared/experiment/schedule';
import type { FileStamp } from '../../shared/results/records';
import type { SavedState } from '../models/savedState';
import type { LossTerms } from './lossMeter';
import type { AdamSettings } from './adam';
import type { OptimizerSettings } from './optimizer';
import type { Peers } from './peers';

/** Loss terms and gradients of one batch, or of one part of it. */
export interface StepResult {
  /** Their sum under `loss`; as tensors they stay on the device until a row of the curves is due, and are the loop's. */
  readonly losses: LossTerms;
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
  /** The processes that share the parts of each update; absent where this one makes them all. */
  readonly peers?: Peers;
  /** Updates that go once over the training images; for schedules and curves. */
  readonly stepsPerEpoch: number;
  /** Called before the parts of an update are asked for. */
  beginUpdate?(step: number): Promise<void>;
  /** A part of the batch of a step, both counted from 0; it depends on seed, step and part alone. */
  nextBatch(step: number, part: number): Promise<Batch>;
  /** Losses and gradients of a part of a batch; moves no parameter. */
  step(batch: Batch, step: number, part: number): Promise<StepResult>;
  /** Called once the parameters have moved, with all parts of the batch, whose images are gone; feeds memories. */
  afterUpdate?(parts: readonly Batch[]): Promise<void>;
  /** Frees the images. */
  disposeBatch(batch: Batch): void;
  /** What there is to say of the update that was the `step`th, besides the learning rate. */
  eventAt?(step: number): string | undefined;
  /** For a row of the curves; `isScored` where the settings ask for an evaluation. Changes no weight. */
  measure(step: number, isScored: boolean): Promise<Measurement>;
  /** The weights as a file that others read; asked for at `snapshots`. */
  encodeWeights?(step: number): Promise<Uint8Array>;
  /** Everything that training changes besides the optimiser. */
  exportState(): Promise<SavedState>;
  importState(state: SavedState): void;
}

export interface LoopSettings {
  readonly id: string;
  readonly steps: number;
  /** Images of one part of a batch; for the pace. */
  readonly batch: number;
  /** Parts whose gradients are averaged for one update. */
  readonly accumulate: number;
  readonly schedule: LearningRateSchedule;
  readonly optimizer: OptimizerSettings | ({ readonly kind: 'adam' } & AdamSettings);
  /** 0: gradients are left alone. */
  readonly clipNorm: number;
  /** Steps from one row of the curves to the next; the last step has one, too. */
  readonly logEvery: number;
  /** 0: never before the end. */
  readonly evaluateEvery: number;
  readonly checkpointEvery: number;
  /** Updates after which the weights are kept in files of their own; default none. */
  readonly snapshots?: readonly number[];
  /** Whether the last step is kept as well, because long work follows that could be interrupted. */
  readonly checkpointAtEnd: boolean;
}

export interface Trained {
  /** Last logged value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly metricsStamp: FileStamp;
  /** Snapshots, by the name of their file. */
  readonly kept: Readonly<Record<string, FileStamp>>;
  readonly earlier: { readonly seconds: number; readonly attempts: number };
}
