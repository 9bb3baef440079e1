/** Which pretrainings and transfers stand at a line of an experiment file: what the cursor is in. Pure. */
import type { ParsedExperiment } from '../experiment/parse';
import type { ExperimentOutline } from './experimentTree';

/** Resolved ids: several where the entry is a matrix, none between entries. `line` counts from 1. */
export function entriesAtLine(
  { document }: Pick<ParsedExperiment, 'document'>,
  outline: ExperimentOutline,
  line: number,
): string[] {
  return (['pretrainings', 'transfers'] as const).flatMap((section) => {
    const value = document.value as Readonly<Record<string, unknown>> | null | undefined;
    const list = value?.[section];
    if (!Array.isArray(list)) return [];
    const index = list.findIndex((_, at) => {
      const { start, end } = document.rangeOf([section, at]);
      // A block ends at the start of the line after it.
      return line >= start.line && (line < end.line || (line === end.line && end.column > 1));
    });
    const written = (list[index] as { readonly id?: unknown } | undefined)?.id;
    return outline[section].filter((entry) => entry.written === written).map(({ id }) => id);
  });
}
