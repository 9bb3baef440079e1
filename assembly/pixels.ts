/**
 * Entry of the WebAssembly module of the augmentations, on 8-bit RGB side by side. What each computes, and against what it is
 * checked, stands where it is called from: src/worker/augment. Stores may reach a few bytes past the end of an image, into room
 * that the caller leaves.
 */

/** Where memory is free from. */
export function freeFrom(): usize {
  return __heap_base;
}

/** Fraction bits of a resampling coefficient. */
const precisionBits = 22;

/**
 * Rows of a box resampled: out [height, outputs, 3]. source: first pixel of the box, `stride` bytes a row. first, length:
 * [outputs]; weights: [outputs, taps].
 */
export function resampleRows(
  source: usize, stride: i32, height: i32, first: usize, length: usize, weights: usize, taps: i32, outputs: i32, out: usize,
): void {
  const half = i32x4.splat(1 << (precisionBits - 1));
  for (let y = 0; y < height; y++) {
    const row = source + <usize>(y * stride);
    for (let i = 0; i < outputs; i++) {
      let from = row + <usize>(3 * load<i32>(first + (<usize>i << 2)));
      let weight = weights + (<usize>(i * taps) << 2);
      const end = weight + (<usize>load<i32>(length + (<usize>i << 2)) << 2);
      let sum = half;
      for (; weight < end; weight += 4, from += 3) {
        const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
        sum = i32x4.add(sum, i32x4.mul(pixel, i32x4.splat(load<i32>(weight))));
      }
      const value = i32x4.shr_u(sum, precisionBits);
      store<u32>(out, i32x4.extract_lane(narrow(value, value, value, value), 0));
      out += 3;
    }
  }
}

/** Columns of an image of `stride` bytes a row resampled: out [outputs, stride]. first, length, weights as for rows. */
export function resampleColumns(
  source: usize, stride: i32, first: usize, length: usize, weights: usize, taps: i32, outputs: i32, out: usize,
): void {
  const half = i32x4.splat(1 << (precisionBits - 1));
  for (let i = 0; i < outputs; i++) {
    const top = source + <usize>(stride * load<i32>(first + (<usize>i << 2)));
    const start = weights + (<usize>(i * taps) << 2);
    const end = start + (<usize>load<i32>(length + (<usize>i << 2)) << 2);
    for (let x = 0; x < stride; x += 16) {
      let a = half, b = half, c = half, d = half;
      let from = top + <usize>x;
      for (let weight = start; weight < end; weight += 4, from += <usize>stride) {
        const wide = i32x4.splat(load<i32>(weight));
        const bytes = v128.load(from);
        const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
        a = i32x4.add(a, i32x4.mul(i32x4.extend_low_i16x8_u(low), wide));
        b = i32x4.add(b, i32x4.mul(i32x4.extend_high_i16x8_u(low), wide));
        c = i32x4.add(c, i32x4.mul(i32x4.extend_low_i16x8_u(high), wide));
        d = i32x4.add(d, i32x4.mul(i32x4.extend_high_i16x8_u(high), wide));
      }
      const bits = precisionBits;
      const value = narrow(i32x4.shr_u(a, bits), i32x4.shr_u(b, bits), i32x4.shr_u(c, bits), i32x4.shr_u(d, bits));
      v128.store(out + <usize>(i * stride + x), value);
    }
  }
}

/** Sixteen numbers of 0..255 as bytes. */
// @ts-ignore: decorator
@inline
function narrow(a: v128, b: v128, c: v128, d: v128): v128 {
  return i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(a, b), i16x8.narrow_i32x4_s(c, d));
}

/**
 * One extended box along columns: out(y) = (inner Σ source(y−r … y+r) + outer (source(y−r−1) + source(y+r+1)) + 2²³) / 2²⁴,
 * the outermost rows repeated. source, out: [height, stride].
 */
export function blurColumns(
  source: usize, out: usize, stride: i32, height: i32, radius: i32, inner: i32, outer: i32,
): void {
  for (let x = 0; x < stride; x += 16) {
    // The last block reaches back over columns that are done; they come out the same. A block that is wider than the image
    // spills into rows that are still to come.
    const at = <usize>max(0, min(x, stride - 16));
    blurBlock(source + at, out + at, stride, height, radius, i32x4.splat(inner), i32x4.splat(outer));
  }
}

