/** A legend whose entries switch their series off and on; with Shift, all others. */
import { select } from 'd3';
import type { SeriesLook } from './series';
import { drawSwatch } from './seriesLegend';

export interface LegendEntry {
  readonly id: string;
  readonly label: string;
  readonly look: SeriesLook;
  readonly title: string;
  readonly isHidden: boolean;
  readonly isStale?: boolean;
}

export interface SwitchLegend {
  readonly node: HTMLElement;
  draw(entries: readonly LegendEntry[]): void;
  /** Lifts out the entries that are pointed at elsewhere. */
  mark(ids: string | readonly string[] | undefined): void;
}

export interface SwitchLegendOptions {
  readonly label: string;
  /** Ids of what is to be hidden from now on. */
  readonly onHide: (hidden: readonly string[]) => void;
  /** The entry under the pointer or the focus. */
  readonly onPoint?: (id: string | undefined) => void;
}

export function createSwitchLegend({ label, onHide, onPoint }: SwitchLegendOptions): SwitchLegend {
  const node = document.createElement('ul');
  node.className = 'legend';
  node.setAttribute('aria-label', label);
  let shown: readonly LegendEntry[] = [];
  const press = (id: string, isAlone: boolean): void => onHide(hiddenAfter(shown, id, isAlone));
  return {
    node,
    draw: (entries) => {
      shown = entries;
      const items = select(node)
        .selectAll<HTMLLIElement, LegendEntry>('li')
        .data(entries, ({ id }) => id)
        .join((enter) => {
          const made = enter.append('li');
          const button = made.append('button').attr('type', 'button');
          button.append('svg');
          button.append('span').attr('class', 'name');
          button.on('click', (event: MouseEvent, { id }) => press(id, event.shiftKey));
          button.on('mouseenter focus', (_, { id }) => onPoint?.(id));
          button.on('mouseleave blur', () => onPoint?.(undefined));
          return made;
        })
        .order();
      const buttons = items.select<HTMLButtonElement>('button');
      buttons.attr('aria-pressed', ({ isHidden }) => String(!isHidden));
      buttons.attr('title', ({ title }) => title).classed('is-stale', ({ isStale = false }) => isStale);
      drawSwatch(buttons, ({ look }) => look);
      buttons.select('.name').text((entry) => entry.label);
      node.hidden = entries.length === 0;
    },
    mark: (ids) => {
      const wanted = [ids ?? []].flat();
      select(node)
        .selectAll<HTMLLIElement, LegendEntry>('li')
        .classed('is-marked', (entry) => wanted.includes(entry.id));
    },
  };
}

/** Pressed alone, an entry hides all others; pressed alone again, it shows them. */
export function hiddenAfter(
  entries: readonly Pick<LegendEntry, 'id' | 'isHidden'>[],
  id: string,
  isAlone: boolean,
): string[] {
  const others = entries.filter((entry) => entry.id !== id);
  const isHidden = entries.some((entry) => entry.id === id && entry.isHidden);
  if (isAlone) return !isHidden && others.every((other) => other.isHidden) ? [] : others.map((other) => other.id);
  const hidden = others.filter((other) => other.isHidden).map((other) => other.id);
  return isHidden ? hidden : [...hidden, id];
}
