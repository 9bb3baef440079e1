/**
 * Hue shift through 8-bit HSV (Smith 1978), with Pillow's rounding: H and S are truncated to 0..255, the shift wraps modulo
 * 256, and the way back rounds. Even a shift of zero changes pixels a little; torchvision's adjust_hue does the same.
 */

/** Turn the hue of every pixel by `turns` (-0.5..0.5), in place. pixels: interleaved RGB. */
export function shiftHue(pixels: Uint8Array, turns: number): void {
  const shift = Math.trunc(turns * 255) & 255;
  for (let i = 0; i < pixels.length; i += 3) {
    const red = pixels[i]!;
    const green = pixels[i + 1]!;
    const blue = pixels[i + 2]!;
    const value = Math.max(red, green, blue);
    const chroma = value - Math.min(red, green, blue);
    // A gray pixel has no hue to turn.
    if (chroma === 0) continue;
    const saturation = Math.trunc(Math.fround(chroma / value) * 255);
    if (saturation === 0) {
      pixels.fill(value, i, i + 3);
      continue;
    }
    const hue = (hueOf(red, green, blue, value, chroma) + shift) & 255;
    writeRgb(pixels, i, hue, saturation, value);
  }
}

/** Hue 0..255, 256ths of a turn short of one step: H = trunc(255 h), h in [0, 1). */
function hueOf(red: number, green: number, blue: number, value: number, chroma: number): number {
  const r = Math.fround((value - red) / chroma);
  const g = Math.fround((value - green) / chroma);
  const b = Math.fround((value - blue) / chroma);
  const sixths = Math.fround(red === value ? Math.fround(b - g) : green === value ? 2 + r - b : 4 + g - r);
  return Math.trunc(Math.fround((sixths / 6 + 1) % 1) * 255);
}

/** Sextant and fraction within it, for each 8-bit hue. */
const sextants = Uint8Array.from({ length: 256 }, (_, hue) => Math.floor((hue * 6) / 255) % 6);
const fractions = Float32Array.from({ length: 256 }, (_, hue) => (hue * 6) / 255 - Math.floor((hue * 6) / 255));

function writeRgb(pixels: Uint8Array, at: number, hue: number, saturation: number, value: number): void {
  const s = Math.fround(saturation / 255);
  const f = fractions[hue]!;
  const sextant = sextants[hue]!;
  const low = Math.floor(value * (1 - s) + 0.5);
  const falling = Math.floor(value * (1 - Math.fround(s * f)) + 0.5);
  const rising = Math.floor(value * (1 - s * (1 - f)) + 0.5);
  // The largest channel moves R, R/G, G, B, ... as the sextant goes round the hexagon.
  pixels[at] = sextant === 0 || sextant === 5 ? value : sextant === 1 ? falling : sextant === 4 ? rising : low;
  pixels[at + 1] = sextant === 1 || sextant === 2 ? value : sextant === 0 ? rising : sextant === 3 ? falling : low;
  pixels[at + 2] = sextant === 3 || sextant === 4 ? value : sextant === 2 ? rising : sextant === 5 ? falling : low;
}
