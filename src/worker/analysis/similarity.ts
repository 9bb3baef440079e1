/** Layers of two pretrainings against each other: CKA, canonical correlations, Procrustes and RSA over the same images. */
import type { SimilarityKind } from '../../shared/experiment/analysisFields';
import type { SimilarityAnalysis } from '../../shared/experiment/analysisSchema';
import type { FeaturesAnalysisStage } from '../../shared/experiment/stages';
import { Cancelled, UserError } from '../../shared/errors';
import { mainDirections, type MainDirections } from '../../shared/math/mainDirections';
import type { Matrix } from '../../shared/math/rank';
import { averageRanks, correlation } from '../../shared/math/rankCorrelation';
import { pwcca, svcca } from '../../shared/math/similarity/canonical';
import { pairDistances } from '../../shared/math/similarity/pairDistances';
import { centreFeatures } from '../../shared/math/similarity/features';
import { procrustesSimilarity } from '../../shared/math/similarity/procrustes';
import { gaussianKernel, KernelAlignment, squaredDistances } from '../../shared/math/similarity/unbiasedHsic';
import type { AnalysisResult } from '../../shared/results/records';
import type { StageContext } from '../stageContext';
import { readFeatures, type AnalysedFeatures } from './features';
import { crossProducts, innerProducts, rowCorrelations } from './products';

/** Centred features by layer, a list for each side; the same list where a pretraining is compared with itself. */
interface Sides {
  readonly rows: readonly Matrix[];
  readonly columns: readonly Matrix[];
  readonly images: number;
}

export async function compareLayers(
  stage: FeaturesAnalysisStage,
  settings: SimilarityAnalysis,
  context: StageContext,
): Promise<AnalysisResult> {
  const first = await readFeatures(stage.features, stage, context);
  const isSame = stage.otherFeatures === undefined || stage.otherFeatures === stage.features;
  const second = isSame ? first : await readFeatures(stage.otherFeatures!, stage, context);
  requireSameImages(first, second);
  const centre = isInBatches(settings.kind) ? centreInPlace : centreAll;
  const rows = centre(first, stage.pretraining);
  const columns = isSame ? rows : centre(second, stage.against ?? stage.pretraining);
  const sides = { rows, columns, images: first.indices.length };
  const values = await compare(settings, sides, context);
  const names = first.layers.map(({ layer }) => layer);
  return {
    kind: 'analysis',
    analysis: settings.kind,
    data: settings.data,
    images: first.indices.length,
    layers: [],
    matrix: { metric: settings.kind, rows: names, columns: names, values },
    notes: notesOf(settings, sides),
  };
}

function compare(settings: SimilarityAnalysis, sides: Sides, context: StageContext): Promise<number[][]> {
  switch (settings.kind) {
    case 'cka':
      return alignKernels(sides, { batch: settings.batch, kernel: (gram) => gram }, context);
    case 'rbf-cka': {
      const kernel = (gram: Float64Array, n: number) =>
        gaussianKernel(squaredDistances(gram, n), n, settings.bandwidth);
      return alignKernels(sides, { batch: settings.batch, kernel }, context);
    }
    case 'rsa':
      return correlateDistances(sides, settings.batch, context);
    case 'procrustes':
      return rotate(sides, context);
    case 'svcca':
    case 'pwcca':
      return correlateDirections(sides, settings, context);
  }
}

/** Where an image could not be read another took its place, which may differ between two runs of the features. */
function requireSameImages(a: AnalysedFeatures, b: AnalysedFeatures): void {
  if (a.indices.length === b.indices.length && a.indices.every((index, i) => b.indices[i] === index)) return;
  throw new UserError('data', 'the two pretrainings did not see the same images; repair unreadable ones and run again');
}

function centreAll({ layers }: AnalysedFeatures, pretraining: string): Matrix[] {
  return layers.map(({ layer, matrix }) => centreFeatures(matrix, `${layer} of ${pretraining}`));
}

/** Their products are of single precision: rounding at once gives the same bits and holds a third of the memory. */
function isInBatches(kind: SimilarityKind): boolean {
  return kind === 'cka' || kind === 'rbf-cka' || kind === 'rsa';
}

function centreInPlace({ layers }: AnalysedFeatures, pretraining: string): Matrix[] {
  return layers.map(({ layer, matrix }) => roundCentred(matrix, `${layer} of ${pretraining}`));
}

