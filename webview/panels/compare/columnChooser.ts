/** Lists to tick: which columns stand in the table, and which values of one are let through. */
import { defaultCompareView } from '../../../src/shared/protocol/panels/comparePanel';
import { openChecklist } from '../../ui/checklist';
import type { PopupPlace } from '../../ui/popup';
import type { CompareActions } from './part';

export function openColumnChooser(place: PopupPlace, { state, change }: CompareActions): void {
  const current = state();
  if (!current) return;
  openChecklist(place, {
    label: 'Columns',
    items: current.table.offered.map(({ id, name, title, group }) => ({ id, label: name, title, group })),
    isOn: (id) => state()?.view.columns.includes(id) ?? false,
    onChange: (id, isOn) => {
      const columns = (state()?.view.columns ?? []).filter((one) => one !== id);
      change({ columns: isOn ? [...columns, id] : columns });
    },
    actions: [{ label: 'Reset', run: () => change({ columns: defaultCompareView.columns, pinnedColumns: [] }) }],
  });
}

/** Values to choose from; a column with more is filtered by the field above the table. */
const MOST_VALUES = 500;

export function openValueFilter(place: PopupPlace, { state, change }: CompareActions, id: string): void {
  const current = state();
  const column = current?.table.offered.find((one) => one.id === id);
  if (!current || !column) return;
  const counts = new Map<string, number>();
  current.model.rows.forEach((_, row) => counts.set(column.text(row), (counts.get(column.text(row)) ?? 0) + 1));
  const values = [...counts].sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true })).slice(0, MOST_VALUES);
  const all = values.map(([value]) => value);
  openChecklist(place, {
    label: `Values of ${column.name}`,
    items: values.map(([value, count]) => ({
      id: value,
      label: `${value === '' ? 'none' : value} (${count})`,
      title: value,
      group: '',
    })),
    isOn: (value) => state()?.view.valueFilters[id]?.includes(value) ?? true,
    onChange: (value, isOn) => {
      const filters = state()?.view.valueFilters ?? {};
      const others = (filters[id] ?? all).filter((one) => one !== value);
      const letThrough = isOn ? [...others, value] : others;
      const { [id]: _, ...rest } = filters;
      change({ valueFilters: letThrough.length === all.length ? rest : { ...rest, [id]: letThrough } });
    },
    actions: [
      { label: 'Show all', run: () => change({ valueFilters: without(state()?.view.valueFilters ?? {}, id) }) },
    ],
  });
}

function without(filters: Readonly<Record<string, readonly string[]>>, id: string): Record<string, readonly string[]> {
  return Object.fromEntries(Object.entries(filters).filter(([key]) => key !== id));
}
