/** Detection transfers whose settings do not fit their data, their model or each other. */
import { isSceneData } from '../resolveSceneData';
import type { DetectionTransfer } from '../transferSchema';
import type { CheckContext } from './context';
import { reportUnused } from './fineTuning';

export function checkDetection(transfer: DetectionTransfer, context: CheckContext): void {
  checkObjects(transfer, context);
  checkUnused(transfer, context);
  checkAnchors(transfer, context);
}

export function checkObjects({ id, data }: Pick<DetectionTransfer, 'id' | 'data'>, context: CheckContext): void {
  const settings = context.experiment.data[data];
  if (!settings || isSceneData(settings)) return;
  context.report({
    severity: 'error',
    code: 'no-objects',
    message: `\`${id}\` looks for objects, but \`${data}\` (\`${settings.kind}\`) has no boxes; use \`voc\`, \`coco\` or \`emoji-scenes\` data`,
    path: context.pathOf(id, 'data'),
  });
}

const twoStage = ['rpnBatch', 'rpnProposalsTrain', 'rpnProposalsTest', 'roiBatch'] as const;
const anchored = ['anchorSizes', 'anchorRatios'] as const;

/** Settings that the chosen model has no use for. */
function checkUnused({ id, model, batchNorm }: DetectionTransfer, context: CheckContext): void {
  const isTwoStage = model.includes('rcnn');
  const unused: readonly string[] = [
    ...(isTwoStage ? [] : twoStage),
    ...(model === 'fcos' ? anchored : []),
    ...(model.endsWith('-c4') ? [] : ['extraNorm']),
    ...(isTwoStage ? ['pyramidFrom'] : []),
  ];
  reportUnused(id, unused, `model: ${model}`, context);
  reportUnused(id, batchNorm === 'frozen' ? ['preciseBatchNorm'] : [], `batchNorm: ${batchNorm}`, context);
}

/** A pyramid has five levels, with one size of anchor each. */
function checkAnchors({ id, model, anchorSizes }: DetectionTransfer, context: CheckContext): void {
  const usesPyramid = model.endsWith('-fpn') || model === 'retinanet';
  if (!usesPyramid || anchorSizes.length === 5) return;
  context.report({
    severity: 'error',
    code: 'anchors-per-level',
    message: `\`anchorSizes\` lists ${anchorSizes.length} sizes, but the pyramid of \`${model}\` has five levels with one size each; list five`,
    path: context.pathOf(id, 'anchorSizes'),
  });
}
