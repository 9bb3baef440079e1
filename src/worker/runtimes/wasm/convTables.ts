/**
 * The geometry of a convolution as tables for the kernels in assembly/: which pixels see which filter taps. Pixels that
 * see the same taps form a class, so that zero padding is never multiplied: with 3×3 filters on 2×2 features that halves
 * the work. Taps whose inputs and weights are contiguous form a run. Pure arithmetic; offsets are in bytes within one
 * image, float32, NHWC.
 */

export interface ConvShape {
  readonly inHeight: number;
  readonly inWidth: number;
  readonly inChannels: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly outChannels: number;
  readonly filterHeight: number;
  readonly filterWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly padTop: number;
  readonly padLeft: number;
  readonly dilationHeight: number;
  readonly dilationWidth: number;
  /** Runs of channels that do not see each other; tables are those of the first. */
  readonly groups: number;
}

/** Pixels that see the same taps. Both lists alternate two numbers. */
export interface PixelClass {
  /** Byte offset of the first tap's input, byte offset of the output; per pixel. */
  readonly pixels: Int32Array;
  /** Byte offset from the first tap's input, place of the run's first tap in the packed weights; per run. */
  readonly runs: Int32Array;
  /** Taps in each run. */
  readonly runTaps: number;
}

/** Output pixels that see the same run of taps in one row of the filter. */
export interface TapRun {
  readonly firstTap: number;
  readonly taps: number;
  /** x byte offset of the first tap, dy byte offset; per pixel. */
  readonly pairs: Int32Array;
}

/** What one output row or column sees: taps in packed order and the input positions they read. */
interface Sight {
  readonly taps: readonly number[];
  readonly positions: readonly number[];
}

/** Tables of y = conv(x): output pixels are y's, inputs are x's. */
export function forwardClasses(shape: ConvShape): PixelClass[] {
  return classes(forwardRows(shape), forwardColumns(shape), {
    filterWidth: shape.filterWidth,
    inputRowBytes: shape.inWidth * shape.inChannels * 4,
    inputPixelBytes: shape.inChannels * 4,
    outputPixelBytes: shape.outChannels * 4,
    isContiguous: shape.groups === 1,
  });
}

/** Tables of dx from dy: output pixels are x's, inputs are dy's, packed weights hold the taps in reverse. */
export function inputGradientClasses(shape: ConvShape): PixelClass[] {
  const { inHeight, outHeight, filterHeight, strideHeight, padTop, dilationHeight } = shape;
  const { inWidth, outWidth, filterWidth, strideWidth, padLeft, dilationWidth } = shape;
  // x[h] was multiplied by tap a for output i where i · stride = h + pad − a · dilation; here a = taps − 1 − place.
  const rowAt = (h: number, place: number) => (h + padTop - (filterHeight - 1 - place) * dilationHeight) / strideHeight;
  const columnAt = (w: number, place: number) =>
    (w + padLeft - (filterWidth - 1 - place) * dilationWidth) / strideWidth;
  const rows = sights(inHeight, filterHeight, outHeight, rowAt);
  const columns = sights(inWidth, filterWidth, outWidth, columnAt);
  return classes(rows, columns, {
    filterWidth,
    inputRowBytes: outWidth * shape.outChannels * 4,
    inputPixelBytes: shape.outChannels * 4,
    outputPixelBytes: shape.inChannels * 4,
    isContiguous: shape.groups === 1,
  });
}

