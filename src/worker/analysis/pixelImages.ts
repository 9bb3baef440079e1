/** Normalised values back to pictures: what the network saw, for sheets and crops. */
import { imagenetMean, imagenetStd } from '../../shared/experiment/augmentation';
import type { ImageStore, RgbImage } from '../data/dataset';
import { encodeSheets } from '../transfer/sceneSheets';

type Packed = Extract<ImageStore, { kind: 'packed' }>;

/** (x · std + mean) · 255, rounded and clipped. values: [n, 3]. */
export function toPixels(values: ArrayLike<number>): Uint8Array {
  const pixels = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = (values[i]! * imagenetStd[i % 3]! + imagenetMean[i % 3]!) * 255;
    pixels[i] = Math.max(0, Math.min(255, Math.round(value)));
  }
  return pixels;
}

/** Room for equal squares, and a way to put them in. */
export class PictureStack {
  readonly store: Packed;

  constructor(
    readonly count: number,
    readonly size: number,
  ) {
    const buffer = new SharedArrayBuffer(count * size * size * 3);
    this.store = { kind: 'packed', count, width: size, height: size, buffer };
  }

  set(index: number, pixels: Uint8Array): void {
    new Uint8Array(this.store.buffer).set(pixels, index * this.size * this.size * 3);
  }

  get(index: number): RgbImage {
    const bytes = this.size * this.size * 3;
    return { width: this.size, height: this.size, pixels: new Uint8Array(this.store.buffer, index * bytes, bytes) };
  }

  /** WebP sheets in order. */
  sheets(): AsyncGenerator<Uint8Array> {
    return encodeSheets(
      this.store,
      Int32Array.from({ length: this.count }, (_, index) => index),
    );
  }
}

/** Normalised images [n, size, size, 3] as pictures. */
export function stackPictures(values: Float32Array, size: number): PictureStack {
  const each = size * size * 3;
  const stack = new PictureStack(values.length / each, size);
  for (let i = 0; i < stack.count; i++) stack.set(i, toPixels(values.subarray(i * each, (i + 1) * each)));
  return stack;
}
