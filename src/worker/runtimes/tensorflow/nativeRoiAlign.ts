/**
 * RoIAlign as TensorFlow's crop-and-resize: regularly spaced bilinear samples of a region, of which average pooling makes
 * bins. A border of one repeated pixel makes its rule for samples outside torchvision's: up to a pixel beyond the map they
 * have the border's value, farther 0. Regions go together that are on one level and have equally many samples a bin.
 * Places are float32, as in torchvision, hence off by about 1e-7 of the map's side.
 */
import type * as tf from '@tensorflow/tfjs-core';
import { levelName, regionAxes, samplesPerBin, type Axis, type RoiAlignAttributes } from '../../ops/roiAlign';
import type { NativeTensor } from './nativeBackend';
import { remember, type NativeOperations, type Operand } from './nativeOperations';

type Infos = Readonly<Record<string, tf.TensorInfo>>;

/** Regions that are cut in one call. */
interface Group {
  readonly level: number;
  /** Samples of a bin, down and across. */
  readonly samples: readonly [number, number];
  readonly regions: number[];
}

/** Numbers a call samples at most, before they are averaged: 64 MiB. */
const MOST_SAMPLED = 2 ** 24;

export class NativeRoiAlign {
  private readonly reflected;
  private readonly cropped;
  private readonly cropGradient;
  private readonly gathered;
  private readonly filled;
  private readonly averagedBy = remember(({ samples }: { samples: readonly number[] }) =>
    this.tensorflow.attributes({
      numbers: { ksize: [1, ...samples, 1], strides: [1, ...samples, 1] },
      texts: { padding: 'VALID', data_format: 'NHWC' },
    }),
  );
  private readonly listOf = remember(({ count }: { count: number }) =>
    this.tensorflow.attributes({ numbers: { N: count } }),
  );

  constructor(private readonly tensorflow: NativeOperations) {
    this.reflected = tensorflow.attributes({
      types: { T: 'float32', Tpaddings: 'int32' },
      texts: { mode: 'SYMMETRIC' },
    });
    this.cropped = tensorflow.attributes({ texts: { method: 'bilinear' }, reals: { extrapolation_value: 0 } });
    this.cropGradient = tensorflow.attributes({ texts: { method: 'bilinear' } });
    const indices = { Tparams: 'float32', Tindices: 'int32', Taxis: 'int32' } as const;
    this.gathered = tensorflow.attributes({ types: indices, numbers: { batch_dims: 0 } });
    this.filled = tensorflow.attributes({ types: { T: 'float32', index_type: 'int32' } });
  }

  /** Returns the bins [K, size, size, C]. */
  forward(maps: Infos, attributes: RoiAlignAttributes): tf.Tensor[] {
    const { size, inputShapes } = attributes;
    const channels = inputShapes[0]![3]!;
    const { tensorflow } = this;
    const groups = groupRegions(attributes);
    return tensorflow.run(() => {
      const bordered = remember(({ level }: { level: number }) =>
        tensorflow.one('MirrorPad', [maps[levelName(level)]!, this.border], this.reflected),
      );
      const bins = groups.map(({ level, samples, regions }) => {
        if (samples[0] * samples[1] === 0) return this.zeros([regions.length, size, size, channels]);
        const sides = tensorflow.integers(samples.map((count) => count * size));
        const places = this.places(regions, attributes);
        const crops = tensorflow.one('CropAndResize', [bordered({ level }), ...places, sides], this.cropped);
        return isSingle(samples) ? crops : tensorflow.one('AvgPool', [crops], this.averagedBy({ samples }));
      });
      if (bins.length === 0) return [this.zeros([0, size, size, channels])];
      if (bins.length === 1) return bins; // then the regions are in order
      const order = groups.map(({ regions }) => this.vector(Int32Array.from(regions)));
      return [tensorflow.one('DynamicStitch', [...order, ...bins], this.listOf({ count: bins.length }))];
    });
  }

