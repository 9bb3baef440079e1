/**
 * Weighted k-nearest-neighbour classification (Wu et al. 2018, arXiv 1805.01978, section 3.4): the k most similar bank
 * rows vote for their class with weight exp(similarity / temperature). Voting stands apart from similarity, so that the
 * worker may compute the similarities on its runtime. Every tie goes to the lower index.
 */

export interface Neighbours {
  /** [rows, k] indices into the bank, most similar first; -1 where the bank has fewer than k usable rows. */
  readonly indices: Int32Array;
  /** [rows, k], in the same order. */
  readonly similarities: Float32Array;
}

export interface Votes {
  /** [rows] the class with the most weight. */
  readonly predictions: Int32Array;
  /** [rows, depth] classes by weight, best first; -1 once no further class got a vote. */
  readonly ranked: Int32Array;
  readonly depth: number;
}

/** Divides each row by its Euclidean norm; a zero row stays zero. values: [count, dimension]. Returns a new array. */
export function normalizeRows(values: Float32Array, count: number, dimension: number): Float32Array {
  const result = new Float32Array(count * dimension);
  for (let i = 0; i < count; i++) {
    const start = i * dimension;
    let square = 0;
    for (let j = start; j < start + dimension; j++) square += values[j]! * values[j]!;
    const factor = square > 0 ? 1 / Math.sqrt(square) : 0;
    for (let j = start; j < start + dimension; j++) result[j] = values[j]! * factor;
  }
  return result;
}

/**
 * The k most similar bank rows of each query row. similarities: [rows, bankSize]; entries of -Infinity never count
 * (leave-one-out).
 */
export function selectNeighbours(similarities: Float32Array, bankSize: number, k: number): Neighbours {
  const rows = similarities.length / bankSize;
  const result = { indices: new Int32Array(rows * k).fill(-1), similarities: new Float32Array(rows * k) };
  const heap = new Int32Array(k);
  for (let row = 0; row < rows; row++) {
    const line = similarities.subarray(row * bankSize, (row + 1) * bankSize);
    const size = fillHeap(heap, line);
    const order = heap.subarray(0, size).slice();
    order.sort((a, b) => line[b]! - line[a]! || a - b);
    for (let j = 0; j < size; j++) {
      result.indices[row * k + j] = order[j]!;
      result.similarities[row * k + j] = line[order[j]!]!;
    }
  }
  return result;
}

/** Class votes of neighbours. labels: [bankSize]; temperature > 0; `depth` classes are ranked (default 5, at most numClasses). */
export function voteByNeighbours(options: {
  readonly neighbours: Neighbours;
  readonly labels: ArrayLike<number>;
  readonly numClasses: number;
  readonly k: number;
  readonly temperature: number;
  readonly depth?: number;
}): Votes {
  const { neighbours, labels, numClasses, k, temperature } = options;
  const depth = Math.min(options.depth ?? 5, numClasses);
  const rows = neighbours.indices.length / k;
  const ranked = new Int32Array(rows * depth).fill(-1);
  const weights = new Float64Array(numClasses);
  for (let row = 0; row < rows; row++) {
    weights.fill(0);
    // Relative to the best neighbour, so that a small temperature cannot overflow; the ranking stays the same.
    const best = neighbours.similarities[row * k]!;
    for (let j = row * k; j < (row + 1) * k && neighbours.indices[j]! >= 0; j++) {
      const label = labels[neighbours.indices[j]!]!;
      weights[label] = weights[label]! + Math.exp((neighbours.similarities[j]! - best) / temperature);
    }
    rankClasses(weights, ranked.subarray(row * depth, (row + 1) * depth));
  }
  return { predictions: Int32Array.from({ length: rows }, (_, row) => ranked[row * depth]!), ranked, depth };
}

/**
 * Class of each query from its k most similar bank rows by cosine similarity (slow, float64; for small sets and tests).
 * queries: [Q, dimension], bank: [N, dimension], labels: [N] in 0..numClasses-1; k is cut to N.
 */
export function classifyByNeighbours(options: {
  readonly queries: Float32Array;
  readonly bank: Float32Array;
  readonly labels: ArrayLike<number>;
  readonly numClasses: number;
  readonly dimension: number;
  readonly k: number;
  readonly temperature: number;
}): Votes {
  const { labels, dimension } = options;
  const k = Math.min(options.k, labels.length);
  const queryCount = options.queries.length / dimension;
  const queries = normalizeRows(options.queries, queryCount, dimension);
  const bank = normalizeRows(options.bank, labels.length, dimension);
  const similarities = new Float32Array(queryCount * labels.length);
  for (let q = 0; q < queryCount; q++) {
    for (let n = 0; n < labels.length; n++) {
      let dot = 0;
      for (let d = 0; d < dimension; d++) dot += queries[q * dimension + d]! * bank[n * dimension + d]!;
      similarities[q * labels.length + n] = dot;
    }
  }
  return voteByNeighbours({ ...options, k, neighbours: selectNeighbours(similarities, labels.length, k) });
}

/** Share of rows whose label is among the first `top` ranked classes, in 0..1. */
export function votedAccuracy(votes: Votes, labels: ArrayLike<number>, top: number): number {
  let hits = 0;
  for (let row = 0; row < labels.length; row++) {
    const end = row * votes.depth + Math.min(top, votes.depth);
    for (let j = row * votes.depth; j < end; j++) if (votes.ranked[j] === labels[row]) hits++;
  }
  return hits / labels.length;
}

/** Keeps the best entries of a line in a heap whose root is the worst kept one; returns how many there are. */
function fillHeap(heap: Int32Array, line: Float32Array): number {
  let size = 0;
  for (let i = 0; i < line.length; i++) {
    const value = line[i]!;
    if (value === -Infinity) continue;
    if (size < heap.length) {
      heap[size++] = i;
      for (let at = size - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!isWorse(line, heap[at]!, heap[parent]!)) break;
        swap(heap, at, parent);
        at = parent;
      }
    } else if (value > line[heap[0]!]!) {
      heap[0] = i;
      siftDown(heap, line, size);
    }
  }
  return size;
}

function siftDown(heap: Int32Array, line: Float32Array, size: number): void {
  for (let at = 0; ;) {
    const left = 2 * at + 1;
    if (left >= size) return;
    const child = left + 1 < size && isWorse(line, heap[left + 1]!, heap[left]!) ? left + 1 : left;
    if (!isWorse(line, heap[child]!, heap[at]!)) return;
    swap(heap, at, child);
    at = child;
  }
}

function isWorse(line: Float32Array, a: number, b: number): boolean {
  return line[a]! < line[b]! || (line[a] === line[b] && a > b);
}

function swap(heap: Int32Array, a: number, b: number): void {
  const kept = heap[a]!;
  heap[a] = heap[b]!;
  heap[b] = kept;
}

/** Writes the classes with the largest positive weights into `ranked`, best first. Clears the weights it used. */
function rankClasses(weights: Float64Array, ranked: Int32Array): void {
  for (let place = 0; place < ranked.length; place++) {
    let best = -1;
    for (let c = 0; c < weights.length; c++)
      if (weights[c]! > 0 && (best < 0 || weights[c]! > weights[best]!)) best = c;
    if (best < 0) return;
    ranked[place] = best;
    weights[best] = 0;
  }
}
