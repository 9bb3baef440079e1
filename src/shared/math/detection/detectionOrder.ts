/**
 * Detections class by class in descending score: the order in which every evaluator judges them. Sorting once for all
 * classes, thresholds and sizes is most of what makes this fast.
 */

/** Indices grouped by class. `order[starts[k] .. starts[k + 1]]` are those of class k. */
export interface ClassOrder {
  readonly order: Uint32Array;
  /** [classes + 1] */
  readonly starts: Uint32Array;
}

export interface OrderInput {
  readonly count: number;
  /** [count] 0..classes-1; others are left out. */
  readonly category: ArrayLike<number>;
  readonly scores: Float64Array;
  /** [count] keys of ties, ascending; equal keys keep the order of the file. Absent: all equal. */
  readonly tieRank?: ArrayLike<number>;
}

/** Groups by class and sorts by descending score, stable; NaN last, as numpy's argsort of -score does. */
export function orderByClassAndScore(input: OrderInput, classes: number): ClassOrder {
  const { tieRank } = input;
  let sequence: Uint32Array = new Uint32Array(input.count);
  for (let i = 0; i < input.count; i++) sequence[i] = i;
  if (tieRank) sequence = bucketSort(sequence, (i) => tieRank[i]!, maximum(tieRank) + 1).order;
  const { order, starts } = bucketSort(sequence, (i) => input.category[i]!, classes);
  const spare = new Uint32Array(order.length);
  for (let k = 0; k < classes; k++) sortByScore(order, input.scores, { start: starts[k]!, end: starts[k + 1]! }, spare);
  return { order, starts };
}

/** Stable counting sort of items by whole keys 0..buckets-1; items with other keys are left out. */
export function bucketSort(items: ArrayLike<number>, keyOf: (item: number) => number, buckets: number): ClassOrder {
  const starts = new Uint32Array(buckets + 1);
  for (let i = 0; i < items.length; i++) {
    const key = keyOf(items[i]!);
    if (key >= 0 && key < buckets) starts[key + 1]!++;
  }
  for (let k = 0; k < buckets; k++) starts[k + 1]! += starts[k]!;
  const order = new Uint32Array(starts[buckets]!);
  const next = starts.slice();
  for (let i = 0; i < items.length; i++) {
    const key = keyOf(items[i]!);
    if (key >= 0 && key < buckets) order[next[key]!++] = items[i]!;
  }
  return { order, starts };
}

/** Merge sort of order[start..end] by descending score, bottom up from runs of 8, stable. */
function sortByScore(
  order: Uint32Array,
  scores: Float64Array,
  { start, end }: { readonly start: number; readonly end: number },
  spare: Uint32Array,
): void {
  const last = moveNanLast(order, scores, start, end);
  for (let from = start; from < last; from += 8) insertionSort(order, scores, from, Math.min(last, from + 8));
  for (let width = 8; width < last - start; width *= 2) {
    for (let from = start; from + width < last; from += 2 * width) {
      mergeRuns(order, scores, { from, middle: from + width, to: Math.min(last, from + 2 * width) }, spare);
    }
  }
}

function insertionSort(order: Uint32Array, scores: Float64Array, from: number, to: number): void {
  for (let i = from + 1; i < to; i++) {
    const item = order[i]!;
    const score = scores[item]!;
    let j = i - 1;
    for (; j >= from && scores[order[j]!]! < score; j--) order[j + 1] = order[j]!;
    order[j + 1] = item;
  }
}

function mergeRuns(
  order: Uint32Array,
  scores: Float64Array,
  { from, middle, to }: { readonly from: number; readonly middle: number; readonly to: number },
  spare: Uint32Array,
): void {
  if (!(scores[order[middle]!]! > scores[order[middle - 1]!]!)) return;
  for (let i = from; i < middle; i++) spare[i] = order[i]!;
  let [left, right] = [from, middle];
  for (let out = from; left < middle; out++) {
    if (right < to && scores[order[right]!]! > scores[spare[left]!]!) order[out] = order[right++]!;
    else order[out] = spare[left++]!;
  }
}

/** Keeps both groups in order; returns where the NaN begin. */
function moveNanLast(order: Uint32Array, scores: Float64Array, start: number, end: number): number {
  const withoutScore: number[] = [];
  let out = start;
  for (let i = start; i < end; i++) {
    const item = order[i]!;
    if (Number.isNaN(scores[item]!)) withoutScore.push(item);
    else order[out++] = item;
  }
  order.set(withoutScore, out);
  return out;
}

function maximum(values: ArrayLike<number>): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > largest) largest = values[i]!;
  return largest;
}
