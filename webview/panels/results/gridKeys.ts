/**
 * The keyboard in the grid, as WAI-ARIA asks: one place is in the tab order; arrows, Home, End (with Ctrl: the corners) move;
 * Enter and Space do what a click does. The place is kept by ids, so that it survives new rows and restarts.
 */
import { isCostColumn, type ShownResults } from '../../../src/shared/protocol/panels/resultsPanel';
import type { ResultsChannel } from './part';

/** '' is the heading of the row or column. */
export interface GridPlace {
  readonly pretraining: string;
  readonly transfer: string;
}

export interface GridKeys {
  /** After each drawing. */
  update(model: ShownResults): void;
}

export function placeOf(target: EventTarget | null): GridPlace | undefined {
  const node = target instanceof Element ? target.closest<HTMLElement>('.name, .column, .cell') : null;
  const { pretraining, transfer } = node?.dataset ?? {};
  return pretraining === undefined || transfer === undefined ? undefined : { pretraining, transfer };
}

export function followGridKeys(
  grid: HTMLElement,
  channel: ResultsChannel,
  activate: (place: GridPlace) => void,
): GridKeys {
  let pretrainings: readonly string[] = [];
  let transfers: readonly string[] = [];
  const nodeAt = ({ pretraining, transfer }: GridPlace): HTMLElement | undefined =>
    [...grid.querySelectorAll<HTMLElement>('.name, .column, .cell')].find(
      ({ dataset }) => dataset.pretraining === pretraining && dataset.transfer === transfer,
    );
  /** The kept place, or the first that there is. */
  const current = (): GridPlace => {
    const { cursor } = channel.view;
    const isThere =
      pretrainings.includes(cursor.pretraining) &&
      transfers.includes(cursor.transfer) &&
      cursor.pretraining + cursor.transfer !== '';
    return isThere ? cursor : { pretraining: pretrainings[1] ?? '', transfer: transfers[1] ?? '' };
  };
  const mark = (): void => {
    const place = current();
    for (const node of grid.querySelectorAll('[tabindex="0"]')) node.setAttribute('tabindex', '-1');
    nodeAt(place)?.setAttribute('tabindex', '0');
  };
  grid.addEventListener('focusin', ({ target }) => {
    const place = placeOf(target);
    if (!place) return;
    channel.saveView({ cursor: place });
    mark();
  });
  grid.addEventListener('keydown', (event) => {
    const place = placeOf(event.target);
    if (!place || event.altKey || event.metaKey) return;
    if (event.key === 'Enter' || event.key === ' ') activate(place);
    else {
      const next = move(place, event, { pretrainings, transfers });
      if (!next) return;
      const node = nodeAt(next);
      node?.focus();
      node?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      sendSelection(channel, next);
    }
    event.preventDefault();
  });
  return {
    update: ({ rows, columns }) => {
      pretrainings = ['', ...rows.map(({ id }) => id)];
      transfers = ['', ...columns.map(({ id }) => id)];
      mark();
    },
  };
}

/** Other panels look at it too. */
export function sendSelection(channel: ResultsChannel, { pretraining, transfer }: GridPlace): void {
  const chosen = transfer === '' || isCostColumn(transfer) ? null : transfer;
  channel.select({ pretraining: pretraining || null, transfer: chosen });
}

/** Undefined for keys that do not move; the same place at an edge. */
function move(
  { pretraining, transfer }: GridPlace,
  { key, ctrlKey }: KeyboardEvent,
  { pretrainings, transfers }: { readonly pretrainings: readonly string[]; readonly transfers: readonly string[] },
): GridPlace | undefined {
  const [row, column] = [pretrainings.indexOf(pretraining), transfers.indexOf(transfer)];
  const [bottom, right] = [pretrainings.length - 1, transfers.length - 1];
  const targets: Readonly<Record<string, readonly [number, number]>> = {
    ArrowUp: [row - 1, column],
    ArrowDown: [row + 1, column],
    ArrowLeft: [row, column - 1],
    ArrowRight: [row, column + 1],
    Home: [ctrlKey ? 0 : row, ctrlKey ? 1 : 0],
    End: [ctrlKey ? bottom : row, right],
    PageUp: [0, column],
    PageDown: [bottom, column],
  };
  const wanted = targets[key];
  if (!wanted) return undefined;
  const [nextRow, nextColumn] = [clamp(wanted[0], bottom), clamp(wanted[1], right)];
  // The corner heads nothing.
  if (nextRow === 0 && nextColumn === 0) return { pretraining, transfer };
  return { pretraining: pretrainings[nextRow]!, transfer: transfers[nextColumn]! };
}

function clamp(index: number, last: number): number {
  return Math.min(last, Math.max(0, index));
}
