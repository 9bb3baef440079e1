/** Pictures of an inversion as PNG files, and how normalised values become what is shown. */
import sharp from 'sharp';
import { imagenetMean, imagenetStd } from '../../../shared/experiment/augmentation';

/** values: normalised, [.., 3]. Returns them as shown: de-normalised and clipped to 0..1. */
export function toShown(values: Float32Array): Float32Array {
  return values.map((value, i) => Math.min(1, Math.max(0, value * imagenetStd[i % 3]! + imagenetMean[i % 3]!)));
}

/** shown: [size, size, 3] in 0..1. */
export function encodePicture(shown: Float32Array, size: number): Promise<Uint8Array> {
  const pixels = Uint8Array.from(shown, (value) => Math.round(255 * value));
  return encodePng(pixels, { width: size, height: size, channels: 3 });
}

/** values: [rows, columns], at least 0; white is `max`. */
export function encodeMap(
  values: ArrayLike<number>,
  [rows, columns]: readonly [number, number],
  max: number,
): Promise<Uint8Array> {
  const pixels = Uint8Array.from(values, (value) => (max === 0 ? 0 : Math.round((255 * value) / max)));
  return encodePng(pixels, { width: columns, height: rows, channels: 1 });
}

/** pixels: [height, width, channels]. */
export async function encodePng(
  pixels: Uint8Array,
  raw: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
): Promise<Uint8Array> {
  const picture = sharp(pixels, { raw });
  const png = raw.channels === 1 ? picture.toColourspace('b-w').png() : picture.png();
  return new Uint8Array(await png.toBuffer());
}
