/** Snapshots as written: when a training keeps its weights on the way, and which of these a pretraining takes. */
import { pathOfSetting, type Cell } from './matrix';
import type { Path } from './places';
import type { ResolveContext } from './resolveData';
import type { SnapshotPretraining, TrainedPretraining, WrittenPretraining } from './schema';

type PretrainingCell = Cell<WrittenPretraining>;

export type Duration = Pick<TrainedPretraining, 'epochs' | 'steps'>;

/** Length of a training in the unit that it is written in. */
export function lengthOf({ steps, epochs }: Duration): { readonly length: number; readonly unit: 'step' | 'epoch' } {
  return steps === undefined ? { length: epochs ?? 0, unit: 'epoch' } : { length: steps, unit: 'step' };
}

/** Whether a training passes by before its end. */
export function isMoment(at: number, duration: Duration): boolean {
  const { length, unit } = lengthOf(duration);
  return at < length && (unit === 'epoch' || Number.isInteger(at));
}

/** The snapshots of a training, ascending; those that it never comes to are reported. */
export function resolveSnapshots(
  cell: PretrainingCell,
  duration: Duration,
  { report, document }: ResolveContext,
): { readonly snapshots?: readonly number[] } {
  const written = cell.written.snapshots ?? [];
  const { length, unit } = lengthOf(duration);
  const path: Path = pathOfSetting(cell, 'snapshots');
  const wrong = written.findIndex((at) => !isMoment(at, duration));
  if (wrong >= 0) {
    const at = written[wrong]!;
    const why =
      at < length
        ? `falls between two steps; its length is given in steps, so write a whole number`
        : `is never come to: the training ends at ${unit} ${length}, and its end is kept anyway; remove it`;
    const rest = ascending(written.filter((one) => isMoment(one, duration)));
    report({
      ...{ severity: 'error', code: 'snapshot-never', message: `the snapshot at ${unit} ${at} ${why}` },
      path: [...path, wrong],
      fixes: [document.fix.replaceValue(path, rest, 'Remove it')],
    });
  }
  return written.length > 0 ? { snapshots: ascending(written) } : {};
}

/** Without repetitions. */
export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

/** A snapshot as it is written; undefined where it does not say of what, or of when. */
export function resolveSnapshot(
  cell: PretrainingCell,
  base: { readonly id: string },
  { report }: ResolveContext,
): SnapshotPretraining | undefined {
  const { of, at } = cell.written;
  if (of !== undefined && at !== undefined) return { ...base, method: 'snapshot', of, at };
  const key = of === undefined ? 'of' : 'at';
  const advice =
    key === 'of'
      ? 'add `of:` with the id of a pretraining that is trained here'
      : `add \`at:\` with one of the \`snapshots\` of \`${of}\``;
  report({
    severity: 'error',
    code: 'missing-key',
    message: `\`${cell.id}\` takes a snapshot but does not say ${key === 'of' ? 'of which pretraining' : 'which one'}; ${advice}`,
    path: cell.path,
  });
  return undefined;
}
