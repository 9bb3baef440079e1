/** Data that cannot teach or test what it is used for. */
import type { TrainedPretraining, TransferSettings } from '../schema';
import { isTrained, type CheckContext } from './context';

export function checkData(context: CheckContext): void {
  checkUnused(context);
  for (const pretraining of context.experiment.pretrainings.filter(isTrained)) {
    checkSplitExists(pretraining.data, pretraining.split, context.pathOf(pretraining.id, 'split'), context);
    checkClasses(pretraining, context);
    checkContamination(pretraining, context);
  }
}

/** The splits that a transfer learns from and is scored on. */
export function splitsOfTransfer(transfer: TransferSettings): { readonly train: string; readonly test: string } {
  return transfer.task === 'retrieval' ? { train: transfer.gallery, test: transfer.query } : transfer;
}

/** Reports a split that the opened data does not have. */
export function checkSplitExists(
  data: string,
  split: string,
  path: readonly (string | number)[],
  { facts, report }: CheckContext,
): void {
  const splits = facts.data?.[data]?.splits;
  if (!splits || splits.includes(split)) return;
  report({
    severity: 'error',
    code: 'unknown-split',
    message: `\`${data}\` has no split \`${split}\`; it has ${splits.join(', ') || 'none'}`,
    path,
  });
}

function checkUnused({ experiment, report, document }: CheckContext): void {
  const used = new Set([...experiment.pretrainings.filter(isTrained), ...experiment.transfers].map(({ data }) => data));
  for (const id of Object.keys(experiment.data)) {
    if (used.has(id)) continue;
    const path = ['data', id];
    report({
      severity: 'info',
      code: 'unused-data',
      message: `the data \`${id}\` is not used by any pretraining or transfer; remove it, or name it in one`,
      path,
      part: 'key',
      fixes: [document.fix.removeKey(path)],
    });
  }
}

function checkClasses({ id, method, data, split }: TrainedPretraining, context: CheckContext): void {
  const facts = context.split(data, split);
  if (!facts) return;
  const path = context.pathOf(id, 'data');
  const place = `\`${data}\` ${split}`;
  if (method === 'supervised' && facts.classes < 2) {
    context.report({
      severity: 'error',
      code: 'one-class',
      message: `${place} has one class, so a classifier has nothing to tell apart and learns nothing; use a method without labels, or other data`,
      path,
    });
    return;
  }
  if (method === 'exemplar' && facts.classes < 2) {
    context.report({
      severity: 'error',
      code: 'one-class',
      message: `${place} has one class, so the exemplar loss has no negatives and is always 0; use \`moco\`, or other data`,
      path,
    });
    return;
  }
  const single = (facts.classCounts ?? []).flatMap((count, index) =>
    count === 1 ? [facts.classNames?.[index] ?? `class ${index}`] : [],
  );
  if (single.length === 0 || method === 'moco' || method === 'instdisc') return;
  if (single.length === facts.classes && method === 'exemplar') {
    context.report({
      severity: 'info',
      code: 'all-classes-single',
      message: `every class of ${place} has one image, so the exemplar loss equals that of MoCo`,
      path,
    });
    return;
  }
  const named = single.slice(0, 3).join(', ') + (single.length > 3 ? ' …' : '');
  context.report({
    severity: method === 'supcon' ? 'info' : 'warning',
    code: 'class-with-one-image',
    message: `${single.length} of ${facts.classes} classes of ${place} have a single image (${named}): nothing about such a class can generalise; merge or remove them`,
    path,
  });
}

function checkContamination(pretraining: TrainedPretraining, context: CheckContext): void {
  const { experiment, report } = context;
  for (const transfer of experiment.transfers) {
    const { test } = splitsOfTransfer(transfer);
    if (
      !transfer.of.includes(pretraining.id) ||
      test !== pretraining.split ||
      !isSameData(pretraining.data, transfer.data, context)
    )
      continue;
    const part = context.isWritten(pretraining.id, 'split') ? 'split' : 'data';
    report({
      severity: 'warning',
      code: 'test-images-in-pretraining',
      message: `\`${pretraining.id}\` is pretrained on \`${pretraining.data}\` ${test}, which holds the test images of \`${transfer.id}\`: its score there would be of seen images and cannot be compared; pretrain on another split`,
      path: context.pathOf(pretraining.id, part),
    });
  }
}

/** Two entries show the same images when all that picks images agrees; labels and background do not. */
function isSameData(a: string, b: string, { experiment }: CheckContext): boolean {
  const [first, second] = [experiment.data[a]!, experiment.data[b]!];
  if (a === b) return true;
  if (first.kind === 'emoji' || second.kind === 'emoji') return first.kind === second.kind;
  return first.kind === second.kind && first.root === second.root;
}