/** For each filter row, its runs of taps and the pixels that see them. */
export function filterRows(shape: ConvShape): TapRun[][] {
  const rows = forwardRows(shape);
  const columns = forwardColumns(shape);
  const pixelBytes = shape.inChannels * 4;
  return Array.from({ length: shape.filterHeight }, (_, a) => {
    const found = new Map<number, { firstTap: number; taps: number; pairs: number[] }>();
    rows.forEach((row, i) => {
      const h = row.positions[row.taps.indexOf(a)];
      if (h === undefined) return;
      columns.forEach((column, j) => {
        // With dilation or groups every tap is a run of its own.
        const length = shape.dilationWidth === 1 && shape.groups === 1 ? column.taps.length : 1;
        for (let at = 0; at < column.taps.length; at += length) {
          const firstTap = a * shape.filterWidth + column.taps[at]!;
          const key = firstTap * 1024 + length;
          const entry = found.get(key) ?? { firstTap, taps: length, pairs: [] };
          found.set(key, entry);
          const from = (h * shape.inWidth + column.positions[at]!) * pixelBytes;
          entry.pairs.push(from, (i * shape.outWidth + j) * shape.outChannels * 4);
        }
      });
    });
    return [...found.values()].map(({ firstTap, taps, pairs }) => ({ firstTap, taps, pairs: Int32Array.from(pairs) }));
  });
}

function forwardRows({ outHeight, filterHeight, inHeight, strideHeight, dilationHeight, padTop }: ConvShape): Sight[] {
  return sights(outHeight, filterHeight, inHeight, (i, tap) => i * strideHeight + tap * dilationHeight - padTop);
}

function forwardColumns({ outWidth, filterWidth, inWidth, strideWidth, dilationWidth, padLeft }: ConvShape): Sight[] {
  return sights(outWidth, filterWidth, inWidth, (j, tap) => j * strideWidth + tap * dilationWidth - padLeft);
}

function sights(
  length: number,
  tapCount: number,
  inLength: number,
  positionOf: (index: number, tap: number) => number,
): Sight[] {
  return Array.from({ length }, (_, index) => {
    const seen = Array.from({ length: tapCount }, (_, tap) => ({ tap, at: positionOf(index, tap) })).filter(
      ({ at }) => Number.isInteger(at) && at >= 0 && at < inLength,
    );
    return { taps: seen.map(({ tap }) => tap), positions: seen.map(({ at }) => at) };
  });
}

interface Strides {
  readonly filterWidth: number;
  readonly inputRowBytes: number;
  readonly inputPixelBytes: number;
  readonly outputPixelBytes: number;
  /** Whether neighbouring pixels are neighbours in memory: not with groups, where the other groups lie between. */
  readonly isContiguous: boolean;
}

function classes(rows: readonly Sight[], columns: readonly Sight[], strides: Strides): PixelClass[] {
  const found = new Map<string, { pixels: number[]; runs: number[]; runTaps: number }>();
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const visible = row.taps.length > 0 && column.taps.length > 0;
      const origin = visible
        ? row.positions[0]! * strides.inputRowBytes + column.positions[0]! * strides.inputPixelBytes
        : 0;
      const key = visible ? `${row.taps.join()}|${column.taps.join()}` : '';
      let entry = found.get(key);
      if (!entry) {
        entry = { pixels: [], ...(visible ? runsOf(row, column, strides, origin) : { runs: [], runTaps: 0 }) };
        found.set(key, entry);
      }
      entry.pixels.push(origin, (i * columns.length + j) * strides.outputPixelBytes);
    });
  });
  return [...found.values()].map(({ pixels, runs, runTaps }) => ({
    pixels: Int32Array.from(pixels),
    runs: Int32Array.from(runs),
    runTaps,
  }));
}

/** A row's column taps are one run when neighbouring taps read neighbouring pixels, otherwise a run each. */
function runsOf(row: Sight, column: Sight, strides: Strides, origin: number): { runs: number[]; runTaps: number } {
  const { taps, positions } = column;
  const isRow = taps.every((tap, c) => c === 0 || (tap === taps[c - 1]! + 1 && positions[c] === positions[c - 1]! + 1));
  const contiguous = strides.isContiguous && isRow;
  const starts = contiguous ? [0] : taps.map((_, c) => c);
  const runs = row.taps.flatMap((a, r) =>
    starts.flatMap((c) => [
      row.positions[r]! * strides.inputRowBytes + positions[c]! * strides.inputPixelBytes - origin,
      a * strides.filterWidth + taps[c]!,
    ]),
  );
  return { runs, runTaps: contiguous ? taps.length : 1 };
}
