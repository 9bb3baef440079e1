/**
 * Convolution and its two gradients on wasm with the kernels of assembly/: the host side, which keeps the tables of each
 * geometry and cuts the work into units. The cuts depend on the shapes only, never on the number of threads.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { filterRows, forwardClasses, inputGradientClasses, type ConvShape, type PixelClass } from './convTables';
import type { KernelCall } from './kernelRunner';
import { offsetOf, type WasmContext } from './wasmBackend';

/** Channels per block of the kernels. */
const blockWidth = 8;
/** Floats of input and output one call works on, so that they stay in the second-level cache. */
const callFloats = 49152;
/** Units wanted at least, so that every thread gets some. */
const wantedUnits = 16;

/** A class of pixels with its tables in wasm memory. */
interface LoadedClass {
  readonly pixels: number;
  readonly pixelCount: number;
  readonly runs: number;
  readonly runCount: number;
  /** Floats per run. */
  readonly runLength: number;
}

/** What one call of convolve works on. */
interface ConvolveJob {
  readonly input: number;
  readonly output: number;
  readonly filter: number;
  readonly batch: number;
  readonly inputImageFloats: number;
  readonly outputImageFloats: number;
  /** Of one group. */
  readonly inputChannels: number;
  readonly outputChannels: number;
  readonly groups: number;
  readonly taps: number;
  /** Floats between rows of the filter, which holds all groups side by side. */
  readonly filterRow: number;
  readonly backward: boolean;
  readonly classes: readonly LoadedClass[];
}

export class ConvKernels {
  private readonly forwardTables = new Map<string, LoadedClass[]>();
  private readonly backwardTables = new Map<string, LoadedClass[]>();
  private readonly filterTables = new Map<string, LoadedRun[][]>();
  private packed = { offset: 0, bytes: 0 };

  constructor(private readonly context: WasmContext) {}

  /** x: [N, H, W, Cin]; filter: [KH, KW, Cin / groups, Cout] → [N, H', W', Cout]. */
  forward(x: tf.TensorInfo, filter: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const batch = x.shape[0]!;
    const { backend } = this.context;
    const y = backend.makeOutput([batch, shape.outHeight, shape.outWidth, shape.outChannels], 'float32');
    const { groups } = shape;
    const classes = this.tables(this.forwardTables, shape, forwardClasses, shape.inChannels / groups);
    this.convolve({
      input: offsetOf(backend, x),
      output: offsetOf(backend, y),
      filter: offsetOf(backend, filter),
      batch,
      inputImageFloats: shape.inHeight * shape.inWidth * shape.inChannels,
      outputImageFloats: shape.outHeight * shape.outWidth * shape.outChannels,
      inputChannels: shape.inChannels / groups,
      outputChannels: shape.outChannels / groups,
      groups,
      taps: shape.filterHeight * shape.filterWidth,
      filterRow: shape.outChannels,
      backward: false,
      classes,
    });
    return y;
  }

  /** dy: [N, H', W', Cout]; filter: [KH, KW, Cin / groups, Cout] → [N, H, W, Cin]. */
  inputGradient(dy: tf.TensorInfo, filter: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const batch = dy.shape[0]!;
    const { backend } = this.context;
    const dx = backend.makeOutput([batch, shape.inHeight, shape.inWidth, shape.inChannels], 'float32');
    const { groups } = shape;
    const classes = this.tables(this.backwardTables, shape, inputGradientClasses, shape.outChannels / groups);
    this.convolve({
      input: offsetOf(backend, dy),
      output: offsetOf(backend, dx),
      filter: offsetOf(backend, filter),
      batch,
      inputImageFloats: shape.outHeight * shape.outWidth * shape.outChannels,
      outputImageFloats: shape.inHeight * shape.inWidth * shape.inChannels,
      inputChannels: shape.outChannels / groups,
      outputChannels: shape.inChannels / groups,
      groups,
      taps: shape.filterHeight * shape.filterWidth,
      filterRow: shape.outChannels,
      backward: true,
      classes,
    });
    return dx;
  }

