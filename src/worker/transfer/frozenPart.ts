/** Stored features of one split with what a task on them needs to know of its images. */
import type { FrozenTransfer, LabelBudget } from '../../shared/experiment/transferSchema';
import type { StageRecord } from '../../shared/results/records';
import type { Dataset } from '../data/dataset';
import { takeBudget } from '../data/labelBudget';
import type { StageContext } from '../stageContext';
import type { FeatureMatrix } from './features';
import { loadFeatures, type StoredFeatures } from './featuresStage';

export interface FrozenPart {
  readonly features: StoredFeatures;
  readonly split: string;
  /** [count] */
  readonly labels: Int32Array;
  /** [count], where the data knows them. */
  readonly instances: Int32Array | undefined;
  readonly classes: readonly string[];
  /** The whole split; `features.indices` are places in it. */
  readonly dataset: Dataset;
}

export async function loadPart(
  record: Pick<StageRecord, 'key' | 'result'> | undefined,
  stage: { readonly settings: Pick<FrozenTransfer, 'data' | 'labels'> },
  context: StageContext,
): Promise<FrozenPart> {
  if (record?.result.kind !== 'features') throw new Error('internal: a transfer needs its features');
  const features = await loadFeatures(record, context);
  const { split } = record.result;
  const { labels, data } = stage.settings;
  const dataset = await context.data.dataset({ id: data, split, ...(labels && { labels }) });
  const at = (values: Int32Array) => Int32Array.from(features.indices, (index) => values[index]!);
  return {
    features,
    split,
    labels: at(dataset.labels),
    instances: dataset.instances && at(dataset.instances),
    classes: dataset.classes,
    dataset,
  };
}

export function matrixOf({ features }: FrozenPart, layer: string): FeatureMatrix {
  const matrix = features.layers.get(layer);
  if (!matrix) throw new Error(`internal: no features of ${layer}`);
  return matrix;
}

/** The images whose labels a transfer may learn from; all without a budget. */
export function withinBudget(part: FrozenPart, budget: LabelBudget | undefined, seed: number): FrozenPart {
  if (budget === undefined) return part;
  const rows = takeBudget(part.labels, { classes: part.classes.length, budget, seed });
  const layers = new Map(
    [...part.features.layers].map(([layer, matrix]) => [
      layer,
      { ...matrix, count: rows.length, values: takeRows(matrix, rows) },
    ]),
  );
  return {
    ...part,
    features: { layers, indices: rows.map((row) => part.features.indices[row]!) },
    labels: rows.map((row) => part.labels[row]!),
    instances: part.instances && rows.map((row) => part.instances![row]!),
  };
}

/** Some rows of a matrix, [rows, dimension]. */
export function takeRows({ values, dimension }: FeatureMatrix, rows: Int32Array): Float32Array {
  const taken = new Float32Array(rows.length * dimension);
  rows.forEach((row, i) => taken.set(values.subarray(row * dimension, (row + 1) * dimension), i * dimension));
  return taken;
}
