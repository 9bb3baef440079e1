/** Small passes over memory: rectifier gradient, pooling and its gradients. Counts are in floats. */

/** target = dy where y > 0, else 0, for elements first..last−1. */
export function maskPositive(dy: usize, y: usize, target: usize, first: i32, last: i32): void {
  const zero = f32x4.splat(0);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    v128.store(target + at, v128.and(v128.load(dy + at), f32x4.gt(v128.load(y + at), zero)));
  }
  for (; i < last; i++) {
    const at = <usize>i << 2;
    store<f32>(target + at, load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0);
  }
}

/** target = aShare · a + bShare · b for elements first..last−1, without fusing, so that every build rounds alike. */
export function blend(a: usize, aShare: f32, b: usize, bShare: f32, target: usize, first: i32, last: i32): void {
  const wideA = f32x4.splat(aShare), wideB = f32x4.splat(bShare);
  let i = first;
  for (; i + 4 <= last; i += 4) {
    const at = <usize>i << 2;
    v128.store(target + at, f32x4.add(f32x4.mul(v128.load(a + at), wideA), f32x4.mul(v128.load(b + at), wideB)));
  }
  for (; i < last; i++) {
    const at = <usize>i << 2;
    store<f32>(target + at, load<f32>(a + at) * aShare + load<f32>(b + at) * bShare);
  }
}

/** Every pixel of an image gets its row of dy divided by the number of pixels. */
export function spreadMean(dy: usize, target: usize, firstImage: i32, lastImage: i32, pixels: i32, channels: i32): void {
  const share: f32 = 1 / <f32>pixels;
  const width = <usize>channels << 2;
  for (let image = firstImage; image < lastImage; image++) {
    const from = dy + <usize>image * width;
    let to = target + <usize>image * <usize>pixels * width;
    for (let c: usize = 0; c < width; c += 4) store<f32>(to + c, load<f32>(from + c) * share);
    const first = to;
    for (let pixel = 1; pixel < pixels; pixel++) {
      to += width;
      memory.copy(to, first, width);
    }
  }
}

/**
 * Max-pool gradient of images firstImage..lastImage−1: dy goes to the first element of the window that equals y.
 * dx must be zero before.
 */
export function maxPoolGradient(
  dy: usize, x: usize, y: usize, dx: usize, firstImage: i32, lastImage: i32, inHeight: i32, inWidth: i32,
  outHeight: i32, outWidth: i32, channels: i32, size: i32, stride: i32, padding: i32,
): void {
  const width = <usize>channels << 2;
  const vectors = width & ~15;
  for (let image = firstImage; image < lastImage; image++) {
    for (let i = 0; i < outHeight; i++) {
      const top = max(0, i * stride - padding), bottom = min(inHeight, i * stride - padding + size);
      for (let j = 0; j < outWidth; j++) {
        const left = max(0, j * stride - padding), right = min(inWidth, j * stride - padding + size);
        const out = <usize>((image * outHeight + i) * outWidth + j) * width;
        let c: usize = 0;
        for (; c < vectors; c += 16) {
          const top4 = v128.load(y + out + c);
          const own = v128.load(dy + out + c);
          let open = i32x4.splat(-1);
          for (let h = top; h < bottom; h++) {
            let at = <usize>((image * inHeight + h) * inWidth + left) * width + c;
            for (let w = left; w < right; w++) {
              const hit = v128.and(f32x4.eq(v128.load(x + at), top4), open);
              v128.store(dx + at, f32x4.add(v128.load(dx + at), v128.and(own, hit)));
              open = v128.andnot(open, hit);
              at += width;
            }
          }
        }
        for (; c < width; c += 4) {
          const top1 = load<f32>(y + out + c);
          let open = true;
          for (let h = top; h < bottom && open; h++) {
            let at = <usize>((image * inHeight + h) * inWidth + left) * width + c;
            for (let w = left; w < right && open; w++) {
              if (load<f32>(x + at) == top1) {
                store<f32>(dx + at, load<f32>(dx + at) + load<f32>(dy + out + c));
                open = false;
              }
              at += width;
            }
          }
        }
      }
    }
  }
}

/**
 * Means over a grid of nearly equal bins of images firstImage..lastImage−1: bin i covers rows ⌊i·height/grid⌋ to
 * ⌈(i+1)·height/grid⌉ − 1, columns likewise. x: [N, height, width, channels], target: [N, grid, grid, channels].
 */
export function adaptiveAverage(
  x: usize, target: usize, firstImage: i32, lastImage: i32, height: i32, width: i32, channels: i32, grid: i32,
): void {
  const pixel = <usize>channels << 2;
  const vectors = pixel & ~15;
  let to = target + <usize>(firstImage * grid * grid) * pixel;
  for (let image = firstImage; image < lastImage; image++) {
    for (let i = 0; i < grid; i++) {
      const top = (i * height) / grid, bottom = ((i + 1) * height + grid - 1) / grid;
      for (let j = 0; j < grid; j++) {
        const left = (j * width) / grid, right = ((j + 1) * width + grid - 1) / grid;
        const share: f32 = 1 / <f32>((bottom - top) * (right - left));
        let c: usize = 0;
        for (; c < vectors; c += 16) {
          let sum = f32x4.splat(0);
          for (let h = top; h < bottom; h++) {
            let at = x + <usize>((image * height + h) * width + left) * pixel + c;
            for (let w = left; w < right; w++) {
              sum = f32x4.add(sum, v128.load(at));
              at += pixel;
            }
          }
          v128.store(to + c, f32x4.mul(sum, f32x4.splat(share)));
        }
        for (; c < pixel; c += 4) {
          let sum: f32 = 0;
          for (let h = top; h < bottom; h++) {
            let at = x + <usize>((image * height + h) * width + left) * pixel + c;
            for (let w = left; w < right; w++) {
              sum += load<f32>(at);
              at += pixel;
            }
          }
          store<f32>(to + c, sum * share);
        }
        to += pixel;
      }
    }
  }
}

/** Zeroes bytes. */
export function clear(target: usize, bytes: usize): void {
  memory.fill(target, 0, bytes);
}
