/** Composed scenes as label maps: class 0 is what no object covers, class k + 1 the objects of class k. */
import type { EmojiScenesData } from '../../shared/experiment/schema';
import { sha256Hex } from '../../shared/hash';
import { decodeMask } from '../../shared/math/detection/rle';
import { openEmojiScenes } from './emojiScenes';
import type { LabelledImages, LabelledSource, PixelLabels } from './labelledImages';
import type { SceneDataset } from './scenes';

const BACKGROUND = 'background';

export async function openSceneLabels(settings: EmojiScenesData): Promise<LabelledSource> {
  const source = await openEmojiScenes(settings);
  return {
    splits: source.splits,
    fingerprint: sha256Hex(`labels of ${source.fingerprint}`),
    openLabelled: async (split) => asLabelled(await source.openScenes(split)),
  };
}

function asLabelled(scenes: SceneDataset): LabelledImages {
  const { split, length, classes, names, store, problems } = scenes;
  const readLabels = (index: number) => Promise.resolve(paintLabels(scenes, index));
  return { split, length, classes: [BACKGROUND, ...classes], names, store, readLabels, problems };
}

/** Masks of one scene do not overlap: each pixel belongs to the front-most object. */
function paintLabels({ truth, offsets }: SceneDataset, index: number): PixelLabels {
  const [width, height] = [truth.images.widths[index]!, truth.images.heights[index]!];
  const labels = new Uint8Array(width * height);
  const masks = truth.masks!;
  for (let row = offsets[index]!; row < offsets[index + 1]!; row++) {
    const counts = masks.counts.subarray(masks.offsets[row]!, masks.offsets[row + 1]!);
    const mask = decodeMask({ height, width, counts });
    mask?.forEach((isSeen, place) => isSeen && (labels[place] = truth.category[row]! + 1));
  }
  return { width, height, labels };
}
