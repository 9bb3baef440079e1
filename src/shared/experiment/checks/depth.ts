/** Which stages of the backbone a fine-tuning uses: contradictions between `cut`, `freeze` and `reinitialise`. */
import { backboneStages } from '../fineTuningFields';
import type { FineTuningTransfer } from '../transferSchema';
import type { CheckContext } from './context';
import { reportUnused } from './fineTuning';

export function checkCut(transfer: FineTuningTransfer, context: CheckContext): void {
  const { id, task, cut, freeze, reinitialise } = transfer;
  if (cut === 'none') return;
  if (task === 'detection') {
    context.report({
      severity: 'error',
      code: 'cut-unsupported',
      message: `\`${id}\` cannot cut the backbone: detectors are built on all of its stages; \`reinitialise\` or \`freeze\` shows which layers carry the transfer`,
      path: context.pathOf(id, 'cut'),
    });
    return;
  }
  const isBeyond = (stage: typeof freeze) =>
    stage !== 'none' && backboneStages.indexOf(stage) > backboneStages.indexOf(cut);
  if (isBeyond(reinitialise)) reportUnused(id, ['reinitialise'], `cut: ${cut}`, context);
  if (isBeyond(freeze)) reportUnused(id, ['freeze'], `cut: ${cut}`, context);
  if (task === 'semantic-segmentation' && (cut === 'stem' || cut === 'layer1'))
    reportUnused(id, ['auxiliaryHead', 'auxiliaryWeight'], `cut: ${cut}`, context);
}
