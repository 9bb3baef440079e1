/** Inputs of a detector, of different sizes, as equal squares: each scaled to fit and put at the top left on grey. */
import sharp from 'sharp';
import { PictureStack, toPixels } from '../pixelImages';
import type { Subject } from './subject';

/** Side of the squares at most, px. */
const LARGEST = 512;

export interface InputPictures {
  /** Remembers what the network saw. */
  readonly add: (subject: Subject) => void;
  finish(): Promise<PictureStack>;
}

/** Images without anything to explain stay grey. */
export function inputPictures(count: number): InputPictures {
  const seen = new Map<number, { readonly pixels: Uint8Array; readonly height: number; readonly width: number }>();
  return {
    add: ({ image, values, height, width }) => void seen.set(image, { pixels: toPixels(values), height, width }),
    finish: async () => {
      const longest = Math.max(1, ...[...seen.values()].map(({ height, width }) => Math.max(height, width)));
      const stack = new PictureStack(count, Math.min(LARGEST, longest));
      for (let image = 0; image < count; image++) stack.set(image, await square(image, stack.size));
      return stack;
    },
  };

  async function square(image: number, size: number): Promise<Uint8Array> {
    const picture = seen.get(image);
    if (!picture) return new Uint8Array(size * size * 3).fill(128);
    const { pixels, height, width } = picture;
    const grey = { r: 128, g: 128, b: 128 };
    const fitted = sharp(pixels, { raw: { width, height, channels: 3 } }).resize(size, size, {
      ...{ fit: 'contain', position: 'left top', background: grey },
    });
    return new Uint8Array(await fitted.removeAlpha().raw().toBuffer());
  }
}
