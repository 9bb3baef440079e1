/** Segmentation transfers whose settings do not fit their data, their backbone or each other. */
import { nameWithStem } from '../backbones/describeBackbone';
import { backboneProblem, describeLayers, dilateTo, hasStages } from '../layers';
import { isSegmentationData } from '../resolveLabelData';
import type { SegmentationTransfer } from '../transferSchema';
import type { CheckContext } from './context';
import { reportUnused } from './fineTuning';

export function checkSegmentation(transfer: SegmentationTransfer, context: CheckContext): void {
  checkLabels(transfer, context);
  checkUnused(transfer, context);
  checkOutputStride(transfer, context);
  checkScaleRange(transfer, context);
  checkWindows(transfer, context);
  checkBatch(transfer, context);
}

function checkLabels({ id, data }: SegmentationTransfer, context: CheckContext): void {
  const settings = context.experiment.data[data];
  if (!settings || isSegmentationData(settings)) return;
  const advice =
    settings.kind === 'voc'
      ? 'use `kind: voc-segmentation` with the same `root`'
      : 'use `cityscapes`, `voc-segmentation`, `label-pngs` or `emoji-scenes` data';
  context.report({
    severity: 'error',
    code: 'no-label-maps',
    message: `\`${id}\` learns a class for every pixel, but \`${data}\` (\`${settings.kind}\`) has no label maps; ${advice}`,
    path: context.pathOf(id, 'data'),
  });
}

function checkUnused({ id, model, inference, auxiliaryHead }: SegmentationTransfer, context: CheckContext): void {
  if (model === 'fcn') reportUnused(id, ['atrousRates', 'headChannels'], 'model: fcn', context);
  if (inference === 'whole') reportUnused(id, ['window', 'windowStride'], 'inference: whole', context);
  if (!auxiliaryHead) reportUnused(id, ['auxiliaryWeight'], 'auxiliaryHead: false', context);
}

/** Strides become dilation one by one; dilation never becomes a stride. */
function checkOutputStride({ id, outputStride }: SegmentationTransfer, context: CheckContext): void {
  const { backbone } = context.experiment;
  if (!hasStages(backbone)) return;
  const dilated = dilateTo(backbone, outputStride);
  const problem = backboneProblem(dilated);
  if (problem?.setting === 'shortcut')
    context.report({
      severity: 'error',
      code: 'output-stride',
      message: `\`${id}\` dilates the backbone for \`outputStride: ${outputStride}\`, but ${problem.message}`,
      path: context.pathOf(id, 'outputStride'),
    });
  const reached = describeLayers(dilated).find(({ name }) => name === 'layer4')!.stride;
  if (reached === outputStride) return;
  const path = context.pathToSet(id, 'outputStride');
  context.report({
    severity: 'warning',
    code: 'output-stride',
    message: `${nameWithStem(backbone)} has an output stride of ${reached} here, not ${outputStride}; write \`outputStride: ${reached}\``,
    path: context.pathOf(id, 'outputStride'),
    fixes: [path && context.document.fix.setValue(path, reached)],
  });
}

function checkScaleRange({ id, scaleRange: [low, high] }: SegmentationTransfer, context: CheckContext): void {
  if (low <= high) return;
  context.report({
    severity: 'error',
    code: 'wrong-order',
    message: `\`scaleRange: [${low}, ${high}]\` has the larger number first; write [${high}, ${low}]`,
    path: context.pathOf(id, 'scaleRange'),
  });
}

/** Pixels between two windows would have no score. */
function checkWindows({ id, inference, window, windowStride }: SegmentationTransfer, context: CheckContext): void {
  if (inference !== 'slide' || windowStride.every((step, axis) => step <= window[axis]!)) return;
  context.report({
    severity: 'error',
    code: 'window-gaps',
    message: `windows of ${window.join(' × ')} px that lie ${windowStride.join(' × ')} px apart leave pixels between them unseen; use a \`windowStride\` of at most ${window.join(' × ')}`,
    path: context.pathOf(id, 'windowStride'),
  });
}

/** The pooled branch has one number a channel for each image, and of one number batch norm makes 0. */
function checkBatch({ id, model, batch }: SegmentationTransfer, context: CheckContext): void {
  if (model !== 'deeplabv3' || batch > 1) return;
  const path = context.pathToSet(id, 'batch');
  context.report({
    severity: 'error',
    code: 'batch-norm-of-one',
    message: `\`batch: 1\` leaves the batch norm of the pooled branch of \`deeplabv3\` one number for each channel, which it makes 0; use a batch of 2 or more, or \`model: fcn\``,
    path: context.pathOf(id, 'batch'),
    fixes: [path && context.document.fix.setValue(path, 2)],
  });
}
