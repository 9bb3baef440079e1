/** What every stage gets from the pipeline, and what it gives back. Stages never touch the run folder. */
import os from 'node:os';
import type { FileStamp, StageRecord, StageResult } from '../shared/results/records';
import type { DataLibrary } from './data/dataLibrary';
import type { StageStore } from './storage/stageStore';

export interface StageContext {
  /** Content key; the stage's folder is `stages.folder(key)`. */
  readonly key: string;
  readonly seed: number;
  readonly stages: StageStore;
  readonly data: DataLibrary;
  /** Records of the stages this one needs, by key. */
  readonly needs: ReadonlyMap<string, StageRecord>;
  /** Folder that relative paths in the experiment file refer to. */
  readonly baseDir: string;
  /** Name of the runtime. */
  readonly runtime: string;
  /** Threads for decoding and augmentation. */
  readonly threads: number;
  readonly signal: AbortSignal;
  progress(done: number, total: number, unit: string, detail?: string): void;
  metrics(step: number, metrics: Readonly<Record<string, number>>): void;
  warn(message: string): void;
}

export interface StageOutput {
  readonly result: StageResult;
  readonly files: Readonly<Record<string, FileStamp>>;
  /** Working time of earlier, interrupted attempts in seconds, and how many there were. */
  readonly earlier?: { readonly seconds: number; readonly attempts: number };
}

/** Threads for images that each of so many workers on this machine may have. */
export function imageThreads(workers: number): number {
  return Math.max(1, Math.min(8, Math.floor(os.availableParallelism() / workers) - 1));
}
