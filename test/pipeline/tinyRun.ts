/** A whole experiment on a folder of tiny images, run by the real pipeline in this process, and ways to look at what it left. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { RunOutcome, RunRequest, WorkerEvent } from '../../src/shared/protocol/worker';
import type { RunManifest, RunStatus } from '../../src/shared/results/runManifest';
import type { StageRecord } from '../../src/shared/results/records';
import { writePictures } from './tinyWorld';

/** Writes `perClass` images of each of the four tiny classes to root/train and half as many to root/val. */
export async function writeTinyImages(root: string, perClass = 8): Promise<void> {
  const paths = await writePictures(join(root, 'all'), 6 * perClass);
  for (const [i, file] of paths.entries()) {
    const folder = join(root, i < 4 * perClass ? 'train' : 'val', `class${i % 4}`);
    mkdirSync(folder, { recursive: true });
    renameSync(file, join(folder, `${i}.png`));
  }
  rmdirSync(join(root, 'all'));
}

/** YAML of an experiment on `images`; a list of pretrainings and transfers in flow style, one a line. */
export function experimentText(parts: {
  pretrainings: readonly string[];
  transfers?: readonly string[];
  name?: string;
}): string {
  const list = (lines: readonly string[]) => lines.map((line) => `\n  - { ${line} }`).join('');
  return `name: ${parts.name ?? 'tiny'}
seeds: [0]
runtime: wasm
imageSize: 16
backbone: { name: resnet18, width: 4, stem: small }
data:
  tiny: { kind: image-folder, root: images }
pretrainings:${list(parts.pretrainings)}
transfers:${parts.transfers ? list(parts.transfers) : ' []'}
`;
}

const training = 'data: tiny, batch: 8, checkpointEvery: 4, monitor: { every: 4, images: 16 }';
const momentum = `${training}, queue: 16, dimension: 8, batchNormGroups: 2, encoderMomentum: 0.5, learningRate: 0.005`;

/** Ready lines for `experimentText`. */
export const lines = {
  random: 'id: random',
  moco: (steps = 12) => `id: moco, method: moco, ${momentum}, steps: ${steps}`,
  supervised: (steps = 12, learningRate = 0.02) =>
    `id: supervised, method: supervised, ${training}, steps: ${steps}, learningRate: ${learningRate}`,
  imported: (weights: string) => `id: imported, weights: ${weights}`,
  probe: 'id: probe, task: linear-probe, data: tiny, layers: [layer2, layer4]',
  neighbours: 'id: neighbours, task: knn, data: tiny, k: 5, layers: [layer2, layer4]',
};

export interface TinyRun {
  readonly outcome: RunOutcome;
  readonly events: readonly WorkerEvent[];
  /** Warnings and errors that were logged. */
  readonly messages: readonly string[];
}

type Pipeline = (
  request: RunRequest,
  host: { report(event: WorkerEvent): void; readonly signal: AbortSignal },
) => Promise<RunOutcome>;

/** Runs the pipeline on `text`, written beside its `images`. */
export async function runTiny(
  runPipeline: Pipeline,
  folder: string,
  options: {
    text?: string;
    request?: Partial<RunRequest>;
    onEvent?: (event: WorkerEvent, stop: () => void) => void;
  } = {},
): Promise<TinyRun> {
  const file = join(folder, 'tiny.transfer.yaml');
  if (options.text !== undefined) writeFileSync(file, options.text);
  const events: WorkerEvent[] = [];
  const stopping = new AbortController();
  const report = (event: WorkerEvent) => {
    events.push(event);
    options.onEvent?.(event, () => stopping.abort());
  };
  const request = { file, out: join(folder, 'out'), ...options.request };
  const outcome = await runPipeline(request, { report, signal: stopping.signal });
  const messages = events.flatMap((event) =>
    event.type === 'logged' && event.level !== 'info' && event.stage !== undefined ? [event.message] : [],
  );
  return { outcome, events, messages };
}

const readJson = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T;

export function readManifest(out: string, run: string): RunManifest {
  return readJson(join(out, 'runs', run, 'manifest.json'));
}

export function readStatus(out: string, run: string): RunStatus {
  return readJson(join(out, 'runs', run, 'status.json'));
}

/** Committed records of a run's stages by stage id. */
export function readRecords(out: string, run: string): Map<string, StageRecord> {
  const { stages } = readManifest(out, run);
  const committed = stages.filter(({ key }) => existsSync(join(out, 'stages', key, 'record.json')));
  return new Map(committed.map(({ id, key }) => [id, readJson(join(out, 'stages', key, 'record.json'))]));
}

/** What must not depend on interruptions: results and file hashes by stage id. */
export function comparable(out: string, run: string): Record<string, unknown> {
  const records = [...readRecords(out, run)].map(([id, { key, result, files }]) => [id, { key, result, files }]);
  return Object.fromEntries(records) as Record<string, unknown>;
}

/** All files below a folder, relative, sorted. */
export function listFiles(folder: string, prefix = ''): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) =>
      entry.isDirectory() ? listFiles(join(folder, entry.name), `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`],
    )
    .sort();
}

/** Names and times of change of every file under stages/. */
export function stageTimes(out: string): Record<string, number> {
  const root = join(out, 'stages');
  return Object.fromEntries(listFiles(root).map((name) => [name, statSync(join(root, name)).mtimeMs]));
}

/** Files that only work in progress may have: claims, temporaries, states in the middle. */
export function leftovers(out: string): string[] {
  return listFiles(out).filter((name) => /\.tmp$|\.stale$|claim\.json$|training\.safetensors$|\/stop$/.test(name));
}
