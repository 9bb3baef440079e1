/** From a data entry to a split of its faces or objects with landmarks; the registry of kinds. */
import type { DataSettings } from '../../shared/experiment/schema';
import { isSceneData } from '../../shared/experiment/resolveSceneData';
import { UserError } from '../../shared/errors';
import { openCeleba } from './celeba';
import type { MarkedImages } from './landmarks';
import { openScenes } from './openScenes';
import { openPts } from './pts';
import { markedObjects } from './sceneMarks';

/** Relative paths refer to `baseDir`. */
export async function openMarked(
  settings: DataSettings,
  { split, baseDir }: { readonly split: string; readonly baseDir: string },
): Promise<MarkedImages> {
  if (settings.kind === 'celeba') return (await openCeleba(settings, baseDir)).openMarked(split);
  if (settings.kind === 'pts') return (await openPts(settings, baseDir)).openMarked(split);
  const source = isSceneData(settings) ? await openScenes(settings, { baseDir }) : undefined;
  if (source?.openPoses) return markedObjects(await source.openPoses(split));
  throw new UserError('data', `\`${settings.kind}\` data have no landmarks; use celeba, pts, coco or emoji-scenes`);
}
