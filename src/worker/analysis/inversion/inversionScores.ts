/** Distances of a found picture to its image, and what a finished inversion comes to layer by layer. */
import { errorsByPlace, featureErrors } from '../../../shared/math/pictures/featureErrors';
import { peakSignalToNoise } from '../../../shared/math/pictures/peakSignalToNoise';
import { structuralSimilarity } from '../../../shared/math/pictures/structuralSimilarity';
import { mean } from '../../../shared/math/statistics';
import type {
  Inversion,
  InversionDistances,
  InversionLayer,
  PerceptualMeasure,
} from '../../../shared/results/inversion';
import type { ImageScores, LayerScore } from '../../../shared/results/records';
import { placesOf } from './layerFeatures';
import { perceptualDistance, type PerceptualNetwork } from './perceptualDistance';

/** A picture as shown, [size, size, 3] in 0..1, and the layer's features of it (of the fitted picture, before clipping). */
export interface SeenPicture {
  readonly shown: Float32Array;
  readonly features: Float32Array;
}

export async function measureDistances(
  found: SeenPicture,
  wanted: SeenPicture,
  { perceptual, size }: { readonly perceptual: PerceptualNetwork; readonly size: number },
): Promise<InversionDistances> {
  const { cosine, relative } = featureErrors(found.features, wanted.features);
  const shape = { height: size, width: size, channels: 3, range: 1 };
  return {
    perceptual: await perceptualDistance(perceptual, found.shown, { other: wanted.shown, size }),
    ssim: structuralSimilarity(found.shown, wanted.shown, shape),
    psnr: peakSignalToNoise(found.shown, wanted.shown, 1),
    featureCosine: cosine,
    featureError: relative,
  };
}

export interface ErrorMap {
  readonly grid: readonly [number, number];
  /** [rows, columns] */
  readonly errors: Float64Array;
  readonly max: number;
  readonly mean: number;
}

/** Where the features were missed; undefined where the layer's numbers belong to no place. shape: of its output. */
export function mapErrors(found: Float32Array, wanted: Float32Array, shape: readonly number[]): ErrorMap | undefined {
  const places = placesOf(shape);
  if (!places) return undefined;
  const { grid, channels, skipped } = places;
  const errors = errorsByPlace(found.subarray(skipped), wanted.subarray(skipped), channels);
  return { grid, errors, max: errors.reduce((a, b) => Math.max(a, b), 0), mean: mean(errors) };
}

/** What stands in tables for each measure of perceptual distance. */
const perceptualMetrics: Readonly<Record<PerceptualMeasure, string>> = {
  lpips: 'lpips',
  'unlearned-lpips': 'unlearnedLpips',
  'random-lpips': 'randomLpips',
};

interface Scored {
  readonly layers: readonly (InversionLayer & { readonly dimension: number })[];
  readonly inversions: readonly Inversion[];
  readonly places: readonly number[];
  readonly measure: PerceptualMeasure;
}

/** Means over images for tables, and the numbers behind them. */
export function summariseInversions({ layers, inversions, places, measure }: Scored): {
  readonly layers: readonly LayerScore[];
  readonly perImage: ImageScores;
} {
  const perLayer = layers.map(({ layer }, index) => {
    const own = inversions.filter((one) => one.layer === index);
    const last = own.map(({ snapshots }) => snapshots.at(-1)!.distances);
    const column = (key: keyof InversionDistances) => last.map((distances) => distances[key]);
    const metrics: Record<string, readonly number[]> = {
      [perceptualMetrics[measure]]: column('perceptual'),
      ssim: column('ssim'),
      psnr: column('psnr'),
      featureCosine: column('featureCosine'),
      featureError: column('featureError'),
    };
    return { layer, metrics };
  });
  const scores = layers.map(({ layer, depth, dimension }, index): LayerScore => {
    const metrics = Object.entries(perLayer[index]!.metrics).map(([name, values]) => [name, mean(values)]);
    return { layer, depth, dimension, metrics: Object.fromEntries(metrics) as Record<string, number> };
  });
  return { layers: scores, perImage: { places, layers: perLayer } };
}
