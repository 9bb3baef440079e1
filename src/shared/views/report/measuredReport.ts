/**
 * One report over all runs of an experiment file: for each pair of the file the newest run that has measured it, as in the
 * grid of the Results view, so that its sentences speak of the figures beside them. Pure.
 */
import type { LoadRow, PlannedStage, RunManifest } from '../../results/runManifest';
import type { StageRecord } from '../../results/records';
import { pairKey, stagesOf, type ExperimentOutline, type PairSources } from '../results/experimentTree';
import { createCosts, type PretrainingCost } from './costs';
import type { Finding } from './findings';
import { JoinedRun } from './joinedRun';
import { createFindings } from './transferReport';

/** Pretrainings and transfers that the file has, in its order, from the runs that measured them. */
export function selectMeasuredStages(
  outline: ExperimentOutline,
  sources: ReadonlyMap<string, PairSources>,
): PlannedStage[] {
  const measuredOf = (pretraining: string, transfer?: string): readonly PlannedStage[] => {
    const key = pairKey(pretraining, transfer);
    const { measured } = sources.get(key) ?? {};
    return measured ? stagesOf(measured, key) : [];
  };
  return outline.pretrainings.flatMap(({ id }) => [
    ...measuredOf(id),
    ...outline.transfers.filter(({ of }) => of.includes(id)).flatMap((transfer) => measuredOf(id, transfer.id)),
  ]);
}

/** What the figures say, one sentence a transfer; `manifest` is the newest run's. */
export function describeMeasured(
  stages: readonly PlannedStage[],
  records: readonly StageRecord[],
  manifest: RunManifest,
): readonly Finding[] {
  return createFindings({ manifest: { ...manifest, stages }, records });
}

/** What each pretraining of the file cost with all that was measured of it; `loads`: of the runs, newest first. */
export function costsOfMeasured(
  stages: readonly PlannedStage[],
  records: readonly StageRecord[],
  loads: readonly (readonly LoadRow[])[],
): readonly PretrainingCost[] {
  return createCosts(new JoinedRun(stages, records), loads);
}

/** The features that the measured pairs were computed from: they cost something, too. */
export function selectFeatureStages(
  outline: ExperimentOutline,
  sources: ReadonlyMap<string, PairSources>,
): PlannedStage[] {
  const found = new Map<string, PlannedStage>();
  for (const { id } of outline.pretrainings) {
    const runs = new Set(
      outline.transfers.flatMap((transfer) => sources.get(pairKey(id, transfer.id))?.measured ?? []),
    );
    for (const { stages } of runs)
      for (const stage of stages)
        if (stage.kind === 'features' && stage.pretraining === id) found.set(stage.key, stage);
  }
  return [...found.values()];
}
