/** What the session of a looked-at batch asks of the stage: its training task as a run would step it, and words for what is in a batch. */
import type * as tf from '@tensorflow/tfjs-core';
import type { Matching } from '../../shared/results/batchInspection';
import type { LoopSettings, TrainingTask } from '../train/trainingTask';
import type { ReadReport } from './recorder';

/** One part of a batch in words. */
export interface PartDescription {
  /** Inputs of the network by name, [N, H, W, 3] each, normalised; read before the batch is disposed. */
  readonly views: readonly { readonly name: string; readonly images: tf.Tensor4D }[];
  readonly images: readonly DescribedImage[];
}

export interface DescribedImage {
  /** Within the data set. */
  readonly name: string;
  readonly label?: string;
  /** Place in the data set, where it has one. */
  readonly index?: number;
}

/** One part of a batch whose update was made. */
export interface SteppedPart {
  readonly images: readonly DescribedImage[];
  /** Place in the batch of the first image. */
  readonly first: number;
  readonly reports: readonly ReadReport[];
  /** Height and width of the network's input, px. */
  readonly size: readonly [number, number];
}

export interface MatchedBatch {
  readonly matching?: Matching;
  /** Of single images, where the loss is a mean over them; by place in the batch. */
  readonly losses?: ReadonlyMap<number, number>;
}

export interface MatchContext {
  /** Updates made before this one. */
  readonly step: number;
  /** Writes a file into the session's folder and returns its name. */
  write(name: string, bytes: Uint8Array): Promise<string>;
}

/** A stage whose updates can be made one by one; Batch is the task's own. */
export interface TrainedStage<Batch> {
  readonly task: TrainingTask<Batch>;
  readonly loop: LoopSettings;
  describe(batch: Batch): PartDescription;
  /** What each image was matched to, from what the losses reported. */
  match(parts: readonly SteppedPart[], context: MatchContext): Promise<MatchedBatch>;
  dispose(): Promise<void>;
}
