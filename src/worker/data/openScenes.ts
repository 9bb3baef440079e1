/** From a data entry whose images hold objects to its reader; the registry of kinds. */
import { assertNever } from '../../shared/assertNever';
import type { SceneData } from '../../shared/experiment/schema';
import { openCoco } from './coco';
import { openEmojiScenes } from './emojiScenes';
import type { SceneSource } from './scenes';
import { openVoc } from './voc';

/** Relative paths refer to `baseDir`. */
export async function openScenes(settings: SceneData, { baseDir }: { readonly baseDir: string }): Promise<SceneSource> {
  switch (settings.kind) {
    case 'emoji-scenes':
      return openEmojiScenes(settings);
    case 'voc':
      return openVoc(settings, baseDir);
    case 'coco':
      return openCoco(settings, baseDir);
    default:
      return assertNever(settings);
  }
}
