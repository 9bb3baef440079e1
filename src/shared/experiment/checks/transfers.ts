/** Transfers whose settings do not fit their data or each other. */
import {
  isFineTuning,
  type ClassificationTransfer,
  type KnnTransfer,
  type LinearProbeTransfer,
  type RetrievalTransfer,
  type TransferSettings,
} from '../transferSchema';
import { isLabelData } from '../resolveLabelData';
import { isSceneData } from '../resolveSceneData';
import { checkSplitExists, splitsOfTransfer } from './data';
import type { CheckContext } from './context';
import { checkCut } from './depth';
import { checkDetection, checkObjects } from './detection';
import { checkFewShot } from './fewShot';
import { checkFineTuning } from './fineTuning';
import { checkSegmentation } from './segmentation';
import { checkLandmarks } from './landmarks';

export function checkTransfers(context: CheckContext): void {
  for (const transfer of context.experiment.transfers) {
    checkSplits(transfer, context);
    checkSubsets(transfer, context);
    if (isFineTuning(transfer)) checkFineTuning(transfer, context);
    if (transfer.task === 'multilabel-probe') checkObjects(transfer, context);
    else if (transfer.task === 'classification' || (!isFineTuning(transfer) && transfer.task !== 'landmark-probe'))
      checkFrozen(transfer, context);
    if (isFineTuning(transfer)) checkCut(transfer, context);
    if (transfer.task === 'detection') checkDetection(transfer, context);
    if (transfer.task === 'semantic-segmentation') checkSegmentation(transfer, context);
    if (transfer.task === 'landmarks' || transfer.task === 'landmark-probe') checkLandmarks(transfer, context);
    if (transfer.task === 'linear-probe' || transfer.task === 'knn' || transfer.task === 'classification')
      checkSameClasses(transfer, context);
    if (transfer.task === 'few-shot') checkFewShot(transfer, context);
    if (transfer.task === 'linear-probe') checkProbe(transfer, context);
    if (transfer.task === 'knn') checkKnn(transfer, context);
    if (transfer.task === 'retrieval') checkRetrieval(transfer, context);
  }
}

/** Classifiers, neighbours, episodes and retrieval ask what an image shows as a whole. */
function checkFrozen({ id, task, data }: TransferSettings, context: CheckContext): void {
  const settings = context.experiment.data[data];
  if (!settings || !(isSceneData(settings) || isLabelData(settings))) return;
  const [what, better] = isLabelData(settings)
    ? ['labels their pixels', 'semantic-segmentation']
    : ['labels the objects in them', 'detection'];
  context.report({
    severity: 'error',
    code: 'no-image-labels',
    message: `\`${id}\` needs one label for each image, but \`${data}\` (\`${settings.kind}\`) ${what}; use other data for \`${task}\`, or \`task: ${better}\``,
    path: context.pathOf(id, 'data'),
  });
}

function checkSplits(transfer: TransferSettings, context: CheckContext): void {
  const { id, data, task } = transfer;
  const { train, test } = splitsOfTransfer(transfer);
  const [first, second] = task === 'retrieval' ? (['gallery', 'query'] as const) : (['train', 'test'] as const);
  checkSplitExists(data, train, context.pathOf(id, first), context);
  checkSplitExists(data, test, context.pathOf(id, second), context);
  // Episodes keep supports and queries apart themselves.
  if (task === 'retrieval' || task === 'few-shot' || train !== test) return;
  context.report({
    severity: 'warning',
    code: 'train-equals-test',
    message: `\`${id}\` is tested on \`${test}\`, the split that it learns from, so its score says how well it remembers; name another split for \`test\``,
    path: context.pathOf(id, 'test'),
  });
}

function checkSubsets(transfer: TransferSettings, context: CheckContext): void {
  if (transfer.task === 'retrieval' || transfer.task === 'few-shot') return;
  for (const [key, split] of [
    ['trainImages', transfer.train],
    ['testImages', transfer.test],
  ] as const) {
    const wanted = transfer[key];
    const length = context.split(transfer.data, split)?.length;
    if (wanted === undefined || length === undefined || wanted <= length) continue;
    context.report({
      severity: 'warning',
      code: 'subset-larger-than-data',
      message: `\`${key}: ${wanted}\` asks for more than the ${length} images of \`${transfer.data}\` ${split}; all of them are used; remove it`,
      path: context.pathOf(transfer.id, key),
      fixes: [context.document.fix.removeKey(context.pathOf(transfer.id, key))],
    });
  }
}

/** A label is a place in a split's list of classes; where the lists differ, right answers would count as wrong. */
function checkSameClasses(
  { id, data, train, test }: KnnTransfer | LinearProbeTransfer | ClassificationTransfer,
  context: CheckContext,
): void {
  const [learnt, scored] = [train, test].map((split) => context.split(data, split)?.classNames);
  if (!learnt || !scored || (learnt.length === scored.length && learnt.every((name, i) => name === scored[i]))) return;
  const strange = scored.find((name) => !learnt.includes(name)) ?? learnt.find((name) => !scored.includes(name));
  context.report({
    severity: 'error',
    code: 'classes-differ',
    message: `\`${id}\` learns the ${learnt.length} classes of \`${data}\` ${train} but is tested on the ${scored.length} of ${test}, which are others${strange === undefined ? '' : ` (${strange} is in one only)`}: its score would mean nothing; name splits with the same classes`,
    path: context.pathOf(id, 'test'),
  });
}

const sgdOnly = ['learningRate', 'momentum', 'weightDecay', 'epochs', 'milestones', 'batch'] as const;

function checkProbe({ id, solver, data, train }: LinearProbeTransfer, context: CheckContext): void {
  const unused = solver === 'lbfgs' ? sgdOnly : (['l2'] as const);
  for (const key of unused) {
    if (!context.isWritten(id, key)) continue;
    const path = context.pathOf(id, key);
    context.report({
      severity: 'warning',
      code: 'no-effect',
      message: `\`${key}\` has no effect with \`solver: ${solver}\`; remove it, or use \`solver: ${solver === 'lbfgs' ? 'sgd' : 'lbfgs'}\``,
      path,
      part: 'key',
      fixes: [context.document.fix.removeKey(path)],
    });
  }
  const facts = context.split(data, train);
  if (facts && facts.classes < 2) {
    context.report({
      severity: 'error',
      code: 'one-class',
      message: `\`${data}\` ${train} has one class, so there is nothing to classify; use other data or labels`,
      path: context.pathOf(id, 'data'),
    });
  }
}

function checkKnn({ id, k, data, train, trainImages }: KnnTransfer, context: CheckContext): void {
  const length = trainImages ?? context.split(data, train)?.length;
  if (length === undefined || k <= length) return;
  const path = context.pathToSet(id, 'k');
  const fitting = Math.max(1, Math.floor(length / 10));
  context.report({
    severity: 'warning',
    code: 'k-larger-than-data',
    message: `k is ${k}, but there are only ${length} training images, so every image votes on every question; use fewer, such as ${fitting}`,
    path: context.pathOf(id, 'k'),
    fixes: [path && context.document.fix.setValue(path, fitting)],
  });
}

function checkRetrieval({ id, gallery, query }: RetrievalTransfer, context: CheckContext): void {
  if (gallery !== query) return;
  context.report({
    severity: 'error',
    code: 'gallery-equals-query',
    message: `\`${id}\` looks images of \`${query}\` up among themselves, so each finds itself; name another split for \`gallery\` or \`query\``,
    path: context.pathOf(id, 'query'),
  });
}
