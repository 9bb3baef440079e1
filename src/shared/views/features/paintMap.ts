/** Values of a map as pixels; red, green, blue, alpha from the lowest byte on, as canvases have them. Pure. */
import type { MapColours, MapSlice } from './featuresCells';

export interface MapPaint {
  readonly colours: MapColours;
  /** Value of the strongest colour. */
  readonly peak: number;
  /** [256] colours of `heat`, weakest first. */
  readonly palette: Uint32Array;
}

/** Fills [height, width] pixels from a tensor [images, height, width, channels]. */
export function paintMap(
  values: ArrayLike<number>,
  { height, width, image, channels, channel }: MapSlice,
  { colours, peak, palette }: MapPaint,
  pixels: Uint32Array,
): void {
  const first = image * height * width;
  for (let i = 0; i < height * width; i++) {
    const at = (first + i) * channels;
    if (colours === 'rgb') pixels[i] = pack(values[at]!, values[at + 1]!, values[at + 2]!, 255);
    else {
      const share = peak > 0 ? values[at + channel]! / peak : 0;
      pixels[i] = colours === 'heat' ? palette[byte(share)]! : signed(share);
    }
  }
}

/** Nothing at 0, red above, blue below. */
function signed(share: number): number {
  const alpha = byte(Math.abs(share));
  return share < 0 ? pack(40, 110, 255, alpha) : pack(255, 60, 40, alpha);
}

function byte(share: number): number {
  // What is no number is drawn as nothing.
  return Math.round(255 * Math.min(1, Math.max(0, share || 0)));
}

function pack(red: number, green: number, blue: number, alpha: number): number {
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}
