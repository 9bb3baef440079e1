/** The row of headings: names, how the table is sorted, which columns stay at the left. */
import { element } from '../../ui/element';
import type { CompareActions, CompareState } from './part';

export interface GridHead {
  readonly node: HTMLElement;
  cells(): HTMLElement[];
  draw(state: CompareState, widths: readonly number[]): void;
  /** Sorts by the column; with Shift as well as by those before. */
  press(state: CompareState, column: number, isMore: boolean, actions: CompareActions): void;
}

export function createHead(): GridHead {
  const row = element('div', { role: 'row', class: 'row head-row', 'aria-rowindex': 1 });
  const node = element('div', { role: 'rowgroup' }, row);
  const cells = (): HTMLElement[] => [...row.querySelectorAll<HTMLElement>('.cell')];
  return {
    node,
    cells,
    draw: ({ table, view }, widths) => {
      const all = [{ id: 'name', name: 'name', title: 'name', isNumber: false }, ...table.columns];
      const before = cells();
      const made = all.map(({ id, name, title, isNumber }, i) => {
        const cell =
          before[i] ??
          element(
            'div',
            { role: 'columnheader', class: 'cell' },
            element('span', { class: 'head-name' }),
            element('span', { class: 'head-mark', 'aria-hidden': 'true' }),
          );
        const place = view.sort.findIndex(({ column }) => column === id);
        const sort = view.sort[place];
        cell.dataset.column = id;
        cell.classList.toggle('number', isNumber);
        cell.title = `${title}\nClick to sort, Shift+click to sort by it as well, right click for more`;
        cell.setAttribute('aria-colindex', String(i + 1));
        cell.setAttribute('aria-sort', sort === undefined ? 'none' : sort.isDescending ? 'descending' : 'ascending');
        cell.firstElementChild!.textContent = name;
        const rank = view.sort.length > 1 ? String(place + 1) : '';
        cell.lastElementChild!.textContent = sort === undefined ? '' : `${sort.isDescending ? '↓' : '↑'}${rank}`;
        stick(cell, i, table.pinnedColumns, widths);
        return cell;
      });
      row.replaceChildren(...made);
    },
    press: ({ table, view }, column, isMore, { change }) => {
      const id = column === 0 ? 'name' : table.columns[column - 1]?.id;
      if (id === undefined) return;
      const isNumber = table.columns[column - 1]?.isNumber ?? false;
      const known = view.sort.find((sort) => sort.column === id);
      // Numbers are looked at from the top, words from the beginning; a third press takes the sort away.
      const next = { column: id, isDescending: known ? !known.isDescending : isNumber };
      const isOver = known !== undefined && known.isDescending !== isNumber;
      const others = isMore ? view.sort.filter((sort) => sort.column !== id) : [];
      change({ sort: isOver ? others : [...others, next] });
    },
  };
}

/** Keeps the name and pinned columns in sight when the table is scrolled sideways. */
export function stick(cell: HTMLElement, column: number, pinned: number, widths: readonly number[]): void {
  const isSticky = column <= pinned;
  cell.classList.toggle('is-sticky', isSticky);
  cell.style.left = isSticky ? `${widths.slice(0, column).reduce((sum, width) => sum + width, 0)}px` : '';
}
