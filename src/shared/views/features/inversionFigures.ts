/** Curves and distances of inversions by model, over all images or one. Pure. */
import type { FeaturesView, InversionMeasure } from '../../protocol/panels/featuresPanel';
import { meanInterval, type MeanInterval } from '../../math/statistics';
import type { PerceptualMeasure } from '../../results/inversion';
import { measureAt } from './featuresCells';
import type { FeaturesStudy, FoundInversion } from './featuresStudy';

export interface InversionCurve {
  readonly model: string;
  readonly look: number;
  /** Updates, ascending, and the mean over the images. */
  readonly x: readonly number[];
  readonly y: readonly number[];
  /** Images behind it. */
  readonly images: number;
}

export interface DistanceRow {
  readonly model: string;
  readonly look: number;
  /** By layer; undefined where nothing was inverted. */
  readonly values: readonly (MeanInterval | undefined)[];
}

/** Whether less is closer to the image. */
export function isDistance(measure: InversionMeasure): boolean {
  return measure === 'perceptual' || measure === 'loss' || measure === 'featureError';
}

/** One curve for each model at a layer; of one image, or the mean of those that all updates are known of. */
export function inversionCurves(
  study: FeaturesStudy,
  { layer, image, measure }: { readonly layer: string; readonly image?: string; readonly measure: InversionMeasure },
): InversionCurve[] {
  return study.models.flatMap(({ id, look }) => {
    const found = inversionsOf(study, layer, id, image);
    const [first] = found;
    if (!first) return [];
    const x = stepsOf(first, measure);
    // Analyses of another length cannot be averaged step by step.
    const alike = found.filter((one) => stepsOf(one, measure).join() === x.join());
    const y = x.map((step) => alike.reduce((sum, one) => sum + measureAt(one, measure, step), 0) / alike.length);
    return [{ model: id, look, x, y, images: alike.length }];
  });
}

/** Mean and interval over the images, by model and layer, where the slider stands. */
export function distanceTable(study: FeaturesStudy, { measure, iteration }: FeaturesView): DistanceRow[] {
  const rows = study.models.map(({ id, look }) => ({
    ...{ model: id, look },
    values: study.layers.map(({ layer }) => {
      const values = inversionsOf(study, layer, id).map((found) => measureAt(found, measure, iteration));
      const finite = values.filter(Number.isFinite);
      return finite.length === 0 ? undefined : meanInterval(finite);
    }),
  }));
  return rows.filter(({ values }) => values.some((value) => value !== undefined));
}

/** Which perceptual measure stands in the files, where it is one and the same. */
export function perceptualMeasure(study: FeaturesStudy): PerceptualMeasure | 'several' | undefined {
  const found = new Set(
    study.models.flatMap(({ id }) =>
      study.layers.flatMap(({ layer }) =>
        inversionsOf(study, layer, id).map(({ results }) => results.perceptual.measure),
      ),
    ),
  );
  return found.size > 1 ? 'several' : [...found][0];
}

export const perceptualWords: Readonly<Record<PerceptualMeasure | 'several', string>> = {
  lpips: 'Perceptual distance: LPIPS with learned weights.',
  'unlearned-lpips': 'Perceptual distance: LPIPS without learned weights; not the published figures.',
  'random-lpips': 'Perceptual distance by a network with random weights: good for comparisons within this table only.',
  several: 'The perceptual distances here are of different kinds and cannot be compared.',
};

function inversionsOf(study: FeaturesStudy, layer: string, model: string, image?: string): FoundInversion[] {
  const keys = image === undefined ? study.images.map(({ key }) => key) : [image];
  return keys.flatMap((key) => study.inversion(key, layer, model) ?? []);
}

function stepsOf({ inversion }: FoundInversion, measure: InversionMeasure): readonly number[] {
  return measure === 'loss' ? inversion.curve.iterations : inversion.snapshots.map(({ iteration }) => iteration);
}
