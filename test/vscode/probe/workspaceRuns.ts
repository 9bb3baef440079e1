/** Runs as they lie in the workspace of a server, and experiments to run there. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'vitest';
import type { LogLine, RunManifest, RunStatus } from '../../../src/shared/results/runManifest';
import type { Server } from '../support/server';

const head = (name: string): string => `name: ${name}
seeds: [0]
imageSize: 32
backbone: { name: resnet18, width: 4, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
`;

const nearest = (k: number): string =>
  `  - { id: nearest, task: knn, data: emoji, k: ${k}, layers: [avgpool], trainImages: 200, testImages: 100 }\n`;

/** Done in seconds: one pretraining without training, one transfer. */
export function tinyExperiment(name = 'tiny', k = 5): string {
  return `${head(name)}pretrainings:\n  - { id: random }\ntransfers:\n${nearest(k)}`;
}

/** Trains until somebody stops it, then has a transfer to do. */
export function endlessExperiment(name = 'endless', steps = 100_000): string {
  const supervised = `{ id: supervised, method: supervised, data: emoji, steps: ${steps}, batch: 32, learningRate: 0.05 }`;
  return `${head(name)}pretrainings:\n  - { id: random }\n  - ${supervised}\ntransfers:\n${nearest(5)}`;
}

export class WorkspaceRuns {
  constructor(
    private readonly server: () => Server,
    private readonly results = '.transferscope',
  ) {}

  folder(run: string): string {
    return path.join(this.server().workspace, this.results, 'runs', run);
  }

  status(run: string): RunStatus | undefined {
    return readJson<RunStatus>(path.join(this.folder(run), 'status.json'));
  }

  manifest(run: string): RunManifest | undefined {
    return readJson<RunManifest>(path.join(this.folder(run), 'manifest.json'));
  }

  log(run: string): LogLine[] {
    const lines = readFileSync(path.join(this.folder(run), 'log.jsonl'), 'utf8')
      .trim()
      .split('\n');
    return lines.map((line) => JSON.parse(line) as LogLine);
  }

  /** How many stages are in each state. */
  counts(run: string): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { state } of Object.values(this.status(run)?.stages ?? {})) counts[state] = (counts[state] ?? 0) + 1;
    return counts;
  }

  waitForState(run: string, state: RunStatus['state']): Promise<void> {
    return expect.poll(() => this.status(run)?.state, { timeout: 50_000, interval: 50 }).toBe(state);
  }

  /** The pretraining has begun to train. */
  waitForTraining(run: string, stage = 'supervised/seed-0'): Promise<void> {
    return expect.poll(() => this.status(run)?.stages[stage]?.state, { timeout: 50_000, interval: 50 }).toBe('running');
  }
}

function readJson<T>(file: string): T | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as T) : undefined;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
