/** One episode: of each class its support pictures and its queries, right and wrong. Arrow keys go through the queries. */
import type { EpisodesLook } from '../../../../src/shared/protocol/panels/predictionsPanel';
import {
  listEpisode,
  type EpisodeClass,
  type EpisodeQuery,
} from '../../../../src/shared/views/predictions/episodeFigures';
import { formatShare } from '../../../../src/shared/views/formatNumbers';
import { element } from '../../../ui/element';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface EpisodeView {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

const SIDE = 56;

export function createEpisodeView(look: (part: Partial<EpisodesLook>) => void, thumbnails: Thumbnails): EpisodeView {
  const icon = (label: string, text: string): HTMLElement =>
    element('vscode-button', { appearance: 'icon', 'aria-label': label, title: label }, text);
  const before = icon('Episode before (Page Up)', '‹');
  const after = icon('Next episode (Page Down)', '›');
  const title = element('span', { class: 'large-title' });
  const remark = element('span', { class: 'quiet' });
  const head = element('div', { class: 'large-head' }, before, after, title, remark);
  const label = 'Queries of this episode. Arrow keys move between them, Page Up and Page Down between episodes.';
  const list = element('div', { class: 'episode', role: 'listbox', 'aria-label': label });
  const nothing = element('p', { class: 'empty' }, 'Every query of this episode was recognised.');
  const node = element('section', { class: 'images', 'aria-label': 'Episode' }, head, nothing, list);
  let shown: Shown | undefined;
  let drawn = '';

  const step = (by: number): void => {
    if (!shown) return;
    const { episodes, view } = shown;
    const place = episodes.indexOf(view.episodes.episode) + by;
    const next = episodes[Math.min(episodes.length - 1, Math.max(0, place))];
    if (next !== undefined && next !== view.episodes.episode) look({ episode: next, query: undefined });
  };
  before.addEventListener('click', () => step(-1));
  after.addEventListener('click', () => step(1));
  const options = (): HTMLElement[] => [...list.querySelectorAll<HTMLElement>('[role=option]')];
  list.addEventListener('click', ({ target }) => {
    const query = (target as Element).closest<HTMLElement>('[data-query]')?.dataset.query;
    if (query !== undefined) look({ query: Number(query) });
  });
  node.addEventListener('keydown', (event) => {
    if (event.key === 'PageUp' || event.key === 'PageDown') {
      event.preventDefault();
      return step(event.key === 'PageUp' ? -1 : 1);
    }
    const all = options();
    const now = all.indexOf(document.activeElement as HTMLElement);
    const places: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: now - 1, ArrowUp: now - 1, ArrowRight: now + 1, ArrowDown: now + 1 },
      ...{ Home: 0, End: all.length - 1 },
    };
    const next = now < 0 ? undefined : all[places[event.key] ?? -1];
    if (!next) return;
    event.preventDefault();
    look({ query: Number(next.dataset.query) });
    list.querySelector<HTMLElement>(`[data-query="${next.dataset.query}"]`)?.focus();
  });

  return {
    node,
    draw: (next) => {
      shown = next;
      const { results, layer, view, episodes } = next;
      const { episode, onlyWrong, query } = view.episodes;
      title.textContent = `Episode ${episode + 1}`;
      const place = episodes.indexOf(episode);
      remark.textContent = `${place + 1} of ${episodes.length}, accuracy ${formatShare(layer.accuracy[episode]!)} %`;
      const text = JSON.stringify([next.run.folder, layer.layer, episode, onlyWrong]);
      if (text !== drawn) {
        drawn = text;
        const classes = listEpisode(results, layer, episode);
        list.replaceChildren(...classes.map((one) => createClass(one, classes, onlyWrong)));
      }
      const all = options();
      nothing.hidden = all.length > 0;
      const chosen = all.find(({ dataset }) => dataset.query === String(query));
      for (const option of all) {
        option.setAttribute('aria-selected', String(option === chosen));
        option.tabIndex = option === (chosen ?? all[0]) ? 0 : -1;
      }
      thumbnails.paint(next.pictures);
    },
  };

  function createClass(one: EpisodeClass, classes: readonly EpisodeClass[], onlyWrong: boolean): HTMLElement {
    const right = one.queries.filter(({ truth, predicted }) => truth === predicted).length;
    const queries = one.queries.filter(({ truth, predicted }) => !onlyWrong || truth !== predicted);
    const { pictures } = shown!.results.index;
    const supports = one.support.map((picture) =>
      element('span', { class: 'support', title: pictures[picture]!.name }, thumbnails.create(picture, SIDE)),
    );
    return element(
      'div',
      { class: 'episode-class', role: 'group', 'aria-label': one.name },
      element(
        'h2',
        { role: 'presentation' },
        one.name,
        element('span', { class: 'quiet' }, ` ${right} of ${one.queries.length} right`),
      ),
      element(
        'div',
        { class: 'episode-rows' },
        element('div', { class: 'supports', role: 'presentation' }, ...supports),
        element(
          'div',
          { class: 'queries', role: 'presentation' },
          ...queries.map((query) => createQuery(query, classes)),
        ),
      ),
    );
  }

  function createQuery(
    { place, picture, truth, predicted }: EpisodeQuery,
    classes: readonly EpisodeClass[],
  ): HTMLElement {
    const isRight = truth === predicted;
    const { name } = shown!.results.index.pictures[picture]!;
    const taken = classes[predicted]!.name;
    const words = isRight ? 'recognised' : `taken for ${taken}`;
    const caption = element('span', { class: 'query-verdict' }, isRight ? '✓' : `✗ ${taken}`);
    const attributes = { role: 'option', class: `query ${isRight ? 'is-right' : 'is-wrong'}`, 'data-query': place };
    const title = `${name}, ${words}`;
    return element('div', { ...attributes, title, 'aria-label': title }, thumbnails.create(picture, SIDE), caption);
  }
}
