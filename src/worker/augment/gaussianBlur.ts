/**
 * Gaussian blur as three extended box blurs along rows and three along columns: Gwosdek, Grewenig, Bruhn, Weickert 2011,
 * "Theoretical foundations of Gaussian convolution by extended box filtering" (SSVM), equations 7, 11 and 14. That is what
 * Pillow's ImageFilter.GaussianBlur(radius = sigma) computes, which MoCo v2 uses; rounding after each box follows Pillow
 * (24-bit fixed point), so results are equal. Beyond the border the outermost pixel repeats.
 */
import type { GaussianBlurOp } from '../../shared/experiment/augmentation';
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import { PixelWork } from './pixelKernels';

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
  return { width, height, pixels: blur(image, boxOf(recorded.sigma)) };
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

/** Columns as they are, rows as the columns of the transposed image. */
function blur({ width, height, pixels }: RgbImage, box: ExtendedBox): Uint8Array {
  const work = new PixelWork();
  let image = work.place(pixels);
  let other = work.reserve(pixels.length);
  const swap = () => ([image, other] = [other, image]);
  const blurLines = (length: number, count: number) => {
    for (let pass = 0; pass < passes; pass++, swap())
      work.kernels.blurColumns(image, other, 3 * count, length, box.radius, box.inner, box.outer);
  };
  work.kernels.transpose(image, width, height, other);
  swap();
  blurLines(width, height);
  work.kernels.transpose(image, height, width, other);
  swap();
  blurLines(height, width);
  return work.take(image, pixels.length);
}
