/** Pictures from files, decoded off the main thread at the size they are shown in, or from sheets that hold many. */
import { createBitmapStore, type BitmapWish, type Picture } from './bitmapStore';
import { fetchOf } from './engine';

/** A file of its own, or the place of its left top corner on a sheet of many. */
export interface PicturePlace {
  readonly url: string;
  /** px; 0 where not known. */
  readonly width: number;
  readonly height: number;
  readonly onSheet?: { readonly x: number; readonly y: number };
}

/** Where the picture of an image is; undefined where there is none. */
export type PictureSource = (image: number) => PicturePlace | undefined;

export interface PictureWish extends Pick<BitmapWish, 'isWanted' | 'onReady'> {
  /** Longest side in px that is of use. */
  readonly side: number;
}

export interface PictureStore {
  /** The picture in this size, or until it is there in any other; undefined when there is none yet. */
  want(image: number, wish: PictureWish): Picture | undefined;
  dispose(): void;
}

export function createPictures(source: PictureSource): PictureStore {
  const store = createBitmapStore();
  const sheets = new Map<string, Promise<ImageBitmap>>();
  const open = async (place: PicturePlace, side: number): Promise<Picture> => {
    const { url, width, height, onSheet } = place;
    if (!onSheet) {
      const bitmap = await decode(await (await fetchOf(url)).blob(), side, place);
      return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    }
    const sheet = sheets.get(url) ?? fetchOf(url).then(async (found) => createImageBitmap(await found.blob()));
    sheets.set(url, sheet);
    return { bitmap: await sheet, ...onSheet, width, height };
  };
  return {
    want: (image, { side: wanted, ...wish }) => {
      const place = source(image);
      if (!place) return undefined;
      const isShared = place.onSheet !== undefined;
      // Sheets have one size only.
      const side = isShared ? 0 : bucketOf(wanted);
      const make = (): Promise<Picture> => open(place, side);
      return store.want({ ...wish, key: `${image} ${side}`, group: String(image), make, isShared });
    },
    dispose: () => {
      store.dispose();
      for (const sheet of sheets.values()) void sheet.then((bitmap) => bitmap.close()).catch(() => undefined);
    },
  };
}

/** Of a file below a folder's URL; its path may have either kind of slash. */
export function fileUrl(base: string, path: string): string {
  return `${base}/${path.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
}

/** Tiles of nearly one size share a bitmap. */
export function bucketOf(side: number): number {
  return side === Infinity ? side : 128 * Math.ceil(side / 128);
}

/** No larger than `side` px; larger pictures are made smaller while they are decoded. */
async function decode(blob: Blob, side: number, { width, height }: PicturePlace): Promise<ImageBitmap> {
  const scale = Math.min(1, side / Math.max(width, height));
  if (!(width > 0 && height > 0) || scale === 1) return createImageBitmap(blob);
  const resizeWidth = Math.max(1, Math.round(width * scale));
  const resizeHeight = Math.max(1, Math.round(height * scale));
  return createImageBitmap(blob, { resizeWidth, resizeHeight, resizeQuality: 'medium' });
}
