/** What the user marks about rows: sent to the host, which writes the marks file and sends the model anew. */
import type { CompareActions } from './part';

export function toggleMark({ state, mark }: CompareActions, row: number, what: 'star' | 'pin' | 'hidden'): void {
  const current = state();
  if (!current) return;
  const isOn = current.table.marksOf(row)[what] === true;
  mark(row, { type: 'row', row: current.model.rows[row]!.id, set: { [what]: isOn ? null : true } });
}

export function toggleBaseline({ state, mark }: CompareActions, row: number): void {
  const current = state();
  if (!current) return;
  const isBaseline = current.table.baseline === row;
  mark(row, { type: 'baseline', row: isBaseline ? undefined : current.model.rows[row]!.id });
}

/** Lets this row be compared with the present baseline (or selected row) in spite of what differs, or no more. */
export function toggleSamePair({ state, mark }: CompareActions, row: number, isSame: boolean): void {
  const current = state();
  const against = current?.table.against;
  if (!current || against === undefined) return;
  const { rows } = current.model;
  mark(row, { type: 'samePair', pair: [rows[row]!.id, rows[against]!.id], isSame });
}
