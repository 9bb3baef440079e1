/** From a data entry of the experiment file to its reader; the registry of kinds. */
import type { DataSource } from './dataset';
import { openCeleba } from './celeba';
import { openEmoji } from './emoji';
import { openIdx } from './idx';
import { openImageFolder } from './imageFolder';
import { openImageLists } from './imageLists';
import { isLabelData } from '../../shared/experiment/resolveLabelData';
import { labelledAsPictures } from './labelledImages';
import { openLabelled } from './openLabelled';
import { openScenes } from './openScenes';
import { openPts } from './pts';
import { asPictures } from './scenes';
import type { DataSettings } from './settings';

/** Relative paths refer to `baseDir`. */
export async function openSource(
  settings: DataSettings,
  { baseDir }: { readonly baseDir: string },
): Promise<DataSource> {
  switch (settings.kind) {
    case 'emoji':
      return openEmoji(settings);
    case 'image-folder':
      return openImageFolder(settings, baseDir);
    case 'image-lists':
      return openImageLists(settings, baseDir);
    case 'idx':
      return openIdx(settings, baseDir);
    case 'celeba':
      return openCeleba(settings, baseDir);
    case 'pts':
      return openPts(settings, baseDir);
    default:
      if (isLabelData(settings)) return labelledAsPictures(await openLabelled(settings, { baseDir }));
      return asPictures(await openScenes(settings, { baseDir }));
  }
}
