/** Transfers that train the backbone further, with their recipe applied and every default filled in. */
import { fillDefaults } from './fields';
import { classificationFields, detectionFields, fineTuningFields } from './fineTuningFields';
import { segmentationFields } from './segmentationFields';
import type {
  ClassificationTransfer,
  DetectionTransfer,
  FineTuningSettings,
  SegmentationTransfer,
} from './transferSchema';

type Settings = Readonly<Record<string, unknown>>;

/** `settings`: the file's over the recipe's; `imageSize` in px. */
export function fillDetection(
  settings: Settings,
  imageSize: number,
): Omit<DetectionTransfer, 'id' | 'task' | 'data' | 'of' | 'imageSize' | 'train' | 'test'> {
  const { shortestSide: _sides, testShortestSide: _testSide, ...fields } = detectionFields;
  const shortestSide = (settings.shortestSide as readonly number[] | undefined) ?? [imageSize];
  const testShortestSide = (settings.testShortestSide as number | undefined) ?? Math.max(...shortestSide);
  return { ...fillFineTuning(settings), ...fillDefaults(fields, settings), shortestSide, testShortestSide };
}

/** `settings`: the file's over the recipe's; `imageSize` in px. */
export function fillSegmentation(
  settings: Settings,
  imageSize: number,
): Omit<SegmentationTransfer, 'id' | 'task' | 'data' | 'of' | 'imageSize' | 'train' | 'test'> {
  const {
    atrousRates: _rates,
    dropout: _dropout,
    shortestSide: _side,
    cropSize: _crop,
    ...others
  } = segmentationFields;
  const { window: _window, windowStride: _stride, ...fields } = others;
  const filled = fillDefaults(fields, settings);
  const written = settings as Partial<SegmentationTransfer>;
  // 96 px and its multiples, whatever the stride.
  const rate = Math.max(1, Math.round(96 / filled.outputStride));
  const cropSize = written.cropSize ?? ([imageSize, imageSize] as const);
  const window = written.window ?? cropSize;
  return {
    ...fillFineTuning(settings),
    ...filled,
    atrousRates: written.atrousRates ?? [rate, 2 * rate, 3 * rate],
    dropout: written.dropout ?? (filled.model === 'deeplabv3' ? 0.5 : 0.1),
    ...(written.shortestSide !== undefined && { shortestSide: written.shortestSide }),
    cropSize,
    window,
    windowStride: written.windowStride ?? [twoThirds(window[0]), twoThirds(window[1])],
  };
}

function twoThirds(length: number): number {
  return Math.max(8, Math.round((2 * length) / 3));
}

export function fillClassification(
  settings: Settings,
): Omit<ClassificationTransfer, 'id' | 'task' | 'data' | 'of' | 'imageSize' | 'train' | 'test'> {
  return { ...fillFineTuning(settings), ...fillDefaults(classificationFields, settings) };
}

/** A training falls twice, after two thirds and eight ninths of its steps (6k and 8k of 9k), unless told otherwise. */
export function fillFineTuning(settings: Settings): FineTuningSettings {
  const { milestones: _milestones, ...fields } = fineTuningFields;
  const filled = fillDefaults(fields, settings);
  const fallback = [Math.round((2 * filled.steps) / 3), Math.round((8 * filled.steps) / 9)];
  return { ...filled, milestones: (settings.milestones as readonly number[] | undefined) ?? fallback };
}
