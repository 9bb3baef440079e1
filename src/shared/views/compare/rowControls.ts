/** Which pretrainings of a run are controls, and of which others: random weights, and rows between two methods. Pure. */
import { differingAspects, factorsOf, findSeparation, trainedRow, type TrainedRow } from '../../experiment/controls';
import type { PretrainingSettings } from '../../experiment/schema';
import { formatList } from '../formatNumbers';

/** Ways between all pairs of more rows take too long, and nobody reads them. */
const MOST_ROWS = 20;

/** A sentence for each control, by the id of the pretraining. */
export function describeRowControls(pretrainings: readonly PretrainingSettings[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const rows = pretrainings.flatMap((one) => trainedRow(one.id, one) ?? []);
  for (const { id, method } of pretrainings) {
    if (method === 'random' && pretrainings.some((other) => other.method !== 'random'))
      found.set(id, 'Control of all others: random weights of the same network.');
  }
  if (rows.length > MOST_ROWS) return found;
  for (const [i, b] of rows.entries()) {
    for (const a of rows.slice(0, i)) {
      const aspects = differingAspects(a, b);
      const isConfounded = aspects.includes('method') && factorsOf(aspects).size > 1;
      const way = isConfounded ? (findSeparation(a, b, rows) ?? []) : [];
      way.slice(1, -1).forEach((row, at) => {
        if (!found.has(row.id)) found.set(row.id, describeBetween(way[at]!, row, way[at + 2]!));
      });
    }
  }
  return found;
}

function describeBetween(before: TrainedRow, row: TrainedRow, after: TrainedRow): string {
  const words = [before, after].map((other) => `${other.id} in ${formatList(differingAspects(other, row))}`);
  return `Control: it differs from ${words.join(', and from ')}.`;
}
