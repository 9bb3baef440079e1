/**
 * The table as an ARIA grid whose rows are drawn only where they are seen. Head and pinned rows stay on top, the name and
 * pinned columns at the left. One cell is current: `aria-activedescendant` tells of it, so that it may scroll out of sight.
 */
import { element } from '../../ui/element';
import { onceAFrame } from '../../ui/onceAFrame';
import { createCellDrawing, type DrawnLine } from './gridCells';
import { columnWidths } from './gridColumns';
import { createHead } from './gridHead';
import { followGridKeys, type GridPlace } from './gridKeys';
import { heightSeen, ROW_PX, rowsSeen, scrollToPlace, type GridScroller } from './gridScroll';
import type { CompareActions, CompareState, Part } from './part';
import { openColumnMenu, openRowMenu } from './rowMenu';

export interface GridOptions {
  readonly scroll: { readonly top: number; readonly left: number };
  readonly onScroll: (scroll: { top: number; left: number }) => void;
}

export function createGrid(actions: CompareActions, options: GridOptions): Part {
  return new CompareGrid(actions, options);
}

class CompareGrid implements Part {
  readonly node: HTMLElement;
  private readonly head = createHead();
  private readonly pinned = element('div', { role: 'rowgroup', class: 'pinned' });
  private readonly body = element('div', { role: 'rowgroup', class: 'body' });
  private readonly grid: HTMLElement;
  private readonly seen: GridScroller;
  private readonly cells = createCellDrawing();
  private state: CompareState | undefined;
  private lines: readonly DrawnLine[] = [];
  private place: GridPlace = { line: -1, column: 0 };
  private isRestored = false;
  /** The current row as it was last drawn. */
  private current: string | undefined;
  /** Ids that cells were given. */
  private named = 0;

  constructor(
    private readonly actions: CompareActions,
    private readonly options: GridOptions,
  ) {
    const top = element('div', { class: 'grid-top', role: 'presentation' }, this.head.node, this.pinned);
    this.grid = element('div', { role: 'grid', class: 'compare-grid', tabindex: 0 }, top, this.body);
    this.node = element('div', { class: 'grid-scroller' }, this.grid);
    this.seen = { scroller: this.node, top };
    this.followKeys();
    this.followPointer();
    this.followScroll();
    new ResizeObserver(() => this.state && this.draw(this.state)).observe(this.node);
  }

  draw(next: CompareState): void {
    this.state = next;
    const isFollowed = this.takeLines(next);
    this.current = next.view.current;
    const widths = columnWidths(next, this.node.clientWidth);
    this.describe(next, widths);
    this.head.draw(next, widths);
    this.cells.prepare(next, widths);
    this.cells.draw(this.pinned, this.lines.slice(0, next.table.pinned.length), next);
    this.body.style.height = `${next.table.lines.length * ROW_PX}px`;
    this.restoreScroll();
    if (isFollowed) scrollToPlace(this.seen, next, this.place);
    this.drawWindow();
  }

  /** Keeps the keyboard on its line. True where another panel has chosen a row: the keyboard is on it now. */
  private takeLines(next: CompareState): boolean {
    const { view } = next;
    const before = this.lines[this.place.line]?.key;
    this.lines = linesOf(next);
    const lineOf = (key: string): number => this.lines.findIndex((line) => line.key === key);
    if (before !== undefined) this.place = { ...this.place, line: lineOf(before) };
    else if (this.place.line >= 0) this.place = { ...this.place, line: -1 };
    const chosen = this.lines.findIndex(({ line }) => line.kind === 'row' && rowIdOf(next, line) === view.current);
    // In another panel: here it was not gone to.
    const isFollowed = this.isRestored && chosen >= 0 && view.current !== this.current && !this.isAt(next);
    if (isFollowed) this.place = { ...this.place, line: chosen };
    return isFollowed;
  }

  private describe({ table, model }: CompareState, widths: readonly number[]): void {
    const { grid } = this;
    grid.style.setProperty('--grid-columns', widths.map((width) => `${width}px`).join(' '));
    grid.style.width = `${widths.reduce((sum, width) => sum + width, 0)}px`;
    grid.setAttribute('aria-label', `Results of ${model.runs} runs`);
    grid.setAttribute('aria-rowcount', String(this.lines.length + 1));
    grid.setAttribute('aria-colcount', String(table.columns.length + 1));
  }

  private restoreScroll(): void {
    if (this.isRestored) return;
    this.node.scrollTop = this.options.scroll.top;
    this.node.scrollLeft = this.options.scroll.left;
    this.isRestored = true;
  }

  /** Whether the keyboard is on the current row, or on one of its seeds. */
  private isAt(state: CompareState): boolean {
    const line = this.lines[this.place.line]?.line;
    return line !== undefined && line.kind !== 'group' && rowIdOf(state, line) === state.view.current;
  }

  private readonly drawWindow = (): void => {
    const { state, lines, place } = this;
    if (!state) return;
    const [first, last] = rowsSeen(this.seen);
    const from = state.table.pinned.length;
    const wanted = new Map<string, DrawnLine>();
    lines.slice(from + first, from + last).forEach((line) => wanted.set(line.key, line));
    const current = lines[place.line];
    if (current && place.line >= from) wanted.set(current.key, current);
    const inOrder = [...wanted.values()].sort((a, b) => a.at - b.at);
    this.cells.draw(this.body, inOrder, state, (line) => (line.at - from) * ROW_PX);
    this.markCurrent();
  };

