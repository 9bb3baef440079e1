/**
 * Training crops of pictures with label maps: scaled by a factor, cut where no class fills nearly all of it, mirrored, colours
 * varied. Pixels are resampled bilinearly, labels take the value of the stored pixel that their centre falls on. As in
 * mmsegmentation's Cityscapes pipeline; the limit on one class is its cat_max_ratio. What is drawn is recorded.
 */
import type { Random } from '../../shared/random';
import { IGNORED_LABEL } from '../../shared/results/segmentations';
import type { RgbImage } from '../data/dataset';
import type { PixelLabels } from '../data/labelledImages';
import { applyColorJitter, drawColorJitter, type RecordedColorJitter } from './colorJitter';
import { applyHorizontalFlip } from './flip';
import { resizeWindow, type Box, type Size } from './resample';
import { sceneJitter, scaleToShortestSide } from './sceneTransform';

export interface SegmentationCropOptions {
  /** px; absent means as stored. */
  readonly shortestSide?: number;
  /** Height and width of the crop, px. */
  readonly cropSize: readonly [number, number];
  readonly scaleRange: readonly [number, number];
  /** 0..1 */
  readonly maxClassShare: number;
  readonly flip: boolean;
  readonly photometric: boolean;
}

export interface RecordedSegmentationCrop {
  /** Size of the whole picture after scaling, px. */
  readonly scaled: Size;
  /** What is cut out of it, px; smaller than the crop where the picture is. */
  readonly window: Box;
  readonly isFlipped: boolean;
  readonly jitter?: RecordedColorJitter;
}

const TRIES = 10;

/** Draws a training crop of a picture with these labels. */
export function drawSegmentationCrop(
  labels: PixelLabels,
  options: SegmentationCropOptions,
  random: Random,
): RecordedSegmentationCrop {
  const { scaleRange, cropSize, maxClassShare, flip, photometric } = options;
  const base = baseSize(labels, options.shortestSide);
  const scale = random.uniformIn(scaleRange[0], scaleRange[1]);
  const side = (length: number) => Math.max(1, Math.floor(length * scale + 0.5));
  const scaled = { width: side(base.width), height: side(base.height) };
  // Each number is drawn whether it is wanted or not: turning one change off leaves the others as they were.
  const isFlipped = random.uniform() < 0.5;
  const colours = drawColorJitter(sceneJitter, random);
  let window = drawWindow(scaled, cropSize, random);
  for (let tries = 1; tries < TRIES && maxClassShare < 1; tries++) {
    if (isMixed(cutLabels(labels, { scaled, window, isFlipped: false }), maxClassShare)) break;
    window = drawWindow(scaled, cropSize, random);
  }
  return { scaled, window, isFlipped: flip && isFlipped, ...(photometric && colours && { jitter: colours }) };
}

/** Size of a picture before random scaling, which is also that of test time. */
export function baseSize({ width, height }: Size, shortestSide: number | undefined): Size {
  return shortestSide === undefined
    ? { width, height }
    : scaleToShortestSide({ width, height }, shortestSide, Infinity);
}

/** The part of the picture inside the crop: at most of the crop's size. */
export function cutPicture(image: RgbImage, crop: RecordedSegmentationCrop): RgbImage {
  const cut = resizeWindow(image, crop.scaled, crop.window);
  const turned = crop.isFlipped ? applyHorizontalFlip(cut) : cut;
  return crop.jitter ? applyColorJitter(turned, crop.jitter) : turned;
}

/** The labels of the same pixels. */
export function cutLabels(
  { width, height, labels }: PixelLabels,
  { scaled, window, isFlipped }: Pick<RecordedSegmentationCrop, 'scaled' | 'window' | 'isFlipped'>,
): PixelLabels {
  const cut = new Uint8Array(window.width * window.height);
  const columns = Int32Array.from({ length: window.width }, (_, x) => {
    const place = window.left + (isFlipped ? window.width - 1 - x : x);
    return Math.min(width - 1, Math.floor(((place + 0.5) * width) / scaled.width));
  });
  for (let y = 0; y < window.height; y++) {
    const row = Math.min(height - 1, Math.floor(((window.top + y + 0.5) * height) / scaled.height)) * width;
    for (let x = 0; x < window.width; x++) cut[y * window.width + x] = labels[row + columns[x]!]!;
  }
  return { width: window.width, height: window.height, labels: cut };
}

function drawWindow({ width, height }: Size, [cropHeight, cropWidth]: readonly [number, number], random: Random): Box {
  const size = { width: Math.min(width, cropWidth), height: Math.min(height, cropHeight) };
  return { top: random.integer(height - size.height + 1), left: random.integer(width - size.width + 1), ...size };
}

/** Whether there are two classes at least, and none has this share of the judged pixels or more. */
function isMixed({ labels }: PixelLabels, share: number): boolean {
  const counts = new Uint32Array(256);
  for (const label of labels) counts[label]!++;
  counts[IGNORED_LABEL] = 0;
  const judged = counts.reduce((sum, count) => sum + count, 0);
  const classes = counts.filter((count) => count > 0).length;
  return classes > 1 && Math.max(...counts) < share * judged;
}
