/**
 * RoIAlign (He et al. 2017, arXiv 1703.06870, section 3) over the levels of a pyramid at once, as torchvision's roi_align:
 * each bin of a region is the mean of regularly spaced samples, each sample bilinear between four pixels. The portable form
 * computes on typed arrays: tfjs has no such kernel, and a composition of stock ones would need either gathers, whose
 * gradient wasm lacks, or matrices as large as the image. Regions have no gradient; torchvision detaches them too.
 */
import * as tf from '@tensorflow/tfjs-core';
import { defineOperation } from './operation';

export interface RoiAlignOptions {
  /** [K, 4], x1, y1, x2, y2 in px of the input image. */
  readonly boxes: Float32Array;
  /** [K]; which image of the batch. */
  readonly images: Int32Array;
  /** [K]; which of the feature maps. */
  readonly levels: Int32Array;
  /** Feature pixels per image pixel, for each map. */
  readonly scales: readonly number[];
  /** Bins a side. */
  readonly size: number;
  /** Samples a side of each bin; 0: as many as the bin has pixels, rounded up. */
  readonly sampling: number;
  /** Shift by half a pixel, so that pixel centres mean what they say (detectron2's `aligned`). */
  readonly aligned: boolean;
}

export interface RoiAlignAttributes extends RoiAlignOptions {
  /** [N, H, W, C] of each map. */
  readonly inputShapes: readonly (readonly number[])[];
}

/** What the map of a level is called among the inputs. */
export const levelName = (level: number): string => `x${level}`;

const gradientOperation = defineOperation<RoiAlignAttributes>({
  name: 'Transferscope.RoiAlignGradient',
  portable: ({ dy }, attributes) => {
    const from = dy!.dataSync() as Float32Array;
    const channels = attributes.inputShapes[0]![3]!;
    const into = attributes.inputShapes.map((shape) => new Float32Array(tf.util.sizeFromShape([...shape])));
    forEachSample(attributes, ({ level, bin, pixel, weight }) => {
      const values = into[level]!;
      const [start, offset] = [bin * channels, pixel * channels];
      for (let c = 0; c < channels; c++) values[offset + c] = values[offset + c]! + weight * from[start + c]!;
    });
    return into.map((values, level) => tf.tensor(values, [...attributes.inputShapes[level]!]));
  },
});

const operation = defineOperation<RoiAlignAttributes>({
  name: 'Transferscope.RoiAlign',
  portable: (inputs, attributes) => {
    const maps = attributes.inputShapes.map((_, level) => inputs[levelName(level)]!.dataSync() as Float32Array);
    const channels = attributes.inputShapes[0]![3]!;
    const { size, images } = attributes;
    const out = new Float32Array(images.length * size * size * channels);
    forEachSample(attributes, ({ level, bin, pixel, weight }) => {
      const values = maps[level]!;
      const [to, offset] = [bin * channels, pixel * channels];
      for (let c = 0; c < channels; c++) out[to + c] = out[to + c]! + weight * values[offset + c]!;
    });
    return tf.tensor4d(out, [images.length, size, size, channels]);
  },
  gradient: {
    saveInputs: [],
    backward: ([dy], _saved, attributes) => {
      const gradients = gradientOperation({ dy: dy! }, attributes);
      return Object.fromEntries(gradients.map((gradient, level) => [levelName(level), () => gradient]));
    },
  },
});

/** maps: [N, H, W, C] each. Returns [K, size, size, C]. */
export function roiAlign(maps: readonly tf.Tensor4D[], options: RoiAlignOptions): tf.Tensor4D {
  const inputs = Object.fromEntries(maps.map((map, level) => [levelName(level), map]));
  return operation(inputs, { ...options, inputShapes: maps.map(({ shape }) => shape) })[0] as tf.Tensor4D;
}

interface Sample {
  readonly level: number;
  /** Place of the bin among all bins of all regions. */
  readonly bin: number;
  /** Place of the pixel among all pixels of the map's images. */
  readonly pixel: number;
  readonly weight: number;
}

/** Visits every pixel that a bin reads, with its share in the bin. */
function forEachSample(options: RoiAlignAttributes, visit: (sample: Sample) => void): void {
  const { images, levels, size } = options;
  const sample = { level: 0, bin: 0, pixel: 0, weight: 0 };
  images.forEach((image, region) => {
    const axes = regionAxes(options, region);
    const [down, across] = [axisSamples(axes.down), axisSamples(axes.across)];
    const share = 1 / Math.max(1, across.perBin * down.perBin);
    sample.level = levels[region]!;
    for (let p = 0; p < size; p++) {
      for (let q = 0; q < size; q++) {
        sample.bin = (region * size + p) * size + q;
        for (const [y, wy] of down.bins[p]!) {
          for (const [x, wx] of across.bins[q]!) {
            sample.pixel = (image * axes.down.limit + y) * axes.across.limit + x;
            sample.weight = share * wy * wx;
            visit(sample);
          }
        }
      }
    }
  });
}

export interface Axis {
  /** First edge and extent of the region in pixels of the map. */
  readonly start: number;
  readonly length: number;
  /** Bins along the axis. */
  readonly size: number;
  /** Samples a bin; 0: as many as it has pixels, rounded up. */
  readonly sampling: number;
  /** Pixels along the axis. */
  readonly limit: number;
}

/** Where a region lies on the map of its level. */
export function regionAxes(
  { boxes, levels, scales, size, sampling, aligned, inputShapes }: RoiAlignAttributes,
  region: number,
): { readonly down: Axis; readonly across: Axis } {
  const level = levels[region]!;
  const [, height, width] = inputShapes[level] as readonly [number, number, number, number];
  const edge = (k: number): number => boxes[4 * region + k]! * scales[level]! - (aligned ? 0.5 : 0);
  // Without the shift, regions smaller than a pixel are widened to one, as in torchvision.
  const extent = (from: number, to: number): number => (aligned ? to - from : Math.max(to - from, 1));
  const [x1, y1, x2, y2] = [edge(0), edge(1), edge(2), edge(3)];
  return {
    down: { start: y1, length: extent(y1, y2), size, sampling, limit: height },
    across: { start: x1, length: extent(x1, x2), size, sampling, limit: width },
  };
}

/** How many samples a bin takes along one axis. */
export function samplesPerBin({ length, size, sampling }: Axis): number {
  return sampling > 0 ? sampling : Math.max(0, Math.ceil(length / size));
}

/** For each bin along one axis the pixels it reads and their weights; samples beyond the border by over a pixel read none. */
export function axisSamples(axis: Axis): {
  readonly perBin: number;
  readonly bins: readonly (readonly (readonly [number, number])[])[];
} {
  const { start, length, size, limit } = axis;
  const perBin = samplesPerBin(axis);
  const bins = Array.from({ length: size }, (_, bin) => {
    const weights = new Map<number, number>();
    const add = (pixel: number, weight: number) =>
      weight !== 0 && weights.set(pixel, (weights.get(pixel) ?? 0) + weight);
    for (let i = 0; i < perBin; i++) {
      const place = start + ((bin + (i + 0.5) / perBin) * length) / size;
      if (place < -1 || place > limit) continue;
      const inside = Math.max(0, place);
      const low = Math.min(Math.floor(inside), limit - 1);
      const part = low >= limit - 1 ? 0 : inside - low;
      add(low, 1 - part);
      add(low + 1, part);
    }
    return [...weights];
  });
  return { perBin, bins };
}
