/**
 * Gaussian blur as three extended box blurs along rows and three along columns: Gwosdek, Grewenig, Bruhn, Weickert 2011,
 * "Theoretical foundations of Gaussian convolution by extended box filtering" (SSVM), equations 7, 11 and 14. That is what
 * Pillow's ImageFilter.GaussianBlur(radius = sigma) computes, which MoCo v2 uses; rounding after each box follows Pillow
 * (24-bit fixed point), so results are equal. Beyond the border the outermost pixel repeats.
 */
import type { GaussianBlurOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';

export interface RecordedGaussianBlur {
  readonly kind: 'gaussianBlur';
  /** Standard deviation, px. */
  readonly sigma: number;
}

const passes = 3;

/** sigma = U[op.sigma], with the operation's probability; undefined when the image stays sharp. */
export function drawGaussianBlur(op: GaussianBlurOp, random: Random): RecordedGaussianBlur | undefined {
  if (random.uniform() >= op.probability) return undefined;
  return { kind: 'gaussianBlur', sigma: random.uniformIn(op.sigma[0], op.sigma[1]) };
}

/** Blur all three channels; the size stays. */
export function applyGaussianBlur(image: RgbImage, recorded: RecordedGaussianBlur): RgbImage {
  const { width, height } = image;
  const box = boxOf(recorded.sigma);
  const pixels = Uint8Array.from(image.pixels);
  const rows = { count: height, length: width, step: width * 3, stride: 3 };
  const columns = { count: width, length: height, step: 3, stride: width * 3 };
  blurLines(pixels, rows, box);
  blurLines(pixels, columns, box);
  return { width, height, pixels };
}

/** A box of 2 radius + 1 pixels of weight `inner` and one more at each end of weight `outer`, in 2^-24. */
interface ExtendedBox {
  readonly radius: number;
  readonly inner: number;
  readonly outer: number;
}

/**
 * Box whose variance is sigma^2 / passes: length L = sqrt(12 sigma^2 / passes + 1), integer radius l = floor((L - 1) / 2),
 * fraction a = (2 l + 1) (l (l + 1) - 3 sigma^2 / passes) / (6 (sigma^2 / passes - (l + 1)^2)).
 * In single precision, so that the weights come out as Pillow's.
 */
function boxOf(sigma: number): ExtendedBox {
  const f = Math.fround;
  const variance = f(f(f(sigma) * f(sigma)) / passes);
  const length = f(Math.sqrt(12 * variance + 1));
  const radius = Math.floor((length - 1) / 2);
  const numerator = f((2 * radius + 1) * f(radius * (radius + 1) - f(3 * variance)));
  const fraction = f(numerator / f(6 * f(variance - (radius + 1) * (radius + 1))));
  const inner = Math.trunc(f(16777216 / f(f(f(radius + fraction) * 2) + 1)));
  const outer = Math.trunc((16777216 - (2 * radius + 1) * inner) / 2);
  return { radius, inner, outer };
}

/** Where the lines of an interleaved image lie: line i starts at i x step, its pixels are `stride` apart. */
interface Lines {
  readonly count: number;
  readonly length: number;
  readonly step: number;
  readonly stride: number;
}

function blurLines(pixels: Uint8Array, lines: Lines, box: ExtendedBox): void {
  const margin = box.radius + 1;
  let line = new Uint8Array(lines.length + 2 * margin);
  let next = new Uint8Array(line.length);
  for (let i = 0; i < lines.count; i++) {
    for (let channel = 0; channel < 3; channel++) {
      const start = i * lines.step + channel;
      for (let x = 0, from = start; x < lines.length; x++, from += lines.stride) line[margin + x] = pixels[from]!;
      for (let pass = 0; pass < passes; pass++) {
        blurLine(line, next, box);
        [line, next] = [next, line];
      }
      for (let x = 0, to = start; x < lines.length; x++, to += lines.stride) pixels[to] = line[margin + x]!;
    }
  }
}

/** One box along one line, as a running sum. line, out: [margin + length + margin]; the margins of `line` are filled here. */
function blurLine(line: Uint8Array, out: Uint8Array, box: ExtendedBox): void {
  const { radius, inner, outer } = box;
  const margin = radius + 1;
  const end = line.length - margin;
  line.fill(line[margin]!, 0, margin);
  line.fill(line[end - 1]!, end);
  let sum = 0;
  for (let x = 0; x < 2 * radius + 1; x++) sum += line[x]!;
  for (let x = margin; x < end; x++) {
    sum += line[x + radius]! - line[x - margin]!;
    const ends = line[x - margin]! + line[x + margin]!;
    // The weights sum to 2^24, so the value fits 32 bits and wrapping products are exact.
    out[x] = (Math.imul(sum, inner) + Math.imul(ends, outer) + 8388608) >>> 24;
  }
}
