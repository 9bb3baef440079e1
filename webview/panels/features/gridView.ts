/** The table of pictures. Every cell has its element; canvases are painted only while they are in sight. */
import { select } from 'd3';
import { createCell } from '../../../src/shared/views/features/featuresCells';
import type { CellPlace, GridHeading, GridPlace } from '../../../src/shared/views/features/featuresGrid';
import { seriesLook } from '../../charts/series';
import { drawSwatch } from '../../charts/seriesLegend';
import { element } from '../../ui/element';
import { onceAFrame } from '../../ui/onceAFrame';
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

export function createGridView(options: GridViewOptions): GridView {
  return new CellGrid(options);
}

class CellGrid implements GridView {
  readonly node = element('div', { class: 'features-grid', role: 'grid' });
  private shown: Shown | undefined;
  private built = '';
  private cells: Cell[][] = [];
  private readonly inSight = new Set<Element>();
  private readonly byNode = new Map<Element, Cell>();
  private readonly watcher: IntersectionObserver;

  constructor(private readonly options: GridViewOptions) {
    this.watcher = new IntersectionObserver((entries) => this.see(entries), { root: this.node, rootMargin: '200px' });
    this.listen();
  }

  readonly refresh = onceAFrame(() => {
    const cells = [...this.inSight].flatMap((one) => this.byNode.get(one) ?? []);
    const isWhole = cells.map((cell) => this.paint(cell)).every((isDrawn) => isDrawn);
    const { shown } = this;
    if (isWhole && shown) this.options.onWhole(cells.map(({ row, column }) => shown.grid.place(row, column)));
  });

  draw(next: Shown): void {
    this.shown = next;
    const { grid, view } = next;
    const text = JSON.stringify([grid.rows, grid.columns]);
    if (text !== this.built) {
      this.built = text;
      this.build(next);
    }
    this.node.style.setProperty('--tile', `${view.tile}px`);
    this.node.setAttribute(
      'aria-label',
      `${view.rows} by ${view.columns}. Arrow keys move between pictures, brackets change the layer, comma and full stop the iteration, Shift and arrows ask where a place is found again.`,
    );
    this.describe(next);
    this.refresh();
  }

  focus(): void {
    this.node.querySelector<HTMLElement>('.feature-cell[tabindex="0"]')?.focus();
  }

  canvases(): readonly (readonly HTMLCanvasElement[])[] {
    for (const cell of this.cells.flat()) this.paint(cell);
    return this.cells.map((row) => row.map(({ canvas }) => canvas));
  }

  private see(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.inSight.add(target);
      else this.inSight.delete(target);
    }
    this.refresh();
  }

  private cellAt(target: EventTarget | null): Cell | undefined {
    return this.byNode.get((target as Element | null)?.closest('.feature-cell') ?? this.node);
  }

  private listen(): void {
    const { onLook, onPoint, onKey } = this.options;
    const look = ({ target }: Event): void => {
      const cell = this.cellAt(target);
      if (cell) onLook(cell.row, cell.column);
    };
    this.node.addEventListener('click', look);
    this.node.addEventListener('focusin', look);
    this.node.addEventListener('pointermove', (event) => onPoint(pointOf(event, this.cellAt(event.target))));
    this.node.addEventListener('pointerleave', () => onPoint(undefined));
    this.node.addEventListener('keydown', (event) => {
      const cell = this.cellAt(event.target);
      const to = cell && !event.shiftKey && nextCell(event.key, cell, this.cells);
      if (!to) return onKey(event);
      event.preventDefault();
      to.node.focus({ preventScroll: false });
    });
  }

  private build({ grid }: Shown): void {
    const { node, watcher, byNode } = this;
    const hadFocus = node.contains(document.activeElement);
    watcher.disconnect();
    this.inSight.clear();
    byNode.clear();
    node.style.setProperty('--columns', String(grid.columns.length));
    this.cells = grid.rows.map((_, row) => grid.columns.map((__, column) => createCellNode(row, column)));
    const rows = this.cells.map((row, i) =>
      createRow(createHeading(grid.rows[i]!, 'rowheader'), ...row.map((cell) => cell.node)),
    );
    node.replaceChildren(createHead(grid.columns), ...rows);
    for (const cell of this.cells.flat()) {
      byNode.set(cell.node, cell);
      watcher.observe(cell.node);
    }
    if (hadFocus) this.cells[0]?.[0]?.node.focus();
  }

  /** Captions, words and the one cell that the Tab key stops at. */
  private describe(shown: Shown): void {
    const all = this.cells.flat();
    const looked = all.filter((cell) => describeCell(cell, shown)).at(-1);
    const stop = looked ?? all[0];
    if (stop) stop.node.tabIndex = 0;
  }

  /** Whether all of it is drawn. */
  private paint(cell: Cell): boolean {
    if (!this.shown) return false;
    const { study, view, grid, show, read } = this.shown;
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
    const isWanted = (): boolean => this.inSight.has(cell.node);
    const isWhole = paintCell(canvas, content, {
      ...{ bitmaps: read.bitmaps, opacity: view.opacity, mark: this.options.markOf(place) },
      ...{ isWanted, onReady: this.refresh },
    });
    cell.node.dataset.drawn = isWhole ? (content.map?.id ?? content.picture?.url ?? '') : '';
    return isWhole;
  }
}

/** Undefined beside the picture. */
function pointOf({ target, clientX, clientY }: PointerEvent, cell: Cell | undefined): CellPoint | undefined {
  if (!cell || target !== cell.canvas) return undefined;
  const { left, top, width, height } = cell.canvas.getBoundingClientRect();
  const share = (value: number): number => Math.min(0.9999, Math.max(0, value));
  return {
    ...{ row: cell.row, column: cell.column },
    ...{ x: share((clientX - left) / width), y: share((clientY - top) / height) },
  };
}

/** Whether it is the one that is looked at. */
function describeCell({ node, caption, row, column }: Cell, { study, view, grid, show }: Shown): boolean {
  const { at } = grid;
  const place = grid.place(row, column);
  const shows = place.isImage ? 'image' : show;
  const content = createCell(study, view, place, shows);
  const isLooked =
    !place.isImage && place.image.key === at.image.key && place.layer === at.layer && place.model === at.model;
  caption.textContent = content?.caption ?? 'not computed';
  caption.classList.toggle('quiet', !content);
  node.classList.toggle('is-missing', !content);
  node.setAttribute('aria-selected', String(isLooked));
  const whose = shows === 'image' ? place.image.name : `${place.image.name} by ${place.model} at ${place.layer}`;
  const words = `${whose}: ${content?.words ?? 'not computed'}`;
  node.setAttribute('aria-label', words);
  node.title = words;
  node.tabIndex = -1;
  return isLooked;
}

function createRow(...cells: readonly HTMLElement[]): HTMLElement {
  return element('div', { class: 'grid-row', role: 'row' }, ...cells);
}

function createHead(columns: readonly GridHeading[]): HTMLElement {
  const words = element('span', { class: 'for-screen-readers' }, 'rows');
  const corner = element('div', { class: 'corner', role: 'columnheader' }, words);
  return createRow(corner, ...columns.map((heading) => createHeading(heading, 'columnheader')));
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
