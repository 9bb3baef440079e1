/**
 * Pixels of a data set's image, in any thread. Decoding is sharp's (libvips), whose JPEG and PNG pixels equal PIL's. As
 * there, embedded colour profiles are ignored (CMYK excepted); unlike torchvision's loader, EXIF orientation is applied.
 */
import { stat } from 'node:fs/promises';
import sharp from 'sharp';
import { UserError } from '../../shared/errors';
import type { ImageStore, RgbImage } from './dataset';

/** Larger pictures are refused: they are a mistake or an attack. */
const MAX_PIXELS = 100_000_000;

// Formats that are documents or programs (SVG, PDF, …) can read other files; whatever its ending, none is opened.
const formats = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif'];
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: formats.map((format) => `VipsForeignLoad${format}`) });
// Images are read once each in random order, so a cache only costs; the callers bring their own concurrency.
sharp.cache(false);
sharp.concurrency(1);

/** Decodes image `index` to RGB, 8 bits: EXIF orientation applied, transparency on white, grey, palette, CMYK and 16 bits converted. */
export async function readImage(store: ImageStore, index: number): Promise<RgbImage> {
  if (store.kind === 'packed') return readPacked(store, index);
  if (store.kind === 'crops') return readCrop(store, index);
  const file = store.paths[index];
  if (file === undefined) throw new Error(`internal: no image ${index}`);
  return decodeImage(file, file);
}

/** How many images there are. */
export function imageCount(store: ImageStore): number {
  if (store.kind === 'packed') return store.count;
  return store.kind === 'files' ? store.paths.length : store.images.length;
}

/** Decodes a file or its bytes; a picture that cannot be decoded is a UserError that names it. The first frame of several. */
export async function decodeImage(input: string | Uint8Array, name: string): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(input, { limitInputPixels: MAX_PIXELS, failOn: 'error', ignoreIcc: true })
      .autoOrient()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { width, height, channels } = info;
    return { width, height, pixels: channels === 3 ? pixels : spreadGrey(pixels, channels) };
  } catch (error) {
    throw await cannotDecode(input, name, error);
  }
}

/** Width and height as stored (before EXIF orientation), from the header alone. */
export async function readImageSize(file: string): Promise<{ width: number; height: number }> {
  try {
    const { width, height } = await sharp(file, { limitInputPixels: MAX_PIXELS }).metadata();
    // Reading a header does not apply the limit.
    if (width * height > MAX_PIXELS) throw new Error('exceeds pixel limit');
    return { width, height };
  } catch (error) {
    throw await cannotDecode(file, file, error);
  }
}

async function cannotDecode(input: string | Uint8Array, name: string, error: unknown): Promise<UserError> {
  const message = `${name} cannot be decoded (${await explain(input, error)}); replace or remove it`;
  return new UserError('data', message, { file: name });
}

async function explain(input: string | Uint8Array, error: unknown): Promise<string> {
  const found = typeof input === 'string' ? await stat(input).catch(codeOf) : { size: input.byteLength };
  if (typeof found === 'string') return found === 'ENOENT' ? 'the file is gone' : found;
  if (found.size === 0) return 'the file is empty';
  const message = (error instanceof Error ? error.message : String(error)).split('\n')[0]!;
  if (/exceeds pixel limit/i.test(message)) return `it claims more than ${MAX_PIXELS / 1e6} million pixels`;
  if (/unsupported image format/i.test(message)) return 'it is not a JPEG, PNG, WebP, GIF, TIFF or AVIF picture';
  return message;
}

function codeOf(error: NodeJS.ErrnoException): string {
  return error.code ?? error.message;
}

function readPacked(store: Extract<ImageStore, { kind: 'packed' }>, index: number): RgbImage {
  const { width, height, buffer, count } = store;
  if (!(index >= 0 && index < count)) throw new Error(`internal: no image ${index} of ${count}`);
  const bytes = width * height * 3;
  return { width, height, pixels: new Uint8Array(buffer, index * bytes, bytes) };
}

/** Colour outside of an image: ImageNet's mean, which is zero after normalisation. */
const OUTSIDE = [124, 116, 104] as const;

async function readCrop(
  { of, images, squares }: Extract<ImageStore, { kind: 'crops' }>,
  index: number,
): Promise<RgbImage> {
  const [left, top, side] = [squares[3 * index]!, squares[3 * index + 1]!, squares[3 * index + 2]!];
  return cutSquare(await readImage(of, images[index]!), { left, top, side });
}

/** A square that may reach beyond the image; grey there. In px. */
export function cutSquare(
  image: RgbImage,
  { left, top, side }: { readonly left: number; readonly top: number; readonly side: number },
): RgbImage {
  const pixels = new Uint8Array(side * side * 3);
  const [from, to] = [Math.max(0, left), Math.min(image.width, left + side)];
  for (let y = 0; y < side; y++) {
    const row = y * side * 3;
    const isInside = top + y >= 0 && top + y < image.height && from < to;
    if (!isInside || from > left || to < left + side) fillOutside(pixels.subarray(row, row + side * 3));
    if (!isInside) continue;
    const start = ((top + y) * image.width + from) * 3;
    pixels.set(image.pixels.subarray(start, start + (to - from) * 3), row + (from - left) * 3);
  }
  return { width: side, height: side, pixels };
}

function fillOutside(row: Uint8Array): void {
  for (let i = 0; i < row.length; i++) row[i] = OUTSIDE[i % 3]!;
}

/** [n, channels] with the grey value first → [n, 3]. */
function spreadGrey(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) rgb.fill(pixels[i * channels]!, i * 3, i * 3 + 3);
  return rgb;
}
