/** The numbers of a detection transfer, all in 0..1, and which of them is its headline. */
import { evaluateCoco, type CocoNumbers, type CocoSummary } from '../../../shared/math/detection/cocoSummary';
import { evaluateVoc, VOC_THRESHOLDS } from '../../../shared/math/detection/vocAp';
import type { DetectionTransfer } from '../../../shared/experiment/transferSchema';
import type { Detections, GroundTruth } from '../../../shared/results/detections';

export interface DetectionScores {
  readonly metrics: Readonly<Record<string, number>>;
  /** Average precision of each class with objects, by name. */
  readonly perClass: Readonly<Record<string, number>>;
}

/** COCO's names → ours, which read the same in tables of boxes and (with `mask` before them) of masks. */
const cocoNames: readonly (readonly [keyof CocoNumbers, string])[] = [
  ['AP', 'ap'],
  ['AP50', 'ap50'],
  ['AP75', 'ap75'],
  ['APsmall', 'apSmall'],
  ['APmedium', 'apMedium'],
  ['APlarge', 'apLarge'],
  ['AR100', 'ar100'],
];

export function scoreDetections(
  truth: GroundTruth,
  found: Detections,
  settings: Pick<DetectionTransfer, 'metric' | 'model'>,
): DetectionScores {
  if (settings.metric !== 'coco')
    return scoreVoc(truth, found, settings.metric === 'voc07-11point' ? '11point' : 'area');
  const boxes = evaluateCoco(truth, found, { iouType: 'bbox' });
  const metrics = named(boxes, '');
  if (settings.model.startsWith('mask-') && truth.masks)
    Object.assign(metrics, named(evaluateCoco(truth, withMasks(found), { iouType: 'segm' }), 'mask'));
  return { metrics, perClass: classPrecision(truth, boxes) };
}

/** VOC's precision at COCO's thresholds, as detectron2 reports it; means over classes with objects. */
function scoreVoc(truth: GroundTruth, found: Detections, interpolation: '11point' | 'area'): DetectionScores {
  const { ap, perClass } = evaluateVoc(truth, found, { interpolation });
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = (threshold: number) => ap[VOC_THRESHOLDS.indexOf(threshold)]!;
  const named = { ap: mean(ap), ap50: at(0.5), ap75: at(0.75) };
  return {
    metrics: Object.fromEntries(Object.entries(named).filter(([, value]) => !Number.isNaN(value))),
    perClass: Object.fromEntries(
      perClass.flatMap(({ category, objects, ap: each }) =>
        objects > 0 ? [[truth.categories.names[category]!, mean(each)] as const] : [],
      ),
    ),
  };
}

/** A detector that found nothing at all has made no masks either. */
function withMasks(found: Detections): Detections {
  if (found.masks) return found;
  const none = new Uint32Array(0);
  return { ...found, masks: { counts: none, offsets: new Uint32Array(1), heights: none, widths: none } };
}

function named({ numbers }: CocoSummary, prefix: string): Record<string, number> {
  const entries = cocoNames.flatMap(([from, to]) => {
    const value = numbers[from];
    // Without objects of a size there is no number.
    if (value === undefined || Number.isNaN(value)) return [];
    return [[prefix === '' ? to : `${prefix}${to[0]!.toUpperCase()}${to.slice(1)}`, value] as const];
  });
  return Object.fromEntries(entries);
}

function classPrecision({ categories }: GroundTruth, { perClass }: CocoSummary): Record<string, number> {
  return Object.fromEntries(
    perClass.flatMap(({ category, objects, numbers }) =>
      objects > 0 ? [[categories.names[category]!, numbers.AP ?? 0] as const] : [],
    ),
  );
}
