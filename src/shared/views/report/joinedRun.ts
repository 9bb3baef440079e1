/** A run's planned stages joined with their records, by pretraining and transfer. Pure queries, no wording. */
import type {
  LayerScore,
  PlannedStage,
  PretrainingResult,
  StageMaking,
  StageRecord,
  TransferResult,
} from '../../results/records';
import type { Analysed } from './analysisViews';

export interface MeasuredTransfer {
  readonly seed: number;
  readonly result: TransferResult;
}

export interface MadePretraining {
  readonly seed: number;
  readonly result: PretrainingResult;
  readonly made: StageMaking;
  readonly settings: unknown;
}

export class JoinedRun {
  readonly pretrainings: readonly string[];
  /** Those with at least one result. */
  readonly transfers: readonly string[];
  private readonly byKey: ReadonlyMap<string, StageRecord>;
  private readonly measuredAt = new Map<string, MeasuredTransfer[]>();
  private readonly madeAt = new Map<string, MadePretraining[]>();
  /** Results of analyses, in the order of the plan. */
  readonly analysed: readonly Analysed[];

  constructor(
    readonly stages: readonly PlannedStage[],
    records: readonly StageRecord[],
  ) {
    this.byKey = new Map(records.map((record) => [record.key, record]));
    this.pretrainings = [...new Set(stages.map((stage) => stage.pretraining))];
    for (const stage of stages) this.file(stage);
    const planned = new Set(stages.flatMap((stage) => (stage.transfer === undefined ? [] : [stage.transfer])));
    this.analysed = stages.flatMap((stage) => this.analysisOf(stage) ?? []);
    this.transfers = [...planned].filter((transfer) => this.anyResult(transfer) !== undefined);
  }

  record(stage: PlannedStage): StageRecord | undefined {
    return this.byKey.get(stage.key);
  }

  measured(pretraining: string, transfer: string): readonly MeasuredTransfer[] {
    return this.measuredAt.get(place(pretraining, transfer)) ?? [];
  }

  made(pretraining: string): readonly MadePretraining[] {
    return this.madeAt.get(pretraining) ?? [];
  }

  /** What any result tells of a transfer: task, data, layers. */
  anyResult(transfer: string): TransferResult | undefined {
    for (const pretraining of this.pretrainings) {
      const [first] = this.measured(pretraining, transfer);
      if (first) return first.result;
    }
    return undefined;
  }

  /** The first pretraining with random weights. */
  reference(): string | undefined {
    return this.pretrainings.find((pretraining) => this.made(pretraining)[0]?.result.method === 'random');
  }

  private analysisOf(stage: PlannedStage): Analysed | undefined {
    const result = this.record(stage)?.result;
    if (result?.kind !== 'analysis' || stage.analysis === undefined) return undefined;
    const { analysis, pretraining, against, seed } = stage;
    return { analysis, pretraining, against, seed, result };
  }

  private file(stage: PlannedStage): void {
    const record = this.record(stage);
    if (!record) return;
    const { result, made, settings } = record;
    if (result.kind === 'transfer' && stage.transfer !== undefined) {
      push(this.measuredAt, place(stage.pretraining, stage.transfer), { seed: stage.seed, result });
    } else if (result.kind === 'pretraining') {
      push(this.madeAt, stage.pretraining, { seed: stage.seed, result, made, settings });
    }
  }
}

/** The metric of one layer, as a list of one or none. */
export function layerValue(layers: readonly LayerScore[], layer: string, metric: string): number[] {
  const value = layers.find((score) => score.layer === layer)?.metrics[metric];
  return value === undefined ? [] : [value];
}

function place(pretraining: string, transfer: string): string {
  return JSON.stringify([pretraining, transfer]);
}

function push<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
