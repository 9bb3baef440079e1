/** A run's planned stages joined with their records, by pretraining and transfer. Pure queries, no wording. */
import type { LayerScore, PretrainingResult, StageMaking, StageRecord, TransferResult } from '../../results/records';
import type { PlannedStage } from '../../results/runManifest';
import { pretrainingLooks, type LookOf, type OrderOfPretrainings } from '../pretrainingLooks';
import type { Analysed } from './analysisViews';
import { findDepthStudies, joinStudy, type DepthStudy, type StudiedTransfer } from './depthStudies';

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

/** What the experiment says of a run, where it is known. */
export interface RunContext {
  readonly launched?: OrderOfPretrainings | undefined;
  /** Of the backbone's layers. */
  readonly depths?: ReadonlyMap<string, number> | undefined;
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
  /** Matrices over the stages of the backbone, read as transfers by depth; `measured` answers for their ids, too. */
  readonly studies: readonly DepthStudy[];
  /** Of its pretrainings. */
  readonly lookOf: LookOf;

  constructor(
    readonly stages: readonly PlannedStage[],
    records: readonly StageRecord[],
    { launched, depths }: RunContext = {},
  ) {
    this.byKey = new Map(records.map((record) => [record.key, record]));
    this.pretrainings = [...new Set(stages.map((stage) => stage.pretraining))];
    this.lookOf = pretrainingLooks(launched, this.pretrainings);
    for (const stage of stages) this.file(stage);
    const planned = new Set(stages.flatMap((stage) => (stage.transfer === undefined ? [] : [stage.transfer])));
    this.analysed = stages.flatMap((stage) => this.analysisOf(stage) ?? []);
    this.transfers = [...planned].filter((transfer) => this.anyResult(transfer) !== undefined);
    this.studies = findDepthStudies(this.fineTuned());
    for (const study of this.studies) this.fileStudy(study, depths);
  }

  /** Transfers with one score of the whole network, with their settings. */
  private fineTuned(): StudiedTransfer[] {
    const found = new Map<string, StudiedTransfer>();
    for (const stage of this.stages) {
      const record = this.record(stage);
      const { transfer } = stage;
      if (transfer === undefined || record?.result.kind !== 'transfer' || record.result.layers.length > 0) continue;
      found.set(transfer, { transfer, task: record.result.task, settings: record.settings });
    }
    return [...found.values()];
  }

  private fileStudy(study: DepthStudy, depths: ReadonlyMap<string, number> | undefined): void {
    for (const pretraining of this.pretrainings) {
      const members = study.members.map(({ transfer }) => this.measured(pretraining, transfer));
      const seeds = new Set(members.flatMap((all) => all.map(({ seed }) => seed)));
      for (const seed of seeds) {
        const own = members.map((all) => all.find((one) => one.seed === seed)?.result);
        const result = joinStudy(study, own, depths);
        if (result) push(this.measuredAt, place(pretraining, study.id), { seed, result });
      }
    }
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
