/**
 * A run in the middle of its pretrainings, written as the worker leaves it: manifest, status, settings, log, load and curves.
 * The curves are those of the shipped quickstart's pretrainings (examples/weights/logs), so that they look like real ones.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { RECORD_VERSION, type MetricRow } from '../../src/shared/results/records';
import type {
  LoadRow,
  LogLine,
  PlannedStage,
  RunManifest,
  RunState,
  RunStatus,
  StageStatus,
} from '../../src/shared/results/runManifest';
import { deriveRandom } from '../../src/shared/random';

const logs = resolve(import.meta.dirname, '../../examples/weights/logs');
export const trainedMethods = ['supervised', 'moco', 'exemplar'] as const;

export interface TrainingFixture {
  readonly out: string;
  readonly run: string;
  readonly state?: RunState;
  /** Ids of the pretrainings; each gets the curves of the method at its place, again from the first when there are more. */
  readonly pretrainings?: readonly string[];
  readonly seeds?: readonly number[];
  /** Which pretraining is under way, by place; those before it are done. */
  readonly running?: number;
  /** Of what is under way, 0..1. */
  readonly progress?: number;
  readonly message?: string;
  readonly createdAt?: string;
  readonly host?: string;
}

/** Returns the planned stages. */
export function writeTrainingRun(fixture: TrainingFixture): PlannedStage[] {
  const { out, run, pretrainings = trainedMethods, seeds = [0] } = fixture;
  const stages = seeds.flatMap((seed) =>
    pretrainings.flatMap((id): PlannedStage[] => [
      {
        id: `${id}/seed-${seed}`,
        key: `${run}-${id}-${seed}`,
        kind: 'pretraining',
        label: `pretrain ${id}`,
        pretraining: id,
        seed,
      },
      {
        id: `${id}/seed-${seed}/probe`,
        key: `${run}-${id}-${seed}-probe`,
        kind: 'transfer',
        label: `linear probe of ${id}`,
        pretraining: id,
        transfer: 'probe',
        seed,
      },
    ]),
  );
  const folder = join(out, 'runs', run);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value));
  const { running = 1, progress = 0.6 } = fixture;
  const trained = stages.filter(({ kind }) => kind === 'pretraining');
  const isOver = (fixture.state ?? 'running') !== 'running';
  const statuses = Object.fromEntries(
    stages.map((stage): [string, StageStatus] => {
      const place = trained.findIndex(
        ({ pretraining, seed }) => pretraining === stage.pretraining && seed === stage.seed,
      );
      if (fixture.state === 'done' || place < running) return [stage.id, { state: 'done' }];
      if (place > running || stage.kind !== 'pretraining') return [stage.id, { state: 'waiting' }];
      return [stage.id, isOver ? { state: 'waiting' } : { state: 'running' }];
    }),
  );
  write('manifest.json', manifestOf(fixture, stages));
  const isGoing = fixture.state !== 'done' && !isOver && trained[running] !== undefined;
  const told = { fraction: 0.4, stage: trained[running]?.id, done: progress * 1200, total: 1200, unit: 'steps' };
  write('status.json', {
    ...statusOf(fixture, statuses),
    ...(isGoing && { progress: { ...told, secondsLeft: 260 } }),
  });
  write('experiment.json', {
    name: 'quickstart',
    seeds,
    pretrainings: pretrainings.map(settingsOf),
    transfers: [],
    data: {},
  });
  writeLines(join(folder, 'log.jsonl'), logOf(stages));
  writeLines(join(folder, 'load.jsonl'), loadOf());
  trained.forEach((stage, place) => {
    if (place > running && fixture.state !== 'done') return;
    const share = place === running && fixture.state !== 'done' ? progress : 1;
    writeCurves(join(out, 'stages', stage.key), pretrainings.indexOf(stage.pretraining), { seed: stage.seed, share });
  });
  return stages;
}

