/** From a data entry with label maps to its reader; the registry of kinds. */
import { assertNever } from '../../shared/assertNever';
import type { SegmentationData } from '../../shared/experiment/resolveLabelData';
import { openCityscapes } from './cityscapes';
import type { LabelledSource } from './labelledImages';
import { openLabelPngs } from './labelPngs';
import { openSceneLabels } from './sceneLabels';
import { openVocLabels } from './vocLabels';

/** Relative paths refer to `baseDir`. */
export async function openLabelled(
  settings: SegmentationData,
  { baseDir }: { readonly baseDir: string },
): Promise<LabelledSource> {
  switch (settings.kind) {
    case 'cityscapes':
      return openCityscapes(settings, baseDir);
    case 'label-pngs':
      return openLabelPngs(settings, baseDir);
    case 'voc-segmentation':
      return openVocLabels(settings, baseDir);
    case 'emoji-scenes':
      return openSceneLabels(settings);
    default:
      return assertNever(settings);
  }
}
