/** Few-shot transfers whose episodes cannot be drawn, or whose novel classes are not new to a pretraining. */
import { UserError } from '../../errors';
import { dealClasses } from '../../math/fewShot/classParts';
import type { FewShotTransfer } from '../transferSchema';
import { usesLabels } from '../methods';
import { trainingOf } from '../training';
import type { CheckContext } from './context';
import { reportUnused } from './fineTuning';

const byClassifier = {
  logistic: ['l2'],
  'fine-tuned-head': ['learningRate', 'momentum', 'dampening', 'weightDecay', 'batch', 'epochs'],
} as const;

export function checkFewShot(transfer: FewShotTransfer, context: CheckContext): void {
  const { id, classifier } = transfer;
  const keys = Object.entries(byClassifier).flatMap(([owner, own]) => (owner === classifier ? [] : own));
  reportUnused(id, keys, `classifier: ${classifier}`, context);
  checkParts(transfer, context);
}

function checkParts(transfer: FewShotTransfer, context: CheckContext): void {
  const { id, data, train, test, ways, classSeed } = transfer;
  const [learnt, tested] = [train, test].map((split) => context.split(data, split)?.classNames);
  if (!learnt || !tested || transfer.labels !== undefined) return;
  const isShared = learnt.length === tested.length && learnt.every((name, i) => name === tested[i]);
  // Splits of classes of their own are the parts.
  if (!isShared) return;
  try {
    const { novel } = dealClasses(learnt, transfer, classSeed);
    if (novel.length < ways) {
      context.report({
        severity: 'error',
        code: 'too-few-novel-classes',
        message: `\`${id}\` draws ${ways} classes for an episode, but only ${novel.length} of the ${learnt.length} classes of \`${data}\` are novel; lower \`ways\` or raise \`novel\``,
        path: context.pathOf(id, 'novel'),
      });
    } else warnOfSeenClasses(transfer, context);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    context.report({
      severity: 'error',
      code: 'class-parts',
      message: error.message,
      path: context.pathOf(id, 'novel'),
    });
  }
}

/** A pretraining with labels on the same data has met the novel classes. */
function warnOfSeenClasses({ id, data, of }: FewShotTransfer, context: CheckContext): void {
  for (const pretraining of context.experiment.pretrainings) {
    const training = trainingOf(pretraining.id, context.experiment.pretrainings);
    if (!of.includes(pretraining.id) || training?.data !== data) continue;
    context.report({
      severity: 'info',
      code: 'novel-classes-seen',
      message: `\`${pretraining.id}\` is pretrained on \`${data}\` with its novel classes${usesLabels(training.method) ? ' and their labels' : ''}, so the classes of \`${id}\` are not new to it; pretrain on data that holds the base classes only to measure what is learnt of new ones`,
      path: context.pathOf(id, 'data'),
    });
  }
}
