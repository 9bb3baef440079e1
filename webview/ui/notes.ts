/** Notes, folded away behind their number. */
import { formatNumberOf } from '../../src/shared/views/formatNumbers';
import { element } from './element';
import { drawList } from './drawList';

export interface Notes {
  readonly node: HTMLElement;
  /** `mayStayFolded`: false where they explain why there is nothing to see; they unfold when they change. */
  draw(notes: readonly string[], mayStayFolded?: boolean): void;
}

export function createNotes(): Notes {
  const list = element('ul');
  const count = element('summary');
  const node = element('details', { class: 'notes', hidden: true }, count, list) as HTMLDetailsElement;
  let unfoldedFor = '';
  return {
    node,
    draw: (notes, mayStayFolded = true) => {
      count.textContent = formatNumberOf(notes.length, 'note');
      node.hidden = notes.length === 0;
      drawList(list, notes);
      const text = notes.join('\n');
      if (!mayStayFolded && text !== unfoldedFor) {
        node.open = true;
        unfoldedFor = text;
      }
    },
  };
}
