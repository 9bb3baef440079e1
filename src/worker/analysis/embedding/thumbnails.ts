/** Small pictures of the images on a map, as sheets in the map's order. */
import { Cancelled } from '../../../shared/errors';
import type { FileStamp } from '../../../shared/results/records';
import { sheetName } from '../../../shared/results/sceneSheets';
import { createAugmentPool } from '../../augment/augmentPool';
import type { Dataset } from '../../data/dataset';
import type { StageContext } from '../../stageContext';
import { PictureStack, toPixels } from '../pixelImages';

/** Side in px. */
export const THUMBNAIL = 40;
const BATCH = 64;

/** Reads the images again, whatever kind of data they are of, and writes the sheets. */
export async function writeThumbnails(
  dataset: Dataset,
  indices: Int32Array,
  context: StageContext,
): Promise<Record<string, FileStamp>> {
  const stack = await readThumbnails(dataset, indices, context);
  const files: Record<string, FileStamp> = {};
  let sheet = 0;
  for await (const bytes of stack.sheets()) {
    const name = sheetName(sheet++);
    files[name] = await context.stages.writeFile(context.key, name, bytes);
  }
  return files;
}

async function readThumbnails(dataset: Dataset, indices: Int32Array, context: StageContext): Promise<PictureStack> {
  const stack = new PictureStack(indices.length, THUMBNAIL);
  const each = THUMBNAIL * THUMBNAIL * 3;
  const pool = createAugmentPool({
    store: dataset.store,
    ops: [],
    // The whole shorter side, unlike the crop that networks see.
    evalOps: [{ kind: 'resizeCenterCrop', resize: THUMBNAIL, size: THUMBNAIL }],
    size: THUMBNAIL,
    threads: context.threads,
  });
  try {
    for (let from = 0; from < indices.length; from += BATCH) {
      const { views } = await pool.evalBatch(indices.slice(from, from + BATCH));
      if (context.signal.aborted) throw new Cancelled();
      const values = views[0]!;
      const count = values.length / each;
      for (let i = 0; i < count; i++) stack.set(from + i, toPixels(values.subarray(i * each, (i + 1) * each)));
      context.progress(from + count, indices.length, 'images', 'drawing thumbnails');
    }
    return stack;
  } finally {
    await pool.close();
  }
}
