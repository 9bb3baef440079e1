/** The frame of panels about images: head, controls, grid or large image beside figures, notes. */
import { formatNumberOf } from '../../src/shared/views/formatNumbers';
import { element, panelRoot } from './element';
import { createImageGrid, type ImageGrid } from './imageGrid';
import { createNotes } from './notes';

export interface ImagePanelOptions {
  readonly controls: HTMLElement;
  /** The image that is open, if one is. */
  readonly large: HTMLElement;
  /** Beside the images. */
  readonly side: readonly HTMLElement[];
  /** Above the controls. */
  readonly hint?: HTMLElement;
  readonly onMove: (image: number) => void;
  readonly onOpen: (image: number) => void;
}

export interface ShownImages {
  /** Of all. */
  readonly shown: number;
  readonly all: number;
  /** Behind the count. */
  readonly remark: string;
  readonly isLarge: boolean;
}

export interface ImagePanel {
  readonly grid: ImageGrid;
  drawHead(title: string, about: string): void;
  /** In the place of everything else, until `draw`; what was drawn before stays below. */
  say(message: string, isProblem: boolean): void;
  draw(images: ShownImages): void;
  /** `mayStayFolded`: false where they explain why there is nothing to see. */
  drawNotes(notes: readonly string[], mayStayFolded?: boolean): void;
}

export function createImagePanel({ controls, large, side, hint, onMove, onOpen }: ImagePanelOptions): ImagePanel {
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const status = element('p', { class: 'status', role: 'note' });
  const count = element('p', { class: 'quiet count' });
  const nothing = element('p', { class: 'empty' }, 'No image passes these filters.');
  const grid = createImageGrid({ onMove, onOpen });
  const images = element('section', { class: 'images', 'aria-label': 'Images' }, count, nothing, grid.node, large);
  const columns = element('div', { class: 'columns' }, images, element('div', { class: 'side' }, ...side));
  const notes = createNotes();
  panelRoot().append(
    ...[element('header', {}, title, about), status, ...(hint ? [hint] : []), controls, columns, notes.node],
  );
  controls.hidden = true;
  columns.hidden = true;
  return {
    grid,
    drawHead: (name, words) => {
      title.textContent = name;
      about.textContent = words;
    },
    say: (message, isProblem) => {
      status.hidden = false;
      status.classList.toggle('problem', isProblem);
      status.textContent = message;
    },
    draw: ({ shown, all, remark, isLarge }) => {
      status.hidden = true;
      controls.hidden = false;
      columns.hidden = false;
      const total = formatNumberOf(all, 'image');
      count.textContent = `${shown === all ? total : `${shown} of ${total}`}${remark}`;
      nothing.hidden = shown > 0 || isLarge;
      grid.node.hidden = isLarge || shown === 0;
      large.hidden = !isLarge;
      columns.classList.toggle('is-large', isLarge);
    },
    drawNotes: notes.draw,
  };
}
