/**
 * One update of a stage looked at from inside ("debug one batch"): the images as the network saw them, what its layers gave out
 * and what gradient came back, the loss by its terms, and what each image was matched to. Made by the worker, drawn by the Batch
 * panel and written by `transferscope debug`; not part of any run. Left out: the numbers of whole tensors.
 */

/** What is being looked at; answered once, before the first step. */
export interface BatchSession {
  /** Id and label of the stage, as in the plan. */
  readonly stage: string;
  readonly label: string;
  readonly kind: 'pretraining' | 'features' | 'transfer' | 'analysis';
  /** Method of a pretraining, task of a transfer, kind of an analysis. */
  readonly method: string;
  readonly seed: number;
  readonly runtime: string;
  /** Updates that the whole training has; 1 where nothing is trained. */
  readonly steps: number;
  /** Images of one part of a batch, and parts of an update. */
  readonly batch: number;
  readonly accumulate: number;
  /** Updates that were made before the first one looked at: of an interrupted training's checkpoint, otherwise 0. */
  readonly startedAt: number;
  /** Where the weights at the start come from, as a sentence. */
  readonly weights: string;
  /** 1-based line of the experiment file that made the stage, where it is known. */
  readonly line?: number;
  /** Whether something learns here: otherwise there are no gradients, and a step is the next batch. */
  readonly isTrained: boolean;
  /** Where the images come from: a key into the experiment's `data`, and the name of a split. */
  readonly images: { readonly data: string; readonly split: string };
}

export interface BatchInspection {
  /** Updates made before this one. */
  readonly step: number;
  /** Absent where nothing is trained. */
  readonly learningRate?: number;
  /** Length of all gradients together, before they are clipped; absent where nothing is trained. */
  readonly gradientNorm?: number;
  /** Time in s. `update`: of the optimiser and of memories. */
  readonly seconds: { readonly batch: number; readonly gradients: number; readonly update: number };
  readonly views: readonly InspectedView[];
  /** The first 256 of the batch. */
  readonly images: readonly InspectedImage[];
  /** Terms of the loss, averaged over the parts; the first is `loss`, their sum. Empty where there is none. */
  readonly losses: readonly { readonly name: string; readonly value: number }[];
  /** In the order in which the network computes them; of a second network under its name. */
  readonly layers: readonly InspectedLayer[];
  readonly parameters: readonly InspectedParameter[];
  readonly matching?: Matching;
  /** What is suspicious, most serious first, a sentence each. */
  readonly findings: readonly BatchFinding[];
}

export interface BatchFinding {
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
  /** The layer or parameter it is about. */
  readonly about?: string;
  /** Which call of the layer; absent where all are meant, and of parameters. */
  readonly call?: number;
}

/** One of the inputs of the network: a pretraining's `query` and `key` crops, `image` otherwise. */
export interface InspectedView {
  readonly name: string;
  /** [batch, height, width, channels] */
  readonly shape: readonly number[];
  /** Of each channel after normalisation, as the network sees it; of the parts that hold the first 256 images. */
  readonly channels: readonly TensorSummary[];
}

export interface InspectedImage {
  /** Place in the batch, from 0, over all parts. */
  readonly place: number;
  /** Name within the data set, such as its path. */
  readonly name: string;
  /** Class, or what else the image is labelled with. */
  readonly label?: string;
  /** A PNG for each view, relative to the session's folder: the very pixels, turned back from normalised to 0..255. */
  readonly files: readonly string[];
  /** Of this image alone, where the loss is a mean over images. */
  readonly loss?: number;
}

/** Figures of all numbers of a tensor. Those that are not finite are counted and left out of the others. */
export interface TensorSummary {
  readonly count: number;
  readonly mean: number;
  /** Population standard deviation. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
  /** Euclidean length. */
  readonly norm: number;
  /** Share of exact zeros, 0..1. */
  readonly zeros: number;
  readonly notFinite: number;
  /** Counts of equally wide bins from `min` to `max`; one bin where both are the same. */
  readonly histogram: readonly number[];
}

export interface InspectedLayer {
  /** Of the backbone as torchvision names it; of heads by their weights. A second network's have its name before a colon. */
  readonly name: string;
  /** Calls of one layer in one update are counted from 1: the levels of a pyramid, parts of a batch. */
  readonly call: number;
  readonly shape: readonly number[];
  readonly activation: TensorSummary;
  /** Of the loss with respect to the layer's output; absent where no gradient passes. */
  readonly gradient?: TensorSummary;
  /** Channels (last axis) that are zero for every image and place of the batch, and of how many. */
  readonly dead: { readonly units: readonly number[]; readonly of: number };
}

