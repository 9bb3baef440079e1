/**
 * Which pretrainings and transfers of an experiment file differ from the experiment that a run was launched with, so
 * that their results no longer belong to the file. Compares resolved settings: comments, notes and what only watches a
 * training do not count. Left out: data that changed on disk, which only a plan knows.
 */
import type { Experiment, PretrainingSettings } from '../../experiment/schema';
import type { TransferSettings } from '../../experiment/transferSchema';

const withoutEffect: ReadonlySet<string> = new Set([
  'about',
  'recipe',
  'of',
  'monitor',
  'checkpointEvery',
  'recompute',
  'processes',
]);

/** Resolved ids. */
export function selectChangedEntries(now: Experiment, launched: Experiment): ReadonlySet<string> {
  const isOtherBackbone = !isEqual(now.backbone, launched.backbone);
  const changed = new Set<string>();
  const compare = (
    entries: readonly (PretrainingSettings | TransferSettings)[],
    before: readonly (PretrainingSettings | TransferSettings)[],
  ): void => {
    for (const entry of entries) {
      const old = before.find(({ id }) => id === entry.id);
      if (!old) continue;
      const isChanged =
        !isEqual(effective(entry), effective(old)) || !isEqual(dataOf(now, entry), dataOf(launched, old));
      if (isChanged) changed.add(entry.id);
    }
  };
  compare(now.pretrainings, launched.pretrainings);
  compare(now.transfers, launched.transfers);
  if (isOtherBackbone) for (const { id } of now.pretrainings) changed.add(id);
  return changed;
}

function effective(entry: object): object {
  // Without `accumulate` an experiment is from before there was a choice.
  return Object.fromEntries(
    Object.entries({
      ...entry,
      ...('batch' in entry && { accumulate: 'accumulate' in entry ? entry.accumulate : 1 }),
    }).filter(([key]) => !withoutEffect.has(key)),
  );
}

function dataOf(experiment: Experiment, entry: PretrainingSettings | TransferSettings): unknown {
  return 'data' in entry ? experiment.data[entry.data] : undefined;
}

/** Equality of plain JSON, whatever the order of keys. */
function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].every((key) => isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
