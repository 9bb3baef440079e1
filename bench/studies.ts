/**
 * What large studies cost besides their computing, with limits: planning 10,000 stages (2 s), opening a workspace of 1,000
 * finished runs with their records (1 s), what a worker spends on a stage that costs nothing (50 ms), what asking after a
 * run on a cluster costs (one call of squeue).
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRunIndex } from '../src/runs/runIndex';
import { listRuns } from '../src/runs/runStore';
import { createSlurmTools } from '../src/runs/engines/slurm/slurmTools';
import { syncRun } from '../src/runs/engines/slurm/syncRun';
import { parseExperiment } from '../src/shared/experiment/parse';
import { planStages } from '../src/shared/experiment/plan';
import type { Experiment } from '../src/shared/experiment/schema';
import type { Stage } from '../src/shared/experiment/stages';
import { recordChecksum } from '../src/shared/results/recordChecksum';
import { RECORD_VERSION, type StageRecord } from '../src/shared/results/records';
import type { PlannedStage } from '../src/shared/results/runManifest';
import { DataLibrary } from '../src/worker/data/dataLibrary';
import { Run, type RunParts } from '../src/worker/run';
import { RunJournal } from '../src/worker/runJournal';
import type { StageOutput } from '../src/worker/stageContext';
import { RunFolder } from '../src/worker/storage/runFolder';

const RUNS = 1000;
const STAGES_A_RUN = 10;
const at = '2026-01-01T00:00:00.000Z';

function tell(workload: string, seconds: number, limit?: number): void {
  console.log(JSON.stringify({ workload, seconds, ...(limit !== undefined && { limit }) }));
}

/** 20 pretrainings with 47 transfers each, 10 seeds: 20 × 10 × (1 + 2 + 47) stages. */
function measurePlanning(): void {
  const pretrainings = Array.from(
    { length: 20 },
    (_, i) => `  - { id: p${i}, method: moco, data: emoji, steps: ${100 + i} }\n`,
  );
  const transfers = Array.from(
    { length: 47 },
    (_, i) => `  - { id: t${i}, task: linear-probe, data: emoji, layers: [layer4], l2: ${(i + 1) / 1000} }\n`,
  );
  const text = `name: large
seeds: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
imageSize: 32
backbone: { name: resnet18, width: 16, stem: small }
data:
  emoji: { kind: emoji }
pretrainings:
${pretrainings.join('')}transfers:
${transfers.join('')}`;
  const begun = performance.now();
  const { experiment, problems } = parseExperiment(text, { fileName: 'large', recipes: new Map() });
  if (!experiment) throw new Error(problems[0]?.message ?? 'the experiment cannot be read');
  const codeVersions = { pretraining: '1', features: '1', transfer: '1', analysis: '1' };
  const inputs = { fingerprints: { emoji: 'f' }, fileHashes: {}, runtimeFamily: 'wasm', codeVersions };
  const { stages } = planStages(experiment, inputs);
  const seconds = (performance.now() - begun) / 1000;
  if (stages.length !== 10_000) throw new Error(`${stages.length} stages were planned instead of 10000`);
  tell('studies-plan-10000-stages', seconds, 2);
}

function writeWorkspace(out: string): string[] {
  const keys: string[] = [];
  for (let run = 0; run < RUNS; run++) {
    const stages = Array.from({ length: STAGES_A_RUN }, (_, i): PlannedStage => {
      const key = `${run}-${i}`.padStart(64, '0');
      const id = `p${i}/seed-0/probe`;
      return { id, key, kind: 'transfer', label: id, pretraining: `p${i}`, transfer: 'probe', seed: 0, needs: [] };
    });
    const folder = path.join(out, 'runs', `study-${run + 1}`);
    mkdirSync(folder, { recursive: true });
    const names = {
      version: RECORD_VERSION,
      run: `study-${run + 1}`,
      name: 'study',
      file: '/w/study.transfer.yaml',
      baseDir: '/w',
    };
    const runtime = { name: 'wasm', device: 'cpu', threads: 1, reason: '' };
    const manifest = { ...names, launch: {}, versions: {}, runtime, seeds: [0], stages, createdAt: at, finishedAt: at };
    const states = Object.fromEntries(stages.map(({ id }) => [id, { state: 'done' }]));
    const status = {
      version: RECORD_VERSION,
      state: 'done',
      pid: 1,
      host: 'nowhere',
      startedAt: at,
      heartbeatAt: at,
      stages: states,
    };
    writeFileSync(path.join(folder, 'manifest.json'), JSON.stringify(manifest, null, 1));
    writeFileSync(path.join(folder, 'status.json'), JSON.stringify(status));
    for (const stage of stages) {
      keys.push(stage.key);
      writeRecord(path.join(out, 'stages', stage.key), stage);
    }
  }
  return keys;
}

