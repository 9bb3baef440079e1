/**
 * Batch normalisation over rows [rows][channels], in passes that the host cuts into row ranges. Sums over a range are kept in
 * float32 and combined over ranges in float64, in a fixed order.
 */
import { multiplyAdd } from './vectors';

/** sums[c] = Σ over rows of x[row, c]. */
export function columnSums(x: usize, firstRow: i32, lastRow: i32, channels: i32, sums: usize): void {
  const rowBytes = <usize>channels << 2;
  const start = x + <usize>firstRow * rowBytes;
  const rows = lastRow - firstRow;
  let c = 0;
  for (; c + 16 <= channels; c += 16) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let at = start + (<usize>c << 2);
    for (let row = 0; row < rows; row++) {
      s0 = f32x4.add(s0, v128.load(at)); s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32)); s3 = f32x4.add(s3, v128.load(at, 48));
      at += rowBytes;
    }
    const to = sums + (<usize>c << 2);
    v128.store(to, s0); v128.store(to, s1, 16); v128.store(to, s2, 32); v128.store(to, s3, 48);
  }
  for (; c < channels; c++) {
    let sum: f32 = 0;
    let at = start + (<usize>c << 2);
    for (let row = 0; row < rows; row++) {
      sum += load<f32>(at);
      at += rowBytes;
    }
    store<f32>(sums + (<usize>c << 2), sum);
  }
}

/** sums[c] = Σ over rows of (x[row, c] − mean[c])². */
export function squareSums(x: usize, mean: usize, firstRow: i32, lastRow: i32, channels: i32, sums: usize): void {
  const rowBytes = <usize>channels << 2;
  const start = x + <usize>firstRow * rowBytes;
  const rows = lastRow - firstRow;
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const place = <usize>c << 2;
    const m0 = v128.load(mean + place), m1 = v128.load(mean + place, 16);
    let s0 = f32x4.splat(0), s1 = s0;
    let at = start + place;
    for (let row = 0; row < rows; row++) {
      const d0 = f32x4.sub(v128.load(at), m0), d1 = f32x4.sub(v128.load(at, 16), m1);
      s0 = multiplyAdd(d0, d0, s0); s1 = multiplyAdd(d1, d1, s1);
      at += rowBytes;
    }
    v128.store(sums + place, s0); v128.store(sums + place, s1, 16);
  }
  for (; c < channels; c++) {
    const place = <usize>c << 2;
    const m = load<f32>(mean + place);
    let sum: f32 = 0;
    let at = start + place;
    for (let row = 0; row < rows; row++) {
      const d = load<f32>(at) - m;
      sum += d * d;
      at += rowBytes;
    }
    store<f32>(sums + place, sum);
  }
}

/** target[c] = scale · Σ over ranges of partial[range, c]; ranges lie `step` bytes apart. */
export function combineSums(partial: usize, step: usize, ranges: i32, channels: i32, scale: f32, target: usize): void {
  for (let c = 0; c < channels; c++) {
    let sum: f64 = 0;
    let at = partial + (<usize>c << 2);
    for (let range = 0; range < ranges; range++) {
      sum += <f64>load<f32>(at);
      at += step;
    }
    store<f32>(target + (<usize>c << 2), <f32>(sum * <f64>scale));
  }
}

/** scale = γ / √(variance + ε). */
export function normalizeFactors(variance: usize, gamma: usize, epsilon: f32, channels: i32, scale: usize): void {
  for (let c: usize = 0; c < <usize>channels << 2; c += 4) {
    store<f32>(scale + c, load<f32>(gamma + c) / sqrt<f32>(load<f32>(variance + c) + epsilon));
  }
}

/** y = (x − mean) · scale + β (+ skip), rectified if asked. skip = 0: none. */
export function normalizeRows(
  x: usize, mean: usize, scale: usize, beta: usize, skip: usize, relu: i32, firstRow: i32, lastRow: i32, channels: i32, y: usize,
): void {
  const floor = relu ? f32x4.splat(0) : f32x4.splat(-Infinity);
  const width = <usize>channels << 2;
  const vectors = width & ~15;
  for (let row = firstRow; row < lastRow; row++) {
    const start = <usize>row * width;
    const from = x + start, to = y + start, other = skip + start;
    let c: usize = 0;
    for (; c < vectors; c += 16) {
      const centred = f32x4.sub(v128.load(from + c), v128.load(mean + c));
      let value = multiplyAdd(centred, v128.load(scale + c), v128.load(beta + c));
      if (skip) value = f32x4.add(value, v128.load(other + c));
      v128.store(to + c, f32x4.max(value, floor));
    }
    for (; c < width; c += 4) {
      let value = (load<f32>(from + c) - load<f32>(mean + c)) * load<f32>(scale + c) + load<f32>(beta + c);
      if (skip) value += load<f32>(other + c);
      store<f32>(to + c, relu ? max<f32>(value, 0) : value);
    }
  }
}

