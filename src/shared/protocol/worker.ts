/**
 * The wire between whoever launches work (CLI, extension host) and the worker process that does it.
 * The launcher sends requests, each answered once; the worker sends events while a request is served.
 * Order: worker says `ready` with its protocol version; nothing is sent to it before. One run at a time per worker.
 * The worker owns the run folder; closing the channel makes it checkpoint and exit.
 */
import type { AnalysisText } from '../experiment/addAnalysis';
import type { BackboneConfig } from '../experiment/layers';
import type { Problem } from '../experiment/problem';
import type { BatchInspection, BatchSession } from '../results/batchInspection';
import type { EngineName, PlannedStage, StageState } from '../results/runManifest';
import type { WeightsCheck } from '../weights/checkReport';
import type { WeightsSummary } from '../weights/describeWeights';
import type { ListedTensor } from '../weights/listTensors';
import type { WeightsMapping } from '../weights/recognise';
import type { TensorStatistics } from '../weights/tensorStatistics';

export const WORKER_PROTOCOL_VERSION = 1;

/** Requests: name → parameters and answer. */
export interface WorkerRequests {
  /** Runs an experiment (or resumes a run) to its end; answers when it is done, failed or stopped. */
  run: { params: RunRequest; answer: RunOutcome };
  /** Plans an experiment and makes its run folder; its stages are computed by others, in parts. */
  prepare: { params: PrepareRequest; answer: { run: string; runFolder: string } };
  /** Parses and checks; opens the data as well when asked, for the checks that need its size and classes. */
  validate: { params: { file: string; openData: boolean }; answer: { problems: readonly Problem[] } };
  listRuntimes: { params: Record<string, never>; answer: { runtimes: readonly RuntimeInfo[] } };
  checkRuntime: {
    params: { runtime: string };
    answer: { runtime: string; ok: boolean; message: string; milliseconds: number };
  };
  /** Draws emoji-scenes into a new folder (absolute path): VOC, COCO and Cityscapes layouts. */
  makeScenes: {
    params: { out: string; images: number; size: number; seed: number };
    answer: { images: number; objects: number; classes: readonly string[] };
  };
  /** Imports weights and runs a fixed image through the network. */
  checkWeights: { params: WeightsCheckRequest; answer: WeightsCheck };
  /** Tells what a weight file is and what its numbers are like, in `weightsInspected` events. */
  inspectWeights: { params: WeightsInspectionRequest; answer: Record<string, never> };
  /** Writes the outputs of layers for images or an array into a file. */
  extractFeatures: { params: FeaturesRequest; answer: FeaturesOutcome };
  /** Makes a stage ready to be looked at one update at a time, in place of the one before; not while a run is under way. */
  openBatch: { params: BatchRequest; answer: BatchSession };
  /** Makes the next update of the open stage; its pictures are in the folder of the request when it answers. */
  inspectBatch: { params: Record<string, never>; answer: BatchInspection };
  /**
   * Lets JavaScript debuggers of this machine attach to the worker, whatever it is doing; with `waits`, answers once one has. The
   * worker's silence is no sign of death from then on, since a debugger may hold it still.
   */
  openInspector: { params: { readonly waits?: boolean }; answer: { url: string; port: number } };
}

export interface BatchRequest {
  /** Absolute path of the experiment file. */
  readonly file: string;
  /** The `.transferscope` folder, whose finished stages are read; nothing is written there. */
  readonly out: string;
  /** Id of a stage of the plan, or of a pretraining, transfer or analysis, whose first stage is meant. */
  readonly stage: string;
  readonly seed?: number;
  readonly runtime?: string;
  /** Begin at the training's checkpoint where there is one; otherwise at its start. */
  readonly fromCheckpoint: boolean;
  /** Absolute path of an empty folder for images. */
  readonly folder: string;
}

/** A network whose weights come from a file. */
export interface ImportRequest {
  /** Absolute path of the checkpoint, and how messages call it. */
  readonly file: string;
  readonly name: string;
  readonly mapping: WeightsMapping;
  readonly backbone: BackboneConfig;
  readonly runtime: string;
}

export interface WeightsCheckRequest extends ImportRequest {
  /** Side of the image in px. */
  readonly imageSize: number;
}

export interface WeightsInspectionRequest extends Pick<ImportRequest, 'file' | 'name' | 'mapping'> {
  /** What the weights should fit; found out from the file when absent. */
  readonly backbone?: BackboneConfig;
  /** Also read the numbers. */
  readonly measure: boolean;
  /** A file whose tensors of the same names are compared. */
  readonly other?: Pick<ImportRequest, 'file' | 'name'>;
}

/** In this order; `listed` and `measured` several times. */
export type WeightsPart =
  | {
      readonly kind: 'described';
      readonly summary: WeightsSummary;
      /** How many will be listed. */
      readonly tensors: number;
      /** What they are compared with. */
      readonly backbone?: BackboneConfig;
      /** Beginnings of names with a backbone behind them, likeliest first. */
      readonly prefixes: readonly { readonly prefix: string; readonly weights: number }[];
    }
  | { readonly kind: 'listed'; readonly tensors: readonly ListedTensor[] }
  /** What is suspicious about the network as a whole. */
  | { readonly kind: 'judged'; readonly warnings: readonly string[] }
  /** Of the tensors `from`, `from + 1`, … of the file. */
  | { readonly kind: 'measured'; readonly from: number; readonly statistics: readonly TensorStatistics[] };

