/** Where images lie on a plane by the features of each layer, which are nearest to each, and how far the map can be believed. */
import type { EmbeddingAnalysis } from '../../../shared/experiment/analysisSchema';
import { neighboursOfPerplexity, tooMany } from '../../../shared/experiment/resolveEmbedding';
import type { FeaturesAnalysisStage } from '../../../shared/experiment/stages';
import { UserError } from '../../../shared/errors';
import { centreMap, startTsne, startUmap, type CosineNeighbours } from '../../../shared/math/embedding/layOut';
import { nearestOnMap, neighbourPurity, trustworthiness } from '../../../shared/math/embedding/mapQuality';
import { normalizeRows, votedAccuracy, voteByNeighbours } from '../../../shared/math/knn';
import type { Matrix } from '../../../shared/math/rank';
import { deriveRandom } from '../../../shared/random';
import { encodeEmbedding, type EmbeddingResults, type LayerMap } from '../../../shared/results/embedding';
import type { FileStamp, LayerScore } from '../../../shared/results/records';
import type { Dataset } from '../../data/dataset';
import type { StageContext, StageOutput } from '../../stageContext';
import type { FeatureRows } from '../../transfer/knn';
import { readFeatures } from '../features';
import { depthOf, pauseFor } from '../imagePasses';
import { roundCentred } from '../similarity';
import { mainPlane } from './mainPlane';
import { findNearest, firstNeighbours, sumRankExcess } from './nearest';
import { THUMBNAIL, writeThumbnails } from './thumbnails';

/** Images whose neighbours on the map are ranked among all by features; drawn where there are more. */
const RANKED_IMAGES = 2000;

type Metrics = Readonly<Record<string, number>>;

export async function analyseEmbedding(
  stage: FeaturesAnalysisStage,
  settings: EmbeddingAnalysis,
  context: StageContext,
): Promise<StageOutput> {
  const { data, split, method, neighbours } = settings;
  const { indices, layers } = await readFeatures(stage.features, stage, context);
  const images = indices.length;
  requireImages(settings, images);
  const dataset = await context.data.dataset({ id: data, split });
  const files = await writeThumbnails(dataset, indices, context);
  // Data without labels have one class for all.
  const classes = dataset.classes.length > 1 ? dataset.classes : [];
  const label = Int32Array.from(classes.length > 1 ? indices : [], (index) => dataset.labels[index]!);
  const maps: LayerMap[] = [];
  const scores: LayerScore[] = [];
  for (const [position, { layer, matrix }] of layers.entries()) {
    const work = {
      settings,
      matrix,
      label,
      classes: classes.length,
      context,
      name: `${layer} of ${stage.pretraining}`,
    };
    const { map, metrics } = await mapLayer(work, (done, steps) => {
      context.progress(position * steps + done, layers.length * steps, 'iterations', layer);
    });
    maps.push({ layer, ...map });
    scores.push({ layer, depth: depthOf(position, layers.length), dimension: matrix.columns, metrics });
  }
  const index = { version: 1, method, data, split, classes, pictureSize: THUMBNAIL, neighbours };
  const named = { ...index, images: describeImages(dataset, indices), layers: layers.map(({ layer }) => layer) };
  return {
    result: { kind: 'analysis', analysis: settings.kind, data, images, layers: scores, notes: notesOf(images) },
    files: { ...files, ...(await writeMaps({ index: named, label, layers: maps }, context)) },
  };
}

/** The least value of `neighbours` and of `perplexity`. */
const LEAST_NEIGHBOURS = 2;

/** The split may have fewer images than were asked for. */
function requireImages(settings: EmbeddingAnalysis, images: number): void {
  const { id, data, split } = settings;
  for (const { key, most, why } of tooMany({ ...settings, images })) {
    const advice = most < LEAST_NEIGHBOURS ? 'map a split with more images' : `set it to ${most} or less`;
    throw new UserError(
      'data',
      `\`${id}\` has \`${key}: ${settings[key]}\`, which ${why}, and ${data} ${split} has ${images}; ${advice}`,
    );
  }
}

function describeImages(dataset: Dataset, indices: Int32Array): EmbeddingResults['index']['images'] {
  return Array.from(indices, (index) => ({ name: dataset.names[index] ?? `image ${index}`, index }));
}

async function writeMaps(results: EmbeddingResults, context: StageContext): Promise<Record<string, FileStamp>> {
  const files: Record<string, FileStamp> = {};
  for (const [name, bytes] of Object.entries(encodeEmbedding(results)))
    files[name] = await context.stages.writeFile(context.key, name, bytes);
  return files;
}

function notesOf(images: number): string[] {
  return images > RANKED_IMAGES
    ? [`trustworthiness is measured on ${RANKED_IMAGES} of the ${images} images, ranked among all`]
    : [];
}

