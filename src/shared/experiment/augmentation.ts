/**
 * The named augmentation policies, as plain data: what each does, in which order, with which parameters.
 * They follow the augmentation ladder of Zhao et al. 2021 (arXiv 2006.06606, Table 1; one more operation a row), MoCo v1
 * and v2 (He et al. 2020, arXiv 1911.05722; Chen et al. 2020, arXiv 2003.04297) and the usual ImageNet recipe.
 * Parameter names are torchvision's. Left out: the pixels (src/worker/augment) and normalisation, which always comes last.
 */
import { assertNever } from '../assertNever';

export const augmentationNames = [
  'none',
  'f',
  'fr',
  'frc',
  'frcg',
  'frcgb',
  'moco-v1',
  'moco-v2',
  'supervised',
] as const;

export type AugmentationName = (typeof augmentationNames)[number];

/** Closed interval [low, high]. */
export type Range = readonly [low: number, high: number];

/** Resize the short side to `resize` px, then cut the central `size` x `size` px. No randomness. */
export interface ResizeCenterCropOp {
  readonly kind: 'resizeCenterCrop';
  readonly resize: number;
  readonly size: number;
}

/** Cut a random box and resize it to `size` x `size` px. */
export interface RandomResizedCropOp {
  readonly kind: 'randomResizedCrop';
  readonly size: number;
  /** Fraction of the image's area, uniform. */
  readonly scale: Range;
  /** Width / height of the box, log-uniform. */
  readonly ratio: Range;
}

/** Factors are uniform in [max(0, 1 - x), 1 + x]; hue, in turns, in [-hue, hue]; the four come in random order; 0 leaves one out. */
export interface ColorJitterOp {
  readonly kind: 'colorJitter';
  readonly probability: number;
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** 0..0.5 turns. */
  readonly hue: number;
}

export interface GrayscaleOp {
  readonly kind: 'grayscale';
  readonly probability: number;
}

export interface GaussianBlurOp {
  readonly kind: 'gaussianBlur';
  readonly probability: number;
  /** Standard deviation in px, uniform. */
  readonly sigma: Range;
}

export interface HorizontalFlipOp {
  readonly kind: 'horizontalFlip';
  readonly probability: number;
}

/** A quarter, a half or three quarters of a turn. In no training policy. */
export interface RotateOp {
  readonly kind: 'rotate';
  readonly probability: number;
}

export type AugmentationOp =
  ResizeCenterCropOp | RandomResizedCropOp | ColorJitterOp | GrayscaleOp | GaussianBlurOp | HorizontalFlipOp | RotateOp;

/** Channel means and standard deviations of ImageNet for pixels in 0..1, in the order R, G, B (torchvision's constants). */
export const imagenetMean = [0.485, 0.456, 0.406] as const;
export const imagenetStd = [0.229, 0.224, 0.225] as const;

/** Up to this size the whole image is kept: data sets of small pictures have no margin to cut away. */
const smallImagePx = 96;

/** One sentence a user reads for each policy. */
export const augmentationDocs: Readonly<Record<AugmentationName, string>> = {
  none: 'Resize and centre crop; every view of an image is the same.',
  f: 'Resize, centre crop and a horizontal flip with probability 0.5 (row a of the ladder).',
  fr: 'Random resized crop of 20 % to 100 % of the area, and the flip (row b).',
  frc: 'As fr, with colour jitter 0.4, 0.4, 0.4, 0.1 applied with probability 0.8 (row c).',
  frcg: 'As frc, with grayscale at probability 0.2 (row d).',
  frcgb: 'As frcg, with Gaussian blur, sigma 0.1 to 2.0 px, at probability 0.5 (row e).',
  'moco-v1': 'Random resized crop 20 % to 100 %, grayscale at 0.2, colour jitter 0.4 x 4 always, flip (also InstDisc).',
  'moco-v2': 'MoCo v2: the same operations as frcgb.',
  supervised: 'Random resized crop of 8 % to 100 % of the area, and a flip: the usual supervised recipe.',
};

export interface PolicyOptions {
  /** Side of the square output, px. */
  readonly size: number;
  /** Short side before the centre crop, as a multiple of `size`. Default 256 / 224, or 1 for `size` <= 96. */
  readonly resizeRatio?: number;
}

/** The operations of a policy in the order in which they are applied. Zhao et al. 2021, Table 1; MoCo's training script. */
export function augmentationPolicy(name: AugmentationName, options: PolicyOptions): readonly AugmentationOp[] {
  const { size } = options;
  const resizeRatio = options.resizeRatio ?? (size <= smallImagePx ? 1 : 256 / 224);
  const centerCrop: AugmentationOp = { kind: 'resizeCenterCrop', resize: Math.round(size * resizeRatio), size };
  const crop: AugmentationOp = { kind: 'randomResizedCrop', size, scale: [0.2, 1], ratio: [3 / 4, 4 / 3] };
  switch (name) {
    case 'none':
      return [centerCrop];
    case 'f':
      return [centerCrop, flip];
    case 'fr':
      return [crop, flip];
    case 'frc':
      return [crop, jitter, flip];
    case 'frcg':
      return [crop, jitter, grayscale, flip];
    case 'frcgb':
    case 'moco-v2':
      return [crop, jitter, grayscale, blur, flip];
    case 'moco-v1':
      return [crop, grayscale, { ...jitter, probability: 1, hue: 0.4 }, flip];
    case 'supervised':
      return [{ ...crop, scale: [0.08, 1] }, flip];
    default:
      return assertNever(name);
  }
}

/** One transformation at a time, to be measured by what it changes. */
export const probeNames = ['crop', 'flip', 'colour', 'grayscale', 'blur', 'rotation'] as const;
export type ProbeName = (typeof probeNames)[number];

/** The operations that make a transformed view by one transformation alone, which is always applied. */
export function probeOperations(name: ProbeName, { size }: Pick<PolicyOptions, 'size'>): readonly AugmentationOp[] {
  const whole = augmentationPolicy('none', { size });
  switch (name) {
    case 'crop':
      return [{ kind: 'randomResizedCrop', size, scale: [0.2, 1], ratio: [3 / 4, 4 / 3] }];
    case 'flip':
      return [...whole, { ...flip, probability: 1 }];
    case 'colour':
      return [...whole, { ...jitter, probability: 1 }];
    case 'grayscale':
      return [...whole, { ...grayscale, probability: 1 }];
    case 'blur':
      return [...whole, { ...blur, probability: 1 }];
    case 'rotation':
      return [...whole, { kind: 'rotate', probability: 1 }];
    default:
      return assertNever(name);
  }
}

const jitter: ColorJitterOp = {
  kind: 'colorJitter',
  probability: 0.8,
  brightness: 0.4,
  contrast: 0.4,
  saturation: 0.4,
  hue: 0.1,
};
const grayscale: GrayscaleOp = { kind: 'grayscale', probability: 0.2 };
const blur: GaussianBlurOp = { kind: 'gaussianBlur', probability: 0.5, sigma: [0.1, 2] };
const flip: HorizontalFlipOp = { kind: 'horizontalFlip', probability: 0.5 };
