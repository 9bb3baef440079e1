/**
 * Puts images on a plane by one of three methods. t-SNE and UMAP start from the two main directions, not from chance, which keeps
 * more of the large arrangement and makes maps of different layers alike: Kobak and Linderman 2021, Nature Biotechnology 39.
 */
import { deriveRandom } from '../../random';
import { neighbourProbabilities } from './perplexity';
import { layOutTsne, TsneGradient, usualLearningRate } from './tsne';
import { umapGraph } from './umapGraph';
import { fitLikenessCurve, layOutUmap } from './umapLayout';

/** Nearest others by cosine: [rows, k] each, nearest first. */
export interface CosineNeighbours {
  readonly neighbour: Int32Array;
  readonly similarity: Float32Array;
}

/** A descent under way: it moves `points` in place and yields how many of `steps` are done. */
export interface Descent {
  /** [rows, 2] */
  readonly points: Float64Array;
  readonly steps: number;
  readonly moves: Generator<number, void>;
  /** KL(P ‖ Q) in nats that is left, of t-SNE. */
  readonly divergence?: () => number;
}

export interface TsneMap {
  readonly perplexity: number;
  readonly exaggeration: number;
  readonly iterations?: number;
  readonly learningRate?: number;
}

/** Width of the start of t-SNE along its main direction: scikit-learn's. */
const TSNE_START = 1e-4;

/** t-SNE of unit vectors, whose squared distance is 2 - 2 cos; start: [rows, 2]. */
export function startTsne(near: CosineNeighbours, start: Float64Array, settings: TsneMap): Descent {
  const rows = start.length / 2;
  const { perplexity, exaggeration, iterations = 1000 } = settings;
  const squares = Float64Array.from(near.similarity, (cosine) => Math.max(0, 2 - 2 * cosine));
  const probabilities = neighbourProbabilities({ neighbour: near.neighbour, squares }, rows, perplexity);
  let spread = 0;
  for (let i = 0; i < rows; i++) spread += start[2 * i]! ** 2 / rows;
  const points = start.map((value) => (value / (Math.sqrt(spread) || 1)) * TSNE_START);
  const learningRate = settings.learningRate ?? usualLearningRate(rows, exaggeration);
  return {
    points,
    steps: iterations,
    moves: layOutTsne(probabilities, points, { iterations, exaggeration, learningRate }),
    divergence: () => new TsneGradient(probabilities).divergence(points),
  };
}

export interface UmapMap {
  readonly minDistance: number;
  readonly spread: number;
  readonly negativeSamples: number;
  readonly iterations?: number;
  readonly learningRate?: number;
  readonly seed: number;
}

/** Side of the square that UMAP starts on, and the noise that parts points on one place: umap-learn's. */
const UMAP_SIDE = 10;
const UMAP_NOISE = 1e-4;
/** More images take fewer epochs, as in umap-learn. */
const MANY_IMAGES = 10_000;

/** UMAP with the cosine distance 1 - cos; start: [rows, 2]. */
export function startUmap(near: CosineNeighbours, start: Float64Array, settings: UmapMap): Descent {
  const rows = start.length / 2;
  const { minDistance, spread, negativeSamples, learningRate = 1, seed } = settings;
  const epochs = settings.iterations ?? (rows <= MANY_IMAGES ? 500 : 200);
  const distance = Float64Array.from(near.similarity, (cosine) => Math.max(0, 1 - cosine));
  const graph = umapGraph({ neighbour: near.neighbour, distance }, rows);
  const points = umapStart(start, seed);
  const random = deriveRandom(seed, 'umap-negatives');
  const curve = fitLikenessCurve(minDistance, spread);
  return {
    points,
    steps: epochs,
    moves: layOutUmap(graph, points, { curve, epochs, learningRate, negativeSamples, random }),
  };
}

function umapStart(start: Float64Array, seed: number): Float64Array {
  const random = deriveRandom(seed, 'umap-start');
  const largest = start.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
  const noisy = start.map((value) => (value / largest) * UMAP_SIDE + UMAP_NOISE * random.normal());
  for (const axis of [0, 1]) {
    let [low, high] = [Infinity, -Infinity];
    for (let k = axis; k < noisy.length; k += 2) {
      low = Math.min(low, noisy[k]!);
      high = Math.max(high, noisy[k]!);
    }
    for (let k = axis; k < noisy.length; k += 2) noisy[k] = (UMAP_SIDE * (noisy[k]! - low)) / (high - low);
  }
  return noisy;
}

/** Points less their mean, in single precision, as they are stored. */
export function centreMap(points: Float64Array): Float32Array {
  const mean = [0, 0];
  points.forEach((value, k) => (mean[k % 2] = mean[k % 2]! + (2 * value) / points.length));
  return Float32Array.from(points, (value, k) => value - mean[k % 2]!);
}
