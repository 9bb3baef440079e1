/**
 * The table as an ARIA grid whose rows are drawn only where they are seen. Head and pinned rows stay on top, the name and
 * pinned columns at the left. One cell is current: `aria-activedescendant` tells of it, so that it may scroll out of sight.
 */
import { element } from '../../ui/element';
import { createCellDrawing, type DrawnLine } from './gridCells';
import { columnWidths } from './gridColumns';
import { followGridKeys, type GridPlace } from './gridKeys';
import { createHead } from './gridHead';
import { openColumnMenu, openRowMenu } from './rowMenu';
import type { CompareActions, CompareState, Part } from './part';

const ROW_PX = 26;
/** Rows drawn beyond what is seen, so that a turn of the wheel finds them there. */
const BEYOND = 12;

export interface GridOptions {
  readonly scroll: { readonly top: number; readonly left: number };
  readonly onScroll: (scroll: { top: number; left: number }) => void;
}

export function createGrid(actions: CompareActions, options: GridOptions): Part {
  const head = createHead();
  const pinned = element('div', { role: 'rowgroup', class: 'pinned' });
  const body = element('div', { role: 'rowgroup', class: 'body' });
  const top = element('div', { class: 'grid-top', role: 'presentation' }, head.node, pinned);
  const grid = element('div', { role: 'grid', class: 'compare-grid', tabindex: 0 }, top, body);
  const scroller = element('div', { class: 'grid-scroller' }, grid);
  const cells = createCellDrawing();
  let state: CompareState | undefined;
  let lines: readonly DrawnLine[] = [];
  let place: GridPlace = { line: -1, column: 0 };
  let isRestored = false;
  /** The current row as it was last drawn. */
  let current: string | undefined;
  let frame = 0;
  /** Ids that cells were given. */
  let named = 0;

  const allLines = (): readonly DrawnLine[] => lines;
  const pinnedCount = (): number => state?.table.pinned.length ?? 0;

  function drawWindow(): void {
    frame = 0;
    if (!state) return;
    const view = scroller.clientHeight - top.offsetHeight;
    const first = Math.max(0, Math.floor(scroller.scrollTop / ROW_PX) - BEYOND);
    const last = Math.ceil((scroller.scrollTop + Math.max(view, 0)) / ROW_PX) + BEYOND;
    const from = pinnedCount();
    const wanted = new Map<string, DrawnLine>();
    lines.slice(from + first, from + last).forEach((line) => wanted.set(line.key, line));
    const current = lines[place.line];
    if (current && place.line >= from) wanted.set(current.key, current);
    const inOrder = [...wanted.values()].sort((a, b) => a.at - b.at);
    cells.draw(body, inOrder, state, (line) => (line.at - from) * ROW_PX);
    markCurrent();
  }

  function markCurrent(): void {
    grid.querySelector('.is-current-cell')?.classList.remove('is-current-cell');
    const cell = cellAt(place);
    grid.toggleAttribute('aria-activedescendant', false);
    if (!cell) return;
    cell.id ||= `cell-${++named}`;
    cell.classList.add('is-current-cell');
    grid.setAttribute('aria-activedescendant', cell.id);
  }

  function cellAt({ line, column }: GridPlace): HTMLElement | undefined {
    if (line < 0) return head.cells()[column];
    const key = lines[line]?.key;
    const row = key === undefined ? undefined : cells.rowOf(key);
    const own = row?.querySelectorAll<HTMLElement>('.cell');
    return own?.[Math.min(column, own.length - 1)];
  }

  function go(next: GridPlace): void {
    if (!state) return;
    place = next;
    scrollTo(next);
    drawWindow();
    const line = lines[next.line]?.line;
    const current = line && line.kind !== 'group' ? state.model.rows[line.row]?.id : undefined;
    if (current !== undefined && current !== state.view.current) actions.change({ current });
  }

  function scrollTo({ line, column }: GridPlace): void {
    const from = pinnedCount();
    if (line >= from) {
      const y = (line - from) * ROW_PX;
      const view = scroller.clientHeight - top.offsetHeight;
      if (y < scroller.scrollTop) scroller.scrollTop = y;
      else if (y + ROW_PX > scroller.scrollTop + view) scroller.scrollTop = y + ROW_PX - view;
    }
    const widths = state ? columnWidths(state, scroller.clientWidth) : [];
    const sticky = widths.slice(0, 1 + (state?.table.pinnedColumns ?? 0)).reduce((sum, width) => sum + width, 0);
    if (column <= (state?.table.pinnedColumns ?? 0)) return;
    const left = widths.slice(0, column).reduce((sum, width) => sum + width, 0);
    const right = left + (widths[column] ?? 0);
    if (left - sticky < scroller.scrollLeft) scroller.scrollLeft = left - sticky;
    else if (right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = right - scroller.clientWidth;
  }

  function menuAt(at: GridPlace, corner?: { left: number; top: number }): void {
    if (!state) return;
    const cell = cellAt(at);
    const { left = 0, bottom = 0 } = cell?.getBoundingClientRect() ?? {};
    const where = corner ?? { left, top: bottom };
    const column = state.table.columns[at.column - 1];
    if (at.line < 0) return openColumnMenu(where, column?.id ?? 'name', actions);
    const line = lines[at.line]?.line;
    if (!line) return;
    if (line.kind === 'group') return foldGroup(line.key);
    openRowMenu(where, { row: line.row, column }, actions);
  }

  function foldGroup(key: string): void {
    const folded = state?.view.folded ?? [];
    actions.change({ folded: folded.includes(key) ? folded.filter((one) => one !== key) : [...folded, key] });
  }

  const placeOfEvent = (target: EventTarget | null): GridPlace | undefined => {
    const cell = (target as Element).closest<HTMLElement>('.cell');
    const row = cell?.closest<HTMLElement>('[role=row]');
    if (!cell || !row) return undefined;
    const column = [...row.querySelectorAll('.cell')].indexOf(cell);
    if (row.dataset.key === undefined) return { line: -1, column };
    return { line: lines.findIndex(({ key }) => key === row.dataset.key), column };
  };

  followGridKeys(grid, {
    place: () => place,
    size: () => ({ lines: lines.length, columns: 1 + (state?.table.columns.length ?? 0) }),
    page: () => Math.max(1, Math.floor((scroller.clientHeight - top.offsetHeight) / ROW_PX) - 1),
    lineAt: (at) => lines[at]?.line,
    go,
    menu: (at) => menuAt(at),
    fold: foldGroup,
    actions,
  });
  grid.addEventListener('click', (event) => {
    const at = placeOfEvent(event.target);
    if (!at || !state) return;
    const line = lines[at.line]?.line;
    const action = (event.target as Element).closest<HTMLElement>('[data-action]')?.dataset.action;
    go(at);
    if (at.line < 0) return head.press(state, at.column, event.shiftKey, actions);
    if (line?.kind === 'group') return foldGroup(line.key);
    if (line && action === 'expand') expandRow(actions, line.row);
    if (line && action === 'menu') menuAt(at);
  });
  grid.addEventListener('contextmenu', (event) => {
    const at = placeOfEvent(event.target);
    if (!at) return;
    event.preventDefault();
    go(at);
    menuAt(at, { left: event.clientX, top: event.clientY });
  });
  grid.addEventListener('dblclick', ({ target }) => {
    const at = placeOfEvent(target);
    const line = at && lines[at.line]?.line;
    const id = line?.kind === 'row' ? state?.model.rows[line.row]?.id : undefined;
    if (id !== undefined) actions.send({ type: 'open', row: id, panel: 'best' });
  });
  scroller.addEventListener('scroll', () => {
    frame ||= requestAnimationFrame(drawWindow);
    if (isRestored) options.onScroll({ top: scroller.scrollTop, left: scroller.scrollLeft });
  });
  new ResizeObserver(() => state && draw(state)).observe(scroller);

  function draw(next: CompareState): void {
    state = next;
    const { table, model } = next;
    const before = lines[place.line]?.key;
    lines = [...table.pinned, ...table.lines].map((line, at) => ({
      line,
      key: `${at < table.pinned.length ? 'pinned ' : ''}${line.key}`,
      at,
    }));
    if (before !== undefined) place = { ...place, line: lines.findIndex(({ key }) => key === before) };
    else if (place.line >= 0) place = { ...place, line: -1 };
    const chosen = lines.findIndex(({ line }) => line.kind === 'row' && model.rows[line.row]?.id === next.view.current);
    // In another panel: here it was not gone to.
    const isFollowed = isRestored && chosen >= 0 && next.view.current !== current && !isAt(next);
    if (isFollowed) place = { ...place, line: chosen };
    current = next.view.current;
    const widths = columnWidths(next, scroller.clientWidth);
    grid.style.setProperty('--grid-columns', widths.map((width) => `${width}px`).join(' '));
    grid.style.width = `${widths.reduce((sum, width) => sum + width, 0)}px`;
    grid.setAttribute('aria-label', `Results of ${model.runs} runs`);
    grid.setAttribute('aria-rowcount', String(lines.length + 1));
    grid.setAttribute('aria-colcount', String(table.columns.length + 1));
    head.draw(next, widths);
    cells.prepare(next, widths);
    cells.draw(pinned, allLines().slice(0, table.pinned.length), next);
    body.style.height = `${table.lines.length * ROW_PX}px`;
    if (!isRestored) {
      scroller.scrollTop = options.scroll.top;
      scroller.scrollLeft = options.scroll.left;
      isRestored = true;
    }
    if (isFollowed) scrollTo(place);
    drawWindow();
  }
  /** Whether the keyboard is on the current row, or on one of its seeds. */
  function isAt({ model, view }: CompareState): boolean {
    const line = lines[place.line]?.line;
    return line !== undefined && line.kind !== 'group' && model.rows[line.row]?.id === view.current;
  }
  return { node: scroller, draw };
}

/** Shows or folds the single seeds of a row. */
export function expandRow({ state, change }: CompareActions, row: number): void {
  const current = state();
  const id = current?.model.rows[row]?.id;
  if (!current || id === undefined) return;
  const { expanded } = current.view;
  change({ expanded: expanded.includes(id) ? expanded.filter((one) => one !== id) : [...expanded, id] });
}
