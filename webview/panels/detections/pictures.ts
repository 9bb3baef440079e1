/**
 * The images, decoded off the main thread at the size they are shown in. The newest wishes come first, a few at a time; what
 * was shown last is kept up to a limit of pixels.
 */
import type { Pictures } from '../../../src/shared/protocol/panels/detectionsPanel';
import type { ImageTable } from '../../../src/shared/results/detections';
import { placeOnSheet, sheetLayout } from '../../../src/shared/results/sceneSheets';
import { fetchOf } from './engine';

/** A part of a bitmap: all of it, or a place on a sheet. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PictureStore {
  /** What is there already. */
  peek(image: number, side: number): Picture | undefined;
  /** Undefined when it cannot be shown; `isWanted` is asked again when its turn comes. */
  get(image: number, side: number, isWanted: () => boolean): Promise<Picture | undefined>;
  dispose(): void;
}

const AT_ONCE = 4;
/** About 400 MB. */
const KEPT_PIXELS = 1e8;

interface Wish {
  readonly image: number;
  readonly side: number;
  readonly isWanted: () => boolean;
  readonly done: (picture: Picture | undefined) => void;
}

export function createPictures(source: Pictures, images: ImageTable): PictureStore {
  const known = new Map<string, Picture>();
  const sheets = new Map<number, Promise<ImageBitmap>>();
  const wishes: Wish[] = [];
  let running = 0;
  let kept = 0;
  const layout = sheetLayout(images.ids.length, images.widths[0] || 1);

  const open = async (image: number, side: number): Promise<Picture | undefined> => {
    if (source.kind === 'none') return undefined;
    if (source.kind === 'files') {
      const name = images.names[image]!.split(/[\\/]/).map(encodeURIComponent).join('/');
      const blob = await (await fetchOf(`${source.base}/${name}`)).blob();
      const bitmap = await decode(blob, side, images.widths[image]!, images.heights[image]!);
      return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
    }
    const size = images.widths[0] || 1;
    const place = placeOnSheet(image, layout, size);
    const url = source.urls[place.sheet];
    if (url === undefined) return undefined;
    const sheet = sheets.get(place.sheet) ?? fetchOf(url).then(async (found) => createImageBitmap(await found.blob()));
    sheets.set(place.sheet, sheet);
    return { bitmap: await sheet, x: place.x, y: place.y, width: size, height: size };
  };
  const next = (): void => {
    while (running < AT_ONCE && wishes.length > 0) {
      const wish = wishes.pop()!;
      if (!wish.isWanted()) {
        wish.done(undefined);
        continue;
      }
      running++;
      void fulfil(wish);
    }
  };
  const fulfil = async (wish: Wish): Promise<void> => {
    const picture = await open(wish.image, wish.side).catch(() => undefined);
    running--;
    if (picture) keep(keyOf(wish), picture);
    wish.done(picture);
    next();
  };
  const keep = (key: string, picture: Picture): void => {
    known.set(key, picture);
    kept += picture.width * picture.height;
    for (const [old, { bitmap, width, height }] of known) {
      if (kept <= KEPT_PIXELS || old === key) break;
      known.delete(old);
      kept -= width * height;
      if (source.kind === 'files') bitmap.close();
    }
  };
  /** Tiles of nearly one size share a decoded picture; sheets have one size only. */
  const keyOf = ({ image, side }: Pick<Wish, 'image' | 'side'>): string =>
    source.kind === 'files' ? `${image} ${bucketOf(side)}` : String(image);
  return {
    peek: (image, side) => {
      const key = keyOf({ image, side });
      const found = known.get(key);
      if (!found) return undefined;
      known.delete(key);
      known.set(key, found);
      return found;
    },
    get: (image, side, isWanted) =>
      new Promise((done) => {
        wishes.push({ image, side: bucketOf(side), isWanted, done });
        next();
      }),
    dispose: () => {
      wishes.length = 0;
      if (source.kind === 'files') for (const { bitmap } of known.values()) bitmap.close();
      for (const sheet of sheets.values()) void sheet.then((bitmap) => bitmap.close()).catch(() => undefined);
    },
  };
}

function bucketOf(side: number): number {
  return side === Infinity ? side : 128 * Math.ceil(side / 128);
}

/** No larger than `side` px; larger pictures are made smaller while they are decoded. */
async function decode(blob: Blob, side: number, width: number, height: number): Promise<ImageBitmap> {
  const scale = Math.min(1, side / Math.max(width, height));
  if (!(width > 0 && height > 0) || scale === 1) return createImageBitmap(blob);
  const resizeWidth = Math.max(1, Math.round(width * scale));
  const resizeHeight = Math.max(1, Math.round(height * scale));
  return createImageBitmap(blob, { resizeWidth, resizeHeight, resizeQuality: 'medium' });
}
