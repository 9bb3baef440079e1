/** A finished run of one transfer as its worker leaves it, one stage by pretraining, with the files that the stages hold. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordChecksum } from '../../src/shared/results/recordChecksum';
import {
  RECORD_VERSION,
  type PlannedStage,
  type RunManifest,
  type StageRecord,
  type TransferResult,
} from '../../src/shared/results/records';

export type StageFiles = Readonly<Record<string, Uint8Array>>;

export interface TransferRun {
  readonly run: string;
  /** The experiment file. */
  readonly file: string;
  readonly transfer: string;
  readonly result: Omit<TransferResult, 'kind' | 'trainImages' | 'layers' | 'notes'>;
  /** Files by pretraining. */
  readonly stages: Readonly<Record<string, StageFiles>>;
}

export function writeTransferRun(out: string, { run, file, transfer, result, stages }: TransferRun): void {
  const folder = path.join(out, 'runs', run);
  mkdirSync(folder, { recursive: true });
  const createdAt = '2026-01-01T00:00:00.000Z';
  const planned = Object.keys(stages).map((pretraining): PlannedStage => {
    const id = `${pretraining}/seed-0/${transfer}`;
    return { id, label: id, key: `${pretraining}-${transfer}`, kind: 'transfer', pretraining, transfer, seed: 0 };
  });
  const manifest: RunManifest = {
    ...{ version: RECORD_VERSION, run, name: transfer, file, baseDir: path.dirname(file), launch: {}, versions: {} },
    ...{ runtime: { name: 'wasm', device: 'cpu', threads: 1, reason: '' }, seeds: [0], stages: planned, createdAt },
  };
  const states = Object.fromEntries(planned.map(({ id }) => [id, { state: 'done' }]));
  const times = { startedAt: createdAt, heartbeatAt: createdAt };
  const status = { version: RECORD_VERSION, state: 'done', pid: 1, host: 'nowhere', ...times, stages: states };
  const write = (at: string, value: unknown): void => writeFileSync(at, JSON.stringify(value));
  write(path.join(folder, 'manifest.json'), manifest);
  write(path.join(folder, 'status.json'), status);
  for (const stage of planned) {
    const files = stages[stage.pretraining]!;
    const at = path.join(out, 'stages', stage.key);
    mkdirSync(at, { recursive: true });
    write(path.join(at, 'record.json'), transferRecord(stage, Object.keys(files), result));
    for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(at, name), bytes);
  }
}

/** A record as such a stage leaves it. */
export function transferRecord(
  { key, id, seed }: Pick<PlannedStage, 'key' | 'id' | 'seed'>,
  files: readonly string[],
  result: TransferRun['result'],
): StageRecord {
  const made = { startedAt: '', finishedAt: '', seconds: 1, runtime: 'wasm', host: 'laptop', attempts: 1 };
  const record: Omit<StageRecord, 'checksum'> = {
    ...{ version: RECORD_VERSION, key, kind: 'transfer', id, seed, settings: {}, made },
    files: Object.fromEntries(files.map((name) => [name, { bytes: 1, sha256: '' }])),
    result: { ...result, kind: 'transfer', trainImages: 1, layers: [], notes: [] },
  };
  return { ...record, checksum: recordChecksum(record) };
}
