/**
 * Bitmaps made off the main thread when they are wanted. The newest wishes come first, a few at a time; what was shown last
 * is kept up to a limit of pixels.
 */

/** A part of a bitmap: all of it, or a place on a sheet. */
export interface Picture {
  readonly bitmap: ImageBitmap;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface BitmapWish {
  readonly key: string;
  /** What shares it can stand in until it is there, say the same picture in another size. */
  readonly group: string;
  /** Rejects, or undefined, where there is none. */
  readonly make: () => Promise<Picture | undefined>;
  /** Of a sheet, which is kept by others and counts no pixels here. */
  readonly isShared: boolean;
  /** Asked again when its turn comes. */
  readonly isWanted: () => boolean;
  /** Called when it is there, unless it was before. */
  readonly onReady: () => void;
}

export interface BitmapStore {
  /** The bitmap, or until it is there the last one of its group; undefined when there is none yet. */
  want(wish: BitmapWish): Picture | undefined;
  dispose(): void;
}

const AT_ONCE = 4;
/** About 400 MB. */
const KEPT_PIXELS = 1e8;

export function createBitmapStore(): BitmapStore {
  const known = new Map<string, Picture & { readonly isShared: boolean }>();
  /** By group, the key of what was made last. */
  const latest = new Map<string, string>();
  const failed = new Set<string>();
  /** By key, oldest first, those under way among them. */
  const wishes = new Map<string, BitmapWish>();
  const underWay = new Set<string>();
  let kept = 0;

  const next = (): void => {
    for (const [key, wish] of [...wishes].reverse()) {
      if (underWay.size >= AT_ONCE) return;
      if (underWay.has(key)) continue;
      if (wish.isWanted()) void fulfil(wish);
      else wishes.delete(key);
    }
  };
  const fulfil = async ({ key, make }: BitmapWish): Promise<void> => {
    underWay.add(key);
    const picture = await make().catch(() => undefined);
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
  const keep = ({ key, group, isShared }: BitmapWish, picture: Picture): void => {
    known.set(key, { ...picture, isShared });
    latest.set(group, key);
    if (isShared) return;
    kept += picture.width * picture.height;
    for (const [old, one] of known) {
      if (kept <= KEPT_PIXELS || old === key) break;
      if (one.isShared) continue;
      known.delete(old);
      kept -= one.width * one.height;
      one.bitmap.close();
    }
  };
  return {
    want: (wish) => {
      const { key, group } = wish;
      const found = known.get(key);
      if (found) {
        known.delete(key);
        known.set(key, found);
        latest.set(group, key);
        return found;
      }
      if (!failed.has(key)) {
        wishes.delete(key);
        wishes.set(key, wish);
        next();
      }
      return known.get(latest.get(group) ?? '');
    },
    dispose: () => {
      wishes.clear();
      for (const { bitmap } of known.values()) bitmap.close();
      known.clear();
    },
  };
}
