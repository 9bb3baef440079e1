/** Keyboard and pointer of a grid: one cell takes part in the Tab order, arrow keys move it, focus survives a redraw. */

export interface CellEvents {
  /** Pointer or focus came to a cell (td or th). */
  readonly onEnter: (cell: HTMLElement) => void;
  readonly onLeave: () => void;
  readonly onEscape: () => void;
  /** Click, Enter or Space on a cell without a button. */
  readonly onPress: (cell: HTMLElement) => void;
}

export function followCells(table: HTMLElement, { onEnter, onLeave, onEscape, onPress }: CellEvents): void {
  const cellOf = (target: EventTarget | null): HTMLElement | null =>
    (target as Element | null)?.closest('td, th') ?? null;
  table.addEventListener('mouseover', ({ target }) => {
    const cell = cellOf(target);
    if (cell) onEnter(cell);
  });
  table.addEventListener('mouseleave', onLeave);
  table.addEventListener('focusin', ({ target }) => {
    const cell = cellOf(target);
    if (!cell) return;
    setStop(table, cell);
    onEnter(cell);
  });
  table.addEventListener('focusout', ({ relatedTarget }) => {
    if (!table.contains(relatedTarget as Node | null)) onLeave();
  });
  table.addEventListener('click', ({ target }) => {
    const cell = cellOf(target);
    if (cell) onPress(cell);
  });
  table.addEventListener('keydown', (event) => {
    const cell = cellOf(event.target);
    if (!cell) return;
    if (event.key === 'Escape') return onEscape();
    if ((event.key === 'Enter' || event.key === ' ') && cell.tagName === 'TD') {
      event.preventDefault();
      return onPress(cell);
    }
    const next = neighbour(table, cell, event);
    if (!next) return;
    event.preventDefault();
    focusable(next).focus();
  });
}

/** Draws anew; a focused cell that was moved keeps the focus, and there is always one to reach. */
export function keepFocus(table: HTMLElement, draw: () => void): void {
  const focused = table.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
  draw();
  const cells = grid(table).flat();
  const stop = cells.find((cell) => focusable(cell).tabIndex === 0 && isStop(cell)) ?? cells[0];
  if (stop) setStop(table, stop);
  if (focused?.isConnected && document.activeElement !== focused) focused.focus();
}

function isStop(cell: HTMLElement): boolean {
  return focusable(cell).hasAttribute('tabindex');
}

function grid(table: HTMLElement): HTMLElement[][] {
  return [...table.querySelectorAll('tr')].map((row) => [...row.querySelectorAll<HTMLElement>('th, td')]);
}

function focusable(cell: HTMLElement): HTMLElement {
  return cell.querySelector('button') ?? cell;
}

function setStop(table: HTMLElement, stop: HTMLElement): void {
  for (const cell of grid(table).flat()) focusable(cell).tabIndex = cell === stop ? 0 : -1;
}

function neighbour(table: HTMLElement, cell: HTMLElement, { key, ctrlKey }: KeyboardEvent): HTMLElement | undefined {
  const rows = grid(table);
  const r = rows.findIndex((row) => row.includes(cell));
  const row = rows[r] ?? [];
  const c = row.indexOf(cell);
  switch (key) {
    case 'ArrowLeft':
      return row[c - 1];
    case 'ArrowRight':
      return row[c + 1];
    case 'ArrowUp':
      return rows[r - 1]?.[c];
    case 'ArrowDown':
      return rows[r + 1]?.[c];
    case 'Home':
      return ctrlKey ? rows[0]?.[0] : row[0];
    case 'End':
      return ctrlKey ? rows.at(-1)?.at(-1) : row.at(-1);
    default:
      return undefined;
  }
}
