/** Notes, folded away behind their number. */
import { formatNumberOf } from '../../src/shared/views/formatNumbers';
import { element } from './element';
import { drawList } from './drawList';

export interface Notes {
  readonly node: HTMLElement;
  draw(notes: readonly string[]): void;
}

export function createNotes(): Notes {
  const list = element('ul');
  const count = element('summary');
  const node = element('details', { class: 'notes', hidden: true }, count, list);
  return {
    node,
    draw: (notes) => {
      count.textContent = formatNumberOf(notes.length, 'note');
      node.hidden = notes.length === 0;
      drawList(list, notes);
    },
  };
}
