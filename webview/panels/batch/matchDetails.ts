/** Beside the images: everything that is known of the chosen one, what it was matched to, and what the network sees of all. */
import type { InspectedImage, InspectedView } from '../../../src/shared/results/batchInspection';
import { formatFigure, formatShape } from '../../../src/shared/views/batch/formatFigures';
import { describeImage, type ImageMatch } from '../../../src/shared/views/batch/matchWords';
import { element } from '../../ui/element';
import { drawClasses, drawLabels, drawPoints, drawQueue } from './matchLists';
import { createBoxDetails } from './boxDetails';
import { drawFacts } from './part';

export interface MatchShown {
  readonly image: InspectedImage | undefined;
  readonly match: ImageMatch | undefined;
  readonly views: readonly InspectedView[];
  readonly boxStage: string | undefined;
  /** Place in `truth` of the object that alone is drawn. */
  readonly object: number | undefined;
}

export interface MatchDetails {
  readonly node: HTMLElement;
  draw(shown: MatchShown): void;
}

export function createMatchDetails(onObject: (object: number | undefined) => void): MatchDetails {
  const title = element('h2', {}, 'Image');
  const facts = element('dl', { class: 'figures narrow' });
  const list = element('div', { class: 'match-list' });
  const boxes = createBoxDetails(onObject);
  const views = element('table', { class: 'views' });
  const seen = element('section', { class: 'seen' }, element('h2', {}, 'What the network sees'), views);
  const node = element(
    'section',
    { class: 'match-details', 'aria-label': 'Chosen image' },
    title,
    facts,
    list,
    boxes.node,
    seen,
  );
  let drawn = '';
  return {
    node,
    draw: ({ image, match, views: shapes, boxStage, object }) => {
      title.textContent = image ? `Image ${image.place + 1} of the batch` : 'No image is chosen';
      drawFacts(facts, image ? describeImage(image, match) : []);
      boxes.draw(match?.kind === 'boxes' ? match.match : undefined, boxStage, object);
      const text = JSON.stringify(match?.kind === 'boxes' ? undefined : match);
      if (text !== drawn) {
        drawn = text;
        list.replaceChildren(...listOf(match));
      }
      drawViews(views, shapes);
    },
  };
}

function listOf(match: ImageMatch | undefined): readonly Node[] {
  switch (match?.kind) {
    case 'classes':
      return drawClasses(match.match);
    case 'queue':
      return drawQueue(match.match, match.matching);
    case 'pixels':
      return drawLabels(match.classes);
    case 'landmarks':
      return drawPoints(match.match, match.names);
    case 'boxes':
    case undefined:
      return [];
  }
}

/** Of each channel after normalisation. */
function drawViews(table: HTMLElement, views: readonly InspectedView[]): void {
  const text = JSON.stringify(
    views.map(({ name, shape, channels }) => [name, shape, channels.map(({ mean }) => mean)]),
  );
  if (table.dataset.drawn === text) return;
  table.dataset.drawn = text;
  const heads = ['channel', 'mean', 'std', 'range'].map((name, i) =>
    element('th', { scope: 'col', class: i > 0 ? 'number' : undefined }, name),
  );
  const rows = views.flatMap(({ name, shape, channels }) => [
    element(
      'tr',
      {},
      element(
        'th',
        { scope: 'rowgroup', colspan: 4 },
        `${name} `,
        element('span', { class: 'quiet' }, formatShape(shape)),
      ),
    ),
    ...channels.map(({ mean, std, min, max }, channel) =>
      element(
        'tr',
        {},
        element('td', {}, String(channel + 1)),
        ...[formatFigure(mean), formatFigure(std), `${formatFigure(min)} … ${formatFigure(max)}`].map((value) =>
          element('td', { class: 'number' }, value),
        ),
      ),
    ),
  ]);
  table.replaceChildren(element('thead', {}, element('tr', {}, ...heads)), element('tbody', {}, ...rows));
}
