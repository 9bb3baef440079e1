/** Whether some row separates the method from its recipe, where pretrainings of different methods are compared. */
import { differingAspects, factorsOf, findSeparation, trainedRow } from '../controls';
import { isTrained } from '../training';
import type { TrainedPretraining } from '../schema';
import type { CheckContext } from './context';

/** Sweeps of more rows are not looked through: who makes them knows what they separate, and every keystroke would wait. */
const MOST_ROWS = 60;

/** One hint is enough: of the first two that nothing separates. */
export function checkControls(context: CheckContext): void {
  const { experiment, report, document } = context;
  if (experiment.transfers.length === 0) return;
  const trained = experiment.pretrainings.filter(isTrained);
  if (trained.length > MOST_ROWS) return;
  const rows = trained.flatMap((pretraining) => trainedRow(pretraining.id, pretraining) ?? []);
  for (const [i, b] of rows.entries()) {
    for (const a of rows.slice(0, i)) {
      const aspects = differingAspects(a, b);
      const isConfounded = aspects.includes('method') && factorsOf(aspects).size > 1;
      if (!isConfounded || findSeparation(a, b, rows)) continue;
      const control = createControl(trained[rows.indexOf(a)]!, trained[i]!, context);
      report({
        severity: 'info',
        code: 'no-control-row',
        message: `\`${context.entryId(a.id)}\` and \`${context.entryId(b.id)}\` differ in ${listAspects(aspects)}, and no row separates these: what makes one better stays open; add \`${context.entryId(a.id)}\` with the recipe of \`${context.entryId(b.id)}\``,
        path: context.pathOf(b.id, 'method'),
        fixes: [control && document.fix.addItem('pretrainings', control, `Add the control row ${control.id}`)],
      });
      return;
    }
  }
}

function listAspects(aspects: readonly string[]): string {
  return `${aspects.slice(0, -1).join(', ')} and ${aspects.at(-1)}`;
}

/** What belongs to the method is `a`'s, all else `b`'s, so that it differs from `b` in the method alone. */
function createControl(
  a: TrainedPretraining,
  b: TrainedPretraining,
  context: CheckContext,
): ({ readonly id: string } & Readonly<Record<string, unknown>>) | undefined {
  const written = context.writtenAlone(a.id);
  const id = `${a.id}-as-${b.id}`;
  if (!written || context.experiment.pretrainings.some((one) => one.id === id)) return undefined;
  const own = Object.entries(written).filter(([key]) => !notCopied.has(key));
  const { augment, batch, imageSize, data, split, epochs, steps, accumulate } = b;
  return {
    id,
    ...Object.fromEntries(own),
    method: a.method,
    ...{ data, split, augment, batch, imageSize },
    ...(accumulate > 1 && { accumulate }),
    ...(epochs === undefined ? { steps } : { epochs }),
  };
}

const notCopied: ReadonlySet<string> = new Set([
  ...['id', 'about', 'matrix', 'resources', 'snapshots', 'accumulate', 'epochs', 'steps'],
]);
