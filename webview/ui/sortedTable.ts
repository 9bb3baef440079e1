/** A table that is sorted by the column whose head is pressed: the largest first, pressed again the smallest; no value comes last. */
import { element } from './element';

export interface TableColumn<Row> {
  readonly name: string;
  readonly title: string;
  /** NaN where there is none. */
  readonly value: (row: Row) => number;
  readonly format: (value: number) => string;
}

export interface SortedTableOptions<Row> {
  /** For screen readers. */
  readonly label: string;
  /** The column of names; rows come in its order until another one is pressed. */
  readonly first: { readonly name: string; readonly title: string; readonly compare: (a: Row, b: Row) => number };
  readonly head: (row: Row) => HTMLElement;
  readonly isChosen: (row: Row) => boolean;
  /** A button inside a row; `data` are its data attributes. */
  readonly onPress: (data: DOMStringMap, event: MouseEvent) => void;
}

export interface SortedTable<Row> {
  /** Scrolls; what explains the table may be put below it. */
  readonly node: HTMLElement;
  draw(columns: readonly TableColumn<Row>[], rows: readonly Row[]): void;
}

export function createSortedTable<Row>(options: SortedTableOptions<Row>): SortedTable<Row> {
  const { label, first, head, isChosen, onPress } = options;
  const table = element('table', { class: 'classes' });
  const node = element('div', { class: 'scrolled', tabindex: 0, role: 'region', 'aria-label': label }, table);
  let sorted = { column: -1, isDescending: false };
  let [columns, rows]: [readonly TableColumn<Row>[], readonly Row[]] = [[], []];
  table.addEventListener('click', (event) => {
    const data = (event.target as Element).closest<HTMLElement>('button')?.dataset;
    if (!data) return;
    if (data.column === undefined) return onPress(data, event);
    const column = Number(data.column);
    sorted = { column, isDescending: sorted.column === column ? !sorted.isDescending : column >= 0 };
    draw();
  });
  return {
    node,
    draw: (nextColumns, nextRows) => {
      [columns, rows] = [nextColumns, nextRows];
      draw();
    },
  };

  function draw(): void {
    const focused = table.contains(document.activeElement) ? dataOf(document.activeElement) : undefined;
    const heads = [
      heading(-1, first.name, first.title),
      ...columns.map(({ name, title }, i) => heading(i, name, title)),
    ];
    const lines = sortRows().map((row) =>
      element(
        'tr',
        { class: isChosen(row) ? 'is-chosen' : undefined },
        element('th', { scope: 'row' }, head(row)),
        ...columns.map(({ value, format }) => element('td', { class: 'number' }, format(value(row)))),
      ),
    );
    table.replaceChildren(element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...lines));
    if (focused) [...table.querySelectorAll<HTMLElement>('button')].find((one) => dataOf(one) === focused)?.focus();
  }

  function heading(at: number, text: string, title: string): HTMLElement {
    const order = sorted.isDescending ? 'descending' : 'ascending';
    return element(
      'th',
      {
        scope: 'col',
        class: at < 0 ? undefined : 'number',
        'aria-sort': at === sorted.column ? order : undefined,
      },
      element('button', { type: 'button', class: 'plain', 'data-column': at, title }, text),
    );
  }

  function sortRows(): Row[] {
    const { column, isDescending } = sorted;
    const sign = isDescending ? -1 : 1;
    if (column < 0) return [...rows].sort((a, b) => sign * first.compare(a, b));
    const { value } = columns[Math.min(column, columns.length - 1)]!;
    const rank = (row: Row): number => (Number.isNaN(value(row)) ? Infinity : sign * value(row));
    return [...rows].sort((a, b) => (rank(a) === rank(b) ? first.compare(a, b) : rank(a) - rank(b)));
  }
}

/** Tells buttons apart that are drawn anew. */
function dataOf(node: Element | null): string {
  return JSON.stringify({ ...(node as HTMLElement | null)?.dataset });
}
