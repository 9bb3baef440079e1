/**
 * A long list as a grid of rows. Only those in sight are elements, so that a hundred thousand are no more work than thirty.
 * One stop of the Tab key; arrow keys move the chosen row. Heads sort. Columns are laid out by `--row-columns` of the style sheet.
 */
import { element } from './element';
import { onceAFrame } from './onceAFrame';

export interface RowColumn<Sort extends string = string> {
  /** Also the class of its cells. */
  readonly id: string;
  readonly label: string;
  readonly title: string;
  /** What pressing its head sorts by; nothing when absent. */
  readonly sort?: Sort;
  /** Names differ at their ends: what is cut off is the beginning. */
  readonly isName?: boolean;
  /** Of a row by its place; of pictures the path in a box of `rowPicture`. */
  text?(place: number): string;
  path?(place: number): string;
}

export interface RowsShown<Sort extends string> {
  /** Places in the order on screen. */
  readonly places: readonly number[];
  readonly chosen: number | undefined;
  readonly sort: Sort;
  readonly isDescending: boolean;
  readonly columns: readonly RowColumn<Sort>[];
  /** Everything that is known of a row, when the pointer rests on it. */
  title(place: number): string;
  /** Names how the row looks; `data-mark` for the style sheet. */
  mark?(place: number): string;
}

export interface RowList<Sort extends string> {
  readonly node: HTMLElement;
  draw(shown: RowsShown<Sort>): void;
  /** Brings the chosen row into sight. */
  reveal(): void;
}

export interface RowListOptions<Sort extends string> {
  /** For screen readers. */
  readonly label: string;
  /** Of the list, for the style sheet; begins the ids of rows. */
  readonly name: string;
  readonly onChoose: (place: number) => void;
  readonly onSort: (sort: Sort) => void;
}

/** px of pictures in a row. */
export const rowPicture = { width: 72, height: 16 };

const ROW = 24;
/** Rows drawn above and below those in sight. */
const SPARE = 6;
const SVG = 'http://www.w3.org/2000/svg';

interface Row {
  readonly node: HTMLElement;
  readonly cells: readonly HTMLElement[];
  readonly pictures: ReadonlyMap<string, SVGPathElement>;
}

export function createRowList<Sort extends string>(options: RowListOptions<Sort>): RowList<Sort> {
  return new WindowedRows(options);
}

class WindowedRows<Sort extends string> implements RowList<Sort> {
  readonly node: HTMLElement;
  private readonly head = element('div', { class: 'list-head', role: 'row', 'aria-rowindex': 1 });
  private readonly space = element('div', { class: 'list-space', role: 'presentation' });
  private readonly scroll = element('div', { class: 'list-scroll', role: 'presentation' }, this.head, this.space);
  /** By place in the order on screen. */
  private readonly drawn = new Map<number, Row>();
  private shown: RowsShown<Sort> | undefined;
  private columnsDrawn = '';

  constructor(private readonly options: RowListOptions<Sort>) {
    const { label, name } = options;
    const attributes = { class: `row-list ${name}-list`, role: 'grid', tabindex: 0, 'aria-label': label };
    this.node = element('div', attributes, this.scroll);
    const schedule = onceAFrame(() => this.drawVisible());
    this.scroll.addEventListener('scroll', schedule, { passive: true });
    new ResizeObserver(schedule).observe(this.scroll);
    this.listen();
  }

  draw(next: RowsShown<Sort>): void {
    this.shown = next;
    this.drawHead(next);
    this.node.setAttribute('aria-rowcount', String(next.places.length + 1));
    this.space.style.height = `${ROW * next.places.length}px`;
    this.drawVisible();
  }