function writeRecord(folder: string, { id, key, kind, seed }: PlannedStage): void {
  const layers = ['conv1', 'layer1', 'layer2', 'layer3', 'layer4'].map((layer, i) => ({
    ...{ layer, inputs: 64 * (i + 1), l2: 0.001 * i, accuracy: 0.5 + i / 100, interval: [0.4, 0.6] },
  }));
  const metrics = { accuracy: 0.5, 'accuracy/top5': 0.9, loss: 1.25 };
  const result = {
    kind: 'transfer',
    task: 'linear-probe',
    metrics,
    trainImages: 1000,
    testImages: 500,
    layers,
    notes: [],
  };
  const made = { startedAt: at, finishedAt: at, seconds: 1, runtime: 'wasm', host: 'here', attempts: 1 };
  const settings = { id: 'probe', task: 'linear-probe', layers: ['layer4'], l2: 0.001 };
  const content = {
    version: RECORD_VERSION,
    key,
    kind,
    id,
    seed,
    settings,
    result,
    files: {},
    made,
  } as unknown as StageRecord;
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'record.json'),
    JSON.stringify({ ...content, checksum: recordChecksum(content) }, null, 1),
  );
}

async function measureWorkspace(out: string): Promise<void> {
  const keys = writeWorkspace(out);
  const index = createRunIndex(out);
  const times = { open: 0, again: 0, records: 0, list: 0, command: 0 };
  const time = async (name: keyof typeof times, work: () => unknown) => {
    const begun = performance.now();
    await work();
    times[name] = (performance.now() - begun) / 1000;
  };
  await time('open', () => index.refresh());
  if (index.runs().length !== RUNS) throw new Error(`${index.runs().length} runs were found`);
  await time('again', () => index.refresh());
  await time('records', async () => {
    const { records } = await index.records(keys);
    if (records.size !== keys.length) throw new Error(`${records.size} records were read`);
  });
  await time('list', () => listRuns(out));
  const cli = fileURLToPath(new URL('../cli.js', import.meta.url));
  await time('command', () => spawnSync(process.execPath, [cli, 'ls', '--out', out]));
  tell('studies-open-1000-runs', times.open, 1);
  tell('studies-look-again-at-1000-runs', times.again);
  tell('studies-records-of-1000-runs', times.records);
  tell('studies-list-1000-runs', times.list);
  tell('studies-command-ls-1000-runs', times.command, 1);
}

/** The worker's own pipeline over stages whose computing costs nothing: claims, records, status, log, sweeping. */
async function measureStages(out: string, stages: number, workers: number): Promise<void> {
  const planned = Array.from({ length: stages }, (_, i): Stage => {
    const key = `${stages}-${workers}-${i}`.padStart(64, '0');
    const settings = { backbone: {}, pretraining: { id: `p${i}`, method: 'random' } };
    const names = { key, id: `p${i}/seed-0`, label: `p${i}`, pretraining: `p${i}`, seed: 0, seeds: [0], needs: [] };
    return { kind: 'pretraining', ...names, settings } as unknown as Stage;
  });
  const host = { report: () => {}, signal: new AbortController().signal };
  const folder = await RunFolder.create(out, 'bench');
  const experiment = {
    name: 'bench',
    seeds: [0],
    pretrainings: [],
    transfers: [],
    analyses: [],
  } as unknown as Experiment;
  const launch = { text: '', file: '/w/bench.transfer.yaml', baseDir: out };
  const runtime = { name: 'wasm', device: 'cpu', threads: 1, reason: '' } as RunParts['runtime'];
  const library = new DataLibrary({}, out, () => {});
  const compute = () =>
    Promise.resolve({ result: { kind: 'pretraining', method: 'random' }, files: {} } as unknown as StageOutput);
  const request = { file: launch.file, out, workers };
  const journal = new RunJournal(folder, host);
  const run = new Run({ request, launch, experiment, library, runtime, stages: planned, journal, folder, compute });
  await run.begin([], []);
  const begun = performance.now();
  await run.takeAll();
  const seconds = (performance.now() - begun) / 1000 / stages;
  const { counts } = await run.end(0);
  if (counts.done !== stages) throw new Error(`${counts.done} stages were computed instead of ${stages}`);
  tell(`studies-overhead-a-stage-of-${stages}${workers > 1 ? '-shared' : ''}`, seconds, 0.05);
}

