/** In which panel the images behind a number are: those that its stage kept, or an analysis of the same pretraining. Pure. */
import type { Imageless, MeasuredPlace } from '../../protocol/panels/links';
import type { StageRecord } from '../../results/records';
import type { PlannedStage } from '../../results/runManifest';
import { isDetectionRecord } from '../detections/detectionsPanel';
import { featuresKind } from '../features/featuresPanel';
import { predictionsKind } from '../predictions/predictionsPanel';

export type ImagesBehind =
  | FoundImages
  /** Why there are none, as a sentence. */
  | { readonly reason: string };

export type FoundImages =
  /** With the id of the stage that is shown. */
  | { readonly panel: 'detections' | 'predictions'; readonly stage: string }
  /** Panels of all runs of the experiment. */
  | { readonly panel: 'features' | 'embedding' };

export interface MeasuredRun {
  readonly stages: readonly PlannedStage[];
  /** By key. */
  readonly records: ReadonlyMap<string, StageRecord>;
}

/**
 * Of the first seed that has been measured. Probes keep no images: a map or pictures of the same pretraining, over the same
 * data, stand in for theirs.
 */
export function imagesBehind(run: MeasuredRun, { pretraining, measure }: MeasuredPlace): ImagesBehind {
  const ofPretraining = run.stages.filter((stage) => stage.pretraining === pretraining);
  const own = ofPretraining.filter((stage) => (stage.transfer ?? stage.analysis) === measure);
  const needed = new Set(own.flatMap(({ kind, needs = [] }) => (kind === 'analysis' ? needs : [])));
  const analysed = ofPretraining.filter(({ key, kind }) => kind === 'transfer' && needed.has(key));
  const kept = firstOf(run, [...own, ...analysed]);
  if (kept) return kept;
  const record = own.map(({ key }) => run.records.get(key)).find((one) => one !== undefined);
  if (!record) return { reason: `${measure} of ${pretraining} is not measured yet.` };
  const data = dataOf(record);
  const alike = ofPretraining.filter(({ key, kind }) => {
    const other = kind === 'analysis' ? run.records.get(key) : undefined;
    return other !== undefined && data !== undefined && dataOf(other) === data;
  });
  const found = firstOf(run, alike);
  if (found) return found;
  const what = data === undefined ? '' : ` on ${data}`;
  return { reason: `${measure} keeps no images. An analysis of the kind embedding${what} shows some.` };
}

/** Images that a transfer kept itself. */
export function keptImages(run: MeasuredRun, { pretraining, measure }: MeasuredPlace): FoundImages | undefined {
  const isOwn = (stage: PlannedStage): boolean => stage.pretraining === pretraining && stage.transfer === measure;
  return firstOf(run, run.stages.filter(isOwn));
}

function firstOf({ records }: MeasuredRun, stages: readonly PlannedStage[]): FoundImages | undefined {
  for (const { id, key } of stages) {
    const record = records.get(key);
    if (predictionsKind(record)) return { panel: 'predictions', stage: id };
    if (isDetectionRecord(record)) return { panel: 'detections', stage: id };
    if (record?.result.kind === 'analysis' && record.result.analysis === 'embedding') return { panel: 'embedding' };
    if (featuresKind(record)) return { panel: 'features' };
  }
  return undefined;
}

function dataOf({ result }: StageRecord): string | undefined {
  return result.kind === 'transfer' || result.kind === 'analysis' ? result.data : undefined;
}

/** All numbers of a run that lead to no images. */
export function listImageless(run: MeasuredRun): Imageless[] {
  const places = new Map<string, MeasuredPlace>();
  for (const { pretraining, transfer, analysis } of run.stages) {
    const measure = transfer ?? analysis;
    if (measure !== undefined) places.set(JSON.stringify([pretraining, measure]), { pretraining, measure });
  }
  return [...places.values()].flatMap((place) => {
    const found = imagesBehind(run, place);
    return 'reason' in found ? [{ ...place, reason: found.reason }] : [];
  });
}
