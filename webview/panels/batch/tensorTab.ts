/** What the tabs of layers and parameters have in common: a filter, a list of rows, and the chosen one beside it. */
import { orderRows } from '../../../src/shared/views/batch/tensorRows';
import { formatCount, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createTextButton, createToggle } from '../../ui/choice';
import { element } from '../../ui/element';
import { createRowList, type RowColumn } from '../../ui/rowList';
import type { BatchActions, BatchShown } from './part';
import { createTensorDetail, type DetailData } from './tensorDetail';

export interface TensorOrder<Sort extends string> {
  readonly sort: Sort;
  readonly isDescending: boolean;
  readonly chosen?: string;
}

export interface TensorRows<Sort extends string> {
  readonly count: number;
  readonly order: TensorOrder<Sort>;
  readonly columns: readonly RowColumn<Sort>[];
  nameOf(place: number): string;
  valueOf(place: number, sort: Sort): number | undefined;
  /** In words. */
  describe(place: number): string;
  detail(place: number): DetailData;
  mark(place: number): string;
}

export interface TensorTabOptions<Sort extends string> {
  /** `layer`: one row. */
  readonly thing: string;
  readonly actions: BatchActions;
  readonly rowsOf: (shown: BatchShown) => TensorRows<Sort>;
  readonly onOrder: (shown: BatchShown, order: TensorOrder<Sort>) => void;
  /** All rows as a table. */
  readonly csvOf: (shown: BatchShown, places: readonly number[]) => string;
  /** Above the list. */
  readonly above?: { readonly node: HTMLElement; draw(shown: BatchShown, choose: (place: number) => void): void };
}

export interface TensorTab {
  readonly node: HTMLElement;
  draw(shown: BatchShown): void;
}

export function createTensorTab<Sort extends string>(options: TensorTabOptions<Sort>): TensorTab {
  const { thing, actions, rowsOf, onOrder, above } = options;
  const filter = element('input', {
    ...{ type: 'search', class: 'filter', placeholder: 'Filter by name', 'aria-label': `Filter ${thing}s by name` },
  }) as HTMLInputElement;
  filter.addEventListener('input', () => actions.change({ filter: filter.value }));
  const log = createToggle('Log counts', (isLog) => actions.change({ isLog }));
  log.node.title = 'Counts of the histograms on a logarithmic scale';
  const csv = createTextButton('CSV', 'Save the rows that are shown as CSV', () => save());
  const count = element('span', { class: 'quiet count' });
  const list = createRowList<Sort>({ label: `${thing}s`, name: thing, onChoose: choose, onSort: sortBy });
  const empty = element('p', { class: 'empty' }, `No ${thing} has such a name.`);
  const detail = createTensorDetail();
  const columns = element(
    'div',
    { class: 'columns' },
    element('div', { class: 'list-part' }, list.node, empty),
    detail.node,
  );
  const bar = element('div', { class: 'toolbar' }, filter, log.node, csv, count);
  const node = element('div', { class: 'tensor-tab' }, ...(above ? [above.node] : []), bar, columns);
  let shown: BatchShown | undefined;
  let rows: TensorRows<Sort> | undefined;
  let places: readonly number[] = [];
  let revealed: string | undefined;

  return {
    node,
    draw: (next) => {
      shown = next;
      rows = rowsOf(next);
      const { order, nameOf } = rows;
      const { sort, isDescending } = order;
      const valueOf = (place: number): number | undefined => rows!.valueOf(place, sort);
      places = orderRows(rows.count, { filter: next.view.filter, sort, isDescending, nameOf, valueOf });
      const chosen = chosenPlace(rows);
      if (filter.value !== next.view.filter) filter.value = next.view.filter;
      log.draw(next.view.isLog);
      const all = formatNumberOf(rows.count, thing);
      count.textContent = places.length === rows.count ? all : `${formatCount(places.length)} of ${all}`;
      list.node.hidden = places.length === 0;
      empty.hidden = places.length > 0;
      list.draw({ places, chosen, sort, isDescending, columns: rows.columns, title: rows.describe, mark: rows.mark });
      detail.draw(
        chosen === undefined ? undefined : rows.detail(chosen),
        `Click a ${thing}, or move with the arrow keys, to see how its numbers are spread.`,
      );
      above?.draw(next, choose);
      // One that was chosen elsewhere comes into sight.
      if (order.chosen !== revealed) list.reveal();
      revealed = order.chosen;
    },
  };

  function chosenPlace({ order, count: all, nameOf }: TensorRows<Sort>): number | undefined {
    for (let place = 0; place < all; place++) if (nameOf(place) === order.chosen) return place;
    return undefined;
  }

  function choose(place: number): void {
    if (!shown || !rows) return;
    revealed = rows.nameOf(place);
    onOrder(shown, { ...rows.order, chosen: revealed });
    actions.announce(rows.describe(place).replaceAll('\n', ', '));
  }

  /** Names from A, numbers from the greatest; pressed again the other way round, and then as in the network. */
  function sortBy(column: Sort): void {
    if (!shown || !rows) return;
    const { sort, isDescending } = rows.order;
    const first = column !== 'name';
    const isAgain = sort === column;
    const next = !isAgain
      ? { sort: column, isDescending: first }
      : isDescending === first
        ? { sort: column, isDescending: !first }
        : { sort: 'order' as Sort, isDescending: false };
    onOrder(shown, { ...rows.order, ...next });
    const way = next.isDescending ? 'from high to low' : 'from low to high';
    actions.announce(next.sort === 'order' ? 'In the order of the network' : `Sorted by ${next.sort}, ${way}`);
  }

  function save(): void {
    if (!shown) return;
    const name = `batch-${shown.inspection.step + 1}-${thing}s.csv`;
    actions.save({ name, encoding: 'utf8', content: options.csvOf(shown, places) });
  }
}