  /** Returns the gradient of each map. */
  gradient({ dy }: Infos, attributes: RoiAlignAttributes): tf.Tensor[] {
    const { inputShapes } = attributes;
    const groups = groupRegions(attributes).filter(({ samples }) => samples[0] * samples[1] > 0);
    return this.tensorflow.run(() =>
      inputShapes.map((shape, level) => {
        const parts = groups
          .filter((group) => group.level === level)
          .map((group) => this.groupGradient(dy!, group, attributes));
        if (parts.length === 0) return this.zeros(shape);
        const sum =
          parts.length === 1 ? parts[0]! : this.tensorflow.one('AddN', parts, this.listOf({ count: parts.length }));
        return this.tensorflow.one('MirrorPadGrad', [sum, this.border], this.reflected);
      }),
    );
  }

  /** What the regions of a group add to the gradient of their map with its border. */
  private groupGradient(dy: Operand, { level, samples, regions }: Group, attributes: RoiAlignAttributes): NativeTensor {
    const { size, images, inputShapes } = attributes;
    const { tensorflow } = this;
    const [count, height, width, channels] = inputShapes[level] as readonly [number, number, number, number];
    const rows = this.vector(Int32Array.from(regions));
    const own =
      regions.length === images.length
        ? dy
        : tensorflow.one('GatherV2', [dy, rows, tensorflow.integers([0], [])], this.gathered);
    const shape = this.vector(Int32Array.of(regions.length, samples[0] * size, samples[1] * size, channels));
    const spread = isSingle(samples) ? own : tensorflow.one('AvgPoolGrad', [shape, own], this.averagedBy({ samples }));
    const bordered = tensorflow.integers([count, height + 2, width + 2, channels]);
    return tensorflow.one(
      'CropAndResizeGradImage',
      [spread, ...this.places(regions, attributes), bordered],
      this.cropGradient,
    );
  }

  /** The first and the last sample of regions, down and across, as shares of the bordered map; and their images. */
  private places(regions: readonly number[], attributes: RoiAlignAttributes): NativeTensor[] {
    const corners = regions.flatMap((region) => {
      const { down, across } = regionAxes(attributes, region);
      const [top, bottom] = outermostSamples(down);
      const [left, right] = outermostSamples(across);
      return [top, left, bottom, right];
    });
    const images = Int32Array.from(regions, (region) => attributes.images[region]!);
    return [this.tensorflow.temporary([regions.length, 4], Float32Array.from(corners)), this.vector(images)];
  }

  private get border(): NativeTensor {
    return this.tensorflow.integers([0, 0, 1, 1, 1, 1, 0, 0], [4, 2]);
  }

  private vector(values: Int32Array): NativeTensor {
    return this.tensorflow.temporary([values.length], values);
  }

  private zeros(shape: readonly number[]): NativeTensor {
    const operands = [this.vector(Int32Array.from(shape)), this.tensorflow.constantNumber(0)];
    return this.tensorflow.one('Fill', operands, this.filled);
  }
}

/** Regions by level and samples, in order, at most as many as may be sampled at once. */
function groupRegions(attributes: RoiAlignAttributes): Group[] {
  const { levels, size, inputShapes } = attributes;
  const groups: Group[] = [];
  const open = new Map<string, Group>();
  levels.forEach((level, region) => {
    const { down, across } = regionAxes(attributes, region);
    const samples = [samplesPerBin(down), samplesPerBin(across)] as const;
    const key = `${level} ${samples.join()}`;
    const sampled = size * size * samples[0] * samples[1] * inputShapes[level]![3]!;
    const found = open.get(key);
    if (found && (found.regions.length + 1) * sampled <= MOST_SAMPLED) return void found.regions.push(region);
    const group = { level, samples, regions: [region] };
    open.set(key, group);
    groups.push(group);
  });
  return groups;
}

/** Of an axis of the bordered map, which begins a pixel earlier: as shares of the distance between its outermost pixels. */
function outermostSamples(axis: Axis): [number, number] {
  const { start, length, size, limit } = axis;
  const half = length / (2 * size * samplesPerBin(axis));
  return [(start + half + 1) / (limit + 1), (start + length - half + 1) / (limit + 1)];
}

function isSingle(samples: readonly [number, number]): boolean {
  return samples[0] === 1 && samples[1] === 1;
}
