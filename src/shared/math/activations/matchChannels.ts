/**
 * Which channel of one network answers like which of another. Networks with the same layers and other weights share no
 * numbering of channels, so a channel is compared with the one whose answers to the same images correlate best with its own
 * (Li et al. 2016, "Convergent learning", arXiv 1511.07543, section 3.2, semi-matching). Left out: one-to-one matching.
 */
import type { Matrix } from '../rank';

export interface ChannelMatches {
  /** [channels], channel of the other network; −1 for one that never varies. */
  readonly match: Int32Array;
  /** [channels], −1..1; NaN for one that never varies, or where no other does. */
  readonly likeness: Float32Array;
}

/** Columns with mean 0 and length 1; columns that do not vary become zeros. answers: [images, channels]. */
export function standardiseColumns({ data, rows, columns }: Matrix): Matrix {
  const unit = new Float64Array(rows * columns);
  for (let c = 0; c < columns; c++) {
    let [sum, squares] = [0, 0];
    for (let i = 0; i < rows; i++) sum += data[i * columns + c]!;
    for (let i = 0; i < rows; i++) squares += (data[i * columns + c]! - sum / rows) ** 2;
    // What is left of rounding is no variation.
    const isFlat = squares <= rows * (1e-6 * (sum / rows)) ** 2;
    for (let i = 0; i < rows && !isFlat; i++)
      unit[i * columns + c] = (data[i * columns + c]! - sum / rows) / Math.sqrt(squares);
  }
  return { data: unit, rows, columns };
}

/** correlations: [channels, others], as products of standardised columns; rows and columns of zeros never vary. */
export function matchChannels({ data, rows, columns }: Matrix): ChannelMatches {
  const match = new Int32Array(rows).fill(-1);
  const likeness = new Float32Array(rows).fill(NaN);
  const varies = Array.from({ length: columns }, (_, other) => {
    for (let c = 0; c < rows; c++) if (data[c * columns + other] !== 0) return true;
    return false;
  });
  for (let c = 0; c < rows; c++) {
    const row = data.subarray(c * columns, (c + 1) * columns);
    if (row.every((value) => value === 0)) continue;
    for (let other = 0; other < columns; other++) {
      if (!varies[other] || (match[c]! >= 0 && row[other]! <= row[match[c]!]!)) continue;
      match[c] = other;
    }
    if (match[c]! >= 0) likeness[c] = Math.max(-1, Math.min(1, row[match[c]!]!));
  }
  return { match, likeness };
}

/** About the largest correlation that `others` unrelated channels reach by chance over so many images: √(2 ln others / (images − 1)), at most 1. */
export function chanceLikeness(others: number, images: number): number {
  return Math.min(1, Math.sqrt((2 * Math.log(Math.max(2, others))) / Math.max(1, images - 1)));
}
