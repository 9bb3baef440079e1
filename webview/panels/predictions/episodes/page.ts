/** What stands where in the page of the episode browser, and what is said until there is something to show. */
import type { PredictionsModel } from '../../../../src/shared/protocol/panels/predictionsPanel';
import { formatNumberOf } from '../../../../src/shared/views/formatNumbers';
import { element, panelRoot } from '../../../ui/element';
import type { Shown } from './shown';

export interface PageParts {
  readonly controls: HTMLElement;
  readonly episode: HTMLElement;
  /** Beside the episode. */
  readonly side: readonly HTMLElement[];
}

export interface Page {
  drawHead(model: PredictionsModel): void;
  draw(model: PredictionsModel, shown: Shown): void;
  fail(message: string): void;
}

export function createPage({ controls, episode, side }: PageParts): Page {
  const title = element('h1');
  const about = element('p', { class: 'quiet about' });
  const status = element('p', { class: 'status', role: 'note' }, 'Reading the episodes …');
  const note = element('p', { class: 'quiet note', hidden: true });
  const columns = element(
    'div',
    { class: 'columns', hidden: true },
    episode,
    element('div', { class: 'side' }, ...side),
  );
  panelRoot().append(element('header', {}, title, about), status, controls, columns, note);
  controls.hidden = true;
  return {
    drawHead: (model) => {
      title.textContent = model.title;
      about.textContent = model.about;
      note.textContent = model.missing ?? '';
      note.hidden = model.missing === undefined;
    },
    draw: (model, { results }) => {
      status.hidden = true;
      controls.hidden = false;
      columns.hidden = false;
      about.textContent = `${model.about}, ${formatNumberOf(results.index.episodes, 'episode')}`;
    },
    fail: (message) => {
      status.hidden = false;
      status.classList.add('problem');
      status.textContent = message;
    },
  };
}