function blurBlock(source: usize, out: usize, stride: i32, height: i32, radius: i32, inner: v128, outer: v128): void {
  const last = height - 1;
  // Sums of at most 2r + 1 bytes, in 32 bits, for four times four columns.
  let a = i32x4.splat(0), b = a, c = a, d = a;
  for (let k = -radius; k <= radius; k++) {
    const bytes = v128.load(source + <usize>(stride * min(max(k, 0), last)));
    const low = i16x8.extend_low_i8x16_u(bytes), high = i16x8.extend_high_i8x16_u(bytes);
    a = i32x4.add(a, i32x4.extend_low_i16x8_u(low));
    b = i32x4.add(b, i32x4.extend_high_i16x8_u(low));
    c = i32x4.add(c, i32x4.extend_low_i16x8_u(high));
    d = i32x4.add(d, i32x4.extend_high_i16x8_u(high));
  }
  for (let y = 0; y < height; y++) {
    const before = v128.load(source + <usize>(stride * max(y - radius - 1, 0)));
    const after = v128.load(source + <usize>(stride * min(y + radius + 1, last)));
    const lowEnds = i16x8.add(i16x8.extend_low_i8x16_u(before), i16x8.extend_low_i8x16_u(after));
    const highEnds = i16x8.add(i16x8.extend_high_i8x16_u(before), i16x8.extend_high_i8x16_u(after));
    const value = narrow(
      weigh(a, i32x4.extend_low_i16x8_u(lowEnds), inner, outer),
      weigh(b, i32x4.extend_high_i16x8_u(lowEnds), inner, outer),
      weigh(c, i32x4.extend_low_i16x8_u(highEnds), inner, outer),
      weigh(d, i32x4.extend_high_i16x8_u(highEnds), inner, outer),
    );
    v128.store(out + <usize>(stride * y), value);
    // The row that leaves the box; the one that enters is `after`.
    const gone = v128.load(source + <usize>(stride * max(y - radius, 0)));
    const low = i16x8.sub(i16x8.extend_low_i8x16_u(after), i16x8.extend_low_i8x16_u(gone));
    const high = i16x8.sub(i16x8.extend_high_i8x16_u(after), i16x8.extend_high_i8x16_u(gone));
    a = i32x4.add(a, i32x4.extend_low_i16x8_s(low));
    b = i32x4.add(b, i32x4.extend_high_i16x8_s(low));
    c = i32x4.add(c, i32x4.extend_low_i16x8_s(high));
    d = i32x4.add(d, i32x4.extend_high_i16x8_s(high));
  }
}

// @ts-ignore: decorator
@inline
function weigh(sum: v128, ends: v128, inner: v128, outer: v128): v128 {
  const products = i32x4.add(i32x4.mul(sum, inner), i32x4.mul(ends, outer));
  return i32x4.shr_u(i32x4.add(products, i32x4.splat(8388608)), 24);
}

/** out [width, height, 3] from source [height, width, 3]. */
export function transpose(source: usize, width: i32, height: i32, out: usize): void {
  const step = <usize>(3 * height);
  for (let y = 0; y < height; y++) {
    let to = out + <usize>(3 * y);
    for (let x = 0; x < width; x++, source += 3, to += step) {
      store<u16>(to, load<u16>(source));
      store<u8>(to + 2, load<u8>(source + 2));
    }
  }
}

/** Turns the hue of each pixel by `shift` of 256 steps, in place; formulas in src/worker/augment/hue.ts. */
export function shiftHue(pixels: usize, count: i32, shift: i32, sextants: usize, fractions: usize): void {
  for (let i = 0; i < count; i++, pixels += 3) {
    const red = <i32>load<u8>(pixels), green = <i32>load<u8>(pixels + 1), blue = <i32>load<u8>(pixels + 2);
    const value = max(red, max(green, blue));
    const chroma = value - min(red, min(green, blue));
    // A gray pixel has no hue to turn.
    if (chroma == 0) continue;
    const saturation = <i32>(<f64>(<f32>chroma / <f32>value) * 255);
    if (saturation == 0) {
      store<u8>(pixels, <u8>value);
      store<u8>(pixels + 1, <u8>value);
      store<u8>(pixels + 2, <u8>value);
      continue;
    }
    const hue = (hueOf(red, green, blue, value, chroma) + shift) & 255;
    writeRgb(pixels, <i32>load<u8>(sextants + <usize>hue), load<f32>(fractions + (<usize>hue << 2)), saturation, value);
  }
}

// @ts-ignore: decorator
@inline
function hueOf(red: i32, green: i32, blue: i32, value: i32, chroma: i32): i32 {
  const r = <f32>(value - red) / <f32>chroma;
  const g = <f32>(value - green) / <f32>chroma;
  const b = <f32>(value - blue) / <f32>chroma;
  const sixths: f32 =
    red == value ? b - g : green == value ? <f32>(2 + <f64>r - <f64>b) : <f32>(4 + <f64>g - <f64>r);
  const turns = <f64>sixths / 6 + 1;
  return <i32>(<f64>(<f32>(turns - Math.floor(turns))) * 255);
}

// @ts-ignore: decorator
@inline
function writeRgb(pixels: usize, sextant: i32, fraction: f32, saturation: i32, value: i32): void {
  const s = <f64>(<f32>saturation / 255);
  const f = <f64>fraction, v = <f64>value;
  const low = <u8>(v * (1 - s) + 0.5);
  const falling = <u8>(v * (1 - <f64>(<f32>(s * f))) + 0.5);
  const rising = <u8>(v * (1 - s * (1 - f)) + 0.5);
  const full = <u8>value;
  // The largest channel moves R, R/G, G, B, ... as the sextant goes round the hexagon.
  store<u8>(pixels, sextant == 0 || sextant == 5 ? full : sextant == 1 ? falling : sextant == 4 ? rising : low);
  store<u8>(pixels + 1, sextant == 1 || sextant == 2 ? full : sextant == 0 ? rising : sextant == 3 ? falling : low);
  store<u8>(pixels + 2, sextant == 3 || sextant == 4 ? full : sextant == 2 ? rising : sextant == 5 ? falling : low);
}

