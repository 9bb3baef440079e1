/** Settings of transfers that train the backbone further, whatever their task, that do not fit each other. */
import { hasStages } from '../layers';
import type { FineTuningTransfer } from '../transferSchema';
import type { CheckContext } from './context';

export function checkFineTuning(transfer: FineTuningTransfer, context: CheckContext): void {
  const { id, schedule } = transfer;
  checkBackbone(transfer, context);
  const idle = [...(schedule === 'step' ? [] : ['milestones', 'gamma']), ...(schedule === 'poly' ? [] : ['power'])];
  reportUnused(id, idle, `schedule: ${schedule}`, context);
  checkMilestones(transfer, context);
  checkStages(transfer, context);
}

/** Detectors and segmentation heads are built on layer1 … layer4. */
function checkBackbone({ id }: FineTuningTransfer, context: CheckContext): void {
  const { backbone } = context.experiment;
  if (hasStages(backbone)) return;
  context.report({
    severity: 'error',
    code: 'no-stages',
    message: `\`${id}\` needs the stages of a ResNet, which ${backbone.name} does not have; use a ResNet, a ResNeXt or a Wide ResNet`,
    path: context.pathOf(id, 'task'),
  });
}

/** Warns of written settings that another one makes useless. `because`: that one, as it stands in the file. */
export function reportUnused(id: string, keys: readonly string[], because: string, context: CheckContext): void {
  for (const key of keys) {
    if (!context.isWritten(id, key)) continue;
    const path = context.pathOf(id, key);
    context.report({
      severity: 'warning',
      code: 'no-effect',
      message: `\`${key}\` has no effect with \`${because}\`; remove it`,
      path,
      part: 'key',
      fixes: [context.document.fix.removeKey(path)],
    });
  }
}

function checkMilestones({ id, schedule, milestones, steps }: FineTuningTransfer, context: CheckContext): void {
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
function checkStages({ id, freeze, reinitialise }: FineTuningTransfer, context: CheckContext): void {
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
