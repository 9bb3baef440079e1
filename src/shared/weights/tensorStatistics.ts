/**
 * What the numbers of a tensor are like: extent, mean, deviation, histogram, and how far they are from those of another
 * file. Read in pieces of rows, so that memory stays bounded whatever the tensor's size.
 */
import type { TensorPlace } from './tensorPlace';

export const histogramBins = 48;
/** Numbers read at once: 16 MiB. */
const pieceNumbers = 2 ** 22;

export interface TensorStatistics {
  /** Numbers; of them, how many are NaN, infinite and exactly zero. */
  readonly count: number;
  readonly nan: number;
  readonly infinite: number;
  readonly zeros: number;
  /** Of the finite numbers; undefined when there are none. */
  readonly finite?: FiniteStatistics;
  /** Against the tensor of the same name in another file, when it has one of the same shape. */
  readonly difference?: TensorDifference;
}

export interface FiniteStatistics {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** √(Σ(x − mean)² / n). */
  readonly std: number;
  /** Counts in `histogramBins` intervals of equal width from min to max; the last holds max. One bin when min = max. */
  readonly bins: readonly number[];
}

export interface TensorDifference {
  /** ‖a − b‖ / ‖b‖, the other file's tensor being b; undefined when ‖b‖ = 0 or a number is not finite. */
  readonly relative?: number;
  /** a·b / (‖a‖‖b‖), −1 to 1; undefined when either is zero or not finite. */
  readonly cosine?: number;
}

/** Numbers that were counted so far. */
interface Extent {
  nan: number;
  infinite: number;
  zeros: number;
  finite: number;
  min: number;
  max: number;
  sum: number;
}

/** Reads a tensor once when it is small, twice when it is read in pieces. Throws user errors of the file. */
export async function measureTensor(place: TensorPlace, other?: TensorPlace): Promise<TensorStatistics> {
  const again = await readerOf(place);
  const extent = emptyExtent();
  let count = 0;
  for await (const values of again()) {
    count += values.length;
    widen(extent, values);
  }
  const { nan, infinite, zeros, finite } = extent;
  const counts = { count, nan, infinite, zeros };
  const isSame = other !== undefined && String(other.shape) === String(place.shape);
  return {
    ...counts,
    ...(finite > 0 && { finite: await describeFinite(again, extent) }),
    ...(isSame && { difference: await compare(again, await readerOf(other)) }),
  };
}

type Pieces = () => AsyncIterable<Float32Array> | Iterable<Float32Array>;

/** What goes through the numbers as often as needed: from memory when they are few. */
async function readerOf(place: TensorPlace): Promise<Pieces> {
  const count = place.shape.reduce((product, side) => product * side, 1);
  const rows = place.shape[0] ?? 1;
  const { readRows } = place;
  if (count <= pieceNumbers || rows < 2 || !readRows) {
    const values = await place.read();
    return () => [values];
  }
  const step = Math.max(1, Math.floor((pieceNumbers * rows) / count));
  return async function* () {
    for (let from = 0; from < rows; from += step) yield readRows.call(place, from, Math.min(rows, from + step));
  };
}

export function emptyExtent(): Extent {
  return { nan: 0, infinite: 0, zeros: 0, finite: 0, min: Infinity, max: -Infinity, sum: 0 };
}

/** Adds numbers to the extent. */
export function widen(extent: Extent, values: Float32Array): void {
  let { nan, infinite, zeros, finite, min, max, sum } = extent;
  for (let k = 0; k < values.length; k++) {
    const value = values[k]!;
    // NaN − NaN and ∞ − ∞ are not 0.
    if (value - value !== 0) {
      if (value !== value) nan++;
      else infinite++;
      continue;
    }
    finite++;
    if (value === 0) zeros++;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  Object.assign(extent, { nan, infinite, zeros, finite, min, max, sum });
}

async function describeFinite(pieces: Pieces, extent: Extent): Promise<FiniteStatistics> {
  const spread = new Spread(extent);
  for await (const values of pieces()) spread.add(values);
  return spread.finish();
}

/** Deviation and histogram of numbers whose extent is known. */
export class Spread {
  private readonly bins: number[];
  private readonly scale: number;
  private readonly mean: number;
  private squares = 0;

  constructor(private readonly extent: Extent) {
    const { min, max, sum, finite } = extent;
    this.bins = new Array<number>(max > min ? histogramBins : 1).fill(0);
    this.scale = max > min ? histogramBins / (max - min) : 0;
    this.mean = sum / finite;
  }

  add(values: Float32Array): void {
    const { bins, scale, mean } = this;
    const { min } = this.extent;
    const last = bins.length - 1;
    let squares = this.squares;
    for (let k = 0; k < values.length; k++) {
      const value = values[k]!;
      if (value - value !== 0) continue;
      squares += (value - mean) * (value - mean);
      const bin = Math.floor((value - min) * scale);
      bins[bin < last ? bin : last]!++;
    }
    this.squares = squares;
  }

  finish(): FiniteStatistics {
    const { bins, mean, squares } = this;
    const { min, max, finite } = this.extent;
    return { min, max, mean, std: Math.sqrt(squares / finite), bins };
  }
}

/** Both are cut into the same pieces, being of one shape. */
async function compare(a: Pieces, b: Pieces): Promise<TensorDifference> {
  let [apart, product, ofA, ofB] = [0, 0, 0, 0];
  const others = iterate(b());
  for await (const values of a()) {
    const same = (await others.next()).value as Float32Array;
    for (let k = 0; k < values.length; k++) {
      const [x, y] = [values[k]!, same[k]!];
      apart += (x - y) * (x - y);
      product += x * y;
      ofA += x * x;
      ofB += y * y;
    }
  }
  const [relative, cosine] = [Math.sqrt(apart / ofB), product / Math.sqrt(ofA * ofB)];
  return { ...(Number.isFinite(relative) && { relative }), ...(Number.isFinite(cosine) && { cosine }) };
}

async function* iterate(pieces: AsyncIterable<Float32Array> | Iterable<Float32Array>): AsyncGenerator<Float32Array> {
  yield* pieces;
}
