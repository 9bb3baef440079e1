/** Transfers that train the backbone further, with their recipe applied and every default filled in. */
import { fillDefaults } from './fields';
import { detectionFields, fineTuningFields } from './fineTuningFields';
import type { DetectionTransfer, FineTuningSettings } from './schema';

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

/** A training falls twice, after two thirds and eight ninths of its steps (6k and 8k of 9k), unless told otherwise. */
export function fillFineTuning(settings: Settings): FineTuningSettings {
  const { milestones: _milestones, ...fields } = fineTuningFields;
  const filled = fillDefaults(fields, settings);
  const fallback = [Math.round((2 * filled.steps) / 3), Math.round((8 * filled.steps) / 9)];
  return { ...filled, milestones: (settings.milestones as readonly number[] | undefined) ?? fallback };
}
