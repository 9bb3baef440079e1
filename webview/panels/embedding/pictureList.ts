/** Images as a list of buttons with a picture, a name and a remark. */
import type { Neighbour } from '../../../src/shared/views/embedding/embeddingStudy';
import { element } from '../../ui/element';
import { paintPicture } from './imageTip';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface PictureList {
  readonly node: HTMLElement;
  draw(shown: Shown, neighbours: readonly Neighbour[]): void;
}

/** px */
const SIDE = 40;

export function createPictureList(
  label: string,
  thumbnails: Thumbnails,
  onPress: (image: number) => void,
): PictureList {
  const node = element('ul', { class: 'picture-list', 'aria-label': label });
  let drawn = '';
  let study: Shown['study'] | undefined;
  node.addEventListener('click', ({ target }) => {
    const image = (target as Element).closest('button')?.dataset.image;
    if (image !== undefined) onPress(Number(image));
  });
  return {
    node,
    draw: (shown, neighbours) => {
      const text = JSON.stringify(neighbours);
      if (text !== drawn || study !== shown.study) {
        drawn = text;
        study = shown.study;
        node.replaceChildren(...neighbours.map((one) => createItem(shown, one)));
      }
      for (const button of node.querySelectorAll('button')) {
        const canvas = button.querySelector('canvas')!;
        paintPicture(canvas, thumbnails, shown, { image: Number(button.dataset.image), side: SIDE });
      }
    },
  };
}

function createItem({ study, image: looked }: Shown, { image, similarity }: Neighbour): HTMLElement {
  const { name } = study.images[image]!;
  const label = study.classes[study.label[image]!] ?? '';
  const isOther = looked !== undefined && label !== '' && study.label[looked] !== study.label[image];
  const words = `${similarity.toFixed(2)}${label === '' ? '' : ` · ${label}`}`;
  const button = element(
    'button',
    { type: 'button', class: 'plain', 'data-image': image, title: `${name}: cosine ${words}` },
    element('canvas', { class: 'small-picture' }),
    element('span', { class: 'name' }, name),
    element('span', { class: isOther ? 'quiet is-other' : 'quiet' }, words),
  );
  return element('li', {}, button);
}
