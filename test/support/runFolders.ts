/** Writes run folders as workers leave them, for tests of whoever reads them. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { RECORD_VERSION } from '../../src/shared/results/records';
import type { PlannedStage, RunManifest, RunState, RunStatus, StageState } from '../../src/shared/results/runManifest';

export function plannedStage(id: string, kind: PlannedStage['kind'] = 'pretraining'): PlannedStage {
  const [pretraining = id, , transfer] = id.split('/');
  const key = id.replaceAll('/', '-');
  return { id, key, kind, label: id, pretraining, ...(transfer !== undefined && { transfer }), seed: 0 };
}

export interface WrittenRun {
  readonly out: string;
  readonly run: string;
  readonly state?: RunState;
  readonly stages?: Readonly<Record<string, StageState>>;
  readonly createdAt?: string;
  readonly pid?: number;
  readonly file?: string;
}

export function writeRun(options: WrittenRun): void {
  const { out, run, file = '/w/a.transfer.yaml', createdAt = '2026-01-01T00:00:00.000Z', stages = {} } = options;
  const folder = join(out, 'runs', run);
  mkdirSync(folder, { recursive: true });
  const manifest: RunManifest = {
    version: RECORD_VERSION,
    run,
    name: 'tiny',
    file,
    baseDir: '/w',
    launch: {},
    versions: {},
    runtime: { name: 'wasm', device: 'cpu', threads: 1, reason: '' },
    seeds: [0],
    stages: Object.keys(stages).map((id) => plannedStage(id, id.includes('/seed-0/') ? 'transfer' : 'pretraining')),
    createdAt,
  };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeStatus(options);
}

export function writeStatus({ out, run, state = 'done', stages = {}, pid = process.pid }: WrittenRun): void {
  const now = new Date().toISOString();
  const status: RunStatus = {
    version: RECORD_VERSION,
    state,
    pid,
    host: hostname(),
    startedAt: now,
    heartbeatAt: now,
    stages: Object.fromEntries(Object.entries(stages).map(([id, stage]) => [id, { state: stage }])),
  };
  writeFileSync(join(out, 'runs', run, 'status.json'), JSON.stringify(status));
}
