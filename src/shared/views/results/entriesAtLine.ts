/** Which pretrainings and transfers stand at a line of an experiment file: what the cursor is in. Pure. */
import { documentSymbols, type OutlineSymbol } from '../../editing/documentSymbols';
import { SourceTree } from '../../editing/sourceTree';
import type { ExperimentDocument } from '../../experiment/document';
import type { ParsedExperiment } from '../../experiment/parse';
import type { ExperimentOutline } from './experimentTree';

/** Entries of files that were looked at: the cursor moves more often than the text changes. */
const known = new WeakMap<ExperimentDocument, readonly OutlineSymbol[]>();

/** Resolved ids: several where the entry is a matrix, none between entries. `line` counts from 1. */
export function entriesAtLine(
  { document }: Pick<ParsedExperiment, 'document'>,
  { pretrainings, transfers }: ExperimentOutline,
  line: number,
): string[] {
  const lines = document.text.split('\n');
  const start = lines.slice(0, line - 1).reduce((sum, { length }) => sum + length + 1, 0);
  const end = start + (lines[line - 1]?.length ?? 0);
  const written = entriesOf(document)
    .filter((entry) => entry.start <= end && entry.end > start)
    .map(({ name, kind }) => `${kind} ${name}`);
  return [
    ...pretrainings.filter((entry) => written.includes(`pretraining ${entry.written}`)),
    ...transfers.filter((entry) => written.includes(`transfer ${entry.written}`)),
  ].map(({ id }) => id);
}

function entriesOf(document: ExperimentDocument): readonly OutlineSymbol[] {
  const found = known.get(document);
  if (found) return found;
  // A text that could not be read has no value.
  const sections = document.value === undefined ? [] : documentSymbols(new SourceTree(document.text));
  const entries = sections
    .flatMap(({ children }) => children)
    .filter(({ kind }) => kind === 'pretraining' || kind === 'transfer');
  known.set(document, entries);
  return entries;
}
