/**
 * A training in the middle, as one file: weights, optimiser, teacher, queue or bank, position, running sums.
 * One file, renamed into place, is either the old state or the new one; a digest inside notices a changed byte.
 * Random streams need no state: they derive from seed and step.
 */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { decodeSafetensors, encodeSafetensors } from '../../shared/weights/safetensors';
import type { FileStamp } from '../../shared/results/records';
import { UserError } from '../../shared/errors';
import type { HostTensor } from '../models/weightStore';
import { writeFileAtomic } from '../storage/atomicFile';
import { METRICS_FILE, MetricsFile } from '../storage/metricsFile';
import { fileMismatch } from '../storage/stageStore';

/** Of a stage's folder, while it trains. */
export const STATE_FILE = 'training.safetensors';

const STATE_VERSION = '3';

export interface TrainingState {
  /** Steps already taken. */
  readonly step: number;
  readonly tensors: ReadonlyMap<string, HostTensor>;
  readonly scalars: Readonly<Record<string, number>>;
  /** metrics.jsonl as it was at this step. */
  readonly metricsFile: FileStamp;
  /** Working time so far, in seconds. */
  readonly seconds: number;
  readonly attempts: number;
  /** Snapshots written so far, by the name of their file in the same folder. */
  readonly kept?: Readonly<Record<string, FileStamp>>;
  /** What a stage of several trainings, one after the other, has finished so far; JSON, read by the code that wrote it. */
  readonly finished?: unknown;
}

export async function saveTrainingState(file: string, state: TrainingState): Promise<void> {
  await writeFileAtomic(file, encodeTrainingState(state));
}

/** The file's bytes. Throws a user error where a number is not finite. */
export function encodeTrainingState(state: TrainingState): Uint8Array {
  const { tensors, ...rest } = state;
  requireFinite(tensors, `step ${state.step}`);
  const text = JSON.stringify(rest);
  const metadata = { version: STATE_VERSION, state: text, digest: digestState(tensors, text) };
  const encoded = new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, dtype: 'F32' as const }]));
  return encodeSafetensors(encoded, metadata);
}

/** The saved state, 'none' when there is no file, or the reason why the file cannot be used. */
export async function loadTrainingState(file: string): Promise<TrainingState | 'none' | { readonly damaged: string }> {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes ? decodeTrainingState(bytes) : 'none';
}

/** The state that the bytes hold, or the reason why they cannot be used. */
export function decodeTrainingState(bytes: Uint8Array): TrainingState | { readonly damaged: string } {
  try {
    const { tensors, metadata } = decodeSafetensors(bytes);
    if (metadata.version !== STATE_VERSION) return { damaged: `it has version ${metadata.version}` };
    const host = new Map<string, HostTensor>();
    for (const [name, { shape, data }] of tensors) {
      if (!(data instanceof Float32Array)) return { damaged: `${name} is not float32` };
      host.set(name, { shape, data });
    }
    const text = metadata.state ?? '';
    if (metadata.digest !== digestState(host, text)) return { damaged: 'its content was changed' };
    return { ...(JSON.parse(text) as Omit<TrainingState, 'tensors'>), tensors: host };
  } catch (error) {
    return { damaged: error instanceof Error ? error.message : String(error) };
  }
}

/** The saved state if it and the curves that belong to it are whole; a warning if they are not. */
export async function loadUsableState(files: {
  readonly file: string;
  /** Path of metrics.jsonl. */
  readonly metrics: string;
  warn(message: string): void;
}): Promise<TrainingState | undefined> {
  const state = await loadTrainingState(files.file);
  if (state === 'none') return undefined;
  const reason = 'damaged' in state ? state.damaged : await damageBeside(state, files);
  if (!('damaged' in state) && reason === undefined) return state;
  files.warn(`the saved training state cannot be used (${reason}); the training starts again`);
  return undefined;
}

/** Why the files that a state counts on are no longer those that it saw written; undefined when they are. */
async function damageBeside(
  { metricsFile, kept = {} }: TrainingState,
  { file, metrics }: { readonly file: string; readonly metrics: string },
): Promise<string | undefined> {
  if (!(await MetricsFile.beginsWith(metrics, metricsFile)))
    return `${METRICS_FILE} beside it was changed or cut short`;
  for (const [name, stamp] of Object.entries(kept)) {
    const mismatch = await fileMismatch(path.join(path.dirname(file), name), stamp);
    if (mismatch) return `${name} beside it ${mismatch}`;
  }
  return undefined;
}

export async function removeTrainingState(file: string): Promise<void> {
  await rm(file, { force: true });
}

function digestState(tensors: ReadonlyMap<string, HostTensor>, text: string): string {
  return createHash('sha256').update(digestTensors(tensors)).update(text).digest('hex');
}

/** SHA-256 over names, shapes and float32 bytes in name order; also names a set of weights in records. */
export function digestTensors(tensors: ReadonlyMap<string, HostTensor>): string {
  const hash = createHash('sha256');
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    hash.update(`${name}:${shape.join('x')};`);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

/** A weight that is not finite must not be kept: it would be found only by whoever reads the features. */
export function requireFinite(tensors: ReadonlyMap<string, HostTensor>, when: string): void {
  for (const [name, { data }] of tensors) {
    const bad = data.find((value) => !Number.isFinite(value));
    if (bad !== undefined) {
      throw new UserError('numeric', `${name} became ${bad} at ${when}; lower learningRate or add warmupSteps`);
    }
  }
}