/** p ← luma + factor (p − luma), cut to 0..255 and truncated, in place. */
export function blendWithLuma(pixels: usize, count: i32, factor: f32): void {
  for (let i = 0; i < count; i++, pixels += 3) {
    const red = <i32>load<u8>(pixels), green = <i32>load<u8>(pixels + 1), blue = <i32>load<u8>(pixels + 2);
    const luma = (19595 * red + 38470 * green + 7471 * blue + 32768) >> 16;
    store<u8>(pixels, blend(luma, red, factor));
    store<u8>(pixels + 1, blend(luma, green, factor));
    store<u8>(pixels + 2, blend(luma, blue, factor));
  }
}

// @ts-ignore: decorator
@inline
function blend(from: i32, to: i32, factor: f32): u8 {
  const value: f32 = <f32>from + factor * <f32>(to - from);
  return <u8>(<i32>min(max(value, <f32>0), <f32>255));
}

/** p ← gray + factor (p − gray), cut to 0..255 and truncated, in place; bytes to the next multiple of 16 are overwritten. */
export function blendWithGray(pixels: usize, bytes: i32, gray: f32, factor: f32): void {
  const wideGray = f32x4.splat(gray), wideFactor = f32x4.splat(factor);
  for (let i = 0; i < bytes; i += 16) {
    const at = pixels + <usize>i;
    const values = v128.load(at);
    const low = i16x8.extend_low_i8x16_u(values), high = i16x8.extend_high_i8x16_u(values);
    const a = blendFour(i32x4.extend_low_i16x8_u(low), wideGray, wideFactor);
    const b = blendFour(i32x4.extend_high_i16x8_u(low), wideGray, wideFactor);
    const c = blendFour(i32x4.extend_low_i16x8_u(high), wideGray, wideFactor);
    const d = blendFour(i32x4.extend_high_i16x8_u(high), wideGray, wideFactor);
    v128.store(at, narrow(a, b, c, d));
  }
}

// @ts-ignore: decorator
@inline
function blendFour(values: v128, gray: v128, factor: v128): v128 {
  const difference = f32x4.sub(f32x4.convert_i32x4_s(values), gray);
  const blended = f32x4.add(gray, f32x4.mul(factor, difference));
  // What is below 0 or above 255 is cut when the numbers become bytes.
  return i32x4.trunc_sat_f32x4_s(f32x4.min(f32x4.max(blended, f32x4.splat(0)), f32x4.splat(255)));
}

/** Σ round(luma) of `count` pixels. */
export function sumLuma(pixels: usize, count: i32): f64 {
  let sum: i64 = 0;
  for (let i = 0; i < count; i++, pixels += 3) {
    const red = <i32>load<u8>(pixels), green = <i32>load<u8>(pixels + 1), blue = <i32>load<u8>(pixels + 2);
    sum += <i64>((19595 * red + 38470 * green + 7471 * blue + 32768) >> 16);
  }
  return <f64>sum;
}

/** out ← (p / 255 − mean) / std in single precision, channel by channel; `out` has room for the next multiple of 12. */
export function normalize(
  pixels: usize, bytes: i32, mean0: f32, mean1: f32, mean2: f32, std0: f32, std1: f32, std2: f32, out: usize,
): void {
  // Twelve bytes are four pixels, after which the channels begin again.
  const meanA = lanes(mean0, mean1, mean2), meanB = lanes(mean1, mean2, mean0), meanC = lanes(mean2, mean0, mean1);
  const stdA = lanes(std0, std1, std2), stdB = lanes(std1, std2, std0), stdC = lanes(std2, std0, std1);
  for (let i = 0; i < bytes; i += 12, out += 48) {
    const values = v128.load(pixels + <usize>i);
    const low = i16x8.extend_low_i8x16_u(values), high = i16x8.extend_high_i8x16_u(values);
    v128.store(out, scaled(i32x4.extend_low_i16x8_u(low), meanA, stdA));
    v128.store(out + 16, scaled(i32x4.extend_high_i16x8_u(low), meanB, stdB));
    v128.store(out + 32, scaled(i32x4.extend_low_i16x8_u(high), meanC, stdC));
  }
}

/** a, b, c, a. */
// @ts-ignore: decorator
@inline
function lanes(a: f32, b: f32, c: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c);
}

// @ts-ignore: decorator
@inline
function scaled(values: v128, mean: v128, std: v128): v128 {
  return f32x4.div(f32x4.sub(f32x4.div(f32x4.convert_i32x4_s(values), f32x4.splat(255)), mean), std);
}
