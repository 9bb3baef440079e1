/** The pictures of one update: a file for each view of each image, and coloured label maps. */
import type { BatchInspection } from '../../../src/shared/results/batchInspection';
import { classColours } from '../../../src/shared/views/classColours';
import { composeLabels } from '../../../src/shared/views/predictions/composeLabels';
import { createBitmapStore, type BitmapWish, type Picture } from '../../ui/bitmapStore';
import { fetchOf } from '../../ui/engine';
import { decodeLabelSheet } from '../../ui/labelSheet';
import { createPictures, fileUrl } from '../../ui/pictures';

type Wish = Pick<BitmapWish, 'isWanted' | 'onReady'>;

export interface BatchPictures {
  /** The pixels of an image, by its row in `inspection.images`, as one view of it. */
  view(image: number, view: number, wish: Wish): Picture | undefined;
  /** A label map in the colours of the classes. */
  labels(file: string, wish: Wish): Picture | undefined;
  dispose(): void;
}

export function createBatchPictures(folder: string, inspection: BatchInspection): BatchPictures {
  const { images, views } = inspection;
  const count = Math.max(1, views.length);
  const pictures = createPictures((id) => {
    const file = images[Math.floor(id / count)]?.files[id % count];
    const [, height = 0, width = 0] = views[id % count]?.shape ?? [];
    return file === undefined ? undefined : { url: fileUrl(folder, file), width, height };
  });
  const labels = createBitmapStore();
  const palette = paletteOf(inspection);
  return {
    // Pixels are shown as they are: no picture is made smaller.
    view: (image, view, wish) => pictures.want(image * count + view, { side: Infinity, ...wish }),
    labels: (file, wish) => {
      const make = (): Promise<Picture> => colourLabels(fileUrl(folder, file), palette);
      return labels.want({ key: file, group: file, isShared: false, make, ...wish });
    },
    dispose: () => {
      pictures.dispose();
      labels.dispose();
    },
  };
}

async function colourLabels(url: string, palette: Uint32Array): Promise<Picture> {
  const sheet = await decodeLabelSheet(await (await fetchOf(url)).blob());
  const { width, height } = sheet;
  const data = new ImageData(width, height);
  const pixels = new Uint32Array(data.data.buffer);
  composeLabels(
    { truth: sheet, predicted: sheet, x: 0, y: 0, width, height },
    { part: 'truth', palette },
    { pixels, width, height },
  );
  const bitmap = await createImageBitmap(data);
  return { bitmap, x: 0, y: 0, width, height };
}

/** Bytes of RGBA by class; nothing for what is none. */
function paletteOf({ matching }: BatchInspection): Uint32Array {
  const palette = new Uint32Array(256);
  const bytes = new Uint8Array(palette.buffer);
  const names = matching?.kind === 'pixels' ? matching.classes : [];
  classColours(names).forEach((colour, k) => bytes.set([...colour, 255], 4 * k));
  return palette;
}
