/** The part of the table that is seen: which of its rows, and how to bring a place into it. Pinned rows and columns cover some. */
import { columnWidths } from './gridColumns';
import type { GridPlace } from './gridKeys';
import type { CompareState } from './part';

export const ROW_PX = 26;
/** Rows drawn beyond what is seen, so that a turn of the wheel finds them there. */
const BEYOND = 12;

export interface GridScroller {
  readonly scroller: HTMLElement;
  /** Head and pinned rows. */
  readonly top: HTMLElement;
}

/** px of rows below head and pinned rows. */
export function heightSeen({ scroller, top }: GridScroller): number {
  return scroller.clientHeight - top.offsetHeight;
}

/** Of the rows that are not pinned: the first that is drawn and the one behind the last. */
export function rowsSeen(seen: GridScroller): [number, number] {
  const { scrollTop } = seen.scroller;
  return [
    Math.max(0, Math.floor(scrollTop / ROW_PX) - BEYOND),
    Math.ceil((scrollTop + Math.max(heightSeen(seen), 0)) / ROW_PX) + BEYOND,
  ];
}

export function scrollToPlace(seen: GridScroller, state: CompareState | undefined, { line, column }: GridPlace): void {
  const { scroller } = seen;
  const from = state?.table.pinned.length ?? 0;
  if (line >= from) {
    const y = (line - from) * ROW_PX;
    const view = heightSeen(seen);
    if (y < scroller.scrollTop) scroller.scrollTop = y;
    else if (y + ROW_PX > scroller.scrollTop + view) scroller.scrollTop = y + ROW_PX - view;
  }
  const pinned = state?.table.pinnedColumns ?? 0;
  if (!state || column <= pinned) return;
  const widths = columnWidths(state, scroller.clientWidth);
  const sum = (count: number): number => widths.slice(0, count).reduce((all, width) => all + width, 0);
  const [left, sticky] = [sum(column), sum(1 + pinned)];
  const right = left + (widths[column] ?? 0);
  if (left - sticky < scroller.scrollLeft) scroller.scrollLeft = left - sticky;
  else if (right > scroller.scrollLeft + scroller.clientWidth) scroller.scrollLeft = right - scroller.clientWidth;
}
