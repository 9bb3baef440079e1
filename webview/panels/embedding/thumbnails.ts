/**
 * Thumbnails off their sheets, of which there may be any number. A sheet is decoded when one of its squares is in sight, no
 * larger than its squares are shown, and given up when many others were shown since.
 */
import type { StudyPoint } from '../../../src/shared/views/embedding/embeddingStudy';
import { createBitmapStore } from '../../ui/bitmapStore';
import { fetchOf } from '../../ui/engine';

export interface Thumbnails {
  /** Draws the image into a square of canvas px; false until it is there. */
  paint(context: CanvasRenderingContext2D, image: StudyPoint, square: Square): boolean;
}

export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** Parts of its full size that a sheet is decoded in. */
const levels = [8, 4, 2, 1] as const;

/** `onReady` is called when more can be drawn than before. */
export function createThumbnails(onReady: () => void): Thumbnails {
  const store = createBitmapStore();
  const parts = new WeakMap<ImageBitmap, number>();
  const open = async (url: string, part: number): Promise<ImageBitmap> => {
    const whole = await createImageBitmap(await (await fetchOf(url)).blob());
    if (part === 1) return whole;
    const resizeWidth = Math.max(1, Math.round(whole.width / part));
    const resizeHeight = Math.max(1, Math.round(whole.height / part));
    const small = await createImageBitmap(whole, { resizeWidth, resizeHeight, resizeQuality: 'medium' });
    whole.close();
    return small;
  };
  return {
    paint: (context, { picture }, { x, y, side }) => {
      const { url, size } = picture;
      const part = levels.find((level) => size / level >= side) ?? 1;
      const make = async () => {
        const bitmap = await open(url, part);
        parts.set(bitmap, part);
        return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
      };
      const sheet = store.want({
        ...{ key: `${url} ${part}`, group: url, make, isShared: false, onReady },
        isWanted: () => true,
      });
      if (!sheet) return false;
      const shown = parts.get(sheet.bitmap) ?? 1;
      const from = size / shown;
      context.drawImage(sheet.bitmap, picture.x / shown, picture.y / shown, from, from, x, y, side, side);
      return true;
    },
  };
}
