/** From a detection transfer's `model` to its detector; the registry of models. */
import type { Detector, DetectorOptions } from './detector';
import { Fcos } from './fcos';
import { RetinaNet } from './retinanet';
import { TwoStageDetector } from './twoStage';

/** A detector around the given backbone, which it disposes with itself; heads are freshly drawn. */
export function createDetector(options: DetectorOptions): Detector {
  switch (options.settings.model) {
    case 'fcos':
      return new Fcos(options);
    case 'retinanet':
      return new RetinaNet(options);
    case 'faster-rcnn-c4':
    case 'faster-rcnn-fpn':
    case 'mask-rcnn-c4':
    case 'mask-rcnn-fpn':
      return new TwoStageDetector(options);
  }
}
