/** Features of a finished stage as analyses take them: a matrix for each layer, and the labels of its images. */
import type { FeaturesAnalysisStage } from '../../shared/experiment/stages';
import type { Matrix } from '../../shared/math/rank';
import type { StageContext } from '../stageContext';
import { loadFeatures } from '../transfer/featuresStage';

export interface AnalysedFeatures {
  /** In the order of the settings: [images, dimension]. */
  readonly layers: readonly { readonly layer: string; readonly matrix: Matrix }[];
  /** [images], places in the data. */
  readonly indices: Int32Array;
}

/** Reads the features with this stage key. */
export async function readFeatures(
  key: string,
  stage: FeaturesAnalysisStage,
  context: StageContext,
): Promise<AnalysedFeatures> {
  const record = context.needs.get(key);
  if (record?.result.kind !== 'features') throw new Error('internal: an analysis needs its features');
  const { layers, indices } = await loadFeatures(record, context);
  return {
    indices,
    layers: stage.settings.layers.map((layer) => {
      const { values, count, dimension } = layers.get(layer)!;
      return { layer, matrix: { data: values, rows: count, columns: dimension } };
    }),
  };
}

/** Labels of the images looked at: [images]. */
export async function labelsOf(
  { indices }: AnalysedFeatures,
  stage: FeaturesAnalysisStage,
  context: StageContext,
): Promise<Int32Array> {
  const { data, split } = stage.settings;
  const { labels } = await context.data.dataset({ id: data, split });
  return Int32Array.from(indices, (index) => labels[index]!);
}
