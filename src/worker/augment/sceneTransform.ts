/**
 * Geometry and colour of scenes: scale the shorter side to one of several lengths, mirror, vary the colours; boxes follow.
 * As detectron2's ResizeShortestEdge and RandomFlip; colours as SSD's photometric distortion (Liu et al. 2016, arXiv
 * 1512.02325) with torchvision's ColorJitter. What is drawn is recorded, so that it can be looked at and undone.
 */
import type { Random } from '../../shared/random';
import type { RgbImage } from '../data/dataset';
import { applyColorJitter, drawColorJitter, type RecordedColorJitter } from './colorJitter';
import { applyHorizontalFlip } from './flip';
import { resizeBox, type Size } from './resample';

export interface SceneTransformOptions {
  /** Lengths to draw from, px. */
  readonly shortestSide: readonly number[];
  /** px */
  readonly longestSide: number;
  readonly flip: boolean;
  readonly photometric: boolean;
}

export interface RecordedSceneTransform {
  /** Size of the stored image, px. */
  readonly from: Size;
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
  return {
    from,
    to: scaleToShortestSide(from, side, longestSide),
    isFlipped: options.flip && isFlipped,
    ...(options.photometric && colours && { jitter: colours }),
  };
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
  { to, isFlipped, jitter: colours }: RecordedSceneTransform,
): RgbImage {
  const whole = { top: 0, left: 0, width: image.width, height: image.height };
  const isSame = to.width === image.width && to.height === image.height;
  const scaled = isSame ? image : resizeBox(image, whole, to);
  const turned = isFlipped ? applyHorizontalFlip(scaled) : scaled;
  return colours ? applyColorJitter(turned, colours) : turned;
}

/** boxes: [n, 4], x1, y1, x2, y2 in px of the stored image → px of the result, inside it. */
export function moveBoxes(boxes: ArrayLike<number>, { from, to, isFlipped }: RecordedSceneTransform): Float32Array {
  const [sx, sy] = [to.width / from.width, to.height / from.height];
  const moved = new Float32Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [left, right] = [boxes[i]! * sx, boxes[i + 2]! * sx].map((x) => clamp(x, to.width)) as [number, number];
    moved[i] = isFlipped ? to.width - right : left;
    moved[i + 1] = clamp(boxes[i + 1]! * sy, to.height);
    moved[i + 2] = isFlipped ? to.width - left : right;
    moved[i + 3] = clamp(boxes[i + 3]! * sy, to.height);
  }
  return moved;
}

/** The way back: px of the result → px of the stored image. */
export function moveBoxesBack(boxes: ArrayLike<number>, { from, to, isFlipped }: RecordedSceneTransform): Float64Array {
  const [sx, sy] = [from.width / to.width, from.height / to.height];
  const moved = new Float64Array(boxes.length);
  for (let i = 0; i < boxes.length; i += 4) {
    const [left, right] = [boxes[i]!, boxes[i + 2]!];
    moved[i] = (isFlipped ? to.width - right : left) * sx;
    moved[i + 1] = boxes[i + 1]! * sy;
    moved[i + 2] = (isFlipped ? to.width - left : right) * sx;
    moved[i + 3] = boxes[i + 3]! * sy;
  }
  return moved;
}

function clamp(x: number, high: number): number {
  return Math.max(0, Math.min(high, x));
}
