/**
 * All pretrainings of a file: one by one, then whether each snapshot is of a training here that keeps it. A snapshot is never
 * of another snapshot, so that there are no circles.
 */
import { suggest } from '../suggest';
import { pathOfSetting, type Cell } from './matrix';
import { resolvePretraining, type PretrainingContext } from './resolvePretraining';
import { ascending, isMoment, lengthOf } from './resolveSnapshot';
import type { PretrainingSettings, SnapshotPretraining, TrainedPretraining, WrittenPretraining } from './schema';
import { isTrained } from './training';

type PretrainingCell = Cell<WrittenPretraining>;

/** Resolves all cells in their order; those that a problem leaves nothing of are left out. */
export function resolvePretrainings(
  cells: readonly PretrainingCell[],
  context: PretrainingContext,
): readonly PretrainingSettings[] {
  const first = cells.map((cell) => resolvePretraining(cell, context));
  const trained = first.flatMap((one) => (one && isTrained(one) ? one : []));
  return first.flatMap((settings, index) => {
    if (settings?.method !== 'snapshot') return settings ?? [];
    const cell = cells[index]!;
    return isOfTraining(cell, settings, { cells, trained, context }) ? settings : [];
  });
}

interface Others {
  readonly cells: readonly PretrainingCell[];
  readonly trained: readonly TrainedPretraining[];
  readonly context: PretrainingContext;
}

/** Whether what is taken is kept; reported otherwise. */
function isOfTraining(cell: PretrainingCell, settings: SnapshotPretraining, others: Others): boolean {
  const source = others.trained.find(({ id }) => id === settings.of);
  const sourceCell = others.cells.find(({ id }) => id === settings.of);
  if (source && sourceCell) return isKept(cell, settings, { source, sourceCell, context: others.context });
  // Of a pretraining that has problems of its own nothing more is said.
  if (!sourceCell || !isPossible(sourceCell, others)) reportSource(cell, settings, others);
  return false;
}

/** Whether an entry that did not resolve could be a training. */
function isPossible({ written }: PretrainingCell, { context }: Others): boolean {
  const { method, weights, of } = written;
  if (method !== undefined) return method !== 'random' && method !== 'imported' && method !== 'snapshot';
  const hasRecipe = written.recipe !== undefined && context.recipes.has(written.recipe);
  return weights === undefined && of === undefined && (hasRecipe || written.data !== undefined);
}

function reportSource(cell: PretrainingCell, { of }: SnapshotPretraining, { cells, trained, context }: Others): void {
  const path = pathOfSetting(cell, 'of');
  const known = trained.map(({ id }) => id);
  const ofMatrix = cells.filter(({ id, written }) => written.id === of && id !== of).map(({ id }) => id);
  const isThere = cells.some(({ id }) => id === of);
  const candidates = ofMatrix.length > 0 ? ofMatrix : known;
  const nearest = suggest(of, known);
  const listed = candidates.length > 0 ? `; choose one of ${candidates.join(', ')}` : '; train one first';
  const message = isThere
    ? `\`${of}\` is not trained here, so there are no snapshots of it${listed}`
    : ofMatrix.length > 0
      ? `\`${of}\` stands for ${ofMatrix.length} pretrainings, and a snapshot is of one${listed}`
      : `there is no pretraining called \`${of}\`${nearest ? `; did you mean \`${nearest}\`?` : listed}`;
  const proposed = nearest && !isThere ? [nearest] : candidates.slice(0, 4);
  context.report({
    ...{ severity: 'error', code: 'unknown-pretraining', message, path },
    fixes: proposed.map((id) => context.document.fix.replaceValue(path, id)),
  });
}

interface Source {
  readonly source: TrainedPretraining;
  readonly sourceCell: PretrainingCell;
  readonly context: PretrainingContext;
}

function isKept(
  cell: PretrainingCell,
  { of, at }: SnapshotPretraining,
  { source, sourceCell, context }: Source,
): boolean {
  const kept = source.snapshots ?? [];
  if (kept.includes(at)) return true;
  const { fix } = context.document;
  const path = pathOfSetting(cell, 'at');
  const { length, unit } = lengthOf(source);
  const canBeAdded = isMoment(at, source);
  const ends = at >= length ? `; it ends at ${unit} ${length}, and \`${of}\` itself is its end` : '';
  const has = kept.length > 0 ? `; it keeps ${kept.join(', ')}` : '';
  const advice = canBeAdded ? `; add ${at} to its \`snapshots\`` : '';
  context.report({
    severity: 'error',
    code: 'unknown-snapshot',
    message: `\`${of}\` keeps no snapshot at ${unit} ${at}${ends}${has}${advice}`,
    path,
    fixes: [
      canBeAdded ? fix.setValue([...sourceCell.path, 'snapshots'], ascending([...kept, at])) : undefined,
      ...nearestOf(kept, at).map((one) => fix.replaceValue(path, one)),
    ],
  });
  return false;
}

function nearestOf(kept: readonly number[], at: number): readonly number[] {
  return [...kept].sort((a, b) => Math.abs(a - at) - Math.abs(b - at)).slice(0, 2);
}