  /** x: [N, H, W, Cin]; dy: [N, H', W', Cout] → [KH, KW, Cin / groups, Cout]. */
  filterGradient(x: tf.TensorInfo, dy: tf.TensorInfo, shape: ConvShape): tf.TensorInfo {
    const { backend, runner } = this.context;
    const { filterHeight, filterWidth, outChannels, groups } = shape;
    const [rows, columns] = [shape.inChannels / groups, outChannels / groups];
    const batch = x.shape[0]!;
    const gradient = backend.makeOutput([filterHeight, filterWidth, rows, outChannels], 'float32');
    const target = offsetOf(backend, gradient);
    const xImageFloats = shape.inHeight * shape.inWidth * shape.inChannels;
    const dyImageFloats = shape.outHeight * shape.outWidth * outChannels;
    runner.call('clear', target, filterHeight * filterWidth * rows * outChannels * 4);
    const imagesPerCall = Math.max(1, Math.floor(callFloats / (xImageFloats + dyImageFloats)));
    const filterRuns = this.filterRows(shape);
    const parts = cutColumns(columns, groups, Math.ceil(wantedUnits / filterRuns.length));
    const units = parts.flatMap((columnParts) =>
      filterRuns.map((runs): KernelCall[] => {
        const calls: KernelCall[] = [];
        for (let image = 0; image < batch; image += imagesPerCall) {
          const last = Math.min(batch, image + imagesPerCall);
          for (const { pairs, pairCount, firstTap, taps } of runs) {
            for (const { group, firstBlock, lastBlock } of columnParts) {
              const place = target + (firstTap * rows * outChannels + group * columns) * 4;
              const xs = [offsetOf(backend, x) + group * rows * 4, xImageFloats * 4];
              const dys = [offsetOf(backend, dy) + group * columns * 4, dyImageFloats * 4];
              const pixels = [image, last, pairs, pairCount];
              const shapes = [taps * rows, columns, outChannels, firstBlock, lastBlock];
              calls.push({ kernel: 'filterGradientRun', args: [...xs, ...dys, ...pixels, place, ...shapes] });
            }
          }
        }
        return calls;
      }),
    );
    runner.run(units);
    return gradient;
  }

  private convolve(job: ConvolveJob): void {
    const { runner } = this.context;
    const { inputChannels, outputChannels, groups, taps, classes } = job;
    const blocks = Math.ceil(outputChannels / blockWidth);
    const blockBytes = taps * inputChannels * blockWidth * 4;
    const packed = this.pack(job, blocks, blockBytes);
    const pixelsPerCall = Math.max(64, Math.floor(callFloats / (groups * Math.max(inputChannels, outputChannels))));
    const pieces = classes.flatMap((own) => cutPixels(own, job.batch, pixelsPerCall));
    const parts = cutColumns(outputChannels, groups, Math.ceil(wantedUnits / pieces.length));
    const units = parts.flatMap((columnParts) =>
      pieces.map(({ firstImage, lastImage, pixels, pixelCount, own }) =>
        columnParts.map(({ group, firstBlock, lastBlock }): KernelCall => {
          const inputs = [job.input + group * inputChannels * 4, job.inputImageFloats * 4];
          const outputs = [job.output + group * outputChannels * 4, job.outputImageFloats * 4];
          const tables = [firstImage, lastImage, pixels, pixelCount, own.runs, own.runCount, own.runLength];
          const weights = [packed + group * blocks * blockBytes, blockBytes, outputChannels, firstBlock, lastBlock];
          return { kernel: 'convolveClass', args: [...inputs, ...outputs, ...tables, ...weights] };
        }),
      ),
    );
    runner.run(units);
  }

  /** Packs the filter into the one buffer all convolutions share, group after group; returns its place. */
  private pack(job: ConvolveJob, blocks: number, blockBytes: number): number {
    const { filter, taps, backward, inputChannels, outputChannels, groups, filterRow } = job;
    const { backend, runner } = this.context;
    const bytes = groups * blocks * blockBytes;
    if (bytes > this.packed.bytes) {
      if (this.packed.offset) backend.wasm._free(this.packed.offset);
      this.packed = { offset: allocate(this.context, bytes), bytes };
    }
    const { offset } = this.packed;
    const [rows, columns] = backward ? [outputChannels, inputChannels] : [inputChannels, outputChannels];
    const shape = [taps, rows, columns, filterRow, backward ? 1 : 0];
    runner.run(
      cutColumns(outputChannels, groups, bytes > 65536 ? wantedUnits : 1).map((parts) =>
        parts.map(({ group, firstBlock, lastBlock }): KernelCall => {
          const places = [filter + group * columns * 4, offset + group * blocks * blockBytes];
          return { kernel: 'packWeights', args: [...places, ...shape, firstBlock, lastBlock] };
        }),
      ),
    );
    return offset;
  }

