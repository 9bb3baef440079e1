/**
 * The geometry of a convolution as tables for the kernels in assembly/: which pixels see which filter taps. Pixels that
 * see the same taps form a class, so that zero padding is never multiplied: with 3×3 filters on 2×2 features that halves
 * the work. Pure arithmetic; offsets are in bytes within one image, float32, NHWC.
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
}

/** Pixels that see the same taps. Both lists alternate two numbers. */
export interface PixelClass {
  /** Byte offset of the first tap's input, byte offset of the output; per pixel. */
  readonly pixels: Int32Array;
  /** Byte offset from the first tap's input, index of the tap; per tap. */
  readonly taps: Int32Array;
}

/** One axis of one pixel: the taps it sees and where they read. */
interface Sight {
  readonly taps: readonly number[];
  readonly positions: readonly number[];
}

/** Tables of y = conv(x): output pixels are y's, inputs are x's. */
export function forwardClasses(shape: ConvShape): PixelClass[] {
  const rows = forwardSights(shape.outHeight, shape.inHeight, shape.filterHeight, shape.strideHeight, shape.padTop, shape.dilationHeight);
  const columns = forwardSights(shape.outWidth, shape.inWidth, shape.filterWidth, shape.strideWidth, shape.padLeft, shape.dilationWidth);
  return classes(rows, columns, {
    filterWidth: shape.filterWidth,
    inputRowBytes: shape.inWidth * shape.inChannels * 4,
    inputPixelBytes: shape.inChannels * 4,
    outputPixelBytes: shape.outChannels * 4,
  });
}

/** Tables of dx from dy: output pixels are x's, inputs are dy's. */
export function inputGradientClasses(shape: ConvShape): PixelClass[] {
  const rows = backwardSights(shape.inHeight, shape.outHeight, shape.filterHeight, shape.strideHeight, shape.padTop, shape.dilationHeight);
  const columns = backwardSights(shape.inWidth, shape.outWidth, shape.filterWidth, shape.strideWidth, shape.padLeft, shape.dilationWidth);
  return classes(rows, columns, {
    filterWidth: shape.filterWidth,
    inputRowBytes: shape.outWidth * shape.outChannels * 4,
    inputPixelBytes: shape.outChannels * 4,
    outputPixelBytes: shape.inChannels * 4,
  });
}

/** Per tap, the (x byte offset, dy byte offset) pairs of the output pixels that see it. */
export function tapPairs(shape: ConvShape): Int32Array[] {
  const count = shape.filterHeight * shape.filterWidth;
  const pairs: number[][] = Array.from({ length: count }, () => []);
  for (let i = 0; i < shape.outHeight; i++) {
    for (let j = 0; j < shape.outWidth; j++) {
      for (let tap = 0; tap < count; tap++) {
        const row = i * shape.strideHeight + Math.floor(tap / shape.filterWidth) * shape.dilationHeight - shape.padTop;
        const column = j * shape.strideWidth + (tap % shape.filterWidth) * shape.dilationWidth - shape.padLeft;
        if (row < 0 || row >= shape.inHeight || column < 0 || column >= shape.inWidth) continue;
        pairs[tap]!.push((row * shape.inWidth + column) * shape.inChannels * 4, (i * shape.outWidth + j) * shape.outChannels * 4);
      }
    }
  }
  return pairs.map((list) => Int32Array.from(list));
}

function forwardSights(length: number, inLength: number, taps: number, stride: number, pad: number, dilation: number): Sight[] {
  return Array.from({ length }, (_, i) => sight(taps, (tap) => i * stride + tap * dilation - pad, inLength));
}

/** x[h] was multiplied by tap a for output i where i · stride = h + pad − a · dilation. */
function backwardSights(length: number, outLength: number, taps: number, stride: number, pad: number, dilation: number): Sight[] {
  return Array.from({ length }, (_, h) => sight(taps, (tap) => (h + pad - tap * dilation) / stride, outLength));
}

function sight(tapCount: number, positionOf: (tap: number) => number, length: number): Sight {
  const seen = Array.from({ length: tapCount }, (_, tap) => ({ tap, at: positionOf(tap) })).filter(
    ({ at }) => Number.isInteger(at) && at >= 0 && at < length,
  );
  return { taps: seen.map(({ tap }) => tap), positions: seen.map(({ at }) => at) };
}

interface Strides {
  readonly filterWidth: number;
  readonly inputRowBytes: number;
  readonly inputPixelBytes: number;
  readonly outputPixelBytes: number;
}

function classes(rows: readonly Sight[], columns: readonly Sight[], strides: Strides): PixelClass[] {
  const found = new Map<string, { pixels: number[]; taps: number[] }>();
  rows.forEach((row, i) => {
    columns.forEach((column, j) => {
      const offset = (r: number, c: number) => r * strides.inputRowBytes + c * strides.inputPixelBytes;
      const visible = row.taps.length > 0 && column.taps.length > 0;
      const origin = visible ? offset(row.positions[0]!, column.positions[0]!) : 0;
      const key = visible ? `${row.taps.join()}|${column.taps.join()}` : '';
      let entry = found.get(key);
      if (!entry) {
        const taps = row.taps.flatMap((a, r) =>
          column.taps.flatMap((b, c) => [offset(row.positions[r]!, column.positions[c]!) - origin, a * strides.filterWidth + b]),
        );
        found.set(key, (entry = { pixels: [], taps: visible ? taps : [] }));
      }
      entry.pixels.push(origin, (i * columns.length + j) * strides.outputPixelBytes);
    });
  });
  return [...found.values()].map(({ pixels, taps }) => ({ pixels: Int32Array.from(pixels), taps: Int32Array.from(taps) }));
}
