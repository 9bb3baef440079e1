/**
 * Images that two data sets share, for "the pretraining data contains the transfer's test images". Equal means equal
 * pixels: the same picture in another size, crop or JPEG quality is not found.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../shared/errors';
import type { Dataset, ImageStore } from './dataset';
import { imageCount, readImage, readImageSize } from './imageStore';
import { mapConcurrently } from './mapConcurrently';

/** Above this many files together, bytes are compared instead of pixels: decoding millions of images would take hours. */
const MAX_DECODED = 10_000;

/** How many images of `b` are also in `a`, 0..b.length. Unreadable files count as not shared; cut-outs count as their images. */
export async function countSharedImages(a: Dataset, b: Dataset): Promise<number> {
  const stores = [wholeImages(a.store), wholeImages(b.store)] as const;
  const [first, second] = stores;
  if (first === second) return imageCount(second);
  if (first.kind === 'files' && second.kind === 'files') return countSharedFiles(first.paths, second.paths);
  const pick = (side: Side) => (side === 'a' ? first : second);
  return countByTwoKeys(range(imageCount(first)), range(imageCount(second)), {
    cheap: (index, side) => sizeOf(pick(side), index),
    full: (index, side) => hashPixels(pick(side), index),
  });
}

/** The images that others are cut out of, each once; others as they are. */
function wholeImages(store: ImageStore): Exclude<ImageStore, { kind: 'crops' }> {
  if (store.kind !== 'crops') return store;
  const { of } = store;
  return of.kind === 'files'
    ? { kind: 'files', paths: [...new Set(store.images)].map((image) => of.paths[image]!) }
    : of;
}

/** How many people of `b` are also in `a`, by the list of identities that both have; undefined without one. */
export function countSharedIdentities(a: Dataset, b: Dataset): number | undefined {
  if (!a.identities || !b.identities) return undefined;
  const known = new Set(a.identities);
  return [...new Set(b.identities)].filter((identity) => identity >= 0 && known.has(identity)).length;
}

async function countSharedFiles(a: readonly string[], b: readonly string[]): Promise<number> {
  const known = new Set(a);
  const others = b.filter((file) => !known.has(file));
  const store = (file: string) => ({ kind: 'files' as const, paths: [file] });
  const decode = a.length + others.length <= MAX_DECODED;
  const shared = await countByTwoKeys(a, others, {
    cheap: (file) => (decode ? sizeOf(store(file), 0) : byteLength(file)),
    full: (file) => (decode ? hashPixels(store(file), 0) : hashBytes(file)),
  });
  return b.length - others.length + shared;
}

type Side = 'a' | 'b';

interface Keys<T> {
  /** Equal for equal images, quick to get; undefined where the image cannot be read. */
  readonly cheap: (item: T, side: Side) => Promise<string | undefined>;
  /** Different for different images. */
  readonly full: (item: T, side: Side) => Promise<string | undefined>;
}

/** Members of `b` that equal one of `a`; the full key is taken only where the cheap one occurs on both sides. */
async function countByTwoKeys<T>(a: readonly T[], b: readonly T[], { cheap, full }: Keys<T>): Promise<number> {
  const cheapA = await mapConcurrently(a, (item) => cheap(item, 'a'));
  const cheapB = await mapConcurrently(b, (item) => cheap(item, 'b'));
  const [inA, inB] = [new Set(cheapA), new Set(cheapB)];
  const maybeA = a.filter((_, i) => cheapA[i] !== undefined && inB.has(cheapA[i]));
  const maybeB = b.filter((_, i) => cheapB[i] !== undefined && inA.has(cheapB[i]));
  const known = new Set(await mapConcurrently(maybeA, (item) => full(item, 'a')));
  const keysB = await mapConcurrently(maybeB, (item) => full(item, 'b'));
  return keysB.filter((key) => key !== undefined && known.has(key)).length;
}

/** Width and height, the smaller one first: EXIF orientation may turn the image. */
async function sizeOf(store: Exclude<ImageStore, { kind: 'crops' }>, index: number): Promise<string | undefined> {
  const { width, height } =
    store.kind === 'packed' ? store : ((await unlessUnreadable(() => readImageSize(store.paths[index]!))) ?? {});
  if (width === undefined || height === undefined) return undefined;
  return `${Math.min(width, height)} ${Math.max(width, height)}`;
}

async function hashPixels(store: ImageStore, index: number): Promise<string | undefined> {
  const image = await unlessUnreadable(() => readImage(store, index));
  return image && createHash('sha256').update(`${image.width} ${image.height} `).update(image.pixels).digest('hex');
}

async function unlessUnreadable<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

async function byteLength(file: string): Promise<string | undefined> {
  const info = await stat(file).catch(() => undefined);
  return info && String(info.size);
}

async function hashBytes(file: string): Promise<string | undefined> {
  const hash = createHash('sha256');
  return pipeline(createReadStream(file), hash).then(
    () => hash.digest('hex'),
    () => undefined,
  );
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i);
}
