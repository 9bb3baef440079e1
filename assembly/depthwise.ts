/**
 * Depthwise convolution and its gradients, channels innermost: y[i, j, c] = Σ over taps of x[i·s + a·d − p, j·s + b·d − p, c] ·
 * w[a, b, c]. Sixteen channels are summed in registers over all taps; borders are cut off the taps, not padded. Counts are
 * in floats.
 */
import { multiplyAdd } from './vectors';

/** First tap whose position offset + tap · dilation is not negative. */
// @ts-ignore: decorator
@inline
function firstTap(offset: i32, dilation: i32): i32 {
  return offset >= 0 ? 0 : (-offset + dilation - 1) / dilation;
}

/** One more than the last tap whose position is below `length`. */
// @ts-ignore: decorator
@inline
function endTap(offset: i32, dilation: i32, length: i32, taps: i32): i32 {
  if (offset >= length) return 0;
  return min(taps, (length - 1 - offset) / dilation + 1);
}

/** Output rows firstRow..lastRow−1, counted over all images. */
export function depthwise(
  x: usize, filter: usize, y: usize, firstRow: i32, lastRow: i32, inHeight: i32, inWidth: i32, outHeight: i32,
  outWidth: i32, channels: i32, taps: i32, stride: i32, padding: i32, dilation: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let row = firstRow; row < lastRow; row++) {
    const image = row / outHeight;
    const top = (row - image * outHeight) * stride - padding;
    const a0 = firstTap(top, dilation), a1 = endTap(top, dilation, inHeight, taps);
    for (let j = 0; j < outWidth; j++) {
      const left = j * stride - padding;
      const b0 = firstTap(left, dilation), b1 = endTap(left, dilation, inWidth, taps);
      const out = y + <usize>(row * outWidth + j) * pixel;
      let c = 0;
      for (; c + 16 <= channels; c += 16) {
        let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
        for (let a = a0; a < a1; a++) {
          let at = x + <usize>((image * inHeight + top + a * dilation) * inWidth + left + b0 * dilation) * pixel + (<usize>c << 2);
          let w = filter + <usize>(a * taps + b0) * pixel + (<usize>c << 2);
          for (let b = b0; b < b1; b++) {
            s0 = multiplyAdd(v128.load(at), v128.load(w), s0);
            s1 = multiplyAdd(v128.load(at, 16), v128.load(w, 16), s1);
            s2 = multiplyAdd(v128.load(at, 32), v128.load(w, 32), s2);
            s3 = multiplyAdd(v128.load(at, 48), v128.load(w, 48), s3);
            at += <usize>dilation * pixel;
            w += pixel;
          }
        }
        const to = out + (<usize>c << 2);
        v128.store(to, s0); v128.store(to, s1, 16); v128.store(to, s2, 32); v128.store(to, s3, 48);
      }
      for (; c < channels; c++) {
        let sum: f32 = 0;
        for (let a = a0; a < a1; a++) {
          let at = x + <usize>((image * inHeight + top + a * dilation) * inWidth + left + b0 * dilation) * pixel + (<usize>c << 2);
          let w = filter + <usize>(a * taps + b0) * pixel + (<usize>c << 2);
          for (let b = b0; b < b1; b++) {
            sum += load<f32>(at) * load<f32>(w);
            at += <usize>dilation * pixel;
            w += pixel;
          }
        }
        store<f32>(out + (<usize>c << 2), sum);
      }
    }
  }
}

/** dx of input rows firstRow..lastRow−1, counted over all images: each gathers from the outputs that saw it. */
export function depthwiseInputGradient(
  dy: usize, filter: usize, dx: usize, firstRow: i32, lastRow: i32, inHeight: i32, inWidth: i32, outHeight: i32,
  outWidth: i32, channels: i32, taps: i32, stride: i32, padding: i32, dilation: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let row = firstRow; row < lastRow; row++) {
    const image = row / inHeight;
    const h = row - image * inHeight;
    for (let v = 0; v < inWidth; v++) {
      const to = dx + <usize>(row * inWidth + v) * pixel;
      memory.fill(to, 0, pixel);
      for (let a = 0; a < taps; a++) {
        const up = h + padding - a * dilation;
        if (up < 0 || up % stride != 0 || up / stride >= outHeight) continue;
        for (let b = 0; b < taps; b++) {
          const across = v + padding - b * dilation;
          if (across < 0 || across % stride != 0 || across / stride >= outWidth) continue;
          const from = dy + <usize>((image * outHeight + up / stride) * outWidth + across / stride) * pixel;
          const w = filter + <usize>(a * taps + b) * pixel;
          let c: usize = 0;
          for (; c + 16 <= pixel; c += 16)
            v128.store(to + c, multiplyAdd(v128.load(from + c), v128.load(w + c), v128.load(to + c)));
          for (; c < pixel; c += 4) store<f32>(to + c, load<f32>(to + c) + load<f32>(from + c) * load<f32>(w + c));
        }
      }
    }
  }
}

/** dw[a, b, c] = Σ over images and outputs of x · dy, for channels firstChannel..lastChannel−1; adds to what is there. */
export function depthwiseFilterGradient(
  x: usize, dy: usize, gradient: usize, images: i32, firstChannel: i32, lastChannel: i32, inHeight: i32, inWidth: i32,
  outHeight: i32, outWidth: i32, channels: i32, taps: i32, stride: i32, padding: i32, dilation: i32,
): void {
  const pixel = <usize>channels << 2;
  for (let image = 0; image < images; image++)
    for (let a = 0; a < taps; a++)
      for (let b = 0; b < taps; b++)
        for (let c = firstChannel; c < lastChannel; c += 4) {
          const wide = lastChannel - c >= 4;
          let sum4 = f32x4.splat(0);
          let s0: f32 = 0, s1: f32 = 0, s2: f32 = 0;
          const left = lastChannel - c;
          for (let i = 0; i < outHeight; i++) {
            const h = i * stride + a * dilation - padding;
            if (h < 0 || h >= inHeight) continue;
            for (let j = 0; j < outWidth; j++) {
              const v = j * stride + b * dilation - padding;
              if (v < 0 || v >= inWidth) continue;
              const from = x + <usize>((image * inHeight + h) * inWidth + v) * pixel + (<usize>c << 2);
              const own = dy + <usize>((image * outHeight + i) * outWidth + j) * pixel + (<usize>c << 2);
              if (wide) sum4 = multiplyAdd(v128.load(from), v128.load(own), sum4);
              else {
                s0 += load<f32>(from) * load<f32>(own);
                if (left > 1) s1 += load<f32>(from, 4) * load<f32>(own, 4);
                if (left > 2) s2 += load<f32>(from, 8) * load<f32>(own, 8);
              }
            }
          }
          const to = gradient + <usize>(a * taps + b) * pixel + (<usize>c << 2);
          if (wide) v128.store(to, f32x4.add(v128.load(to), sum4));
          else {
            store<f32>(to, load<f32>(to) + s0);
            if (left > 1) store<f32>(to, load<f32>(to, 4) + s1, 4);
            if (left > 2) store<f32>(to, load<f32>(to, 8) + s2, 8);
          }
        }
}
