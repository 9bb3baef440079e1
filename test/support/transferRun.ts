/** Finished runs as workers leave them, with the files that their stages hold; of one transfer, one stage by pretraining. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { recordChecksum } from '../../src/shared/results/recordChecksum';
import { RECORD_VERSION, type StageRecord, type TransferResult } from '../../src/shared/results/records';
import type { PlannedStage, RunManifest } from '../../src/shared/results/runManifest';

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
  const planned = Object.keys(stages).map((pretraining): PlannedStage => {
    const id = `${pretraining}/seed-0/${transfer}`;
    return { id, label: id, key: `${pretraining}-${transfer}`, kind: 'transfer', pretraining, transfer, seed: 0 };
  });
  writeRunFolder(out, { run, name: transfer, file, stages: planned });
  for (const stage of planned) {
    const files = stages[stage.pretraining]!;
    writeStageFolder(out, transferRecord(stage, Object.keys(files), result), files);
  }
}

/** A run whose stages are done. */
export function writeRunFolder(
  out: string,
  { stages, ...names }: Pick<RunManifest, 'run' | 'name' | 'file' | 'stages'>,
): void {
  const folder = path.join(out, 'runs', names.run);
  mkdirSync(folder, { recursive: true });
  const createdAt = '2026-01-01T00:00:00.000Z';
  const manifest: RunManifest = {
    ...{ version: RECORD_VERSION, ...names, baseDir: path.dirname(names.file), launch: {}, versions: {} },
    ...{ runtime: { name: 'wasm', device: 'cpu', threads: 1, reason: '' }, seeds: [0], stages, createdAt },
  };
  const states = Object.fromEntries(stages.map(({ id }) => [id, { state: 'done' }]));
  const times = { startedAt: createdAt, heartbeatAt: createdAt };
  const status = { version: RECORD_VERSION, state: 'done', pid: 1, host: 'nowhere', ...times, stages: states };
  writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(path.join(folder, 'status.json'), JSON.stringify(status));
}

/** A stage's record with its files. */
export function writeStageFolder(out: string, record: StageRecord, files: StageFiles): void {
  const at = path.join(out, 'stages', record.key);
  mkdirSync(at, { recursive: true });
  writeFileSync(path.join(at, 'record.json'), JSON.stringify(record));
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(at, name), bytes);
}

/** A record as such a stage leaves it. */
export function transferRecord(
  { key, id, seed }: Pick<PlannedStage, 'key' | 'id' | 'seed'>,
  files: readonly string[],
  result: TransferRun['result'],
): StageRecord {
  const own: TransferResult = { ...result, kind: 'transfer', trainImages: 1, layers: [], notes: [] };
  return stageRecord({ key, kind: 'transfer', id, seed, settings: {}, result: own }, files);
}

/** With its checksum. */
export function stageRecord(
  stage: Pick<StageRecord, 'key' | 'kind' | 'id' | 'seed' | 'settings' | 'result'>,
  files: readonly string[],
): StageRecord {
  const made = { startedAt: '', finishedAt: '', seconds: 1, runtime: 'wasm', host: 'laptop', attempts: 1 };
  const record: Omit<StageRecord, 'checksum'> = {
    ...{ version: RECORD_VERSION, ...stage, made },
    files: Object.fromEntries(files.map((name) => [name, { bytes: 1, sha256: '' }])),
  };
  return { ...record, checksum: recordChecksum(record) };
}
