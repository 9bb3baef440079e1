/** Lists of nearest neighbours with a weight for each, joined into a symmetric sparse matrix: what t-SNE and UMAP start from. */

/** Compressed rows: row i has entries offsets[i] .. offsets[i + 1], in rising order of their columns. */
export interface SparseRows {
  /** [rows + 1] */
  readonly offsets: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/**
 * Entry (i, j) is combine(weight of j in the list of i, weight of i in the list of j), 0 for one that a list lacks; `combine`
 * must be symmetric. neighbour, weights: [rows, k], no row in its own list. Entries of 0 are left out.
 */
export function joinNeighbours(
  { neighbour, weights }: { readonly neighbour: Int32Array; readonly weights: Float64Array },
  rows: number,
  combine: (there: number, back: number) => number,
): SparseRows {
  const k = neighbour.length / rows;
  const { starts, from } = turnAround(neighbour, rows);
  const offsets = new Int32Array(rows + 1);
  const columns = new Int32Array(2 * neighbour.length);
  const values = new Float64Array(2 * neighbour.length);
  const there = new Float64Array(rows);
  const back = new Float64Array(rows);
  let end = 0;
  for (let i = 0; i < rows; i++) {
    const touched: number[] = [];
    for (let entry = i * k; entry < (i + 1) * k; entry++) {
      there[neighbour[entry]!] = weights[entry]!;
      touched.push(neighbour[entry]!);
    }
    for (let at = starts[i]!; at < starts[i + 1]!; at++) {
      const other = Math.floor(from[at]! / k);
      back[other] = weights[from[at]!]!;
      touched.push(other);
    }
    touched.sort((a, b) => a - b);
    for (const [place, other] of touched.entries()) {
      if (place > 0 && touched[place - 1] === other) continue;
      const value = combine(there[other]!, back[other]!);
      there[other] = back[other] = 0;
      if (value === 0) continue;
      columns[end] = other;
      values[end++] = value;
    }
    offsets[i + 1] = end;
  }
  return { offsets, columns: columns.slice(0, end), values: values.slice(0, end) };
}

/** For each row the entries of the lists that name it: from[starts[i] .. starts[i + 1]], rising. */
function turnAround(neighbour: Int32Array, rows: number) {
  const starts = new Int32Array(rows + 1);
  for (const j of neighbour) starts[j + 1] = starts[j + 1]! + 1;
  for (let i = 0; i < rows; i++) starts[i + 1] = starts[i + 1]! + starts[i]!;
  const next = starts.slice(0, rows);
  const from = new Int32Array(neighbour.length);
  for (const [entry, j] of neighbour.entries()) {
    from[next[j]!] = entry;
    next[j] = next[j]! + 1;
  }
  return { starts, from };
}
