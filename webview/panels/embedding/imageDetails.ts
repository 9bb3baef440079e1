/** The image that is looked at: its picture, what it is called, and those nearest to it by features. */
import type { EmbeddingIntent } from '../../../src/shared/protocol/panels/embeddingPanel';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { paintPicture } from './imageTip';
import { createPictureList } from './pictureList';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface ImageDetails {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** px */
const SIDE = 160;

export interface ImageDetailsOptions {
  readonly thumbnails: Thumbnails;
  readonly send: (intent: EmbeddingIntent) => void;
  readonly onLook: (image: number) => void;
}

export function createImageDetails({ thumbnails, send, onLook }: ImageDetailsOptions): ImageDetails {
  const nothing = element('p', { class: 'quiet' }, 'Press an image on the map, or go to one with the arrow keys.');
  const canvas = element('canvas', { class: 'large-picture', role: 'img' }) as HTMLCanvasElement;
  const name = element('h2');
  const facts = element('dl', { class: 'facts' });
  const open = createTextButton('Open image', 'Open the image file', () => {
    if (shown?.image === undefined) return;
    send({ type: 'openImage', stage: shown.main.map.stage.key, name: shown.study.images[shown.image]!.name });
  });
  const words = element('div', { class: 'image-words' }, name, facts, open);
  const head = element('h2', {}, 'Nearest by features');
  const hint = element(
    'p',
    { class: 'quiet' },
    'Cosine of the features, which the map can only show in part. Lines on the map lead to them.',
  );
  const list = createPictureList('Nearest by features', thumbnails, onLook);
  const some = element('div', {}, element('div', { class: 'image-head' }, canvas, words), head, hint, list.node);
  const node = element('div', { class: 'image-details' }, nothing, some);
  let shown: Shown | undefined;
  return {
    node,
    draw: (next) => {
      shown = next;
      const { image, study, main } = next;
      nothing.hidden = image !== undefined;
      some.hidden = image === undefined;
      if (image === undefined) return;
      const { name: words, place } = study.images[image]!;
      paintPicture(canvas, thumbnails, next, { image, side: SIDE });
      canvas.setAttribute('aria-label', words);
      name.textContent = words;
      open.hidden = !main.map.stage.hasFiles;
      const label = study.classes[study.label[image]!];
      const predicted = study.classes[main.map.predicted[image]!];
      const { data, split } = main.map.stage;
      const lines: readonly (readonly [string, string])[] = [
        ...(label === undefined ? [] : [['label', label] as const]),
        ...(predicted === undefined ? [] : [['neighbours say', predicted] as const]),
        ['image', `${place} of ${data}, ${split}`],
      ];
      facts.replaceChildren(...lines.flatMap(([term, fact]) => [element('dt', {}, term), element('dd', {}, fact)]));
      facts.classList.toggle('is-wrong', label !== undefined && predicted !== undefined && label !== predicted);
      const neighbours = main.map.neighbours(image);
      head.textContent = `Nearest by features of ${main.map.model}, ${main.map.layer}`;
      list.draw(next, neighbours);
    },
  };
}
