/** The table of pictures. Every cell has its element; canvases are painted only while they are in sight. */
import { select } from 'd3';
import { createCell } from '../../../src/shared/views/features/featuresCells';
import type { CellPlace, GridHeading, GridPlace } from '../../../src/shared/views/features/featuresGrid';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { element } from '../../ui/element';
import { paintCell, type CellMark } from './paintCell';
import type { Shown } from './shown';

/** A point of a picture, as shares of its sides. */
export interface CellPoint {
  readonly row: number;
  readonly column: number;
  readonly x: number;
  readonly y: number;
}

export interface GridView {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** Paints what is in sight again, with the next frame. */
  refresh(): void;
  focus(): void;
  /** Canvases by row and column, painted all: for pictures to be saved. */
  canvases(): readonly (readonly HTMLCanvasElement[])[];
}

export interface GridViewOptions {
  readonly onLook: (row: number, column: number) => void;
  /** Of the pointer, or moved by keys; undefined when it leaves. */
  readonly onPoint: (point: CellPoint | undefined) => void;
  readonly markOf: (place: CellPlace) => CellMark | undefined;
  /** Everything in sight is drawn. */
  readonly onWhole: (places: readonly GridPlace[]) => void;
  /** Further keys. */
  readonly onKey: (event: KeyboardEvent) => void;
}

interface Cell {
  readonly node: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly caption: HTMLElement;
  readonly row: number;
  readonly column: number;
}

/** px; of the marker, px². */
const swatch = { width: 14, height: 12, mark: 40 };

export function createGridView({ onLook, onPoint, markOf, onWhole, onKey }: GridViewOptions): GridView {
  const node = element('div', { class: 'features-grid', role: 'grid' });
  let shown: Shown | undefined;
  let built = '';
  let cells: Cell[][] = [];
  let frame = 0;
  const inSight = new Set<Element>();
  const byNode = new Map<Element, Cell>();
  const watcher = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (isIntersecting) inSight.add(target);
        else inSight.delete(target);
      }
      refresh();
    },
    { root: node, rootMargin: '200px' },
  );
  const refresh = (): void => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const cells = [...inSight].flatMap((one) => byNode.get(one) ?? []);
      const isWhole = cells.map(paint).every((isDrawn) => isDrawn);
      if (isWhole && shown) onWhole(cells.map(({ row, column }) => shown!.grid.place(row, column)));
    });
  };
  const cellAt = (target: EventTarget | null): Cell | undefined =>
    byNode.get((target as Element | null)?.closest('.feature-cell') ?? node);

  node.addEventListener('click', ({ target }) => {
    const cell = cellAt(target);
    if (cell) onLook(cell.row, cell.column);
  });
  node.addEventListener('focusin', ({ target }) => {
    const cell = cellAt(target);
    if (cell) onLook(cell.row, cell.column);
  });
  node.addEventListener('pointermove', (event) => {
    const cell = cellAt(event.target);
    if (!cell || event.target !== cell.canvas) return onPoint(undefined);
    const { left, top, width, height } = cell.canvas.getBoundingClientRect();
    const share = (value: number): number => Math.min(0.9999, Math.max(0, value));
    onPoint({
      ...{ row: cell.row, column: cell.column },
      ...{ x: share((event.clientX - left) / width), y: share((event.clientY - top) / height) },
    });
  });
  node.addEventListener('pointerleave', () => onPoint(undefined));
  node.addEventListener('keydown', (event) => {
    const cell = cellAt(event.target);
    const to = cell && !event.shiftKey && nextCell(event.key, cell, cells);
    if (!to) return onKey(event);
    event.preventDefault();
    to.node.focus({ preventScroll: false });
  });

  return {
    node,
    refresh,
    draw: (next) => {
      shown = next;
      const { grid, view } = next;
      const text = JSON.stringify([grid.rows, grid.columns]);
      if (text !== built) {
        built = text;
        build(next);
      }
      node.style.setProperty('--tile', `${view.tile}px`);
      node.setAttribute(
        'aria-label',
        `${view.rows} by ${view.columns}. Arrow keys move between pictures, brackets change the layer, comma and full stop the iteration, Shift and arrows ask where a place is found again.`,
      );
      describe(next);
      refresh();
    },
    focus: () => node.querySelector<HTMLElement>('.feature-cell[tabindex="0"]')?.focus(),
    canvases: () =>
      cells.map((row) =>
        row.map((cell) => {
          paint(cell);
          return cell.canvas;
        }),
      ),
  };

  function build({ grid }: Shown): void {
    const hadFocus = node.contains(document.activeElement);
    watcher.disconnect();
    inSight.clear();
    byNode.clear();
    node.style.setProperty('--columns', String(grid.columns.length));
    const corner = element(
      'div',
      { class: 'corner', role: 'columnheader' },
      element('span', { class: 'for-screen-readers' }, 'rows'),
    );
    const head = element(
      'div',
      { class: 'grid-row', role: 'row' },
      corner,
      ...grid.columns.map((heading) => createHeading(heading, 'columnheader')),
    );
    cells = grid.rows.map((_, row) => grid.columns.map((__, column) => createCellNode(row, column)));
    const rows = cells.map((row, i) =>
      element(
        'div',
        { class: 'grid-row', role: 'row' },
        createHeading(grid.rows[i]!, 'rowheader'),
        ...row.map((cell) => cell.node),
      ),
    );
    node.replaceChildren(head, ...rows);
    for (const cell of cells.flat()) {
      byNode.set(cell.node, cell);
      watcher.observe(cell.node);
    }
    if (hadFocus) cells[0]?.[0]?.node.focus();
  }

  /** Captions, words and the one cell that the Tab key stops at. */
  function describe({ study, view, grid, show }: Shown): void {
    const { at } = grid;
    let stop: Cell | undefined;
    for (const cell of cells.flat()) {
      const place = grid.place(cell.row, cell.column);
      const shows = place.isImage ? 'image' : show;
      const content = createCell(study, view, place, shows);
      const isLooked =
        !place.isImage && place.image.key === at.image.key && place.layer === at.layer && place.model === at.model;
      if (isLooked) stop = cell;
      cell.caption.textContent = content?.caption ?? 'not computed';
      cell.caption.classList.toggle('quiet', !content);
      cell.node.classList.toggle('is-missing', !content);
      cell.node.setAttribute('aria-selected', String(isLooked));
      const whose = shows === 'image' ? place.image.name : `${place.image.name} by ${place.model} at ${place.layer}`;
      const words = `${whose}: ${content?.words ?? 'not computed'}`;
      cell.node.setAttribute('aria-label', words);
      cell.node.title = words;
      cell.node.tabIndex = -1;
    }
    stop ??= cells[0]?.[0];
    if (stop) stop.node.tabIndex = 0;
  }

  /** Whether all of it is drawn. */
  function paint(cell: Cell): boolean {
    if (!shown) return false;
    const { study, view, grid, show, read } = shown;
    const side = Math.round(view.tile * window.devicePixelRatio);
    const { canvas } = cell;
    // Setting a size, even the same, clears a canvas and costs.
    if (canvas.width !== side) [canvas.width, canvas.height] = [side, side];
    const place = grid.place(cell.row, cell.column);
    const content = createCell(study, view, place, place.isImage ? 'image' : show);
    if (!content) {
      canvas.getContext('2d')!.clearRect(0, 0, side, side);
      return true;
    }
    const isWanted = (): boolean => inSight.has(cell.node);
    const isWhole = paintCell(canvas, content, {
      ...{ bitmaps: read.bitmaps, opacity: view.opacity, mark: markOf(place) },
      ...{ isWanted, onReady: refresh },
    });
    cell.node.dataset.drawn = isWhole ? (content.map?.id ?? content.picture?.url ?? '') : '';
    return isWhole;
  }
}

