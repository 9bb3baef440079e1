/**
 * Geometry and colour of scenes: cut a part out, scale its shorter side to one of several lengths, mirror, vary the colours;
 * boxes follow. As detectron2's RandomCrop (`relative_range`), ResizeShortestEdge and RandomFlip; colours as SSD's photometric distortion (Liu et al. 2016, arXiv
 * 1512.02325) with torchvision's ColorJitter. What is drawn is recorded, so that it can be looked at and undone.
 */
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import { applyColorJitter, drawColorJitter, type RecordedColorJitter } from './colorJitter';
import { applyHorizontalFlip } from './flip';
import { resizeBox, type Box, type Size } from './resample';

export interface SceneTransformOptions {
  /** Lengths to draw from, px. */
  readonly shortestSide: readonly number[];
  /** px */
  readonly longestSide: number;
  readonly flip: boolean;
  readonly photometric: boolean;
  /** Least share of each side that is kept, (0, 1]; 1 keeps the whole image. */
  readonly crop: number;
}

export interface RecordedSceneTransform {
  /** Size of the stored image, px. */
  readonly from: Size;
  /** The part of the stored image that is kept, px; absent: all of it. */
  readonly crop?: Box;
  /** Size of the result, px. */
  readonly to: Size;
  readonly isFlipped: boolean;
  readonly jitter?: RecordedColorJitter;
}

/** How the colours of scenes vary. */
export const sceneJitter = {
  kind: 'colorJitter',
  probability: 0.8,
  brightness: 0.125,
  contrast: 0.5,
  saturation: 0.5,
  hue: 0.05,
} as const;

/** Draws a training transform. */
export function drawSceneTransform(from: Size, options: SceneTransformOptions, random: Random): RecordedSceneTransform {
  const { shortestSide, longestSide } = options;
  // Each number is drawn whether it is wanted or not: turning one change off leaves the others as they were.
  const side = shortestSide[random.integer(shortestSide.length)]!;
  const isFlipped = random.uniform() < 0.5;
  const colours = drawColorJitter(sceneJitter, random);
  const crop = options.crop < 1 ? drawCrop(from, options.crop, random) : undefined;
  return {
    from,
    ...(crop && { crop }),
    to: scaleToShortestSide(crop ?? from, side, longestSide),
    isFlipped: options.flip && isFlipped,
    ...(options.photometric && colours && { jitter: colours }),
  };
}

/** Shares of both sides uniform in least..1, the place uniform; whole px. */
function drawCrop({ width, height }: Size, least: number, random: Random): Box {
  const lengthOf = (side: number): number => Math.max(1, Math.round(side * random.uniformIn(least, 1)));
  const kept = { width: lengthOf(width), height: lengthOf(height) };
  return { ...kept, left: random.integer(width - kept.width + 1), top: random.integer(height - kept.height + 1) };
}

/** What is kept of the stored image. */
export function keptOf({ from, crop }: Pick<RecordedSceneTransform, 'from' | 'crop'>): Box {
  return crop ?? { left: 0, top: 0, ...from };
}

/** The transform of test time: scaled, nothing else. */
export function testSceneTransform(from: Size, shortestSide: number, longestSide: number): RecordedSceneTransform {
  return { from, to: scaleToShortestSide(from, shortestSide, longestSide), isFlipped: false };
}

/** Both sides times one factor, so that the shorter is `side` px or, if it comes first, the longer `longest` px; ⌊x + ½⌋. */
export function scaleToShortestSide({ width, height }: Size, side: number, longest: number): Size {
  const scale = Math.min(side / Math.min(width, height), longest / Math.max(width, height));
  const scaled = (length: number) => Math.max(1, Math.floor(length * scale + 0.5));
  return { width: scaled(width), height: scaled(height) };
}

export function applySceneTransform(
  image: RgbImage,
  { to, crop, isFlipped, jitter: colours }: RecordedSceneTransform,
): RgbImage {
  const whole = { top: 0, left: 0, width: image.width, height: image.height };
  const isSame = !crop && to.width === image.width && to.height === image.height;
  const scaled = isSame ? image : resizeBox(image, crop ?? whole, to);
  const turned = isFlipped ? applyHorizontalFlip(scaled) : scaled;
  return colours ? applyColorJitter(turned, colours) : turned;
}

/** boxes: [n, 4], x1, y1, x2, y2 in px of the stored image → px of the result, inside it. */
export function moveBoxes(boxes: ArrayLike<number>, transform: RecordedSceneTransform): Float32Array {
  const { to, isFlipped } = transform;
  const kept = keptOf(transform);
  const [sx, sy] = [to.width / kept.width, to.height / kept.height];
  const moved = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [left, right] = [boxes[i]!, boxes[i + 2]!].map((x) => clamp((x - kept.left) * sx, to.width)) as [
      number,
      number,
    ];
    moved[i] = isFlipped ? to.width - right : left;
    moved[i + 1] = clamp((boxes[i + 1]! - kept.top) * sy, to.height);
    moved[i + 2] = isFlipped ? to.width - left : right;
    moved[i + 3] = clamp((boxes[i + 3]! - kept.top) * sy, to.height);
  }
  return moved;
}

/** The way back: px of the result → px of the stored image. */
export function moveBoxesBack(boxes: ArrayLike<number>, transform: RecordedSceneTransform): Float64Array {
  const { to, isFlipped } = transform;
  const kept = keptOf(transform);
  const [sx, sy] = [kept.width / to.width, kept.height / to.height];
  const moved = new Float64Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [left, right] = [boxes[i]!, boxes[i + 2]!];
    moved[i] = kept.left + (isFlipped ? to.width - right : left) * sx;
    moved[i + 1] = kept.top + boxes[i + 1]! * sy;
    moved[i + 2] = kept.left + (isFlipped ? to.width - left : right) * sx;
    moved[i + 3] = kept.top + boxes[i + 3]! * sy;
  }
  return moved;
}

function clamp(x: number, high: number): number {
  return Math.max(0, Math.min(high, x));
}
