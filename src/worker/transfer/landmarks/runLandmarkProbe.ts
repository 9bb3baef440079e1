/** The stage of a landmark transfer on frozen features: a linear regression for each layer, and for all together if asked. */
import type { FrozenStage } from '../../../shared/experiment/stages';
import type { LandmarkProbeTransfer } from '../../../shared/experiment/transferSchema';
import { Cancelled } from '../../../shared/errors';
import type { LayerScore, TransferResult } from '../../../shared/results/records';
import type { LandmarkDataset } from '../../data/landmarks';
import type { StageContext, StageOutput } from '../../stageContext';
import { loadFeatures, type StoredFeatures } from '../featuresStage';
import { applyStandardization, fitStandardization } from '../standardize';
import { requireSameScheme } from './chooseExamples';
import { countedInCut, pointsInCut, storedCut } from './landmarkExamples';
import { writeLandmarkFiles } from './landmarkFiles';
import { solveRidge } from './ridge';
import { notesOn } from './runLandmarks';
import { normalisersOf, resolveNormaliser, scoreLandmarks } from './scoreLandmarks';

/** Name of the entry for all layers together. */
const HYPERCOLUMN = 'hypercolumn';

interface Part {
  readonly dataset: LandmarkDataset;
  readonly features: StoredFeatures;
  /** Places in the data set, in the order of the features. */
  readonly examples: Int32Array;
}

export async function runLandmarkProbe(
  stage: Pick<FrozenStage, 'trainFeatures' | 'testFeatures'> & { readonly settings: LandmarkProbeTransfer },
  context: StageContext,
): Promise<StageOutput> {
  const { settings } = stage;
  const train = await openPart(stage.trainFeatures, settings, context);
  const test = await openPart(stage.testFeatures, settings, context);
  requireSameScheme(train.dataset, test.dataset);
  const normalise = resolveNormaliser(settings, test.dataset.scheme);
  const normalisers = normalisersOf(test.dataset, test.examples, normalise);
  const layers = [...settings.layers, ...(settings.hypercolumn ? [HYPERCOLUMN] : [])];
  const predictions = new Map<string, Float32Array>();
  const scores: LayerScore[] = [];
  let counted = test.examples.length;
  for (const [position, layer] of layers.entries()) {
    const values = await regress({ layer, train, test }, settings, context);
    const scored = scoreLandmarks({ ...test, normalisers, values }, settings);
    predictions.set(layer, values);
    counted = scored.counted;
    const depth = layer === HYPERCOLUMN || settings.layers.length < 2 ? 1 : position / (settings.layers.length - 1);
    scores.push({ layer, depth, dimension: dimensionOf(test, layer), metrics: scored.metrics });
    context.progress(
      position + 1,
      layers.length,
      'layers',
      `${layer} error ${(100 * scored.metrics.nme!).toFixed(1)} %`,
    );
  }
  const last = scores.at(-1)!;
  const { perLandmark } = scoreLandmarks({ ...test, normalisers, values: predictions.get(last.layer)! }, settings);
  const result: TransferResult = {
    kind: 'transfer',
    task: settings.task,
    data: settings.data,
    trainImages: train.examples.length,
    testImages: test.examples.length,
    classes: test.dataset.scheme.names.length,
    layers: scores,
    perClass: perLandmark,
    headline: { metric: 'nme', layer: last.layer, value: last.metrics.nme! },
    notes: notesOn(counted, test.examples.length),
  };
  const scoring = { threshold: settings.threshold, countsOccluded: settings.occluded };
  const content = { ...test, ...scoring, normalise, normalisers, imageSize: settings.imageSize, predictions };
  return { result, files: await writeLandmarkFiles(content, context) };
}

async function openPart(key: string, settings: LandmarkProbeTransfer, context: StageContext): Promise<Part> {
  const record = context.needs.get(key);
  if (record?.result.kind !== 'features') throw new Error('internal: a transfer needs its features');
  const features = await loadFeatures(record, context);
  const { data: id, margin } = settings;
  const dataset = await context.data.landmarks({ id, split: record.result.split, margin });
  return { dataset, features, examples: features.indices };
}

interface LayerParts {
  readonly layer: string;
  readonly train: Part;
  readonly test: Part;
}

/** Predictions of the test examples, [examples, 2K] half pictures. */
async function regress(
  { layer, train, test }: LayerParts,
  settings: LandmarkProbeTransfer,
  context: StageContext,
): Promise<Float32Array> {
  const dimension = dimensionOf(train, layer);
  const values = valuesOf(train, layer);
  const scaling = fitStandardization(values, train.examples.length, dimension);
  const targets = 2 * train.dataset.scheme.names.length;
  const wanted = new Float32Array(train.examples.length * targets);
  const known = new Float32Array(train.examples.length * targets);
  train.examples.forEach((example, i) => {
    const cut = storedCut(train.dataset, example);
    wanted.set(pointsInCut(train.dataset, example, cut), i * targets);
    const counted = countedInCut(train.dataset, example, { isFlipped: false, countsOccluded: settings.occluded });
    known.set(counted, i * targets);
  });
  return solveRidge({
    train: applyStandardization(values, scaling),
    test: applyStandardization(valuesOf(test, layer), scaling),
    ...{ dimension, wanted, known, targets, l2: settings.l2 },
    breathe: async () => {
      if (context.signal.aborted) throw new Cancelled();
      await new Promise((resolve) => setImmediate(resolve));
    },
  });
}

function dimensionOf({ features }: Part, layer: string): number {
  if (layer !== HYPERCOLUMN) return features.layers.get(layer)!.dimension;
  return [...features.layers.values()].reduce((sum, { dimension }) => sum + dimension, 0);
}

/** [examples, dimension]; of the hypercolumn, the layers side by side. */
function valuesOf({ features, examples }: Part, layer: string): Float32Array {
  if (layer !== HYPERCOLUMN) return features.layers.get(layer)!.values;
  const matrices = [...features.layers.values()];
  const width = matrices.reduce((sum, { dimension }) => sum + dimension, 0);
  const joined = new Float32Array(examples.length * width);
  let start = 0;
  for (const { dimension, values } of matrices) {
    for (let row = 0; row < examples.length; row++)
      joined.set(values.subarray(row * dimension, (row + 1) * dimension), row * width + start);
    start += dimension;
  }
  return joined;
}
