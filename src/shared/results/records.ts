/**
 * What a stage leaves on disk, as types; what a run leaves is in runManifest.ts. Everything is JSON; arrays lie beside it in
 * safetensors files. `result` holds only what the stage's key determines (bit for bit on wasm); times and machines stand outside it.
 */
import type { ErrorType } from '../math/detection/errorBudget';
import type { HoiemType } from '../math/detection/hoiem';
import type { CosineHistogram } from '../math/geometry/viewLikeness';
import type { ErrorDiagnosis } from './errorDiagnosis';

export const RECORD_VERSION = 1;

export type StageKind = 'pretraining' | 'features' | 'transfer' | 'analysis';

/** `stages/<key>/record.json`: a stage is done when, and only when, this file is there and its files match. */
export interface StageRecord {
  readonly version: number;
  readonly key: string;
  readonly kind: StageKind;
  /** Human id in the run that made it, e.g. `moco/seed-1/probe`. */
  readonly id: string;
  readonly seed: number;
  readonly settings: unknown;
  readonly result: StageResult;
  /** Files of the stage folder that belong to the result. */
  readonly files: Readonly<Record<string, FileStamp>>;
  readonly made: StageMaking;
  /** SHA-256 of the rest of the record as JSON; an edited record does not count. */
  readonly checksum: string;
}

export interface FileStamp {
  readonly bytes: number;
  readonly sha256: string;
}

/** How, where and when the stage was computed; never part of a comparison. */
export interface StageMaking {
  readonly startedAt: string; // ISO 8601
  readonly finishedAt: string;
  /** Working time in seconds, over all attempts. */
  readonly seconds: number;
  readonly runtime: string;
  readonly host: string;
  /** How often the stage was started (1 = never interrupted). */
  readonly attempts: number;
}

export type StageResult = PretrainingResult | FeaturesResult | TransferResult | AnalysisResult;

export interface PretrainingResult {
  readonly kind: 'pretraining';
  readonly method: string;
  readonly parameters: number;
  /** Optimiser steps taken here; 0 for random and imported weights. */
  readonly steps: number;
  /** Images of the pretraining split; 0 when none was read. */
  readonly images: number;
  /** SHA-256 of the backbone's weights (float32, sorted by name). */
  readonly weightsDigest: string;
  /** Last logged value of each metric. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Things a reader of the numbers should know: collapse warning, partial import … */
  readonly notes: readonly string[];
  /** How an imported checkpoint says it was made. */
  readonly origin?: string;
  /** Where the results were made that stand in place of a run's own; nothing else was read of it. */
  readonly importedFrom?: string;
  /** Weights kept on the way, in files of their own; `at` as in the settings. */
  readonly snapshots?: readonly KeptSnapshot[];
  /** Of a snapshot: the training that it was taken of, all of whose steps are `total`. */
  readonly takenOf?: { readonly key: string; readonly total: number };
}

export interface KeptSnapshot {
  readonly at: number;
  readonly step: number;
  readonly file: string;
}

export interface FeaturesResult {
  readonly kind: 'features';
  readonly data: string;
  readonly split: string;
  readonly images: number;
  readonly layers: readonly { readonly layer: string; readonly dimension: number; readonly grid: number }[];
  /** Images left out (corrupt files), by name with the reason. */
  readonly problems: readonly { readonly file: string; readonly message: string }[];
}

export interface TransferResult {
  readonly kind: 'transfer';
  readonly task: string;
  readonly data: string;
  readonly trainImages: number;
  readonly testImages: number;
  readonly classes: number;
  /** One entry per layer, in depth order; none where the whole network was trained further. */
  readonly layers: readonly LayerScore[];
  /** Of the whole network where it was trained further: ap, ap50 … in 0..1. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** The headline metric of each class. */
  readonly perClass?: Readonly<Record<string, number>>;
  /** Which metric stands in tables, and of which layer (the last one probed); '' where it is of the whole network. */
  readonly headline: { readonly metric: string; readonly layer: string; readonly value: number };
  /** Of a few-shot transfer. */
  readonly episodes?: EpisodesSummary;
  /** Of a detection; records of older versions have none. */
  readonly errors?: DetectionErrors;
  /** What a sweep tried, layer by layer; the test split had no say. */
  readonly sweeps?: readonly SweepResult[];
  /** Where it was made, if not here; counts of images and classes are 0 where the source does not say them. */
  readonly importedFrom?: string;
  readonly notes: readonly string[];
}

/** Of boxes at IoU 0.50; all in 0..1 but counts. */
export interface DetectionErrors {
  readonly ap50: number;
  /** AP that mending one kind of error alone would gain (TIDE). */
  readonly gains: Readonly<Record<ErrorType, number>>;
  readonly counts: Readonly<Record<ErrorType, number>>;
  /** Shares of the N surest detections of each class with N objects, mean over classes. */
  readonly hoiem: Readonly<Record<HoiemType, number>>;
}

/** What pairs pretrainings by episode. */
export interface EpisodesSummary {
  readonly ways: number;
  readonly shots: number;
  /** Queries of each class. */
  readonly queries: number;
  /** Episodes of equal images have equal digests: their scores can be compared one by one. */
  readonly digest: string;
  /** Right answers at the headline layer, of ways · queries in each episode. */
  readonly right: readonly number[];
}

export interface SweepResult {
  readonly layer: string;
  readonly setting: 'learningRate' | 'l2';
  readonly chosen: number;
  /** Accuracy on held-out training images; null where the training diverged. */
  readonly tried: readonly { readonly value: number; readonly accuracy: number | null }[];
}

export interface LayerScore {
  readonly layer: string;
  /** 0 = input side, 1 = last layer of the backbone. */
  readonly depth: number;
  readonly dimension: number;
  /** Rates are in 0..1: accuracy, top5, loss, trainAccuracy … */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Numbers of each layer, or of each two layers. */
export interface AnalysisResult {
  readonly kind: 'analysis';
  /** `kind` in the experiment file: cka, geometry … */
  readonly analysis: string;
  /** Where the images are from; absent where it looks at none. */
  readonly data?: string;
  readonly images: number;
  /** In depth order; empty where layers are compared with each other. */
  readonly layers: readonly LayerScore[];
  /** Layers of the first pretraining against those of the second. */
  readonly matrix?: LayerMatrix;
  /** The numbers behind `layers`, where pretrainings can be compared image by image. */
  readonly perImage?: ImageScores;
  /** Of pairs of images, by how alike they are; in the order of `layers`. */
  readonly histograms?: readonly (CosineHistogram & { readonly layer: string })[];
  /** Of `detection-errors`. */
  readonly errors?: ErrorDiagnosis;
  readonly notes: readonly string[];
}

export interface ImageScores {
  /** Places of the images in the split. */
  readonly places: readonly number[];
  /** In the order of the result's layers; each metric has a value for each place. */
  readonly layers: readonly {
    readonly layer: string;
    readonly metrics: Readonly<Record<string, readonly number[]>>;
  }[];
}

export interface LayerMatrix {
  /** Name of the measure, e.g. cka. */
  readonly metric: string;
  /** Layers of the first pretraining, in depth order. */
  readonly rows: readonly string[];
  /** Layers of the second. */
  readonly columns: readonly string[];
  /** [rows][columns] */
  readonly values: readonly (readonly number[])[];
}

/** One line of `stages/<key>/metrics.jsonl`. */
export interface MetricRow {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** e.g. "queue full", "learning rate dropped". */
  readonly event?: string;
}
