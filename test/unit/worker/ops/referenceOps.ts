/** The definitions of our operations, as plain loops in float64. Arrays are in NHWC order. */

export type Numbers = readonly number[];

interface ConvShape {
  readonly count: number;
  readonly size: number;
  readonly kernel: number;
  readonly inC: number;
  readonly outC: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
const sum = (values: Numbers): number => values.reduce((a, b) => a + b, 0);

export function conv2d(x: Numbers, w: Numbers, shape: ConvShape): number[] {
  const { count, size, kernel, inC, outC, stride, padding, dilation } = shape;
  const out = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const y = new Array<number>(count * out * out * outC).fill(0);
  for (const n of range(count))
    for (const i of range(out))
      for (const j of range(out))
        for (const a of range(kernel))
          for (const b of range(kernel)) {
            const [h, v] = [i * stride + a * dilation - padding, j * stride + b * dilation - padding];
            if (h < 0 || h >= size || v < 0 || v >= size) continue;
            for (const c of range(inC))
              for (const o of range(outC))
                y[((n * out + i) * out + j) * outC + o]! +=
                  x[((n * size + h) * size + v) * inC + c]! * w[((a * kernel + b) * inC + c) * outC + o]!;
          }
  return y;
}

/** Inputs x, gamma, beta and perhaps a shortcut; returns y, mean and unbiased variance averaged over groups. */
export function batchNorm(inputs: readonly Numbers[], { groups, relu }: { groups: number; relu: boolean }): number[][] {
  const [x, gamma, beta, skip] = inputs as [Numbers, Numbers, Numbers, Numbers | undefined];
  const channels = gamma.length;
  const rows = x.length / channels / groups;
  const y = new Array<number>(x.length);
  const [means, variances] = [new Array<number>(channels).fill(0), new Array<number>(channels).fill(0)];
  for (const g of range(groups))
    for (const c of range(channels)) {
      const places = range(rows).map((row) => (g * rows + row) * channels + c);
      const mean = sum(places.map((at) => x[at]!)) / rows;
      const squares = sum(places.map((at) => (x[at]! - mean) ** 2));
      means[c]! += mean / groups;
      variances[c]! += squares / (rows - 1) / groups;
      for (const at of places) {
        const value = ((x[at]! - mean) / Math.sqrt(squares / rows + 1e-5)) * gamma[c]! + beta[c]! + (skip?.[at] ?? 0);
        y[at] = relu ? Math.max(value, 0) : value;
      }
    }
  return [y, means, variances];
}

/** Inputs x, gamma, beta, mean, variance, shortcut; rectified. */
export function batchNormInference([x, gamma, beta, mean, variance, skip]: readonly Numbers[]): number[] {
  const channels = gamma!.length;
  return x!.map((value, at) => {
    const c = at % channels;
    const normal = (value - mean![c]!) / Math.sqrt(variance![c]! + 1e-5);
    return Math.max(normal * gamma![c]! + beta![c]! + skip![at]!, 0);
  });
}

export function linear(x: Numbers, weight: Numbers, bias: Numbers): number[] {
  const outputs = bias.length;
  const inputs = weight.length / outputs;
  return range((x.length / inputs) * outputs).map((at) => {
    const [row, o] = [Math.floor(at / outputs), at % outputs];
    return bias[o]! + sum(range(inputs).map((i) => x[row * inputs + i]! * weight[i * outputs + o]!));
  });
}

export function l2Normalize(x: Numbers, columns: number): number[] {
  return x.map((value, at) => {
    const row = Math.floor(at / columns) * columns;
    return value / Math.sqrt(sum(range(columns).map((j) => x[row + j]! ** 2)));
  });
}

interface PoolShape {
  readonly size: number;
  readonly channels: number;
  readonly window: number;
  readonly stride: number;
  readonly padding: number;
}

export function maxPool(x: Numbers, { size, channels, window, stride, padding }: PoolShape): number[] {
  const out = Math.floor((size + 2 * padding - window) / stride) + 1;
  const count = x.length / (size * size * channels);
  const inside = (at: number) => at >= 0 && at < size;
  return range(count * out * out * channels).map((at) => {
    const [c, j, i] = [at % channels, Math.floor(at / channels) % out, Math.floor(at / channels / out) % out];
    const n = Math.floor(at / channels / out / out);
    const seen = range(window).flatMap((a) =>
      range(window).flatMap((b) => {
        const [h, v] = [i * stride + a - padding, j * stride + b - padding];
        return inside(h) && inside(v) ? [x[((n * size + h) * size + v) * channels + c]!] : [];
      }),
    );
    return Math.max(...seen);
  });
}

export function globalAverage(x: Numbers, { pixels, channels }: { pixels: number; channels: number }): number[] {
  return range(x.length / pixels).map((at) => {
    const [n, c] = [Math.floor(at / channels), at % channels];
    return sum(range(pixels).map((p) => x[(n * pixels + p) * channels + c]!)) / pixels;
  });
}

interface GridShape {
  readonly size: number;
  readonly channels: number;
  readonly grid: number;
}

export function adaptiveAverage(x: Numbers, { size, channels, grid }: GridShape): number[] {
  const bin = (i: number) =>
    range(size).filter((at) => at >= Math.floor((i * size) / grid) && at < Math.ceil(((i + 1) * size) / grid));
  return range((x.length / size / size) * grid * grid).map((at) => {
    const [c, j, i] = [at % channels, Math.floor(at / channels) % grid, Math.floor(at / channels / grid) % grid];
    const n = Math.floor(at / channels / grid / grid);
    const seen = bin(i).flatMap((h) => bin(j).map((v) => x[((n * size + h) * size + v) * channels + c]!));
    return sum(seen) / seen.length;
  });
}

export function crossEntropy(logits: Numbers, labels: Numbers, classes: number): number {
  const losses = labels.map((label, row) => {
    const own = logits.slice(row * classes, (row + 1) * classes);
    return Math.log(sum(own.map(Math.exp))) - own[label]!;
  });
  return sum(losses) / labels.length;
}

/** [3, 5]: which queue entries take no part, and which are further positives. */
export const removedMask = [1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
export const positivesMask = [0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0];

/** Queries, keys, queue: the loss, and the logits of the own keys. */
export function contrastive(inputs: readonly Numbers[], temperature: number): number[][] {
  const [queries, keys, queue] = inputs as [Numbers, Numbers, Numbers];
  const dot = (a: Numbers, i: number, b: Numbers, j: number) =>
    sum(range(4).map((d) => a[i * 4 + d]! * b[j * 4 + d]!)) / temperature;
  const own = range(3).map((n) => dot(queries, n, keys, n));
  const losses = own.map((positive, n) => {
    const others = range(5).map((k) => dot(queries, n, queue, k));
    const total = Math.exp(positive) + sum(others.map((s, k) => (removedMask[n * 5 + k] ? 0 : Math.exp(s))));
    const attracted = [positive, ...others.filter((_, k) => positivesMask[n * 5 + k])];
    return Math.log(total) - sum(attracted) / attracted.length;
  });
  return [[sum(losses) / 3], own];
}

/** Features, positives, noise [5, 4] shared by the batch. */
export function noiseContrastive(
  inputs: readonly Numbers[],
  { temperature, offset }: { temperature: number; offset: number },
): number {
  const [features, positives, noise] = inputs as [Numbers, Numbers, Numbers];
  const dot = (a: Numbers, i: number, b: Numbers, j: number) =>
    sum(range(4).map((d) => a[i * 4 + d]! * b[j * 4 + d]!)) / temperature;
  const softplus = (value: number) => Math.log(1 + Math.exp(value));
  const losses = range(3).map(
    (n) =>
      softplus(offset - dot(features, n, positives, n)) +
      sum(range(5).map((k) => softplus(dot(features, n, noise, k) - offset))),
  );
  return sum(losses) / 3;
}