/** One look at a run of 1,000 jobs that are under way. */
async function measureQueue(out: string): Promise<void> {
  const stages = Array.from({ length: 1000 }, (_, i): PlannedStage => {
    const id = `p${i}/seed-0`;
    return {
      id,
      key: `q-${i}`.padStart(64, '0'),
      kind: 'pretraining',
      label: id,
      pretraining: `p${i}`,
      seed: 0,
      needs: [],
    };
  });
  const folder = path.join(out, 'runs', 'queued-1');
  mkdirSync(path.join(folder, 'engine'), { recursive: true });
  const names = {
    version: RECORD_VERSION,
    run: 'queued-1',
    name: 'queued',
    file: '/w/q.transfer.yaml',
    baseDir: '/w',
    engine: 'slurm',
  };
  const runtime = { name: 'wasm', device: 'cpu', threads: 1, reason: '' };
  writeFileSync(
    path.join(folder, 'manifest.json'),
    JSON.stringify({ ...names, launch: {}, versions: {}, runtime, seeds: [0], stages, createdAt: at }),
  );
  const status = {
    version: RECORD_VERSION,
    state: 'submitted',
    pid: 1,
    host: 'nowhere',
    startedAt: at,
    heartbeatAt: at,
    stages: {},
  };
  writeFileSync(path.join(folder, 'status.json'), JSON.stringify(status));
  const options = {
    resources: {},
    setup: [],
    extra: [],
    node: 'node',
    worker: 'worker.js',
    graceSeconds: 60,
    pack: 1,
    mostAttempts: 3,
    patienceSeconds: 60,
  };
  const request = { version: 1, engine: 'slurm', wish: 'run', since: at, options };
  writeFileSync(path.join(folder, 'engine', 'request.json'), JSON.stringify(request));
  const tasks = stages.map(({ id }) => ({ stages: [id] }));
  const submission = {
    version: 1,
    engine: 'slurm',
    name: 'ts-bench',
    args: [],
    tasks,
    writtenAt: at,
    patienceSeconds: 60,
    id: '7',
  };
  writeFileSync(path.join(folder, 'engine', 'ts-bench.json'), JSON.stringify(submission));
  const calls: string[] = [];
  const rows = tasks.map((_, i) => `7|${i}|RUNNING|None|ts-bench\n`).join('');
  const tools = createSlurmTools((command) => {
    calls.push(command);
    return Promise.resolve({ ok: true, stdout: rows, stderr: '', isLost: false, isMissing: false });
  });
  const begun = performance.now();
  await syncRun({ out, run: 'queued-1', tools, maySubmit: true });
  tell('studies-look-at-1000-jobs', (performance.now() - begun) / 1000);
  if (calls.join() !== 'squeue') throw new Error(`a look called ${calls.join(', ')} instead of squeue once`);
}

const folder = mkdtempSync(path.join(tmpdir(), 'transferscope-bench-'));
try {
  measurePlanning();
  await measureWorkspace(folder);
  for (const [stages, workers] of [
    [100, 1],
    [300, 1],
    [300, 2],
  ] as const)
    await measureStages(folder, stages, workers);
  await measureQueue(folder);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
