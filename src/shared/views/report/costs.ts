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
  /** Working time of making the weights, mean over seeds; absent for snapshots, whose training took it. */
  readonly seconds?: number;
  /** The same for one step, with what stands between steps; absent where nothing was trained here. */
  readonly secondsPerStep?: number;
  /** Working time of all its transfers, mean over the seeds that have any. */
  readonly transferSeconds: number;
  /** Most bytes that the worker held while its stages were computed in this run; absent where nobody looked at all of it. */
  readonly peakBytes?: number;
  /** Joules of the processor packages meanwhile, mean over the seeds that were computed then; absent where the machine does not tell all of it. */
  readonly joules?: number;
  /** The same of graphics processors. */
  readonly gpuJoules?: number;
}

/** What one stage took, beside its time. */
export type StageCost = Pick<PretrainingCost, 'multiplyAdds' | 'imageSize' | 'peakBytes' | 'joules' | 'gpuJoules'>;

/** `load`: of the run that computed it; of a stage that was computed earlier it tells nothing. */
export function costOfStage(record: StageRecord, load: readonly LoadRow[]): StageCost {
  const size = imageSizeOf(record.settings);
  return { ...workAt(record.settings, size), ...spentOn([record], load) };
}

/** One for each pretraining that was made here; `load` is the run's load.jsonl. */
export function createCosts(run: JoinedRun, load: readonly LoadRow[] = []): PretrainingCost[] {
  return run.pretrainings.flatMap((pretraining) => {
    const made = run.made(pretraining);
    const first = made[0];
    if (!first || first.result.importedFrom !== undefined) return [];
    const stages = run.stages.filter((stage) => stage.pretraining === pretraining && stage.against === undefined);
    const transfers = stages.filter(({ kind }) => kind === 'transfer' || kind === 'features');
    const { parameters, steps, takenOf } = first.result;
    // What a snapshot takes is copying a file: its time is its training's.
    const seconds = takenOf ? undefined : meanSeconds(made.map((one) => one.made));
    const records = recordsOf(run, transfers);
    const size = imageSizeOf(first.settings) ?? records.map(({ settings }) => imageSizeOf(settings)).find(Boolean);
    const cost = { pretraining, parameters, transferSeconds: meanTransfers(records) };
    return [
      {
        ...cost,
        ...workAt(first.settings, size),
        ...(seconds !== undefined && { seconds }),
        ...(seconds !== undefined && steps > 0 && { secondsPerStep: seconds / steps }),
        ...spentOn(recordsOf(run, stages), load),
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

/** Seeds without a record are not done, or were never wanted. */
function meanTransfers(records: readonly StageRecord[]): number {
  const total = records.reduce((sum, record) => sum + record.made.seconds, 0);
  return total / (new Set(records.map(({ seed }) => seed)).size || 1);
}

/** Whether the rows of one worker tell all: a record holds the beginning of the last attempt, and of several processes one. */
function isWhollySeen({ made, settings }: StageRecord): boolean {
  const { pretraining } = (settings ?? {}) as { readonly pretraining?: { readonly processes?: unknown } | null };
  const processes = pretraining?.processes;
  return made.attempts <= 1 && !(typeof processes === 'number' && processes > 1);
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

function workAt(settings: unknown, imageSize: number | undefined): Pick<StageCost, 'multiplyAdds' | 'imageSize'> {
  const work = imageSize === undefined ? undefined : workOf(settings, imageSize);
  return work === undefined ? {} : { multiplyAdds: work, imageSize: imageSize! };
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

/** Memory and energy of these stages, where one worker's rows tell all of it. */
function spentOn(
  records: readonly StageRecord[],
  load: readonly LoadRow[],
): Pick<StageCost, 'peakBytes' | 'joules' | 'gpuJoules'> {
  const seen = records.every(isWhollySeen) ? load : [];
  const peak = peakBytes(records, seen);
  const [joules, gpuJoules] = (['joules', 'gpuJoules'] as const).map((counter) => meanJoules(records, seen, counter));
  return {
    ...(peak !== undefined && { peakBytes: peak }),
    ...(joules !== undefined && { joules }),
    ...(gpuJoules !== undefined && { gpuJoules }),
  };
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

type EnergyCounter = 'joules' | 'gpuJoules';

/** Mean over the seeds for which the counter ran. */
function meanJoules(
  records: readonly StageRecord[],
  load: readonly LoadRow[],
  counter: EnergyCounter,
): number | undefined {
  const all = [...new Set(records.map(({ seed }) => seed))].flatMap((seed) => {
    const own = records.filter((record) => record.seed === seed);
    return joulesOf(own, load, counter) ?? [];
  });
  return all.length === 0 ? undefined : all.reduce((sum, joules) => sum + joules, 0) / all.length;
}

/** The counter's growth over the spans of the stages, in proportion where a span begins or ends between two rows. */
function joulesOf(
  records: readonly StageRecord[],
  load: readonly LoadRow[],
  counter: EnergyCounter,
): number | undefined {
  let joules: number | undefined;
  for (const [i, row] of load.entries()) {
    const before = load[i - 1];
    const [then, now] = [before?.[counter], row[counter]];
    // A counter that is behind belongs to a worker that started anew.
    if (before === undefined || then === undefined || now === undefined || now < then) continue;
    const [from, to] = [Date.parse(before.at), Date.parse(row.at)];
    for (const { made } of records) {
      const overlap = Math.min(to, Date.parse(made.finishedAt)) - Math.max(from, Date.parse(made.startedAt));
      if (overlap > 0) joules = (joules ?? 0) + ((now - then) * overlap) / (to - from);
    }
  }
  return joules;
}
