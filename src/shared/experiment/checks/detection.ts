/** Detection transfers whose settings do not fit their data, their model or each other. */
import { isSceneData } from '../resolveSceneData';
import type { DetectionTransfer } from '../schema';
import type { CheckContext } from './context';

export function checkDetection(transfer: DetectionTransfer, context: CheckContext): void {
  checkObjects(transfer, context);
  checkUnused(transfer, context);
  checkAnchors(transfer, context);
  checkMilestones(transfer, context);
  checkStages(transfer, context);
}

function checkObjects({ id, data }: DetectionTransfer, context: CheckContext): void {
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
function checkUnused({ id, model, schedule }: DetectionTransfer, context: CheckContext): void {
  const isTwoStage = model.includes('rcnn');
  const unused: readonly string[] = [
    ...(isTwoStage ? [] : twoStage),
    ...(model === 'fcos' ? anchored : []),
    ...(model.endsWith('-c4') ? [] : ['extraNorm']),
    ...(isTwoStage ? ['pyramidFrom'] : []),
  ];
  const idle: readonly string[] = [
    ...(schedule === 'step' ? [] : ['milestones', 'gamma']),
    ...(schedule === 'poly' ? [] : ['power']),
  ];
  for (const key of [...unused, ...idle]) {
    if (!context.isWritten(id, key)) continue;
    const path = context.pathOf(id, key);
    const because = unused.includes(key) ? `\`model: ${model}\`` : `\`schedule: ${schedule}\``;
    context.report({
      severity: 'warning',
      code: 'no-effect',
      message: `\`${key}\` has no effect with ${because}; remove it`,
      path,
      part: 'key',
      fixes: [context.document.fix.removeKey(path)],
    });
  }
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

function checkMilestones({ id, schedule, milestones, steps }: DetectionTransfer, context: CheckContext): void {
  if (schedule !== 'step' || !context.isWritten(id, 'milestones')) return;
  const late = milestones.find((milestone) => milestone >= steps);
  const isSorted = milestones.every((milestone, i) => i === 0 || milestone > milestones[i - 1]!);
  if (late === undefined && isSorted) return;
  const what =
    late === undefined
      ? `the milestones ${milestones.join(', ')} are not in ascending order`
      : `the milestone ${late} is not reached in ${steps} steps, so the learning rate never falls there`;
  const fitting = [Math.round((2 * steps) / 3), Math.round((8 * steps) / 9)];
  const path = context.pathToSet(id, 'milestones');
  context.report({
    severity: late === undefined ? 'error' : 'warning',
    code: 'milestones',
    message: `${what}; use [${fitting.join(', ')}]`,
    path: context.pathOf(id, 'milestones'),
    fixes: [path && context.document.fix.setValue(path, fitting)],
  });
}

/** Frozen stages that are drawn anew would stay random for ever. */
function checkStages({ id, freeze, reinitialise }: DetectionTransfer, context: CheckContext): void {
  if (freeze === 'none' || reinitialise === 'none') return;
  const order = ['stem', 'layer1', 'layer2', 'layer3', 'layer4'];
  if (order.indexOf(freeze) < order.indexOf(reinitialise)) return;
  context.report({
    severity: 'error',
    code: 'frozen-random',
    message: `\`freeze: ${freeze}\` keeps \`${reinitialise}\` as it is, which \`reinitialise: ${reinitialise}\` has drawn at random; freeze less, or reinitialise later stages`,
    path: context.pathOf(id, 'reinitialise'),
  });
}