function createCellNode(row: number, column: number): Cell {
  const canvas = element('canvas', { 'aria-hidden': 'true' }) as HTMLCanvasElement;
  const caption = element('span', { class: 'cell-caption', 'aria-hidden': 'true' });
  const node = element('div', { class: 'feature-cell', role: 'gridcell', tabindex: -1 }, canvas, caption);
  return { node, canvas, caption, row, column };
}

function createHeading({ title, remark, look }: GridHeading, role: string): HTMLElement {
  const line = element('span', { class: 'heading-line' });
  const made = element(
    'div',
    { class: `heading ${role}`, role, title: remark === '' ? title : `${title}, ${remark}` },
    line,
  );
  if (look !== undefined) {
    const mark = element('span', { class: 'heading-mark' });
    drawSwatch(select(mark), () => seriesLook(look), swatch);
    line.append(mark);
  }
  line.append(element('span', { class: 'heading-title' }, title));
  if (remark !== '') made.append(element('span', { class: 'heading-remark quiet' }, remark));
  return made;
}

/** Where a key leads; undefined for other keys, the cell itself at the edge. */
function nextCell(key: string, { row, column }: Cell, cells: readonly (readonly Cell[])[]): Cell | undefined {
  const last = { row: cells.length - 1, column: (cells[0]?.length ?? 1) - 1 };
  const steps: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    Home: [row, 0],
    End: [row, last.column],
    PageUp: [0, column],
    PageDown: [last.row, column],
  };
  const to = steps[key];
  if (!to) return undefined;
  const inside = (value: number, most: number): number => Math.min(most, Math.max(0, value));
  return cells[inside(to[0], last.row)]?.[inside(to[1], last.column)];
}
