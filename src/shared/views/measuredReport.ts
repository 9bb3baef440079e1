/**
 * One report over all runs of an experiment file: for each pair of the file the newest run that has measured it, as in the
 * grid of the Results view, so that its sentences speak of the figures beside them. Pure.
 */
import type { PlannedStage, RunManifest, StageRecord } from '../results/records';
import { pairKey, type ExperimentOutline, type PairSources } from './experimentTree';
import type { Finding } from './findings';
import { createTransferReport } from './transferReport';

/** Pretrainings and transfers that the file has, in its order, from the runs that measured them. */
export function selectMeasuredStages(
  outline: ExperimentOutline,
  sources: ReadonlyMap<string, PairSources>,
): PlannedStage[] {
  const stagesOf = (pretraining: string, transfer?: string): PlannedStage[] =>
    (sources.get(pairKey(pretraining, transfer))?.measured?.stages ?? []).filter(
      (stage) => stage.kind !== 'features' && stage.pretraining === pretraining && stage.transfer === transfer,
    );
  return outline.pretrainings.flatMap(({ id }) => [
    ...stagesOf(id),
    ...outline.transfers.filter(({ of }) => of.includes(id)).flatMap((transfer) => stagesOf(id, transfer.id)),
  ]);
}

/** What the figures say, one sentence a transfer; `manifest` is the newest run's. */
export function describeMeasured(
  stages: readonly PlannedStage[],
  records: readonly StageRecord[],
  manifest: RunManifest,
): readonly Finding[] {
  return createTransferReport({ run: manifest.run, state: 'done', manifest: { ...manifest, stages }, records })
    .findings;
}
