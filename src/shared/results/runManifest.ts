/** What a run leaves on disk, as types: its plan, its state while it is under way, its log; stages have records of their own. */
import type { AnalysisText } from '../experiment/addAnalysis';
import type { ResourceSettings } from '../experiment/resourceFields';
import type { StageKind } from './records';

/** `runs/<run>/manifest.json`, written when the run is planned and again when it ends. */
export interface RunManifest {
  readonly version: number;
  readonly run: string;
  readonly name: string;
  /** Absolute path of the experiment file at launch, and the folder its relative paths refer to. */
  readonly file: string;
  readonly baseDir: string;
  readonly launch: RunLaunch;
  readonly versions: Readonly<Record<string, string>>;
  readonly git?: { readonly commit: string; readonly dirty: boolean };
  readonly runtime: {
    readonly name: string;
    readonly device: string;
    readonly threads: number;
    readonly reason: string;
  };
  readonly seeds: readonly number[];
  readonly stages: readonly PlannedStage[];
  /** There when its results were made elsewhere and imported: nothing was computed, and nothing can be resumed. */
  readonly imported?: ImportedFrom;
  /** Where its stages are computed when it is not one worker here. */
  readonly engine?: EngineName;
  readonly createdAt: string;
  readonly finishedAt?: string;
}

export interface ImportedFrom {
  /** In a few words. */
  readonly source: string;
  readonly citation?: string;
  readonly url?: string;
}

/** What was asked for beside the file. */
export interface RunLaunch {
  readonly runtime?: string;
  readonly seeds?: readonly number[];
  readonly only?: readonly string[];
  /** Run beside those of the file. */
  readonly analyses?: readonly AnalysisText[];
}

export interface PlannedStage {
  readonly id: string;
  readonly key: string;
  readonly kind: StageKind;
  readonly label: string;
  /** Ids from the experiment file, for joining. */
  readonly pretraining: string;
  readonly transfer?: string;
  readonly analysis?: string;
  /** The other pretraining of an analysis that compares two. */
  readonly against?: string;
  readonly seed: number;
  /** Keys of the stages whose results it reads; absent in runs of older versions. */
  readonly needs?: readonly string[];
  /** What it asks of a cluster; absent where the file says nothing. */
  readonly resources?: ResourceSettings;
}

/** Engines that compute a run beyond this machine. */
export type EngineName = 'slurm';

/** `submitted`: handed to a cluster, where none of its stages is under way yet. */
export type RunState = 'planning' | 'submitted' | 'running' | 'done' | 'failed' | 'stopped';
export type StageState = 'waiting' | 'running' | 'done' | 'reused' | 'failed' | 'skipped';

/** When a run that is asked to stop (by the file `stop` in its folder) does so: at its next checkpoint, or after the stage under way. */
export type StopTime = 'now' | 'afterStage';

/** What `stop` holds to mean `afterStage`; anything else means `now`. */
export const STOP_AFTER_STAGE = 'after stage';

/**
 * `runs/<run>/status.json`: rewritten at every change and heartbeat by the one worker that owns the run. Workers that take
 * part in it write the same of what they do into `parts/<part>.json`; readers join all of them (src/runs/joinParts.ts).
 */
export interface RunStatus {
  readonly version: number;
  readonly state: RunState;
  readonly pid: number;
  readonly host: string;
  readonly startedAt: string;
  readonly heartbeatAt: string;
  /** By stage id. */
  readonly stages: Readonly<Record<string, StageStatus>>;
  /** While it runs, for whoever did not start it. */
  readonly progress?: RunStatusProgress;
  /** Why it failed or stopped. */
  readonly message?: string;
  /** Of a part that a cluster started, once it has ended; absent when it was killed. */
  readonly exitCode?: number;
}

export interface RunStatusProgress {
  /** Of the whole run, 0..1: finished stages count 1, the one under way in part. */
  readonly fraction: number;
  /** Id of the stage under way, and how far it is: `done` of `total` in `unit` (steps, images, layers …). */
  readonly stage?: string;
  readonly done?: number;
  readonly total?: number;
  readonly unit?: string;
  /** By measured rates; absent until something was measured. */
  readonly secondsLeft?: number;
  /** Further stages under way, where several workers compute the run. */
  readonly beside?: readonly { readonly stage: string; readonly done?: number; readonly total?: number }[];
}

export interface StageStatus {
  readonly state: StageState;
  readonly message?: string;
}

/** `runs/<run>/engine/report.json`: what a cluster said when it was last asked. */
export interface EngineReport {
  readonly version: number;
  readonly engine: EngineName;
  readonly at: string;
  /** `blind`: it could not be asked. `idle`: no job of this run is left, though stages are. */
  readonly state: 'active' | 'idle' | 'blind';
  /** What a user should know of the run as a whole. */
  readonly message?: string;
  /** By stage id; stages without a job are absent. */
  readonly stages: Readonly<Record<string, EngineStage>>;
}

export interface EngineStage {
  /** `failed`: given up, after as many attempts as are allowed. */
  readonly state: 'queued' | 'held' | 'running' | 'unknown' | 'failed';
  /** Id of the job in the cluster. */
  readonly job?: string;
  /** Why it waits or failed, in the cluster's words or ours. */
  readonly reason?: string;
  /** How often in a row the cluster was asked and had no job for the stage. */
  readonly missed?: number;
}

/** One line of `runs/<run>/load.jsonl`, about every ten seconds. */
export interface LoadRow {
  readonly at: string;
  /** Processor time of the worker by time passed: 1.5 is one core and a half. */
  readonly cores: number;
  /** Bytes: the worker's memory in all, its JavaScript heap, and what the machine has left. */
  readonly rss: number;
  readonly heap: number;
  readonly free: number;
  /** Energy that the processor packages took since the worker started, in joules; absent where the machine does not tell. */
  readonly joules?: number;
  /** The same of graphics processors, where the runtime computes on one and nvidia-smi tells. */
  readonly gpuJoules?: number;
}

/** One line of `runs/<run>/log.jsonl`. */
export interface LogLine {
  readonly at: string;
  readonly level: 'info' | 'warning' | 'error';
  readonly stage?: string;
  readonly message: string;
}