  private markCurrent(): void {
    const { grid } = this;
    grid.querySelector('.is-current-cell')?.classList.remove('is-current-cell');
    const cell = this.cellAt(this.place);
    grid.toggleAttribute('aria-activedescendant', false);
    if (!cell) return;
    cell.id ||= `cell-${++this.named}`;
    cell.classList.add('is-current-cell');
    grid.setAttribute('aria-activedescendant', cell.id);
  }

  private cellAt({ line, column }: GridPlace): HTMLElement | undefined {
    if (line < 0) return this.head.cells()[column];
    const key = this.lines[line]?.key;
    const row = key === undefined ? undefined : this.cells.rowOf(key);
    const own = row?.querySelectorAll<HTMLElement>('.cell');
    return own?.[Math.min(column, own.length - 1)];
  }

  private placeOf(target: EventTarget | null): GridPlace | undefined {
    const cell = (target as Element).closest<HTMLElement>('.cell');
    const row = cell?.closest<HTMLElement>('[role=row]');
    if (!cell || !row) return undefined;
    const column = [...row.querySelectorAll('.cell')].indexOf(cell);
    if (row.dataset.key === undefined) return { line: -1, column };
    return { line: this.lines.findIndex(({ key }) => key === row.dataset.key), column };
  }

  private go(next: GridPlace): void {
    const { state } = this;
    if (!state) return;
    this.place = next;
    scrollToPlace(this.seen, state, next);
    this.drawWindow();
    const line = this.lines[next.line]?.line;
    const current = line && rowIdOf(state, line);
    if (current !== undefined && current !== state.view.current) this.actions.change({ current });
  }

  private openMenu(at: GridPlace, corner?: { left: number; top: number }): void {
    if (!this.state) return;
    const { left = 0, bottom = 0 } = this.cellAt(at)?.getBoundingClientRect() ?? {};
    const where = corner ?? { left, top: bottom };
    const column = this.state.table.columns[at.column - 1];
    if (at.line < 0) return openColumnMenu(where, column?.id ?? 'name', this.actions);
    const line = this.lines[at.line]?.line;
    if (!line) return;
    if (line.kind === 'group') return this.foldGroup(line.key);
    openRowMenu(where, { row: line.row, column }, this.actions);
  }

  private foldGroup(key: string): void {
    const folded = this.state?.view.folded ?? [];
    this.actions.change({ folded: folded.includes(key) ? folded.filter((one) => one !== key) : [...folded, key] });
  }

  private followKeys(): void {
    followGridKeys(this.grid, {
      place: () => this.place,
      size: () => ({ lines: this.lines.length, columns: 1 + (this.state?.table.columns.length ?? 0) }),
      page: () => Math.max(1, Math.floor(heightSeen(this.seen) / ROW_PX) - 1),
      lineAt: (at) => this.lines[at]?.line,
      go: (place) => this.go(place),
      menu: (at) => this.openMenu(at),
      fold: (key) => this.foldGroup(key),
      actions: this.actions,
    });
  }

  private followPointer(): void {
    this.grid.addEventListener('click', (event) => this.press(event));
    this.grid.addEventListener('contextmenu', (event) => {
      const at = this.placeOf(event.target);
      if (!at) return;
      event.preventDefault();
      this.go(at);
      this.openMenu(at, { left: event.clientX, top: event.clientY });
    });
    this.grid.addEventListener('dblclick', ({ target }) => {
      const at = this.placeOf(target);
      const line = at && this.lines[at.line]?.line;
      const id = this.state && line?.kind === 'row' ? rowIdOf(this.state, line) : undefined;
      if (id !== undefined) this.actions.send({ type: 'open', row: id, panel: 'best' });
    });
  }

  private press(event: MouseEvent): void {
    const at = this.placeOf(event.target);
    const { state, actions } = this;
    if (!at || !state) return;
    const line = this.lines[at.line]?.line;
    const action = (event.target as Element).closest<HTMLElement>('[data-action]')?.dataset.action;
    this.go(at);
    if (at.line < 0) return this.head.press(state, at.column, event.shiftKey, actions);
    if (line?.kind === 'group') return this.foldGroup(line.key);
    if (line && action === 'expand') expandRow(actions, line.row);
    if (line && action === 'menu') this.openMenu(at);
  }

  private followScroll(): void {
    const drawSoon = onceAFrame(this.drawWindow);
    this.node.addEventListener('scroll', () => {
      drawSoon();
      if (this.isRestored) this.options.onScroll({ top: this.node.scrollTop, left: this.node.scrollLeft });
    });
  }
}

/** Pinned rows, which stand among the others as well, and then these. */
function linesOf({ table }: CompareState): DrawnLine[] {
  return [...table.pinned, ...table.lines].map((line, at) => ({
    line,
    key: `${at < table.pinned.length ? 'pinned ' : ''}${line.key}`,
    at,
  }));
}

/** Undefined of a group. */
function rowIdOf({ model }: CompareState, line: DrawnLine['line']): string | undefined {
  return line.kind === 'group' ? undefined : model.rows[line.row]?.id;
}

/** Shows or folds the single seeds of a row. */
export function expandRow({ state, change }: CompareActions, row: number): void {
  const current = state();
  const id = current?.model.rows[row]?.id;
  if (!current || id === undefined) return;
  const { expanded } = current.view;
  change({ expanded: expanded.includes(id) ? expanded.filter((one) => one !== id) : [...expanded, id] });
}