function writeCurves(folder: string, index: number, { seed, share }: { seed: number; share: number }): void {
  mkdirSync(folder, { recursive: true });
  const method = trainedMethods[index % trainedMethods.length]!;
  const text = readFileSync(join(logs, `${method}-seed${seed % 3}.jsonl`), 'utf8')
    .trim()
    .split('\n');
  const rows = text.slice(0, Math.ceil(share * text.length)).map((line) => JSON.parse(line) as MetricRow);
  const random = deriveRandom(seed, 'training-fixture', index);
  const gradients = rows.map((row, i) => ({
    ...row,
    metrics: { ...row.metrics, gradientNorm: (2 + random.uniform()) / (1 + i / 10) },
    ...(method === 'supervised' && i === 3 && { event: 'warm-up over, learning rate 0.05' }),
  }));
  writeLines(join(folder, 'metrics.jsonl'), gradients);
  const pace = rows.map(({ step }) => ({
    step,
    metrics: { imagesPerSecond: 400 + 40 * random.uniform(), epoch: step / 7 },
  }));
  const resumed = { step: 600, metrics: {}, event: 'resumed' };
  writeLines(
    join(folder, 'pace.jsonl'),
    pace.flatMap((row) => (index === 0 && row.step === 600 ? [row, resumed] : [row])),
  );
}

function settingsOf(id: string, index: number): object {
  const method = trainedMethods[index % trainedMethods.length]!;
  return { id, method, batch: 256, ...(method !== 'supervised' && { queue: 1024 }) };
}

function manifestOf(
  { run, createdAt = '2026-11-20T09:12:00.000Z', state, seeds = [0] }: TrainingFixture,
  stages: readonly PlannedStage[],
): RunManifest {
  return {
    version: RECORD_VERSION,
    run,
    name: 'quickstart',
    file: '/home/ana/vision/quickstart.transfer.yaml',
    baseDir: '/home/ana/vision',
    launch: {},
    versions: { transferscope: '0.1.0', node: '22.20.0', platform: 'linux-x64' },
    git: { commit: '4c1f9a7be02d5d86a3f0c7a9d1e25b6f8890aa31', dirty: true },
    runtime: {
      name: 'wasm',
      device: 'Intel Xeon',
      threads: 4,
      reason: 'it runs everywhere; TensorFlow is not installed',
    },
    seeds,
    stages,
    createdAt,
    ...(state === 'done' && { finishedAt: '2026-11-20T11:02:00.000Z' }),
  };
}

function statusOf(
  { state = 'running', message, host = hostname() }: TrainingFixture,
  stages: RunStatus['stages'],
): RunStatus {
  const now = new Date().toISOString();
  const base = { version: RECORD_VERSION, state, pid: process.pid, host, startedAt: now, heartbeatAt: now, stages };
  return { ...base, ...(message !== undefined && { message }) };
}

function logOf(stages: readonly PlannedStage[]): LogLine[] {
  const at = (minute: number): string => `2026-11-20T09:${String(minute).padStart(2, '0')}:07.000Z`;
  const first = stages[0]?.id;
  return [
    { at: at(12), level: 'info', message: 'runtime wasm: it runs everywhere; TensorFlow is not installed' },
    { at: at(12), level: 'warning', message: 'the momentum of the key encoder is high for so short a training' },
    {
      at: at(13),
      level: 'warning',
      stage: first,
      message: 'smileys/grinning face.png cannot be read (bad marker); another image takes its place',
    },
    {
      at: at(44),
      level: 'error',
      stage: first,
      message: 'the loss became NaN at step 1,051 with learning rate 0.3; lower learningRate or add warmupSteps',
    },
    { at: at(45), level: 'info', message: 'run goes on with what does not need it' },
  ];
}

function loadOf(): LoadRow[] {
  const random = deriveRandom(0, 'load-fixture');
  return Array.from({ length: 180 }, (_, i) => ({
    at: new Date(Date.parse('2026-11-20T09:12:00.000Z') + 10_000 * i).toISOString(),
    cores: 3.1 + 0.6 * random.uniform() - (i % 40 < 3 ? 2 : 0),
    rss: 1.1e9 + 2e8 * Math.min(1, i / 40) + 3e7 * random.uniform(),
    heap: 9e7 + 4e6 * (i % 12),
    free: 5.2e9 - 1e7 * i,
  }));
}

function writeLines(file: string, rows: readonly object[]): void {
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