export interface InspectedParameter {
  readonly name: string;
  /** As in memory: of convolutions [height, width, in, out], of linear layers [in, out]. */
  readonly shape: readonly number[];
  /** Before the update. */
  readonly weight: TensorSummary;
  /** Mean over the parts, before it is clipped. */
  readonly gradient?: TensorSummary;
  /** Length of the change that the update made, as a share of the weight's length; absent where it is not trained. */
  readonly relativeUpdate?: number;
}

/** What each image was matched to, by the kind of objective. */
export type Matching =
  | { readonly kind: 'classes'; readonly classes: readonly string[]; readonly images: readonly ClassMatch[] }
  | {
      readonly kind: 'queue';
      /** What is compared with: earlier keys, or the memory bank's vectors. */
      readonly of: 'queue' | 'memory-bank';
      readonly size: number;
      /** How many entries hold keys of images and not noise. */
      readonly filled: number;
      readonly temperature: number;
      readonly images: readonly QueueMatch[];
    }
  | { readonly kind: 'boxes'; readonly classes: readonly string[]; readonly images: readonly BoxMatches[] }
  | { readonly kind: 'pixels'; readonly classes: readonly string[]; readonly images: readonly PixelMatch[] }
  | { readonly kind: 'landmarks'; readonly names: readonly string[]; readonly images: readonly LandmarkMatch[] };

export interface ClassMatch {
  readonly place: number;
  readonly expected: string;
  /** Likeliest first, at most five. */
  readonly predicted: readonly { readonly name: string; readonly probability: number }[];
}

export interface QueueMatch {
  readonly place: number;
  /** Cosine similarity with its own key (the mean over all keys of its kind, for SupCon). */
  readonly positive: number;
  /** How many entries count as negatives, and how many were left out or count as positives because of their label. */
  readonly negatives: number;
  readonly excluded: number;
  /** Share of the softmax that the positive has (all of its kind together, for SupCon), or the probability of NCE, 0..1. */
  readonly probability: number;
  /** Most similar negatives first, at most ten. */
  readonly hardest: readonly QueueEntry[];
}

export interface QueueEntry {
  /** Place in the queue or bank. */
  readonly entry: number;
  readonly similarity: number;
  /** Absent for noise, and where entries have no label. */
  readonly label?: string;
  /** Name of the image, where it is known. */
  readonly image?: string;
  /** Updates since it was put there, where it is known. */
  readonly age?: number;
}

/** Boxes are [x, y, width, height] in px of the image as the network sees it. */
export interface BoxMatches {
  readonly place: number;
  readonly truth: readonly { readonly box: Box; readonly label: string; readonly isCrowd: boolean }[];
  /** By the part of the detector: anchors of the proposal network, its proposals in the heads, a dense detector's points. */
  readonly stages: readonly BoxStage[];
}

export type Box = readonly [number, number, number, number];

export interface BoxStage {
  readonly name: 'anchors' | 'proposals' | 'points';
  /** Of all candidates of the image. Those that are neither do not count in the loss. */
  readonly counts: { readonly positive: number; readonly negative: number; readonly neither: number };
  /** Of those, how many were drawn for the loss; all where nothing is drawn. */
  readonly drawn: { readonly positive: number; readonly negative: number };
  /** Objects that no candidate was matched to, as places in `truth`. */
  readonly unmatched: readonly number[];
  /**
   * Positives, drawn ones first, and the negatives with the highest scores, at most 200. Of proposals those alone that were drawn,
   * since the others are never looked at.
   */
  readonly candidates: readonly BoxCandidate[];
}

export interface BoxCandidate {
  readonly box: Box;
  readonly role: 'positive' | 'negative';
  /** Place in `truth`; absent for negatives. */
  readonly matched?: number;
  /** Overlap with the nearest object, 0..1. */
  readonly iou: number;
  readonly isDrawn: boolean;
  /** What the network thinks of it: objectness or the probability of its class, 0..1. */
  readonly score: number;
}

export interface PixelMatch {
  readonly place: number;
  /** PNGs of class numbers as they are (255: ignored), relative to the session's folder. */
  readonly truthFile: string;
  readonly predictedFile: string;
  readonly ignoredShare: number;
  readonly accuracy: number;
}

export interface LandmarkMatch {
  readonly place: number;
  /** [x, y] in px of the image as the network sees it. */
  readonly points: readonly {
    readonly expected: readonly [number, number];
    readonly predicted: readonly [number, number];
    /** Does not count in the loss, being unmarked or hidden; `expected` says nothing then. */
    readonly isLeftOut?: true;
  }[];
}
