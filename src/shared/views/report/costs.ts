/**
 * What each pretraining cost: size of its network, work for one image, time, memory. Figures of the machine that computed
 * them, to be read beside the scores and never compared across machines. Pure.
 */
import { completeBackbone } from '../../experiment/backbones/complete';
import { multiplyAdds, type BackboneConfig } from '../../experiment/layers';
import type { LoadRow, PlannedStage } from '../../results/runManifest';
import type { StageMaking, StageRecord } from '../../results/records';
import type { JoinedRun } from './joinedRun';

export interface PretrainingCost {
  readonly pretraining: string;
  readonly parameters: number;
  /** Of the backbone for one image of `imageSize` px forward; absent where the record does not tell. */
  readonly multiplyAdds?: number;
  readonly imageSize?: number;
  /** Working time of making the weights, mean over seeds. */
  readonly seconds: number;
  /** The same for one step, with what stands between steps; absent where nothing was trained. */
  readonly secondsPerStep?: number;
  /** Working time of all its transfers, mean over seeds. */
  readonly transferSeconds: number;
  /** Most bytes that the worker held while its stages were computed in this run; absent where nobody looked. */
  readonly peakBytes?: number;
  /** Joules of the processor packages meanwhile, mean over seeds; absent where the machine does not tell. */
  readonly joules?: number;
}

/** One for each pretraining that was made here; `load` is the run's load.jsonl. */
export function createCosts(run: JoinedRun, load: readonly LoadRow[] = []): PretrainingCost[] {
  return run.pretrainings.flatMap((pretraining) => {
    const made = run.made(pretraining);
    const first = made[0];
    if (!first || first.result.importedFrom !== undefined) return [];
    const stages = run.stages.filter((stage) => stage.pretraining === pretraining && stage.against === undefined);
    const transfers = stages.filter(({ kind }) => kind === 'transfer' || kind === 'features');
    const { parameters, steps } = first.result;
    const seconds = meanSeconds(made.map((one) => one.made));
    const seeds = new Set(stages.map(({ seed }) => seed)).size || 1;
    const records = recordsOf(run, transfers);
    const total = records.reduce((sum, record) => sum + record.made.seconds, 0);
    const size = imageSizeOf(first.settings) ?? records.map(({ settings }) => imageSizeOf(settings)).find(Boolean);
    const work = size === undefined ? undefined : workOf(first.settings, size);
    const own = recordsOf(run, stages);
    const peak = peakBytes(own, load);
    const energy = joulesOf(own, load);
    const cost = { pretraining, parameters, seconds, transferSeconds: total / seeds };
    return [
      {
        ...cost,
        ...(work !== undefined && { multiplyAdds: work, imageSize: size! }),
        ...(steps > 0 && { secondsPerStep: seconds / steps }),
        ...(peak !== undefined && { peakBytes: peak }),
        ...(energy !== undefined && { joules: energy / seeds }),
      },
    ];
  });
}

function recordsOf(run: JoinedRun, stages: readonly PlannedStage[]): StageRecord[] {
  const found = new Map(stages.map((stage) => [stage.key, run.record(stage)]));
  return [...found.values()].filter((record) => record !== undefined);
}

function meanSeconds(made: readonly StageMaking[]): number {
  return made.reduce((sum, { seconds }) => sum + seconds, 0) / made.length;
}

/** `settings` is whatever an earlier version wrote: only a number in the right place counts. */
function imageSizeOf(settings: unknown): number | undefined {
  const { pretraining, imageSize } = (settings ?? {}) as {
    readonly pretraining?: unknown;
    readonly imageSize?: unknown;
  };
  if (typeof imageSize === 'number') return imageSize;
  return pretraining === undefined ? undefined : imageSizeOf(pretraining);
}

function workOf(settings: unknown, imageSize: number): number | undefined {
  const { backbone } = (settings ?? {}) as { readonly backbone?: Partial<BackboneConfig> };
  if (typeof backbone?.name !== 'string') return undefined;
  try {
    return multiplyAdds(completeBackbone({ ...backbone, name: backbone.name }), imageSize);
  } catch {
    // A network that this version does not know has its score all the same.
    return undefined;
  }
}

/** Of the rows that were written while one of these stages was computed. */
function peakBytes(records: readonly StageRecord[], load: readonly LoadRow[]): number | undefined {
  const spans = records.map(({ made }) => [Date.parse(made.startedAt), Date.parse(made.finishedAt)] as const);
  let peak: number | undefined;
  for (const { at, rss } of load) {
    const time = Date.parse(at);
    if (spans.some(([start, end]) => time >= start && time <= end)) peak = Math.max(peak ?? 0, rss);
  }
  return peak;
}

/** The counter's growth over the spans of the stages, in proportion where a span begins or ends between two rows. */
function joulesOf(records: readonly StageRecord[], load: readonly LoadRow[]): number | undefined {
  let joules: number | undefined;
  for (const [i, { at, joules: now }] of load.entries()) {
    const before = load[i - 1];
    // A counter that is behind belongs to a worker that started anew.
    if (before?.joules === undefined || now === undefined || now < before.joules) continue;
    const [from, to] = [Date.parse(before.at), Date.parse(at)];
    for (const { made } of records) {
      const overlap = Math.min(to, Date.parse(made.finishedAt)) - Math.max(from, Date.parse(made.startedAt));
      if (overlap > 0) joules = (joules ?? 0) + ((now - before.joules) * overlap) / (to - from);
    }
  }
  return joules;
}
