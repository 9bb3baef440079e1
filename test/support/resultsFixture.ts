/** What the Results view is shown in tests: models made by the real view from runs and records in memory. */
import type { ShownResults } from '../../src/shared/protocol/panels/resultsPanel';
import { MetricCurves } from '../../src/shared/results/metricCurves';
import type { StageStatus } from '../../src/shared/results/runManifest';
import {
  createResults,
  selectSources,
  type ExperimentOutline,
  type PastRun,
} from '../../src/shared/views/results/experimentTree';
import { costsOfMeasured, describeMeasured, selectMeasuredStages } from '../../src/shared/views/report/measuredReport';
import { createResultsModel, type ResultsInput } from '../../src/shared/views/results/resultsPanel';
import type { RunView } from '../../src/shared/views/results/runTree';
import { createRun, type PretrainingSpec, type RunSpec, type TransferSpec } from './reportFixture';
import { fourPretrainings, fourTransfers } from './reportFixture';

export interface ResultsSpec extends Pick<RunSpec, 'pretrainings' | 'transfers' | 'seeds'> {
  readonly run?: string;
  readonly state?: RunView['state'];
  /** Of the stages that are not done. */
  readonly statuses?: (id: string) => StageStatus | undefined;
  /** Ids that the file has changed since. */
  readonly changed?: readonly string[];
  /** Loss and accuracy of the trainings under way. */
  readonly isTraining?: boolean;
  readonly input?: Partial<ResultsInput>;
}

/** A model as the host would send it. */
export function createResultsFixture(spec: ResultsSpec = {}): ShownResults {
  return createResultsModel(createResultsInput(spec));
}

export function createResultsInput(spec: ResultsSpec = {}): ResultsInput {
  const { run = 'quickstart-1', state = 'done', seeds = [0, 1, 2] } = spec;
  const { pretrainings = fourPretrainings, transfers = fourTransfers } = spec;
  const statusOf = (id: string): StageStatus => spec.statuses?.(id) ?? { state: 'done' };
  const made = createRun({
    run,
    seeds,
    pretrainings,
    transfers,
    layers: ['layer3', 'layer4'],
    isMissing: ({ id }) => !['done', 'reused'].includes(statusOf(id).state),
  });
  const { stages } = made.manifest;
  const statuses = Object.fromEntries(stages.map(({ id }) => [id, statusOf(id)]));
  const past: PastRun = { run, out: '/w/.transferscope', state, stages, statuses };
  const sources = selectSources([past]);
  const records = new Map(made.records.map((record) => [record.key, record]));
  const outline = createOutline({ pretrainings, transfers, seeds: seeds.length });
  const counts = { waiting: 0, running: 0, done: 0, reused: 0, failed: 0, skipped: 0 };
  for (const { id } of stages) counts[statusOf(id).state]++;
  const last: RunView = {
    ...past,
    state,
    file: outline.file,
    createdAt: '2026-01-01T09:00:00.000Z',
    problems: [],
    counts,
    total: stages.length,
    ...(state === 'running' && {
      progress: { fraction: 0.6, stage: 'moco/seed-0', done: 816, total: 1200, unit: 'steps' },
    }),
  };
  const training = stages.filter(({ id, kind }) => kind === 'pretraining' && statusOf(id).state === 'running');
  const measured = selectMeasuredStages(outline, sources);
  return {
    file: 'file:///w/quickstart.transfer.yaml',
    path: 'quickstart.transfer.yaml',
    outline,
    isEarlier: false,
    problems: { errors: 0, warnings: 0 },
    results: createResults({ sources, records, changedSince: () => new Set(spec.changed) }),
    findings: describeMeasured(
      measured,
      measured.flatMap(({ key }) => records.get(key) ?? []),
      made.manifest,
    ),
    costs: costsOfMeasured(measured, made.records, []),
    last,
    pending: undefined,
    metrics: new Map(spec.isTraining ? training.map(({ key }, i) => [key, createCurves(i)]) : []),
    cursor: [],
    selection: {},
    isTrusted: true,
    isOnDisk: true,
    now: new Date('2026-01-01T09:05:00.000Z'),
    ...spec.input,
  };
}

function createOutline(spec: {
  readonly pretrainings: readonly PretrainingSpec[];
  readonly transfers: readonly TransferSpec[];
  readonly seeds: number;
}): ExperimentOutline {
  const of = spec.pretrainings.map(({ id }) => id);
  const entry = (id: string, line: number) => ({ id, written: id.replace(/\[.*$/, ''), line });
  return {
    file: '/w/quickstart.transfer.yaml',
    name: 'quickstart',
    errors: 0,
    seeds: spec.seeds,
    pretrainings: of.map((id, i) => entry(id, 10 + i)),
    transfers: spec.transfers.map(({ id }, i) => ({ ...entry(id, 40 + i), of })),
  };
}

/** A loss that falls and an accuracy that rises, with ripples. */
function createCurves(index: number): MetricCurves {
  const curves = new MetricCurves();
  for (let step = 10; step <= 800; step += 10) {
    const ripple = 0.08 * Math.sin(step / 13 + index);
    const metrics = {
      loss: 1.2 + 3 * Math.exp(-step / 250) + ripple,
      knn: 0.45 - 0.3 * Math.exp(-step / 300) + ripple / 5,
    };
    curves.append({ step, metrics });
  }
  return curves;
}

/** A run under way: one pretraining done, one failed, one training, the rest waits. */
export function underWay(id: string): StageStatus {
  if (id.startsWith('random/')) return { state: 'reused' };
  if (id.startsWith('supervised/seed-2/same')) return { state: 'running' };
  if (id.startsWith('supervised/')) return { state: 'done' };
  if (id === 'moco/seed-0') return { state: 'running' };
  if (id.startsWith('moco/seed-1/')) return { state: 'skipped', message: 'moco/seed-1 failed' };
  if (id === 'moco/seed-1')
    return { state: 'failed', message: 'the loss became NaN at step 340; lower learningRate (0.6)' };
  return { state: 'waiting' };
}

const prefix = 'exemplar-supervised-v2-on-emoji-with-a-long-name-and-take-';

/** Twelve pretrainings, eight transfers, thirty seeds, names of 60 characters. */
export function createFullFixture(spec: ResultsSpec = {}): ShownResults {
  return createResultsFixture({
    seeds: Array.from({ length: 30 }, (_, seed) => seed),
    pretrainings: Array.from({ length: 12 }, (_, i) => ({
      id: `${prefix}${String(i).padStart(2, '0')}`,
      method: i === 0 ? 'random' : 'exemplar',
      gain: i === 0 ? 0 : 0.02 * ((i * 5) % 7),
      steps: 100,
      images: 100,
    })),
    transfers: Array.from({ length: 8 }, (_, i) => ({
      ...fourTransfers[i % 4]!,
      id:
        i % 2 === 0
          ? fourTransfers[(i / 2) % 4]!.id
          : `${fourTransfers[i % 4]!.id}-with-a-name-that-somebody-thought-was-clear-${i}`.slice(0, 60),
    })),
    ...spec,
  });
}
