/** What is known of the chosen query: how strongly each class was spoken for, and which pictures are nearest to it. */
import { listEpisode } from '../../../../src/shared/views/predictions/episodeFigures';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { element } from '../../../ui/element';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface QueryDetails {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

const [LARGE, SMALL] = [112, 56];

export function createQueryDetails(thumbnails: Thumbnails): QueryDetails {
  const node = element('section', { class: 'query-details', 'aria-label': 'Chosen query', 'aria-live': 'polite' });
  let drawn = '';
  return {
    node,
    draw: (shown) => {
      const { results, view, layer, run } = shown;
      const { episode, query } = view.episodes;
      const text = JSON.stringify([run.folder, episode, query, layer.layer]);
      if (text !== drawn) {
        drawn = text;
        const { ways, queries } = results.index;
        const isThere = query !== undefined && query >= 0 && query < ways * queries;
        node.replaceChildren(...(isThere ? describe(shown, query) : [element('p', { class: 'quiet' }, hint)]));
      }
      thumbnails.paint(shown.pictures);
    },
  };

  function describe(shown: Shown, query: number): HTMLElement[] {
    const { results, layer, view } = shown;
    const { episode } = view.episodes;
    const { ways, queries, pictures, layers } = results.index;
    const at = episode * ways * queries + query;
    const classes = listEpisode(results, layer, episode);
    const truth = Math.floor(query / queries);
    const predicted = layer.predictions[at]!;
    const picture = results.query[at]!;
    const terms = [
      ['Picture', pictures[picture]!.name],
      ['Truth', classes[truth]!.name],
      [`Predicted, ${layer.layer}`, classes[predicted]!.name],
    ] as const;
    const facts = terms.flatMap(([term, value]) => [element('dt', {}, term), element('dd', {}, value)]);
    const scores = classes
      .map(({ name }, way) => ({ name, way, score: results.scores[at * ways + way]! }))
      .sort((a, b) => b.score - a.score);
    return [
      element('div', { class: 'query-head' }, thumbnails.create(picture, LARGE), element('dl', {}, ...facts)),
      element('h2', {}, `Classes by ${layers.at(-1)}`),
      element('table', {}, element('tbody', {}, ...scores.map((row) => createScore(row, row.way === truth)))),
      element('h2', {}, `Nearest pictures by ${layers.at(-1)}`),
      createNeighbours(shown, picture),
    ];
  }

  function createNeighbours({ results }: Shown, picture: number): HTMLElement {
    const { neighbours, pictures, classes } = results.index;
    const items = Array.from({ length: neighbours }, (_, i) => {
      const at = picture * neighbours + i;
      const near = pictures[results.neighbour[at]!];
      if (!near) return undefined;
      const isSame = near.class === pictures[picture]!.class;
      const similarity = results.similarity[at]!.toFixed(2);
      const title = `${near.name}, ${classes[near.class]}, similarity ${similarity}`;
      return element(
        'li',
        { class: isSame ? 'is-right' : 'is-wrong', title },
        thumbnails.create(results.neighbour[at]!, SMALL),
        element('span', { class: 'neighbour-name' }, `${isSame ? '✓' : '✗'} ${classes[near.class]}`),
        element('span', { class: 'quiet' }, similarity),
      );
    });
    return element('ul', { class: 'neighbours' }, ...items.flatMap((item) => (item ? [item] : [])));
  }
}

const hint = 'Choose a query to see how sure its class was, and which pictures are nearest to it.';

function createScore(
  { name, score }: { readonly name: string; readonly score: number },
  isTruth: boolean,
): HTMLElement {
  const bar = element('span', { class: 'score-bar', 'aria-hidden': 'true' });
  bar.style.width = `${Math.round(100 * score)}%`;
  return element(
    'tr',
    {},
    element('th', { scope: 'row', title: name }, isTruth ? `${name} (truth)` : name),
    element('td', { class: 'score' }, bar),
    element('td', { class: 'number' }, formatShare(score)),
  );
}
