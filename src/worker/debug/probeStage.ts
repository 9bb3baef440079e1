/** A linear probe trained by SGD on frozen features, one update at a time; of its last layer, whose score is the headline. */
import * as tf from '@tensorflow/tfjs-core';
import type { FrozenStage } from '../../shared/experiment/stages';
import type { LinearProbeTransfer } from '../../shared/experiment/transferSchema';
import { UserError } from '../../shared/errors';
import { deadChannels, summarise } from '../../shared/math/tensorSummary';
import type { BatchInspection, InspectedLayer } from '../../shared/results/batchInspection';
import type { StageRecord } from '../../shared/results/records';
import { createAugmentPool, type AugmentPool } from '../augment/augmentPool';
import { loadPart, matrixOf, withinBudget, type FrozenPart } from '../transfer/frozenPart';
import { SgdProbe, type ProbeStep } from '../transfer/linearProbeSgd';
import { applyStandardization, fitStandardization } from '../transfer/standardize';
import { findSuspicious } from './findings';
import { matchClasses } from './matchClasses';
import { compareParameters } from './parameters';
import { PictureWriter } from './pictures';
import type { ReadReport } from './recorder';
import type { SteppingOptions, Steps } from './stepTraining';

export interface ProbeToOpen {
  readonly stage: FrozenStage;
  readonly settings: LinearProbeTransfer;
  /** The features learnt from. */
  readonly features: Pick<StageRecord, 'key' | 'result'>;
}

export async function openProbe({ stage, settings, features }: ProbeToOpen, options: SteppingOptions): Promise<Steps> {
  const { context } = options;
  const part = withinBudget(await loadPart(features, stage, context), settings.budget, context.seed);
  const layer = settings.layers.at(-1)!;
  const { values, dimension } = matrixOf(part, layer);
  const { labels, classes } = part;
  const scaled = settings.standardise
    ? applyStandardization(values, fitStandardization(values, labels.length, dimension))
    : values;
  const { learningRate, momentum, weightDecay, epochs, milestones, batch } = settings;
  const probe = new SgdProbe({
    ...{ learningRate, momentum, weightDecay, epochs, milestones, batch, seed: context.seed },
    ...{ train: { values: scaled, labels }, dimension, numClasses: classes.length },
  });
  const size = settings.imageSize;
  const pool = createAugmentPool({ store: part.dataset.store, ops: [], size, threads: context.threads });
  let step = 0;
  return {
    ...{ steps: probe.steps, batch: Math.min(batch, labels.length), accumulate: 1, startedAt: 0, isTrained: true },
    next: async () => {
      if (step >= probe.steps)
        throw new UserError(
          'config',
          `this probe ends after ${probe.steps} updates, all of which were made; start over`,
        );
      const inspection = await inspectStep({ probe, part, layer, dimension, step, pool, size }, options);
      step++;
      return inspection;
    },
    dispose: () => pool.close(),
  };
}

interface StepToInspect {
  readonly probe: SgdProbe;
  readonly part: FrozenPart;
  readonly layer: string;
  readonly dimension: number;
  readonly step: number;
  readonly pool: AugmentPool;
  /** Side of the pictures, px. */
  readonly size: number;
}

