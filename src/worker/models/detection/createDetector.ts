/** From a detection transfer's `model` to its detector; the registry of models. */
import { Fcos, type DetectorOptions } from './fcos';
import type { Detector } from './detector';

/** A detector around the given backbone, which it disposes with itself; heads are freshly drawn. */
export function createDetector(options: DetectorOptions): Detector {
  switch (options.settings.model) {
    case 'fcos':
      return new Fcos(options);
    default:
      throw new Error(`internal: no detector ${options.settings.model}`);
  }
}
