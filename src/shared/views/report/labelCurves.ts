/**
 * Accuracy against labels: transfers that differ in their label budget alone, as one curve for each pretraining. Where
 * curves cross, fewer labels favour another pretraining than many do.
 */
import { canonicalJson, type Json } from '../../hash';
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { StageRecord, TransferResult } from '../../results/records';
import type { JoinedRun } from './joinedRun';
import { createLabelSavings, type LabelSavingsView } from './labelSavings';
import { chanceOf } from './metrics';

export interface LabelCurvesView {
  /** Transfers by growing number of labelled images. */
  readonly transfers: readonly string[];
  readonly task: string;
  readonly data: string;
  readonly metric: string;
  readonly layer: string;
  readonly chance: number | undefined;
  /** Labelled images of each transfer; the mean over seeds where budgets round differently. */
  readonly images: readonly number[];
  readonly series: readonly LabelCurve[];
  /** How many labels each saves; absent where the curve has no baseline to compare with. */
  readonly savings?: LabelSavingsView;
}

export interface LabelCurve {
  readonly pretraining: string;
  readonly look: number;
  /** In the order of `transfers`; undefined where nothing was measured. */
  readonly points: readonly (MeanInterval | undefined)[];
}

interface Member {
  readonly transfer: string;
  readonly result: TransferResult;
  readonly images: number;
  /** Whether it learns from a part of the labels. */
  readonly isPart: boolean;
}

/** One view for each set of at least two transfers that learn from different numbers of labels. */
export function createLabelCurves(run: JoinedRun): LabelCurvesView[] {
  const groups = new Map<string, Member[]>();
  for (const transfer of run.transfers) {
    const record = anyRecord(run, transfer);
    if (record?.result.kind !== 'transfer' || record.result.trainImages === 0) continue;
    const key = sameButBudget(record);
    if (key === undefined) continue;
    const { budget, trainImages } = record.settings as { readonly budget?: unknown; readonly trainImages?: unknown };
    const isPart = budget !== undefined || trainImages !== undefined;
    const member = { transfer, result: record.result, images: imagesOf(run, transfer), isPart };
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups.values()].flatMap((members) => {
    const sorted = [...members].sort((a, b) => a.images - b.images);
    const isCurve = sorted.some(({ isPart }) => isPart) && new Set(sorted.map(({ images }) => images)).size > 1;
    return isCurve ? [createView(run, sorted)] : [];
  });
}

function createView(run: JoinedRun, members: readonly Member[]): LabelCurvesView {
  const { task, data, headline } = members[0]!.result;
  const { metric, layer } = headline;
  const transfers = members.map(({ transfer }) => transfer);
  const savings = createLabelSavings(run, { transfers, metric });
  return {
    transfers,
    ...{ task, data, metric, layer },
    chance: chanceOf(members[0]!.result, metric),
    images: members.map(({ images }) => images),
    series: run.pretrainings.map((pretraining) => ({
      ...{ pretraining, look: run.lookOf(pretraining) },
      points: members.map(({ transfer }) => {
        const values = run.measured(pretraining, transfer).map(({ result }) => result.headline.value);
        return values.length > 0 ? meanInterval(values) : undefined;
      }),
    })),
    ...(savings && { savings }),
  };
}

function imagesOf(run: JoinedRun, transfer: string): number {
  const counts = run.pretrainings.flatMap((pretraining) =>
    run.measured(pretraining, transfer).map(({ result }) => result.trainImages),
  );
  return counts.reduce((sum, count) => sum + count, 0) / counts.length;
}

function anyRecord(run: JoinedRun, transfer: string): StageRecord | undefined {
  for (const stage of run.stages) {
    if (stage.transfer !== transfer) continue;
    const record = run.record(stage);
    if (record) return record;
  }
  return undefined;
}

const budgetTasks: ReadonlySet<string> = new Set(['linear-probe', 'knn', 'classification']);
/** What may differ between the points of a curve. */
const free: ReadonlySet<string> = new Set(['id', 'about', 'recipe', 'of', 'budget', 'trainImages']);

function sameButBudget({ result, settings }: StageRecord): string | undefined {
  if (result.kind !== 'transfer' || !budgetTasks.has(result.task)) return undefined;
  const rest = Object.entries(settings as Readonly<Record<string, Json>>).filter(([key]) => !free.has(key));
  return canonicalJson({ ...Object.fromEntries(rest), task: result.task, data: result.data });
}