async function inspectStep(
  { probe, part, layer, dimension, step, pool, size }: StepToInspect,
  { folder, takeWarnings }: SteppingOptions,
): Promise<BatchInspection> {
  const { classes, dataset } = part;
  const rows = probe.rowsOf(step);
  const pictures = new PictureWriter(folder, step);
  const begun = performance.now();
  const indices = Int32Array.from(rows, (row) => part.features.indices[row]!);
  await addPictures(pictures, { pool, indices, size }, (i) => ({
    name: dataset.names[indices[i]!]!,
    label: classes[part.labels[rows[i]!]!]!,
  }));
  const read = performance.now();
  const before = parametersOf(probe);
  const gradients = new Map<string, Float32Array>();
  const layers: InspectedLayer[] = [];
  const reports: ReadReport[] = [];
  const loss = await probe.take(step, (seen) => {
    gradients
      .set('fc.weight', Float32Array.from(seen.weightGradient))
      .set('fc.bias', Float32Array.from(seen.biasGradient));
    const { products, residuals, batch } = seen;
    const { logits, slopes } = byRows({ products, residuals }, before.get('fc.bias')!, rows.length);
    layers.push(...describeLayers({ layer, dimension, values: batch.values, logits, slopes, rows: rows.length }));
    const shape = [rows.length, classes.length];
    reports.push({
      kind: 'classes',
      logits: { shape, data: logits },
      labels: { shape: [rows.length], data: batch.labels },
    });
  });
  const ended = performance.now();
  const shapes = new Map([
    ['fc.weight', { shape: [classes.length, dimension] }],
    ['fc.bias', { shape: [classes.length] }],
  ]);
  const { matching, losses } = matchClasses([{ images: [], first: 0, reports, size: [size, size] }], classes);
  const inspection = {
    ...{ step, learningRate: probe.rateAt(step), gradientNorm: lengthOf(gradients) },
    seconds: { batch: (read - begun) / 1000, gradients: (ended - read) / 1000, update: 0 },
    views: pictures.views(),
    images: (await pictures.images()).map((image) => ({ ...image, loss: losses!.get(image.place)! })),
    losses: [{ name: 'loss', value: loss / rows.length }],
    layers,
    parameters: compareParameters(shapes, { before, gradients, after: parametersOf(probe) }),
    ...(matching && { matching }),
  };
  return { ...inspection, findings: findSuspicious(inspection, takeWarnings()) };
}

/** The images whose features these are, as the frozen network saw them. */
async function addPictures(
  pictures: PictureWriter,
  from: { readonly pool: AugmentPool; readonly indices: Int32Array; readonly size: number },
  describe: (i: number) => { readonly name: string; readonly label: string },
): Promise<void> {
  const { pool, indices, size } = from;
  const { views } = await pool.evalBatch(indices);
  const images = tf.tensor4d(views[0]!.slice(), [indices.length, size, size, 3]);
  await pictures.add(
    [{ name: 'image', images }],
    Array.from(indices, (_, i) => describe(i)),
  );
  images.dispose();
}

function parametersOf({ weights }: SgdProbe): Map<string, Float32Array> {
  return new Map([
    ['fc.weight', weights.weight.slice()],
    ['fc.bias', weights.bias.slice()],
  ]);
}

/** [C, rows] → [rows, C], the bias added to the products. */
function byRows(
  { products, residuals }: Pick<ProbeStep, 'products' | 'residuals'>,
  bias: Float32Array,
  rows: number,
): { logits: Float32Array; slopes: Float32Array } {
  const [logits, slopes] = [new Float32Array(products.length), new Float32Array(products.length)];
  for (let c = 0; c < bias.length; c++)
    for (let row = 0; row < rows; row++) {
      logits[row * bias.length + c] = products[c * rows + row]! + bias[c]!;
      slopes[row * bias.length + c] = residuals[c * rows + row]!;
    }
  return { logits, slopes };
}

function describeLayers(of: {
  readonly layer: string;
  readonly dimension: number;
  readonly values: Float32Array;
  readonly logits: Float32Array;
  readonly slopes: Float32Array;
  readonly rows: number;
}): InspectedLayer[] {
  const { layer, dimension, values, logits, slopes, rows } = of;
  const classes = logits.length / rows;
  const describe = (name: string, data: Float32Array, columns: number): InspectedLayer => ({
    ...{ name, call: 1, shape: [rows, columns], activation: summarise(data) },
    dead: { units: deadChannels(data, columns), of: columns },
  });
  return [describe(layer, values, dimension), { ...describe('fc', logits, classes), gradient: summarise(slopes) }];
}

function lengthOf(gradients: ReadonlyMap<string, Float32Array>): number {
  return Math.hypot(...[...gradients.values()].map((values) => summarise(values).norm));
}
