/**
 * What the training loop asks of a pretraining method. A learner owns its networks and its memory (queue, bank, teacher);
 * the loop owns data, optimiser, schedule, checkpoints and diagnostics.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from '../../shared/math/rank';
import type { WeightStore } from '../models/weightStore';
import type { Backbone } from '../models/backbone';
import type { SavedState } from '../models/savedState';

export interface LearnerBatch {
  /** One tensor per view: [batch, size, size, 3], normalised. Without the second where its keys were encoded before. */
  readonly views: readonly tf.Tensor4D[];
  /** [batch]; places in the data set. */
  readonly indices: Uint32Array;
  /** [batch] */
  readonly labels: Int32Array;
  /** Counts updates from 0; random streams of the step derive from it. */
  readonly step: number;
  /** Which part of the update's batch this is, from 0; an update of one part has part 0 alone. */
  readonly part: number;
}

export interface LearnerStep {
  /** The caller disposes it, and need not read it at once. */
  readonly loss: tf.Scalar;
  /** By parameter name; the caller disposes them. */
  readonly gradients: Map<string, tf.Tensor>;
}

/** Keys of an update of several parts: shuffled over the whole of it, as over the devices that it stands for. */
export interface KeyEncoder {
  /** Row i of the shuffled batch is row order[i] of the update's, which has so many rows; by seed and step alone. */
  order(step: number, rows: number): Int32Array;
  /** Keys of one part of the shuffled batch, whose second views are `images`. */
  encode(images: tf.Tensor4D): void;
  /** Called when all parts are encoded, here and elsewhere. */
  finish(step: number): Promise<void>;
}

export interface Learner {
  readonly backbone: Backbone;
  /** The part after the pooled features; saved beside the backbone under torchvision-style names (`fc…`). */
  readonly headWeights: WeightStore;
  /** Augmented views it needs of each image. */
  readonly views: 1 | 2;
  /** What is trained: backbone and head parameters by name. */
  readonly parameters: Map<string, tf.Variable>;
  /**
   * Encodes the keys of an update of several parts before them, in an order of its own: `encode` is called for each part of
   * the shuffled batch that is this process's, and `order` says which images of the batch that order holds. Absent without
   * keys. What remains is called with the first view alone.
   */
  readonly keys?: KeyEncoder;
  /** Loss and gradients of one part of a batch; changes no parameter (buffers it may). Part 0 begins an update. */
  step(batch: LearnerBatch): Promise<LearnerStep>;
  /** Called after the optimiser has moved the parameters: gets what other processes made of the other parts. */
  gatherParts(): Promise<void>;
  /** Called after that with all parts, but not their views; feeds queue or bank. */
  afterUpdate(parts: readonly LearnerBatch[]): Promise<void>;
  /** Share of the queue that holds real keys, 0..1; absent without a queue. */
  readonly queueFill?: number;
  /** Figures of the last step that cost little to make: accuracy against negatives, queue fill … */
  figures(): Promise<Record<string, number>>;
  /** Embeddings of the last step for the diagnostics: two L2-normalised views [batch, dimension], or none. */
  embeddings(): Promise<{ a: Matrix; b: Matrix } | undefined>;
  /** What it remembers between steps besides the backbone's own weights. */
  exportState(): Promise<SavedState>;
  importState(state: SavedState): void;
  dispose(): void;
}

/** Parameters of several stores as one map; names of backbone and head never collide (`fc` is the head's). */
export function mergeParameters(...stores: readonly WeightStore[]): Map<string, tf.Variable> {
  return new Map(stores.flatMap((store) => [...store.parameters()]));
}

/** Loss and gradients under parameter names instead of the runtime's variable names. */
export function lossGradients(
  parameters: ReadonlyMap<string, tf.Variable>,
  loss: () => tf.Scalar,
): { value: tf.Scalar; gradients: Map<string, tf.Tensor> } {
  const { value, grads } = tf.variableGrads(loss, [...parameters.values()]);
  const gradients = new Map<string, tf.Tensor>();
  for (const [name, variable] of parameters) {
    const gradient = grads[variable.name];
    if (!gradient) throw new Error(`internal: the loss does not depend on ${name}`);
    gradients.set(name, gradient);
  }
  return { value, gradients };
}
