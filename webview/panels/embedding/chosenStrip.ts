/** Images that were drawn around: how many of which class, the images themselves, and which others are most alike. */
import { formatCount, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { countClasses, mostAlike, type ClassCount } from '../../../src/shared/views/embedding/chosenImages';
import { createTextButton } from '../../ui/choice';
import { element } from '../../ui/element';
import { createImageGrid } from '../../ui/imageGrid';
import { describeImage } from './describe';
import { paintPicture } from './imageTip';
import { createPictureList } from './pictureList';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface ChosenStrip {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

/** Others that are listed, and classes. */
const MOST_ALIKE = 12;
const MOST_CLASSES = 8;
/** px */
const TILE = 64;

export interface ChosenOptions {
  readonly thumbnails: Thumbnails;
  readonly onLook: (image: number) => void;
  readonly onClear: () => void;
  readonly onSave: () => void;
}

export function createChosenStrip({ thumbnails, onLook, onClear, onSave }: ChosenOptions): ChosenStrip {
  const nothing = element(
    'p',
    { class: 'quiet' },
    'Draw around images with Lasso or Rectangle, or choose single ones with Space or Ctrl and a click.',
  );
  const count = element('h2');
  const clear = createTextButton('Clear', 'Choose no image', onClear);
  const csv = createTextButton('CSV', 'Save the chosen images as CSV', onSave);
  const head = element('div', { class: 'legend-head' }, count, clear, csv);
  const classes = element('ul', { class: 'class-counts', 'aria-label': 'Classes of the chosen images' });
  const grid = createImageGrid({ onMove: onLook, onOpen: onLook });
  const alikeHead = element('h2', {}, 'Most alike that are not chosen');
  const alike = createPictureList('Most alike', thumbnails, onLook);
  const some = element('div', { class: 'chosen-some' }, head, classes, grid.node, alikeHead, alike.node);
  const node = element('div', { class: 'chosen' }, nothing, some);
  return {
    node,
    draw: (shown) => {
      const { chosen, study, main, image } = shown;
      nothing.hidden = chosen.length > 0;
      some.hidden = chosen.length === 0;
      if (chosen.length === 0) return;
      count.textContent = `${formatNumberOf(chosen.length, 'image')} chosen`;
      drawClasses(classes, countClasses(study, chosen), chosen.length);
      grid.draw({
        images: Int32Array.from(chosen),
        image,
        tile: TILE,
        pictures: 1,
        order: `${main.map.stage.key} ${chosen.length} ${chosen[0]}`,
        name: (one) => study.images[one]!.name,
        describe: (one) => describeImage(shown, one),
        paint: ({ image: one, canvases, side }) => paintPicture(canvases[0]!, thumbnails, shown, { image: one, side }),
      });
      const others = mostAlike(main.map, chosen, MOST_ALIKE);
      alikeHead.hidden = others.length === 0;
      alike.draw(shown, others);
    },
  };
}

function drawClasses(list: HTMLElement, counts: readonly ClassCount[], chosen: number): void {
  const text = JSON.stringify(counts);
  if (list.dataset.drawn === text) return;
  list.dataset.drawn = text;
  const lines = counts.slice(0, MOST_CLASSES).map(({ name, count, all }) => {
    const words = `${formatCount(count)} of ${formatCount(all)}`;
    const meter = element('meter', { max: chosen, value: count, 'aria-label': `${name}: ${words}` });
    const label = element('span', { class: 'name', title: name }, name);
    return element('li', {}, label, meter, element('span', { class: 'quiet' }, words));
  });
  const rest = counts.slice(MOST_CLASSES);
  const sum = rest.reduce((all, { count }) => all + count, 0);
  const more = element('li', { class: 'quiet' }, `${formatCount(sum)} of ${formatCount(rest.length)} further classes`);
  list.replaceChildren(...lines, ...(rest.length > 0 ? [more] : []));
}
