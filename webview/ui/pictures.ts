/**
 * Pictures, decoded off the main thread at the size they are shown in. The newest wishes come first, a few at a time; what
 * was shown last is kept up to a limit of pixels.
 */
import { fetchOf } from './engine';

/** A part of a bitmap: all of it, or a place on a sheet. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

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

export interface PictureWish {
  /** Longest side in px that is of use. */
  readonly side: number;
  /** Asked again when its turn comes. */
  readonly isWanted: () => boolean;
  /** Called when it is there, unless it was before. */
  readonly onReady: () => void;
}

export interface PictureStore {
  /** The picture in this size, or until it is there in any other; undefined when there is none yet. */
  want(image: number, wish: PictureWish): Picture | undefined;
  dispose(): void;
}

const AT_ONCE = 4;
/** About 400 MB. */
const KEPT_PIXELS = 1e8;

interface Wish extends PictureWish {
  readonly image: number;
  readonly key: string;
  readonly place: PicturePlace;
}

export function createPictures(source: PictureSource): PictureStore {
  const known = new Map<string, Picture>();
  /** By image, in whatever size it was decoded last. */
  const rough = new Map<number, string>();
  const sheets = new Map<string, Promise<ImageBitmap>>();
  const failed = new Set<string>();
  /** By key, oldest first, those under way among them. */
  const wishes = new Map<string, Wish>();
  const underWay = new Set<string>();
  let kept = 0;

  const open = async ({ place, side }: Wish): Promise<Picture> => {
    const { url, width, height, onSheet } = place;
    if (!onSheet) {
      const bitmap = await decode(await (await fetchOf(url)).blob(), side, place);
      return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    }
    const sheet = sheets.get(url) ?? fetchOf(url).then(async (found) => createImageBitmap(await found.blob()));
    sheets.set(url, sheet);
    return { bitmap: await sheet, ...onSheet, width, height };
  };
  const next = (): void => {
    for (const [key, wish] of [...wishes].reverse()) {
      if (underWay.size >= AT_ONCE) return;
      if (underWay.has(key)) continue;
      if (wish.isWanted()) void fulfil(key);
      else wishes.delete(key);
    }
  };
  const fulfil = async (key: string): Promise<void> => {
    underWay.add(key);
    const picture = await open(wishes.get(key)!).catch(() => undefined);
    underWay.delete(key);
    const wish = wishes.get(key);
    wishes.delete(key);
    if (!picture) failed.add(key);
    else if (wish) {
      keep(wish, picture);
      wish.onReady();
    }
    next();
  };
  const keep = ({ image, key, place }: Wish, picture: Picture): void => {
    known.set(key, picture);
    rough.set(image, key);
    // Sheets stay: each holds many pictures.
    if (place.onSheet) return;
    kept += picture.width * picture.height;
    for (const [old, { bitmap, width, height }] of known) {
      if (kept <= KEPT_PIXELS || old === key) break;
      known.delete(old);
      kept -= width * height;
      bitmap.close();
    }
  };
  return {
    want: (image, wish) => {
      const place = source(image);
      if (!place) return undefined;
      // Tiles of nearly one size share a decoded picture; sheets have one size only.
      const side = place.onSheet ? 0 : bucketOf(wish.side);
      const key = `${image} ${side}`;
      const found = known.get(key);
      if (found) {
        known.delete(key);
        known.set(key, found);
        return found;
      }
      if (!failed.has(key)) {
        wishes.delete(key);
        wishes.set(key, { ...wish, side, image, key, place });
        next();
      }
      return known.get(rough.get(image) ?? '');
    },
    dispose: () => {
      wishes.clear();
      for (const { bitmap } of known.values()) bitmap.close();
      for (const sheet of sheets.values()) void sheet.then((bitmap) => bitmap.close()).catch(() => undefined);
    },
  };
}

/** Of a file below a folder's URL; its path may have either kind of slash. */
export function fileUrl(base: string, path: string): string {
  return `${base}/${path.split(/[\\/]/).map(encodeURIComponent).join('/')}`;
}

function bucketOf(side: number): number {
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
