/** Which detection an analysis of errors looks at, of which pretrainings, and whether its thresholds make sense. */
import type { DetectionErrorsAnalysis, WrittenAnalysis } from './analysisSchema';
import { detectionErrorsFields } from './detectionErrorsFields';
import { fillDefaults } from './fields';
import { findTransfer } from './findTransfer';
import type { Cell } from './matrix';
import { namedPretrainings, type TransferContext } from './resolveTransfer';
import type { DetectionTransfer, TransferSettings } from './transferSchema';

type Written = Extract<WrittenAnalysis, { readonly kind: 'detection-errors' }>;
type Context = Pick<TransferContext, 'pretrainings' | 'report' | 'document'> & {
  readonly transfers: readonly TransferSettings[];
};

export function resolveDetectionErrors(
  cell: Cell<Written>,
  own: Pick<DetectionErrorsAnalysis, 'id' | 'about' | 'resources'>,
  context: Context,
): DetectionErrorsAnalysis | undefined {
  const { written, path } = cell;
  const transfer = detectionOf(cell, context);
  if (!transfer) return undefined;
  const filled = fillDefaults(detectionErrorsFields, written);
  const isSound = checkSettings(cell, { ...filled, transfer }, context);
  const asked = namedPretrainings(written.of, [...path, 'of'], context);
  const of = asked.filter((id) => transfer.of.includes(id));
  const against = againstOf(cell, transfer, context);
  const lacking = written.of ? asked.find((id) => !of.includes(id)) : undefined;
  if (lacking !== undefined)
    context.report({
      severity: 'error',
      code: 'no-detector',
      message: `\`${transfer.id}\` trains no detector on \`${lacking}\`; name it in the \`of\` of \`${transfer.id}\`, or take it out here`,
      path: [...path, 'of'],
    });
  if (!isSound || lacking !== undefined || against === 'unknown') return undefined;
  return {
    ...{ ...own, kind: written.kind, of, transfer: transfer.id, ...filled },
    ...(written.classes && { classes: written.classes }),
    ...(against !== undefined && { against }),
  };
}

function isDetection(transfer: TransferSettings): transfer is DetectionTransfer {
  return transfer.task === 'detection';
}

function detectionOf({ written, path, id }: Cell<Written>, context: Context): DetectionTransfer | undefined {
  const { transfer } = written;
  if (transfer !== undefined) {
    const place = [...path, 'transfer'];
    const says = `\`${id}\` looks at detections`;
    return findTransfer({ id: transfer, place, fits: isDetection, says, none: 'add a detection' }, context);
  }
  const first = context.transfers.find(isDetection);
  if (!first)
    context.report({
      severity: 'error',
      code: 'no-detection',
      message: `\`${id}\` looks at what detectors found, but no transfer here is a detection; add one with \`task: detection\``,
      path,
    });
  return first;
}

function againstOf(
  { written, path }: Cell<Written>,
  transfer: DetectionTransfer,
  context: Context,
): string | 'unknown' | undefined {
  if (written.against === undefined) return undefined;
  const place = [...path, 'against'];
  const [against, ...more] = namedPretrainings([written.against], place, context);
  if (against === undefined) return 'unknown';
  if (more.length === 0 && transfer.of.includes(against)) return against;
  context.report({
    severity: 'error',
    code: more.length > 0 ? 'several-pretrainings' : 'no-detector',
    message:
      more.length > 0
        ? `\`against\` names one pretraining, but \`${written.against}\` is a matrix of ${more.length + 1}; name one of them`
        : `\`${transfer.id}\` trains no detector on \`${against}\`; compare with one of ${transfer.of.join(', ')}`,
    path: place,
  });
  return 'unknown';
}

interface Checked {
  readonly foreground: number;
  readonly background: number;
  readonly iouType: string;
  readonly transfer: DetectionTransfer;
}

function checkSettings(
  { path, id }: Cell<Written>,
  { foreground, background, iouType, transfer }: Checked,
  { report }: Context,
): boolean {
  const problems = [
    background >= foreground && {
      key: 'background',
      message: `\`background\` is ${background}, but must lie below \`foreground\` (${foreground})`,
    },
    iouType === 'segm' &&
      !transfer.model.startsWith('mask-') && {
        key: 'iouType',
        message: `\`${id}\` looks at masks, but the model of \`${transfer.id}\`, \`${transfer.model}\`, finds boxes; set \`iouType: bbox\``,
      },
  ].filter((problem) => problem !== false);
  for (const { key, message } of problems)
    report({ severity: 'error', code: 'impossible', message, path: [...path, key] });
  return problems.length === 0;
}