interface LayerWork {
  readonly settings: EmbeddingAnalysis;
  readonly matrix: Matrix;
  /** [images]; empty without classes. */
  readonly label: Int32Array;
  readonly classes: number;
  readonly context: StageContext;
  /** In messages. */
  readonly name: string;
}

type Report = (done: number, steps: number) => void;

interface LayerResult {
  readonly map: Omit<LayerMap, 'layer'>;
  readonly metrics: Metrics;
}

async function mapLayer(work: LayerWork, report: Report): Promise<LayerResult> {
  const { settings, matrix, context } = work;
  const { method, neighbours: k, perplexity } = settings;
  const features = rowsOf(matrix);
  // First, since it refuses features of which nothing can be said.
  const plane = mainPlane(centredFor(work));
  const most = method === 't-sne' ? Math.max(k, neighboursOfPerplexity(perplexity)) : k;
  const near = await findNearest(features, most, context.signal);
  const { points, left } = await layOut({ work, near, plane: plane.points }, report);
  const listed = firstNeighbours(near, matrix.rows, k);
  const coordinates = centreMap(points);
  const { predicted, purities } = askNeighbours({ work, listed, coordinates });
  return {
    map: { coordinates, ...listed, predicted },
    metrics: {
      trustworthiness: await measureTrust({ features, coordinates, k, context }),
      ...purities,
      ...(method === 'pca' && { explainedVariance: plane.shares[0] + plane.shares[1] }),
      ...left,
    },
  };
}

/** Features as principal components take them: as they are for `pca`, of length 1 for methods that look at angles. */
function centredFor({ settings, matrix, name }: LayerWork): Matrix {
  const { rows, columns } = matrix;
  const { values } = rowsOf(matrix);
  const copy = settings.method === 'pca' ? values.slice() : normalizeRows(values, rows, columns);
  return roundCentred({ data: copy, rows, columns }, name);
}

function rowsOf({ data, columns }: Matrix): FeatureRows {
  return { values: data instanceof Float32Array ? data : Float32Array.from(data), dimension: columns };
}

interface Start {
  readonly work: LayerWork;
  readonly near: CosineNeighbours;
  /** [images, 2] */
  readonly plane: Float64Array;
}

/** Runs the descent step by step, so that a request to stop is heard. */
async function layOut({ work, near, plane }: Start, report: Report): Promise<{ points: Float64Array; left: Metrics }> {
  const { settings, matrix, context } = work;
  const { method, neighbours, perplexity } = settings;
  if (method === 'pca') {
    report(1, 1);
    return { points: plane, left: {} };
  }
  const listed = method === 't-sne' ? neighboursOfPerplexity(perplexity) : neighbours - 1;
  const nearest = firstNeighbours(near, matrix.rows, listed);
  const descent =
    method === 't-sne'
      ? startTsne(nearest, plane, settings)
      : startUmap(nearest, plane, { ...settings, seed: context.seed });
  for (const done of descent.moves) {
    await pauseFor(context);
    report(done, descent.steps);
  }
  return { points: descent.points, left: descent.divergence ? { divergence: descent.divergence() } : {} };
}

interface Neighbourhoods {
  readonly work: LayerWork;
  readonly listed: CosineNeighbours;
  readonly coordinates: Float32Array;
}

/** What neighbours say of the class of each image, itself left out. Ties go to the class that comes first. */
function askNeighbours({ work, listed, coordinates }: Neighbourhoods): { predicted: Int32Array; purities: Metrics } {
  const { matrix, label, classes, settings } = work;
  if (classes === 0) return { predicted: new Int32Array(0), purities: {} };
  const votes = voteByNeighbours({
    neighbours: { indices: listed.neighbour, similarities: listed.similarity },
    ...{ labels: label, numClasses: classes, k: settings.neighbours, depth: 1 },
    // All votes weigh the same.
    temperature: Infinity,
  });
  const all = Int32Array.from({ length: matrix.rows }, (_, row) => row);
  const purities = {
    mapPurity: neighbourPurity(nearestOnMap(coordinates, all, settings.neighbours), label),
    featurePurity: neighbourPurity(listed.neighbour, label),
    neighbourAccuracy: votedAccuracy(votes, label, 1),
  };
  return { predicted: votes.predictions, purities };
}

interface Judged {
  readonly features: FeatureRows;
  readonly coordinates: Float32Array;
  readonly k: number;
  readonly context: StageContext;
}

async function measureTrust({ features, coordinates, k, context }: Judged): Promise<number> {
  const images = coordinates.length / 2;
  const order = deriveRandom(context.seed, 'embedding-ranked').permutation(images);
  const sample = Int32Array.from(order.subarray(0, RANKED_IMAGES)).sort();
  const nearest = nearestOnMap(coordinates, sample, k);
  const excess = await sumRankExcess(features, { sample, nearest }, context.signal);
  return trustworthiness(excess, { ranked: sample.length, images, k });
}
