/** Pixels of a data set's image, in any thread. Decoding is sharp's (libvips), which equals libjpeg and libpng bit for bit. */
import sharp from 'sharp';
import { UserError } from '../../shared/errors';
import type { ImageStore, RgbImage } from './dataset';

/** Larger pictures are refused: they are a mistake or an attack. */
export const MAX_PIXELS = 100_000_000;

/** Decodes image `index` to RGB, 8 bits: EXIF orientation applied, transparency on white, grey, palette, CMYK and 16 bits converted. */
export async function readImage(store: ImageStore, index: number): Promise<RgbImage> {
  if (store.kind === 'packed') return readPacked(store, index);
  const file = store.paths[index];
  if (file === undefined) throw new Error(`internal: no image ${index}`);
  return decodeImage(file, file);
}

/** Decodes a file or its bytes; a picture that cannot be decoded is a UserError that names it. */
export async function decodeImage(input: string | Uint8Array, name: string): Promise<RgbImage> {
  try {
    const { data, info } = await sharp(input, { limitInputPixels: MAX_PIXELS, failOn: 'error' })
      .rotate()
      .flatten({ background: '#ffffff' })
      .toColourspace('srgb')
      .removeAlpha()
      .raw({ depth: 'uchar' })
      .toBuffer({ resolveWithObject: true });
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { width, height, channels } = info;
    return { width, height, pixels: channels === 3 ? pixels : spreadGrey(pixels, channels) };
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    throw new UserError('data', `${name} cannot be decoded (${reason}); replace or remove it`, { file: name });
  }
}

function readPacked(store: Extract<ImageStore, { kind: 'packed' }>, index: number): RgbImage {
  const { width, height, buffer, count } = store;
  if (!(index >= 0 && index < count)) throw new Error(`internal: no image ${index} of ${count}`);
  const bytes = width * height * 3;
  return { width, height, pixels: new Uint8Array(buffer, index * bytes, bytes) };
}

/** [n, channels] with the grey value first → [n, 3]. */
function spreadGrey(pixels: Uint8Array, channels: number): Uint8Array {
  const count = pixels.length / channels;
  const rgb = new Uint8Array(count * 3);
  for (let i = 0; i < count; i++) rgb.fill(pixels[i * channels]!, i * 3, i * 3 + 3);
  return rgb;
}