  private tables(
    cache: Map<string, LoadedClass[]>,
    shape: ConvShape,
    make: (shape: ConvShape) => PixelClass[],
    inputChannels: number,
  ): LoadedClass[] {
    const key = Object.values(shape).join();
    let loaded = cache.get(key);
    if (!loaded) {
      loaded = make(shape).map(({ pixels, runs, runTaps }) => ({
        pixels: this.upload(pixels),
        pixelCount: pixels.length / 2,
        // The kernel wants the byte offset of the run's weights within a block.
        runs: this.upload(runs.map((value, i) => (i % 2 === 0 ? value : value * inputChannels * blockWidth * 4))),
        runCount: runs.length / 2,
        runLength: runTaps * inputChannels,
      }));
      cache.set(key, loaded);
    }
    return loaded;
  }

  private filterRows(shape: ConvShape): LoadedRun[][] {
    const key = Object.values(shape).join();
    let loaded = this.filterTables.get(key);
    if (!loaded) {
      loaded = filterRows(shape).map((runs) =>
        runs.map(({ firstTap, taps, pairs }) => ({
          firstTap,
          taps,
          pairs: this.upload(pairs),
          pairCount: pairs.length / 2,
        })),
      );
      this.filterTables.set(key, loaded);
    }
    return loaded;
  }

  /** Copies a table to wasm memory, where it stays: there are only as many as layers with different geometry. */
  private upload(table: Int32Array): number {
    const offset = allocate(this.context, Math.max(8, table.byteLength));
    new Int32Array(this.context.backend.wasm.HEAPU8.buffer, offset, table.length).set(table);
    return offset;
  }
}

interface LoadedRun {
  readonly firstTap: number;
  readonly taps: number;
  readonly pairs: number;
  readonly pairCount: number;
}

interface Piece {
  readonly own: LoadedClass;
  readonly firstImage: number;
  readonly lastImage: number;
  readonly pixels: number;
  readonly pixelCount: number;
}

/** Blocks firstBlock..lastBlock−1 of the channels of one group. */
interface ColumnPart {
  readonly group: number;
  readonly firstBlock: number;
  readonly lastBlock: number;
}

/** Output channels cut into at most `count` parts: into ranges of blocks, or with groups into whole groups. */
function cutColumns(channels: number, groups: number, count: number): ColumnPart[][] {
  const blocks = Math.ceil(channels / blockWidth);
  if (groups === 1)
    return ranges(blocks, count).map(([firstBlock, lastBlock]) => [{ group: 0, firstBlock, lastBlock }]);
  return ranges(groups, count).map(([first, last]) =>
    Array.from({ length: last - first }, (_, k) => ({ group: first + k, firstBlock: 0, lastBlock: blocks })),
  );
}

/** Several images per piece when a class is small, parts of one image when it is large. */
function cutPixels(own: LoadedClass, batch: number, pixelsPerCall: number): Piece[] {
  const pieces: Piece[] = [];
  if (own.pixelCount <= pixelsPerCall) {
    const images = Math.floor(pixelsPerCall / own.pixelCount);
    for (let first = 0; first < batch; first += images) {
      const last = Math.min(batch, first + images);
      pieces.push({ own, firstImage: first, lastImage: last, pixels: own.pixels, pixelCount: own.pixelCount });
    }
    return pieces;
  }
  for (let image = 0; image < batch; image++) {
    for (let pixel = 0; pixel < own.pixelCount; pixel += pixelsPerCall) {
      const pixelCount = Math.min(pixelsPerCall, own.pixelCount - pixel);
      pieces.push({ own, firstImage: image, lastImage: image + 1, pixels: own.pixels + pixel * 8, pixelCount });
    }
  }
  return pieces;
}

/** 0..length−1 cut into at most `parts` nearly equal ranges [first, last). */
export function ranges(length: number, parts: number): [number, number][] {
  const count = Math.max(1, Math.min(length, parts));
  return Array.from({ length: count }, (_, i) => [
    Math.floor((i * length) / count),
    Math.floor(((i + 1) * length) / count),
  ]);
}

/** Memory that is never freed or freed by the caller; throws when there is none. */
export function allocate({ backend }: WasmContext, bytes: number): number {
  const offset = backend.wasm._malloc(bytes) >>> 0;
  if (offset === 0) throw new Error(`internal: WebAssembly memory has no room for ${bytes} bytes`);
  return offset;
}
