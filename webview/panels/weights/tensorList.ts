/**
 * All tensors that pass, as a grid of rows. Only those in sight are elements, so that a hundred thousand are no more work
 * than thirty. One stop of the Tab key; arrow keys move the chosen row, and what is chosen is said.
 */
import type { WeightsColumn, WeightsView } from '../../../src/shared/protocol/panels/weightsPanel';
import { describeRow, type WeightsRows } from '../../../src/shared/views/weights/weightsRows';
import { histogramPath } from '../../charts/histogramChart';
import { element } from '../../ui/element';
import type { Column } from './columns';

export interface ListShown {
  readonly rows: WeightsRows;
  /** Places in the order on screen. */
  readonly places: readonly number[];
  readonly view: WeightsView;
  readonly columns: readonly Column[];
}

export interface TensorList {
  readonly node: HTMLElement;
  draw(shown: ListShown): void;
  /** Brings the chosen row into sight. */
  reveal(): void;
}

export interface TensorListOptions {
  readonly onChoose: (place: number) => void;
  readonly onSort: (column: WeightsColumn) => void;
}

const ROW = 24;
/** Rows drawn above and below those in sight. */
const SPARE = 6;
const picture = { width: 72, height: 16 };
const SVG = 'http://www.w3.org/2000/svg';

interface Row {
  readonly node: HTMLElement;
  readonly cells: readonly HTMLElement[];
  readonly bars: SVGPathElement;
}

export function createTensorList({ onChoose, onSort }: TensorListOptions): TensorList {
  const head = element('div', { class: 'list-head', role: 'row', 'aria-rowindex': 1 });
  const space = element('div', { class: 'list-space', role: 'presentation' });
  const scroll = element('div', { class: 'list-scroll', role: 'presentation' }, head, space);
  const node = element('div', { class: 'tensor-list', role: 'grid', tabindex: 0, 'aria-label': 'Tensors' }, scroll);
  const drawn = new Map<number, Row>();
  let shown: ListShown | undefined;
  let columnsDrawn = '';
  let frame = 0;
  const schedule = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawVisible();
    });
  };
  scroll.addEventListener('scroll', schedule, { passive: true });
  new ResizeObserver(schedule).observe(scroll);
  space.addEventListener('click', ({ target }) => {
    const place = (target as Element).closest<HTMLElement>('.list-row')?.dataset.place;
    if (place !== undefined) onChoose(Number(place));
  });
  head.addEventListener('click', ({ target }) => {
    const sort = (target as Element).closest<HTMLElement>('[data-sort]')?.dataset.sort;
    if (sort !== undefined) onSort(sort as WeightsColumn);
  });
  node.addEventListener('keydown', (event) => {
    if (event.target !== node || !shown || shown.places.length === 0) return;
    const { places, view } = shown;
    const now = view.chosen === undefined ? -1 : places.indexOf(view.chosen);
    const page = Math.max(1, Math.floor((scroll.clientHeight - ROW) / ROW) - 1);
    const steps: Readonly<Record<string, number>> = {
      ArrowUp: now - 1,
      ArrowDown: now + 1,
      PageUp: now - page,
      PageDown: now + page,
      Home: 0,
      End: places.length - 1,
    };
    const next = steps[event.key];
    if (next === undefined) return;
    event.preventDefault();
    onChoose(places[Math.min(places.length - 1, Math.max(0, next))]!);
    reveal();
  });

  return {
    node,
    draw: (next) => {
      shown = next;
      drawHead();
      node.setAttribute('aria-rowcount', String(next.places.length + 1));
      space.style.height = `${ROW * next.places.length}px`;
      drawVisible();
    },
    reveal,
  };

  function reveal(): void {
    const at = shown?.view.chosen === undefined ? -1 : shown.places.indexOf(shown.view.chosen);
    if (at < 0) return;
    const [top, room] = [ROW * at, scroll.clientHeight - ROW];
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (top + ROW > scroll.scrollTop + room) scroll.scrollTop = top + ROW - room;
    drawVisible();
  }

  function drawHead(): void {
    const { columns, view } = shown!;
    const ids = columns.map(({ id }) => id).join(' ');
    if (ids !== columnsDrawn) {
      columnsDrawn = ids;
      node.classList.toggle('is-compared', ids.includes('cosine'));
      drawn.clear();
      space.replaceChildren();
      head.replaceChildren(
        ...columns.map(({ id, label, title, sort }) => {
          const inside = sort
            ? element(
                'button',
                { type: 'button', class: 'plain', title: `${title}. Press to sort.`, 'data-sort': sort },
                label,
              )
            : element('span', { title }, label);
          return element('div', { class: `cell ${id}`, role: 'columnheader' }, inside);
        }),
      );
    }
    columns.forEach(({ sort, label }, k) => {
      const cell = head.children[k] as HTMLElement;
      const isSorted = sort !== undefined && view.sort === sort;
      cell.setAttribute('aria-sort', isSorted ? (view.isDescending ? 'descending' : 'ascending') : 'none');
      cell.firstElementChild!.textContent = isSorted ? `${label} ${view.isDescending ? '↓' : '↑'}` : label;
    });
  }

  function drawVisible(): void {
    if (!shown) return;
    const { places } = shown;
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - SPARE);
    const last = Math.min(places.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + SPARE);
    for (const [at, { node: row }] of drawn) {
      if (at >= first && at < last) continue;
      row.remove();
      drawn.delete(at);
    }
    node.removeAttribute('aria-activedescendant');
    for (let at = first; at < last; at++) {
      const row = drawn.get(at) ?? createRow(shown.columns);
      if (!drawn.has(at)) {
        drawn.set(at, row);
        space.append(row.node);
      }
      fill(row, at, shown);
    }
  }

  function fill({ node: row, cells, bars }: Row, at: number, { rows, places, view, columns }: ListShown): void {
    const place = places[at]!;
    const isChosen = place === view.chosen;
    row.style.transform = `translateY(${ROW * at}px)`;
    row.dataset.place = String(place);
    row.dataset.fate = rows.tensors[place]!.fate;
    row.id = `tensor-${place}`;
    row.setAttribute('aria-rowindex', String(at + 2));
    row.setAttribute('aria-selected', String(isChosen));
    if (isChosen) node.setAttribute('aria-activedescendant', row.id);
    columns.forEach((column, k) => {
      if (column.id === 'histogram') return;
      const text = column.text(rows, place);
      if (cells[k]!.textContent === text) return;
      // Isolated, because cells of names run from right to left to be cut off at the left.
      if (column.id === 'name') cells[k]!.replaceChildren(element('bdi', {}, text));
      else cells[k]!.textContent = text;
    });
    cells[0]!.title = describeRow(rows, place)
      .map(({ label, value }) => `${label}: ${value}`)
      .join('\n');
    const bins = rows.statistics[place]?.finite?.bins;
    bars.setAttribute('d', bins ? histogramPath(bins, picture, view.isLog) : '');
  }

  function createRow(columns: readonly Column[]): Row {
    const bars = document.createElementNS(SVG, 'path');
    const cells = columns.map(({ id }) => {
      const cell = element('div', { class: `cell ${id}`, role: id === 'name' ? 'rowheader' : 'gridcell' });
      if (id !== 'histogram') return cell;
      const svg = document.createElementNS(SVG, 'svg');
      for (const [name, value] of Object.entries(picture)) svg.setAttribute(name, String(value));
      svg.setAttribute('aria-hidden', 'true');
      svg.append(bars);
      cell.append(svg);
      return cell;
    });
    return { node: element('div', { class: 'list-row', role: 'row' }, ...cells), cells, bars };
  }
}