export interface FeaturesRequest extends ImportRequest {
  /** Absolute paths of image files and folders of them; empty with `input`. */
  readonly images: readonly string[];
  /** Absolute path of a .npy array of normalised images. */
  readonly input?: string;
  readonly layers: readonly string[];
  /** Whole maps, [images, channels, height, width], instead of their means, [images, channels]. */
  readonly isFull: boolean;
  /** Side that images are resized and cut to, px; of no effect with `input`. */
  readonly imageSize: number;
  /** Absolute path of the .safetensors, .npz or .parquet file to write. */
  readonly out: string;
  /** Folder in which results are kept by their content key; none are without. */
  readonly cache?: string;
}

export interface FeaturesOutcome {
  readonly images: number;
  readonly layers: readonly { readonly layer: string; readonly shape: readonly number[] }[];
  /** Whether the result was there already. */
  readonly isReused: boolean;
  readonly seconds: number;
  readonly runtime: string;
}

export interface RunRequest {
  /** Absolute path of the experiment file; ignored when `resume` is given. */
  readonly file: string;
  /** The `.transferscope` folder. */
  readonly out: string;
  readonly runtime?: string;
  readonly seeds?: readonly number[];
  /** Ids of pretrainings, transfers or analyses; what they need is run too. */
  readonly only?: readonly string[];
  /** Run beside those of the file, which stays as it is; the run folder's copy of it has them. */
  readonly analyses?: readonly AnalysisText[];
  /** Name of a run folder to continue. */
  readonly resume?: string;
  /** How many workers share the work; 1 when absent. The launcher starts the others once the run is planned. */
  readonly workers?: number;
  /** Takes part in the run `resume`, which others own. */
  readonly part?: PartRequest;
}

export interface PartRequest {
  /** Names the part's files in the run folder; nobody else has it. */
  readonly name: string;
  /** Ids of the stages to compute, and no others; absent: whichever are free, in the order of the plan. */
  readonly stages?: readonly string[];
  /** Of the cluster's job that computes the part. */
  readonly identity?: { readonly job: string; readonly restart: number };
  /** How long to wait for files that others have written and that are not to be seen yet; not at all when absent. */
  readonly patienceSeconds?: number;
}

export interface PrepareRequest extends Pick<RunRequest, 'file' | 'out' | 'runtime' | 'seeds' | 'only' | 'analyses'> {
  readonly engine: EngineName;
  /** Graphics processors that are asked for every job, beside those in the file. */
  readonly gpus?: number;
}

export interface RunOutcome {
  readonly run: string;
  readonly state: 'done' | 'failed' | 'stopped';
  readonly counts: {
    readonly done: number;
    readonly reused: number;
    readonly failed: number;
    readonly skipped: number;
  };
  readonly seconds: number;
  /** Sentences for the user, one per failed stage. */
  readonly failures: readonly string[];
  /** Why a part with given stages left some: another worker has taken one over, or what one needs is not there. */
  readonly left?: 'fenced' | 'needs';
  /** Whether trying again cannot mend what failed. */
  readonly isFinal?: boolean;
}

export interface RuntimeInfo {
  readonly name: string;
  readonly available: boolean;
  readonly reason: string;
  readonly device: string;
  readonly threads: number;
  readonly version: string;
}

/** Events, all past tense; sent while `run` is being served. */
export type WorkerEvent =
  /** The run folder exists and the plan is known; sent once, first. */
  | {
      readonly type: 'runPlanned';
      readonly run: string;
      readonly runFolder: string;
      readonly stages: readonly PlannedStage[];
      readonly runtime: RuntimeInfo;
      readonly warnings: readonly Problem[];
    }
  | {
      readonly type: 'stageChanged';
      readonly id: string;
      readonly state: StageState;
      readonly message?: string;
      readonly seconds?: number;
    }
  /** At most about four a second. `done` of `total` in `unit` (steps, images, layers …). */
  | {
      readonly type: 'stageProgressed';
      readonly id: string;
      readonly done: number;
      readonly total: number;
      readonly unit: string;
      readonly detail?: string;
    }
  | {
      readonly type: 'metricsLogged';
      readonly id: string;
      readonly step: number;
      readonly metrics: Readonly<Record<string, number>>;
    }
  | {
      readonly type: 'logged';
      readonly level: 'info' | 'warning' | 'error';
      readonly stage?: string;
      readonly message: string;
    }
  /** While `inspectWeights` is served. */
  | { readonly type: 'weightsInspected'; readonly part: WeightsPart }
  /** Every second, whatever the worker is doing; silence means that it hangs. */
  | { readonly type: 'heartbeat'; readonly at: number };