/**
 * sums[c] = Σ dz, sums[channels + c] = Σ dz · (x − mean), where dz = dy, or 0 where a given y is not positive.
 * y = 0: no rectifier.
 */
export function gradientSums(
  dy: usize, x: usize, y: usize, mean: usize, firstRow: i32, lastRow: i32, channels: i32, sums: usize,
): void {
  const rowBytes = <usize>channels << 2;
  const start = <usize>firstRow * rowBytes;
  const rows = lastRow - firstRow;
  const zero = f32x4.splat(0);
  let c = 0;
  for (; c + 8 <= channels; c += 8) {
    const place = <usize>c << 2;
    const m0 = v128.load(mean + place), m1 = v128.load(mean + place, 16);
    let s0 = zero, s1 = zero, t0 = zero, t1 = zero;
    let at = start + place;
    for (let row = 0; row < rows; row++) {
      let d0 = v128.load(dy + at), d1 = v128.load(dy + at, 16);
      if (y) {
        d0 = v128.and(d0, f32x4.gt(v128.load(y + at), zero));
        d1 = v128.and(d1, f32x4.gt(v128.load(y + at, 16), zero));
      }
      s0 = f32x4.add(s0, d0); s1 = f32x4.add(s1, d1);
      t0 = multiplyAdd(d0, f32x4.sub(v128.load(x + at), m0), t0);
      t1 = multiplyAdd(d1, f32x4.sub(v128.load(x + at, 16), m1), t1);
      at += rowBytes;
    }
    v128.store(sums + place, s0); v128.store(sums + place, s1, 16);
    v128.store(sums + rowBytes + place, t0); v128.store(sums + rowBytes + place, t1, 16);
  }
  for (; c < channels; c++) {
    const place = <usize>c << 2;
    const m = load<f32>(mean + place);
    let s: f32 = 0, t: f32 = 0;
    let at = start + place;
    for (let row = 0; row < rows; row++) {
      if (!y || load<f32>(y + at) > 0) {
        const d = load<f32>(dy + at);
        s += d;
        t += d * (load<f32>(x + at) - m);
      }
      at += rowBytes;
    }
    store<f32>(sums + place, s);
    store<f32>(sums + rowBytes + place, t);
  }
}

/**
 * From Σ dz and Σ dz (x − mean) of one group: factors of dx = own · dz + centred · (x − mean) + shift, and what the group adds
 * to dγ and dβ.
 */
export function gradientFactors(
  sums: usize, variance: usize, gamma: usize, epsilon: f32, rows: i32, channels: i32, factors: usize, dGamma: usize, dBeta: usize,
): void {
  const width = <usize>channels << 2;
  const share: f32 = 1 / <f32>rows;
  for (let c: usize = 0; c < width; c += 4) {
    const inverse: f32 = 1 / sqrt<f32>(load<f32>(variance + c) + epsilon);
    const own = load<f32>(gamma + c) * inverse;
    const dz = load<f32>(sums + c);
    const dzCentred = load<f32>(sums + width + c);
    store<f32>(factors + c, own);
    store<f32>(factors + width + c, -own * inverse * inverse * dzCentred * share);
    store<f32>(factors + 2 * width + c, -own * dz * share);
    store<f32>(dGamma + c, load<f32>(dGamma + c) + dzCentred * inverse);
    store<f32>(dBeta + c, load<f32>(dBeta + c) + dz);
  }
}

/** dx = own · dz + centred · (x − mean) + shift; dz is stored too where dSkip is given. */
export function gradientRows(
  dy: usize, x: usize, y: usize, mean: usize, factors: usize, firstRow: i32, lastRow: i32, channels: i32, dx: usize, dSkip: usize,
): void {
  const width = <usize>channels << 2;
  const vectors = width & ~15;
  const zero = f32x4.splat(0);
  for (let row = firstRow; row < lastRow; row++) {
    const start = <usize>row * width;
    let c: usize = 0;
    for (; c < vectors; c += 16) {
      const at = start + c;
      let dz = v128.load(dy + at);
      if (y) dz = v128.and(dz, f32x4.gt(v128.load(y + at), zero));
      if (dSkip) v128.store(dSkip + at, dz);
      const centred = f32x4.sub(v128.load(x + at), v128.load(mean + c));
      const rest = multiplyAdd(centred, v128.load(factors + width + c), v128.load(factors + 2 * width + c));
      v128.store(dx + at, multiplyAdd(dz, v128.load(factors + c), rest));
    }
    for (; c < width; c += 4) {
      const at = start + c;
      const dz: f32 = !y || load<f32>(y + at) > 0 ? load<f32>(dy + at) : 0;
      if (dSkip) store<f32>(dSkip + at, dz);
      const centred = load<f32>(x + at) - load<f32>(mean + c);
      store<f32>(dx + at, dz * load<f32>(factors + c) + centred * load<f32>(factors + width + c) + load<f32>(factors + 2 * width + c));
    }
  }
}
