/** What a run folder keeps of its way through a cluster (`engine/`), so that any machine that sees the folder can go on. */
import type { ResourceSettings } from '../experiment/resourceFields';
import type { EngineName } from './runManifest';

export const SUBMISSION_VERSION = 1;

/** `engine/<name>.json`: an array of jobs; written before it is handed to the cluster, and again when its id is known. */
export interface Submission {
  readonly version: number;
  readonly engine: EngineName;
  /** Unique, and the name of the jobs: by it the cluster is asked whether it has them. */
  readonly name: string;
  /** Of `sbatch`. */
  readonly args: readonly string[];
  /** By index in the array. */
  readonly tasks: readonly SubmittedTask[];
  readonly writtenAt: string; // ISO 8601
  readonly patienceSeconds: number;
  /** Id in the cluster, once it is known. */
  readonly id?: string;
  /** Why it is of no account: what the cluster said when it refused, or that its submitter died. */
  readonly refused?: string;
}

export interface SubmittedTask {
  /** Ids of the stages that the job computes, in this order. */
  readonly stages: readonly string[];
}

/** `engine/request.json`: what the user asked for last. */
export interface EngineRequest {
  readonly version: number;
  readonly engine: EngineName;
  readonly wish: 'run' | 'cancel';
  /** Names of the submissions that were there before: failures of their jobs are forgotten. */
  readonly earlier?: readonly string[];
  readonly options: SlurmOptions;
}

export interface SlurmOptions {
  /** For every job, whatever the experiment file says. */
  readonly resources: ResourceSettings;
  readonly account?: string;
  readonly qos?: string;
  readonly constraint?: string;
  /** Most jobs of one array that run at a time. */
  readonly maxParallel?: number;
  /** Lines of the batch script before the program starts, such as `module load nodejs`. */
  readonly setup: readonly string[];
  /** Arguments for sbatch as they are. */
  readonly extra: readonly string[];
  /** The Node program and the worker, as the machines of the cluster see them. */
  readonly node: string;
  readonly worker: string;
  /** How long before its time is up a job is told to checkpoint, in seconds. */
  readonly graceSeconds: number;
  /** Transfers or analyses that one job computes in turn. */
  readonly pack: number;
  readonly mostAttempts: number;
  /** How long a job waits for files that other machines wrote, in seconds. */
  readonly patienceSeconds: number;
}
