/** What a row's stages cost, as metrics of the Compare panel: of its weights, and of what was measured with them. */
import type { CompareMetric } from '../../protocol/panels/comparePanel';
import type { StageRecord } from '../../results/records';
import type { LoadRow } from '../../results/runManifest';
import { costOfStage } from '../report/costs';

/** Costs are many, so they stand in the table only when asked for, all at once. */
export function isCost(metric: string): boolean {
  return metric.startsWith('cost.');
}

/** `load`: of the row's run. Imported results cost nothing that is known. */
export function costsOfRecord(
  record: StageRecord,
  load: readonly LoadRow[],
): (readonly [CompareMetric, number | undefined])[] {
  const { result, made } = record;
  if (result.kind === 'features' || (result.kind === 'pretraining' && result.importedFrom !== undefined)) return [];
  const cost = costOfStage(record, load);
  const taken = (group: string, of: string): [CompareMetric, number | undefined][] => [
    [{ id: `cost.${group}.seconds`, format: 'seconds', name: `time of the ${of}` }, made.seconds || undefined],
    [{ id: `cost.${group}.bytes`, format: 'bytes', name: `peak memory of the ${of}` }, cost.peakBytes],
    [{ id: `cost.${group}.joules`, format: 'joules', name: `energy of the ${of}` }, cost.joules],
    [{ id: `cost.${group}.gpuJoules`, format: 'joules', name: `GPU energy of the ${of}` }, cost.gpuJoules],
  ];
  if (result.kind === 'transfer') return taken('measure', 'transfer');
  if (result.kind === 'analysis') return taken('analysis', 'analysis');
  const { parameters, steps, takenOf } = result;
  const isTrainedHere = steps > 0 && !takenOf;
  return [
    [{ id: 'cost.parameters', format: 'count', name: 'parameters' }, parameters || undefined],
    [{ id: 'cost.multiplyAdds', format: 'count', name: 'multiply-adds per image' }, cost.multiplyAdds],
    // That of a snapshot is how long it took to copy it.
    ...(isTrainedHere ? taken('pretraining', 'pretraining') : []),
    [
      { id: 'cost.perStep', format: 'seconds', name: 'time per step' },
      isTrainedHere ? made.seconds / steps : undefined,
    ],
  ];
}