  reveal(): void {
    const { shown, scroll } = this;
    const at = shown?.chosen === undefined ? -1 : shown.places.indexOf(shown.chosen);
    if (at < 0) return;
    const [top, room] = [ROW * at, scroll.clientHeight - ROW];
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top + ROW > scroll.scrollTop + room) scroll.scrollTop = top + ROW - room;
    this.drawVisible();
  }

  private listen(): void {
    const { onChoose, onSort } = this.options;
    this.space.addEventListener('click', ({ target }) => {
      const place = (target as Element).closest<HTMLElement>('.list-row')?.dataset.place;
      if (place !== undefined) onChoose(Number(place));
    });
    this.head.addEventListener('click', ({ target }) => {
      const sort = (target as Element).closest<HTMLElement>('[data-sort]')?.dataset.sort;
      if (sort !== undefined) onSort(sort as Sort);
    });
    this.node.addEventListener('keydown', (event) => {
      const next = event.target === this.node ? this.nextPlace(event.key) : undefined;
      if (next === undefined) return;
      event.preventDefault();
      onChoose(next);
      this.reveal();
    });
  }

  private nextPlace(key: string): number | undefined {
    if (!this.shown || this.shown.places.length === 0) return undefined;
    const { places, chosen } = this.shown;
    const now = chosen === undefined ? -1 : places.indexOf(chosen);
    const page = Math.max(1, Math.floor((this.scroll.clientHeight - ROW) / ROW) - 1);
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowUp: now - 1, ArrowDown: now + 1, PageUp: now - page, PageDown: now + page },
      ...{ Home: 0, End: places.length - 1 },
    };
    const next = steps[key];
    return next === undefined ? undefined : places[Math.min(places.length - 1, Math.max(0, next))];
  }

  private drawHead({ columns, sort: sorted, isDescending }: RowsShown<Sort>): void {
    const ids = columns.map(({ id }) => id).join(' ');
    if (ids !== this.columnsDrawn) {
      this.columnsDrawn = ids;
      this.drawn.clear();
      this.space.replaceChildren();
      this.head.replaceChildren(...columns.map(createHead));
    }
    columns.forEach(({ sort, label: text }, k) => {
      const cell = this.head.children[k] as HTMLElement;
      const isSorted = sort !== undefined && sorted === sort;
      cell.setAttribute('aria-sort', isSorted ? (isDescending ? 'descending' : 'ascending') : 'none');
      cell.firstElementChild!.textContent = isSorted ? `${text} ${isDescending ? '↓' : '↑'}` : text;
    });
  }

  private drawVisible(): void {
    const { shown, scroll, drawn } = this;
    if (!shown) return;
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
    const last = Math.min(shown.places.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + SPARE);
    for (const [at, { node: row }] of drawn) {
      if (at >= first && at < last) continue;
      row.remove();
      drawn.delete(at);
    }
    this.node.removeAttribute('aria-activedescendant');
    for (let at = first; at < last; at++) {
      const row = drawn.get(at) ?? createRow(shown.columns);
      if (!drawn.has(at)) {
        drawn.set(at, row);
        this.space.append(row.node);
      }
      this.fill(row, at, shown);
    }
  }

  private fill(row: Row, at: number, shown: RowsShown<Sort>): void {
    const { node } = row;
    const place = shown.places[at]!;
    const isChosen = place === shown.chosen;
    node.style.transform = `translateY(${ROW * at}px)`;
    node.dataset.place = String(place);
    node.dataset.mark = shown.mark?.(place) ?? '';
    node.id = `${this.options.name}-${place}`;
    node.setAttribute('aria-rowindex', String(at + 2));
    node.setAttribute('aria-selected', String(isChosen));
    if (isChosen) this.node.setAttribute('aria-activedescendant', node.id);
    shown.columns.forEach((column, k) => fillCell(row, column, { at: k, place }));
    row.cells[0]!.title = shown.title(place);
  }
}

function fillCell({ cells, pictures }: Row, column: RowColumn, { at, place }: { at: number; place: number }): void {
  pictures.get(column.id)?.setAttribute('d', column.path?.(place) ?? '');
  if (!column.text) return;
  const text = column.text(place);
  if (cells[at]!.textContent === text) return;
  // Isolated, because cells of names run from right to left to be cut off at the left.
  if (column.isName) cells[at]!.replaceChildren(element('bdi', {}, text));
  else cells[at]!.textContent = text;
}

function createHead({ id, label, title, sort, isName }: RowColumn): HTMLElement {
  const inside = sort
    ? element('button', { type: 'button', class: 'plain', title: `${title}. Press to sort.`, 'data-sort': sort }, label)
    : element('span', { title }, label);
  return element('div', { class: `cell ${id}${isName ? ' is-name' : ''}`, role: 'columnheader' }, inside);
}

function createRow(columns: readonly RowColumn[]): Row {
  const pictures = new Map<string, SVGPathElement>();
  const cells = columns.map(({ id, isName, path }) => {
    const cell = element('div', { class: `cell ${id}`, role: isName ? 'rowheader' : 'gridcell' });
    cell.classList.toggle('is-name', isName === true);
    if (!path) return cell;
    const bars = document.createElementNS(SVG, 'path');
    const svg = document.createElementNS(SVG, 'svg');
    for (const [side, px] of Object.entries(rowPicture)) svg.setAttribute(side, String(px));
    svg.setAttribute('aria-hidden', 'true');
    svg.append(bars);
    cell.append(svg);
    pictures.set(id, bars);
    return cell;
  });
  return { node: element('div', { class: 'list-row', role: 'row' }, ...cells), cells, pictures };
}
