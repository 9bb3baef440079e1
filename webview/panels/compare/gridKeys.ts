/** The table on the keyboard alone: arrows move, Enter opens the menu of row or column, letters mark the row. */
import type { CompareLine } from '../../../src/shared/views/compare/compareOrder';
import { expandRow } from './grid';
import { toggleBaseline, toggleMark } from './marking';
import type { CompareActions } from './part';

export interface GridPlace {
  /** -1 is the heading. */
  readonly line: number;
  /** 0 is the name. */
  readonly column: number;
}

export interface GridKeys {
  place(): GridPlace;
  size(): { readonly lines: number; readonly columns: number };
  /** Lines that one turn of the page moves by. */
  page(): number;
  lineAt(line: number): CompareLine | undefined;
  go(place: GridPlace): void;
  menu(place: GridPlace): void;
  fold(key: string): void;
  readonly actions: CompareActions;
}

export function followGridKeys(grid: HTMLElement, keys: GridKeys): void {
  grid.addEventListener('keydown', (event) => {
    if (event.target !== grid || event.altKey) return;
    const next = moved(event, keys);
    if (next) {
      event.preventDefault();
      return keys.go(next);
    }
    if (act(event, keys)) event.preventDefault();
  });
}

function moved({ key, ctrlKey, metaKey }: KeyboardEvent, { place, size, page }: GridKeys): GridPlace | undefined {
  const { line, column } = place();
  const { lines, columns } = size();
  const isFar = ctrlKey || metaKey;
  const to = (nextLine: number, nextColumn: number): GridPlace => ({
    line: Math.max(-1, Math.min(lines - 1, nextLine)),
    column: Math.max(0, Math.min(columns - 1, nextColumn)),
  });
  switch (key) {
    case 'ArrowUp':
      return to(line - 1, column);
    case 'ArrowDown':
      return to(line + 1, column);
    case 'ArrowLeft':
      return to(line, column - 1);
    case 'ArrowRight':
      return to(line, column + 1);
    case 'PageUp':
      return to(line - page(), column);
    case 'PageDown':
      return to(line + page(), column);
    case 'Home':
      return isFar ? to(-1, 0) : to(line, 0);
    case 'End':
      return isFar ? to(lines - 1, columns - 1) : to(line, columns - 1);
    default:
      return undefined;
  }
}

function act(event: KeyboardEvent, keys: GridKeys): boolean {
  const { key, ctrlKey, metaKey, shiftKey } = event;
  const at = keys.place();
  const isMenu = key === 'ContextMenu' || (key === 'F10' && shiftKey) || key === 'Enter';
  if (isMenu) {
    keys.menu(at);
    return true;
  }
  const line = keys.lineAt(at.line);
  if (!line || ctrlKey || metaKey) return false;
  if (line.kind === 'group') {
    if (key === ' ') keys.fold(line.key);
    return key === ' ';
  }
  const { actions } = keys;
  const row = actions.state()?.model.rows[line.row]?.id ?? '';
  const doing: Readonly<Record<string, () => void>> = {
    ' ': () => expandRow(actions, line.row),
    s: () => toggleMark(actions, line.row, 'star'),
    p: () => toggleMark(actions, line.row, 'pin'),
    h: () => toggleMark(actions, line.row, 'hidden'),
    b: () => toggleBaseline(actions, line.row),
    n: () => actions.send({ type: 'ask', row, what: 'note' }),
    t: () => actions.send({ type: 'ask', row, what: 'tags' }),
    o: () => actions.send({ type: 'open', row, panel: 'best' }),
    F2: () => actions.send({ type: 'ask', row, what: 'name' }),
  };
  doing[key]?.();
  return key in doing;
}
