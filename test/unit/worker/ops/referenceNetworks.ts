/** Operations of ResNeXts, transformers and ConvNeXts in float64, straight from their definitions. */
import type { Numbers } from './referenceOps';

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

interface GroupedShape {
  readonly count: number;
  readonly size: number;
  readonly kernel: number;
  readonly inC: number;
  readonly outC: number;
  readonly groups: number;
  readonly stride: number;
  readonly padding: number;
  readonly dilation: number;
}

/** Each output sees the inputs of its own group. w: [kernel, kernel, inC / groups, outC]. */
export function groupedConv2d(x: Numbers, w: Numbers, shape: GroupedShape): number[] {
  const { count, size, kernel, inC, outC, groups, stride, padding, dilation } = shape;
  const out = Math.floor((size + 2 * padding - dilation * (kernel - 1) - 1) / stride) + 1;
  const own = inC / groups;
  return range(count * out * out * outC).map((at) => {
    const o = at % outC;
    const [j, i, n] = [
      Math.floor(at / outC) % out,
      Math.floor(at / (outC * out)) % out,
      Math.floor(at / (outC * out * out)),
    ];
    const firstInput = Math.floor(o / (outC / groups)) * own;
    let sum = 0;
    for (const a of range(kernel))
      for (const b of range(kernel)) {
        const [h, v] = [i * stride + a * dilation - padding, j * stride + b * dilation - padding];
        if (h < 0 || h >= size || v < 0 || v >= size) continue;
        for (const c of range(own))
          sum += x[((n * size + h) * size + v) * inC + firstInput + c]! * w[((a * kernel + b) * own + c) * outC + o]!;
      }
    return sum;
  });
}

/** Mean of each window of 2 × 2 pixels, of those that there are. x: [count, size, size, channels]. */
export function averagePool2(x: Numbers, { count, size, channels }: { count: number; size: number; channels: number }) {
  const out = Math.ceil(size / 2);
  return range(count).flatMap((n) =>
    range(out).flatMap((i) =>
      range(out).flatMap((j) =>
        range(channels).map((c) => {
          const rows = [2 * i, 2 * i + 1].filter((h) => h < size);
          const columns = [2 * j, 2 * j + 1].filter((w) => w < size);
          const seen = rows.flatMap((h) => columns.map((w) => x[((n * size + h) * size + w) * channels + c]!));
          return seen.reduce((a, b) => a + b, 0) / seen.length;
        }),
      ),
    ),
  );
}

/** Rows of x normalised by their own mean and biased variance. x: [rows, channels]. */
export function layerNorm([x, gamma, beta]: readonly Numbers[], epsilon: number): number[] {
  const channels = gamma!.length;
  return range(x!.length / channels).flatMap((row) => {
    const own = x!.slice(row * channels, (row + 1) * channels);
    const mean = own.reduce((a, b) => a + b, 0) / channels;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels;
    return own.map((value, c) => ((value - mean) / Math.sqrt(variance + epsilon)) * gamma![c]! + beta![c]!);
  });
}

/** Φ(x) by its series: 1/2 + φ(x) Σ x^(2k+1) / (1·3·5···(2k+1)); exact to rounding for |x| < 7. */
function normalDistribution(x: number): number {
  let [term, sum] = [x, x];
  for (let k = 3; k < 201; k += 2) sum += term *= (x * x) / k;
  return 0.5 + (sum * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI);
}

export function gelu(x: Numbers): number[] {
  return x.map((value) => value * normalDistribution(value));
}

/** qkv: [count, tokens, 3 · channels]. */
export function attention(
  qkv: Numbers,
  { count, tokens, channels, heads }: { count: number; tokens: number; channels: number; heads: number },
): number[] {
  const size = channels / heads;
  const at = (n: number, t: number, part: number, c: number) =>
    qkv[(n * tokens + t) * 3 * channels + part * channels + c]!;
  const y = new Array<number>(count * tokens * channels).fill(0);
  for (const n of range(count))
    for (const h of range(heads))
      for (const t of range(tokens)) {
        const scores = range(tokens).map((u) =>
          Math.exp(
            range(size).reduce((sum, d) => sum + at(n, t, 0, h * size + d) * at(n, u, 1, h * size + d), 0) /
              Math.sqrt(size),
          ),
        );
        const total = scores.reduce((a, b) => a + b, 0);
        for (const d of range(size))
          y[(n * tokens + t) * channels + h * size + d] = range(tokens).reduce(
            (sum, u) => sum + (scores[u]! / total) * at(n, u, 2, h * size + d),
            0,
          );
      }
  return y;
}
