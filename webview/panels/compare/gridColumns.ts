/** How wide the table's columns are, in px: the name first. */
import type { CompareColumn } from '../../../src/shared/views/compare/compareColumns';
import type { CompareState } from './part';

const NAME_PX = { least: 150, most: 280, share: 0.45 };

export function columnWidths({ table }: CompareState, available: number): number[] {
  const name = Math.round(Math.max(NAME_PX.least, Math.min(NAME_PX.most, NAME_PX.share * available)));
  return [name, ...table.columns.map(widthOf)];
}

function widthOf({ id, isNumber, name, group }: CompareColumn): number {
  if (id === 'difference') return 215;
  if (id === 'seeds') return 72;
  if (id === 'note' || id === 'file') return 220;
  const word = Math.min(200, 24 + 7 * name.length);
  if (group === 'Metrics' || group === 'Costs') return Math.max(120, word);
  return Math.max(isNumber ? 90 : 130, word);
}
