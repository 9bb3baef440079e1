/** The run's notes, folded away behind their number. */
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { element } from '../../ui/element';
import { drawList } from './drawList';

export interface NotesPart {
  readonly node: HTMLElement;
  draw(notes: readonly string[]): void;
}

export function createNotesPart(): NotesPart {
  const list = element('ul');
  const count = element('summary');
  const node = element('details', { class: 'notes' }, count, list);
  return {
    node,
    draw: (notes) => {
      count.textContent = formatNumberOf(notes.length, 'note');
      node.hidden = notes.length === 0;
      drawList(list, notes);
    },
  };
}
