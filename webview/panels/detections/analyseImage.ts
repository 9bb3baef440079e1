/** What can be analysed of the large image: by the model whose detections are seen, of the chosen detection where one is. */
import { rowsOf } from '../../../src/shared/views/detections/detectionsFilter';
import type { AnalysisContext } from '../../ui/analysisWish';
import type { BoxReference } from './boxes';
import type { Shown } from './shown';

export interface AnalysedImage {
  readonly image: number;
  readonly chosen: BoxReference | undefined;
  /** Whose detections are drawn first. */
  readonly run: number;
}

/** Undefined where nothing can be. */
export function analysisContext(
  shown: Shown,
  { image, chosen, run: first }: AnalysedImage,
): AnalysisContext | undefined {
  const { analysis, runs, tables } = shown;
  const run = chosen?.kind === 'detection' ? chosen.run : first;
  const model = analysis?.models[runs[run]?.id ?? ''];
  if (!analysis || !model) return undefined;
  const { offer, transfer, data, split } = analysis;
  const target = chosen?.kind === 'detection' ? { transfer, detection: rankOf(shown, chosen, image) } : { transfer };
  return {
    offer,
    kinds: ['attribution', 'activations', 'inversion'],
    image: { data, split, place: image, name: tables.truth.images.names[image]! },
    models: [model.pretraining],
    seed: model.seed,
    settings: () => ({ target }),
  };
}

/** Place among all detections of the image by falling score, from 0. */
function rankOf({ tables }: Shown, { run, row }: BoxReference, image: number): number {
  const { detections, byImage } = tables.runs[run]!;
  const order = [...rowsOf(byImage, image)].sort((a, b) => detections.scores[b]! - detections.scores[a]! || a - b);
  return order.indexOf(row);
}
