/** Which row of the Compare panel is what other panels look at. Pure. */
import type { CompareRow } from '../../protocol/panels/comparePanel';
import type { PanelSelection, SelectionChange } from '../../protocol/panels/selection';

/**
 * The row that is meant; undefined where it is the current one already, or there is none. Of several, such as those of other
 * runs, the selected run's comes first, then the newest.
 */
export function rowOfSelection(
  rows: readonly CompareRow[],
  { experiment, run, pretraining, transfer }: PanelSelection,
  current: string | undefined,
): string | undefined {
  if (run === undefined && pretraining === undefined) return undefined;
  const isMeant = (row: CompareRow): boolean =>
    (experiment === undefined || row.file === experiment) &&
    (pretraining === undefined || row.pretraining === pretraining) &&
    (transfer === undefined || row.measure === transfer);
  const meant = rows.filter(isMeant);
  const ofRun = meant.filter((row) => row.run === run);
  const found = ofRun.length > 0 ? ofRun : meant;
  if (found.length === 0 || found.some(({ id }) => id === current)) return undefined;
  return found.reduce((a, b) => (b.createdAt > a.createdAt ? b : a)).id;
}

/** What other panels are to hear of a row. */
export function selectionOfRow({ file, run, pretraining, kind, measure }: CompareRow): SelectionChange {
  return { experiment: file, run, pretraining, ...(kind === 'transfer' && { transfer: measure }) };
}
