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
  return { ...workAt(record.settings, size), ...spentOn([record], [load]) };
}

/** One for each pretraining that was made here; `loads`: load.jsonl of each run that computed some of it. */
export function createCosts(run: JoinedRun, loads: readonly (readonly LoadRow[])[] = []): PretrainingCost[] {
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
        ...spentOn(recordsOf(run, stages), loads),
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

/** Memory and energy of these stages, where one worker's rows tell all of it; energy as the mean over seeds. */
function spentOn(
  records: readonly StageRecord[],
  loads: readonly (readonly LoadRow[])[],
): Pick<StageCost, 'peakBytes' | 'joules' | 'gpuJoules'> {
  if (!records.every(isWhollySeen)) return {};
  const all = records.flatMap((record) => spentOnOne(record, loads) ?? []);
  const peaks = all.flatMap(({ peakBytes }) => peakBytes ?? []);
  const [joules, gpuJoules] = (['joules', 'gpuJoules'] as const).map((counter) => {
    const seeds = new Set(all.flatMap((one) => (one[counter] === undefined ? [] : [one.seed])));
    const sum = all.reduce((total, one) => total + (one[counter] ?? 0), 0);
    return seeds.size === 0 ? undefined : sum / seeds.size;
  });
  return {
    ...(peaks.length > 0 && { peakBytes: Math.max(...peaks) }),
    ...(joules !== undefined && { joules }),
    ...(gpuJoules !== undefined && { gpuJoules }),
  };
}

/** Of the first run that was watched meanwhile: two at a time see the same machine. */
function spentOnOne({ seed, made }: StageRecord, loads: readonly (readonly LoadRow[])[]) {
  const [start, end] = [Date.parse(made.startedAt), Date.parse(made.finishedAt)];
  for (const load of loads) {
    let peakBytes: number | undefined;
    const energy: { joules?: number; gpuJoules?: number } = {};
    for (const [i, row] of load.entries()) {
      const at = Date.parse(row.at);
      if (at >= start && at <= end) peakBytes = Math.max(peakBytes ?? 0, row.rss);
      const before = load[i - 1];
      if (!before) continue;
      // The counters' growth, in proportion where the stage begins or ends between two rows.
      const from = Date.parse(before.at);
      const share = (Math.min(at, end) - Math.max(from, start)) / (at - from);
      for (const counter of ['joules', 'gpuJoules'] as const) {
        const [then, now] = [before[counter], row[counter]];
        // A counter that is behind belongs to a worker that started anew.
        if (share > 0 && then !== undefined && now !== undefined && now >= then)
          energy[counter] = (energy[counter] ?? 0) + (now - then) * share;
      }
    }
    if (peakBytes !== undefined || Object.keys(energy).length > 0)
      return { seed, ...energy, ...(peakBytes !== undefined && { peakBytes }) };
  }
  return undefined;
}
