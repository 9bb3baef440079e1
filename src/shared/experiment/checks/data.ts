/** Data that cannot teach or test what it is used for. */
import type { Experiment, TrainedPretraining } from '../schema';
import type { TransferSettings } from '../transferSchema';
import { usesLabels } from '../methods';
import { isTrained, trainingOf } from '../training';
import type { CheckContext } from './context';
import type { SharedImages, SplitName } from './facts';

export function checkData(context: CheckContext): void {
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

export function checkUnused({ experiment, report, document }: CheckContext): void {
  // Random weights read data for their batch norm.
  const ofPretrainings = experiment.pretrainings.map((one) => ('data' in one ? one.data : undefined));
  const readers = [...experiment.transfers, ...experiment.analyses];
  const used = new Set([...ofPretrainings, ...readers.map((one) => ('data' in one ? one.data : undefined))]);
  for (const id of Object.keys(experiment.data)) {
    if (used.has(id)) continue;
    const path = ['data', id];
    report({
      severity: 'info',
      code: 'unused-data',
      message: `the data \`${id}\` is not used by any pretraining, transfer or analysis; remove it, or name it in one`,
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
  if (single.length === 0 || !usesLabels(method)) return;
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
    message: `${single.length} of ${facts.classes} classes of ${place} ${single.length === 1 ? 'has' : 'have'} a single image (${named}): nothing about such a class can generalise; merge or remove them`,
    path,
  });
}

function checkContamination(pretraining: TrainedPretraining, context: CheckContext): void {
  const { id, data, split } = pretraining;
  for (const { transfer, tested } of testsOf(pretraining, context.experiment)) {
    checkIdentities(pretraining, { transfer, tested }, context);
    const seen = seenImages({ data, split }, tested, context);
    if (seen === 0) continue;
    const total = context.split(tested.data, tested.split)?.length;
    const part = context.isWritten(id, 'split') ? 'split' : 'data';
    const message =
      seen === 'all' || seen === total
        ? `\`${id}\` is pretrained on \`${data}\` ${split}, which holds the test images of \`${transfer.id}\`: its score there would be of seen images and cannot be compared; pretrain on another split`
        : `\`${id}\` is pretrained on \`${data}\` ${split}, which holds ${seen}${total === undefined ? '' : ` of the ${total}`} test images of \`${transfer.id}\` (\`${tested.data}\` ${tested.split}): its score there would be partly of seen images, better than it should be; remove them from one of the two`;
    context.report({
      severity: 'warning',
      code: 'test-images-in-pretraining',
      message,
      path: context.pathOf(id, part),
    });
  }
}

/** Whoever is seen while pretraining is not tested on: the network may know the face, not the task. */
function checkIdentities(
  { id, data, split }: TrainedPretraining,
  { transfer, tested }: TestedTransfer,
  context: CheckContext,
): void {
  const people = sharedOf({ data, split }, tested, context)?.identities ?? 0;
  if (people === 0) return;
  context.report({
    severity: 'warning',
    code: 'test-identities-in-pretraining',
    message: `\`${id}\` is pretrained on \`${data}\` ${split}, which shows ${people} ${people === 1 ? 'person' : 'people'} of the test images of \`${transfer.id}\` (\`${tested.data}\` ${tested.split}): its score there would be partly of known faces; add \`without: [${tested.split}]\` to the data`,
    path: context.pathOf(id, context.isWritten(id, 'split') ? 'split' : 'data'),
  });
}

interface TestedTransfer {
  readonly transfer: TransferSettings;
  readonly tested: SplitName;
}

/** The transfers that score a pretraining or a snapshot of it, with the split that they score it on. */
export function testsOf(
  { id }: TrainedPretraining,
  { transfers, pretrainings }: Pick<Experiment, 'transfers' | 'pretrainings'>,
): TestedTransfer[] {
  return transfers
    .filter(({ of }) => of.some((one) => trainingOf(one, pretrainings)?.id === id))
    .map((transfer) => ({ transfer, tested: { data: transfer.data, split: splitsOfTransfer(transfer).test } }));
}

/** How many images of a test split a pretraining has seen: by name where names say it, else as counted, else none. */
function seenImages(pretrained: SplitName, tested: SplitName, context: CheckContext): number | 'all' {
  if (pretrained.split === tested.split && isSameData(pretrained.data, tested.data, context)) return 'all';
  return sharedOf(pretrained, tested, context)?.images ?? 0;
}

function sharedOf(pretrained: SplitName, tested: SplitName, { facts }: CheckContext): SharedImages | undefined {
  const isSame = (a: SplitName, b: SplitName) => a.data === b.data && a.split === b.split;
  return facts.sharedImages?.find((shared) => isSame(shared.pretrained, pretrained) && isSame(shared.tested, tested));
}

/** Two entries show the same images when all that picks images agrees; labels and background do not. */
function isSameData(a: string, b: string, { experiment }: CheckContext): boolean {
  const [first, second] = [experiment.data[a]!, experiment.data[b]!];
  if (a === b) return true;
  if (first.kind !== second.kind) return false;
  if (first.kind === 'emoji') return true;
  if (first.kind === 'emoji-scenes') return false; // other settings, other pictures
  return 'root' in second && first.root === second.root;
}