/** `centreFeatures` written over the features themselves, which are of single precision. */
export function roundCentred(matrix: Matrix, name: string): Matrix {
  const centred = centreFeatures(matrix, name);
  if (!(matrix.data instanceof Float32Array)) return centred;
  matrix.data.set(centred.data);
  return matrix;
}

interface KernelSettings {
  readonly batch: number;
  /** Inner products [n, n] → kernel [n, n]. */
  kernel(gram: Float64Array, n: number): Float64Array;
}

async function alignKernels(sides: Sides, { batch, kernel }: KernelSettings, context: StageContext) {
  const alignment = new KernelAlignment(sides.rows.length, sides.columns.length);
  await eachBatch(sides.images, batch, context, (from, n) => {
    const kernels = onBothSides(sides, (matrix) => kernel(innerProducts(matrix, from, n), n));
    alignment.add(kernels.rows, kernels.columns, n);
  });
  return alignment.values();
}

/** Spearman's correlation of the distances, averaged over batches. */
async function correlateDistances(sides: Sides, batch: number, context: StageContext) {
  const sums = sides.rows.map(() => sides.columns.map(() => 0));
  let batches = 0;
  await eachBatch(sides.images, batch, context, (from, n) => {
    const ranks = onBothSides(sides, (matrix) => averageRanks(pairDistances(rowCorrelations(matrix, from, n), n)));
    ranks.rows.forEach((a, i) => ranks.columns.forEach((b, j) => (sums[i]![j] = sums[i]![j]! + correlation(a, b))));
    batches++;
  });
  return sums.map((row) => row.map((sum) => sum / batches));
}

async function rotate({ rows, columns }: Sides, context: StageContext): Promise<number[][]> {
  const values: number[][] = [];
  for (const x of rows) {
    await pause(context);
    values.push(columns.map((y) => procrustesSimilarity(crossProducts(x, y), frobenius(x), frobenius(y))));
    context.progress(values.length, rows.length, 'layers');
  }
  return values;
}

async function correlateDirections({ rows, columns }: Sides, settings: SimilarityAnalysis, context: StageContext) {
  const all = [...new Set([...rows, ...columns])];
  const directions = new Map<Matrix, MainDirections>();
  for (const [i, matrix] of all.entries()) {
    await pause(context);
    directions.set(matrix, mainDirections(matrix, settings.variance));
    context.progress(i + 1, all.length, 'layers');
  }
  const measure = settings.kind === 'svcca' ? svcca : pwcca;
  return rows.map((x) => columns.map((y) => measure(directions.get(x)!, directions.get(y)!)));
}

/** Unbiased estimates need four images. */
const LEAST = 4;

/** Whole batches; what is left over joins the last one when it is too small to stand alone. */
async function eachBatch(
  images: number,
  batch: number,
  context: StageContext,
  take: (from: number, n: number) => void,
): Promise<void> {
  if (images < LEAST)
    throw new UserError('data', `${images} images are too few to compare layers; use at least ${LEAST}`);
  for (let from = 0; from < images;) {
    await pause(context);
    const rest = images - from;
    const n = rest < batch + LEAST ? rest : batch;
    take(from, n);
    from += n;
    context.progress(from, images, 'images');
  }
}

/** Lets a request to stop be heard. */
async function pause({ signal }: StageContext): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (signal.aborted) throw new Cancelled();
}

/** Each matrix is worked on once, also where both sides are the same pretraining. */
function onBothSides<T>({ rows, columns }: Sides, work: (matrix: Matrix) => T): { rows: T[]; columns: T[] } {
  const done = rows.map(work);
  return { rows: done, columns: columns === rows ? done : columns.map(work) };
}

function frobenius({ data }: Matrix): number {
  let sum = 0;
  for (let k = 0; k < data.length; k++) sum += data[k]! ** 2;
  return Math.sqrt(sum);
}

/** Canonical correlations rise with the number of directions whatever the features mean. */
function notesOf({ kind }: SimilarityAnalysis, { rows, columns, images }: Sides): string[] {
  const widest = Math.max(...[...rows, ...columns].map((matrix) => matrix.columns));
  if ((kind !== 'svcca' && kind !== 'pwcca') || images >= 10 * widest) return [];
  return [
    `${images} images for up to ${widest} features: canonical correlations come out too high; use ${10 * widest} images or more, or cka`,
  ];
}
