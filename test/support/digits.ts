/** 500 handwritten digits of scikit-learn with what it and umap-learn make of them: test/golden/make/embedding.py. */
import { readFileSync } from 'node:fs';
import type { CosineNeighbours } from '../../src/shared/math/embedding/layOut';

export interface MapQuality {
  readonly trustworthiness: number;
  readonly mapPurity: number;
}

interface Golden {
  readonly pixels: string;
  readonly labels: string;
  readonly k: number;
  readonly featurePurity: number;
  readonly trust: {
    readonly features: number[][];
    readonly points: number[][];
    readonly k: number;
    readonly value: number;
  };
  readonly pca: MapQuality & { readonly first: number[][]; readonly shares: number[] };
  readonly umap: MapQuality & {
    readonly curves: [number, number, number, number][];
    readonly entries: number;
    readonly sum: number;
    readonly first: number[];
  };
  readonly tsne: MapQuality & {
    readonly perplexity: number;
    readonly first: number[];
    readonly divergence: number;
    readonly gradient: number[][];
  };
}

export const golden = JSON.parse(
  readFileSync(new URL('../golden/data/embedding.json', import.meta.url), 'utf8'),
) as Golden;

export const DIMENSION = 64;
/** [500, 64] */
export const digits = Float32Array.from(Buffer.from(golden.pixels, 'base64'));
/** [500] */
export const digitLabels = Int32Array.from(Buffer.from(golden.labels, 'base64'));
export const ROWS = digitLabels.length;

/** Cosines of all rows [n, dimension], by a slow loop in double precision: [n, n]. */
export function slowCosines(values: ArrayLike<number>, dimension: number): Float64Array {
  const rows = values.length / dimension;
  const dot = (i: number, j: number) => {
    let sum = 0;
    for (let k = 0; k < dimension; k++) sum += values[i * dimension + k]! * values[j * dimension + k]!;
    return sum;
  };
  const lengths = Float64Array.from({ length: rows }, (_, i) => Math.sqrt(dot(i, i)));
  const cosines = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < rows; j++) cosines[i * rows + j] = dot(i, j) / (lengths[i]! * lengths[j]!);
  return cosines;
}

/** By sorting every row. */
export function bruteNeighbours(cosines: Float64Array, k: number): CosineNeighbours {
  const rows = Math.sqrt(cosines.length);
  const neighbour = new Int32Array(rows * k);
  const similarity = new Float32Array(rows * k);
  for (let i = 0; i < rows; i++) {
    const line = cosines.subarray(i * rows, (i + 1) * rows);
    const order = Array.from(line, (_, j) => j).filter((j) => j !== i);
    order.sort((a, b) => line[b]! - line[a]! || a - b);
    for (let n = 0; n < k; n++) {
      neighbour[i * k + n] = order[n]!;
      similarity[i * k + n] = line[order[n]!]!;
    }
  }
  return { neighbour, similarity };
}
