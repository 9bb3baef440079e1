/** Runs for the Compare panel: models made by the real view from runs and experiments in memory, and the same on disk. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseExperiment } from '../../src/shared/experiment/parse';
import type { Experiment } from '../../src/shared/experiment/schema';
import type { CompareModel } from '../../src/shared/protocol/panels/comparePanel';
import { noMarks, type CompareMarks } from '../../src/shared/views/compare/compareMarks';
import { createRunRows, joinRunRows, type ComparedRun } from '../../src/shared/views/compare/compareModel';
import { createRun, writeRun, type PretrainingSpec, type TransferSpec } from './reportFixture';

export interface CompareSpec {
  readonly run: string;
  readonly out?: string;
  /** Of the experiment file. */
  readonly file?: string;
  readonly seeds?: readonly number[];
  /** Added to every score. */
  readonly gain?: number;
  /** Put into the experiment of the run in place of its own words. */
  readonly change?: readonly (readonly [from: string, to: string])[];
  readonly isImported?: boolean;
}

export const compareExperiment = `name: which
seeds: [0, 1, 2]
imageSize: 32
backbone: { name: resnet18, width: 8, stem: small }
data:
  emoji: { kind: emoji, labels: category, train: twitter, test: google }
pretrainings:
  - { id: random }
  - { id: supervised, method: supervised, data: emoji, epochs: 2, batch: 64 }
  - { id: moco, method: moco, data: emoji, epochs: 2, batch: 64, queue: 512, encoderMomentum: 0.9 }
transfers:
  - { id: probe, task: linear-probe, data: emoji, l2: 0.001 }
  - { id: neighbours, task: knn, data: emoji, k: 5 }
`;

const pretrainings: readonly PretrainingSpec[] = [
  { id: 'random', method: 'random', gain: 0 },
  { id: 'supervised', method: 'supervised', gain: 0.12, steps: 60, images: 1911 },
  { id: 'moco', method: 'moco', gain: 0.07, steps: 60, images: 1911 },
];
const transfers: readonly TransferSpec[] = [
  { id: 'probe', task: 'linear-probe', data: 'emoji', base: 0.13, classes: 10 },
  { id: 'neighbours', task: 'knn', data: 'emoji', base: 0.11, classes: 10 },
];

/** The text that the run was launched with. */
export function experimentText({ change = [] }: Pick<CompareSpec, 'change'>): string {
  return change.reduce((text, [from, to]) => text.replaceAll(from, to), compareExperiment);
}

const parsed = new Map<string, Experiment>();

function parseOnce(text: string): Experiment {
  const known = parsed.get(text);
  if (known) return known;
  const { experiment, problems } = parseExperiment(text, { fileName: 'which.transfer.yaml', recipes: new Map() });
  if (!experiment) throw new Error(problems.map(({ message }) => message).join('\n'));
  parsed.set(text, experiment);
  return experiment;
}

function makeRun(spec: CompareSpec): { run: ReturnType<typeof createRun>; experiment: Experiment } {
  const { run, file = '/w/which.transfer.yaml', seeds = [0, 1, 2], gain = 0, isImported } = spec;
  const experiment = parseOnce(experimentText(spec));
  const made = createRun({
    ...{ run, seeds, transfers, layers: ['layer3', 'layer4'] },
    pretrainings: pretrainings.map((one) => ({ ...one, gain: one.gain + gain })),
    manifest: { file, name: 'which', baseDir: '/w', ...(isImported && { imported: { source: 'a paper' } }) },
  });
  return { run: made, experiment };
}

export function comparedRun(spec: CompareSpec): ComparedRun {
  const { run, experiment } = makeRun(spec);
  const records = new Map(run.records.map((record) => [record.key, record]));
  const { out = '/w/.transferscope' } = spec;
  return { out, run: spec.run, state: 'done', manifest: run.manifest, experiment, records };
}

export function compareModel(
  specs: readonly CompareSpec[],
  { marks = noMarks, ...more }: Partial<CompareModel> & { readonly marks?: CompareMarks } = {},
): CompareModel {
  const joined = joinRunRows(specs.map((spec) => createRunRows(comparedRun(spec))));
  return { ...joined, marks, runs: specs.length, problems: [], ...more };
}

/** Two runs of which the second probes with another penalty and sees larger images. */
export const twoRuns: readonly CompareSpec[] = [
  { run: 'which-1' },
  { run: 'which-2', gain: 0.02, change: [['l2: 0.001', 'l2: 0.01, imageSize: 64']] },
];

/** As many rows as are asked for, six of each run. */
export function manyRuns(rows: number): CompareSpec[] {
  return Array.from({ length: Math.ceil(rows / 6) }, (_, i) => ({
    run: `which-${i + 1}`,
    gain: 0.001 * ((i * 37) % 100),
    change: i % 3 === 0 ? [['epochs: 2', `epochs: ${2 + (i % 7)}`]] : [['l2: 0.001', `l2: 0.00${1 + (i % 5)}`]],
  }));
}

/** The run's folder and stages, as its worker leaves them. */
export function writeCompareRun(out: string, spec: CompareSpec): void {
  const { run, experiment } = makeRun(spec);
  // Keys are of one process; two runs on disk must not share them by chance.
  const stages = run.manifest.stages.map((stage) => ({ ...stage, key: `${spec.run}-${stage.key}` }));
  const records = run.records.map((record) => ({ ...record, key: `${spec.run}-${record.key}` }));
  writeRun(out, { ...run, manifest: { ...run.manifest, stages }, records });
  const folder = join(out, 'runs', spec.run);
  mkdirSync(folder, { recursive: true });
  const states = Object.fromEntries(stages.map(({ id }) => [id, { state: 'done' }]));
  const times = { startedAt: run.manifest.createdAt, heartbeatAt: run.manifest.createdAt };
  const status = { version: 1, state: 'done', pid: 1, host: 'nowhere', ...times, stages: states };
  writeFileSync(join(folder, 'status.json'), JSON.stringify(status));
  writeFileSync(join(folder, 'experiment.json'), JSON.stringify(experiment));
  writeFileSync(join(folder, 'experiment.yaml'), experimentText(spec));
}
