/** The stages of the run with their states; those that have curves can be chosen. */
import { select } from 'd3';
import type { StageItem } from '../../../src/shared/protocol/panels/runPanel';
import { element } from '../../ui/element';

interface Checkbox extends HTMLElement {
  checked: boolean;
}

const symbols: Readonly<Record<string, string>> = {
  waiting: '○',
  running: '▶',
  done: '✓',
  reused: '✓',
  failed: '✗',
  skipped: '–',
};

export interface StageList {
  readonly element: HTMLElement;
  update(stages: readonly StageItem[]): void;
  /** Lifts out the stages of a pretraining. */
  mark(pretraining: string | undefined): void;
}

export interface StageListOptions {
  /** Whose curves are drawn. */
  readonly onChoose: (stages: readonly string[]) => void;
  /** What is looked at, for other panels. */
  readonly onLook: (stage: StageItem) => void;
}

export function createStageList({ onChoose, onLook }: StageListOptions): StageList {
  const empty = element('p', { class: 'quiet' }, 'The run has planned nothing yet.');
  const list = element('ul', { class: 'stages' });
  let shown: readonly StageItem[] = [];
  let followed: string | undefined;
  /** Brings what runs now into view once, unless somebody is at the list or its section is folded. */
  const follow = (): void => {
    const running = shown.find(({ state }) => state === 'running');
    if (running?.id === followed || list.matches(':hover, :focus-within') || list.clientHeight === 0) return;
    followed = running?.id;
    const item = list.querySelector<HTMLElement>('li[data-state=running]');
    // Not scrollIntoView, which would move the page as well.
    if (item) list.scrollTop = item.offsetTop - list.offsetTop - (list.clientHeight - item.offsetHeight) / 2;
  };
  const choose = (id: string, isChosen: boolean): void => {
    const stage = shown.find((one) => one.id === id);
    // The box changes by itself when a model arrives.
    if (!stage || stage.isShown === isChosen) return;
    shown = shown.map((one) => (one.id === id ? { ...one, isShown: isChosen } : one));
    onChoose(shown.filter(({ isShown }) => isShown).map((one) => one.id));
  };
  return {
    element: element('div', {}, empty, list),
    update: (stages) => {
      shown = stages;
      empty.hidden = stages.length > 0;
      const items = select(list)
        .selectAll<HTMLElement, StageItem>('li')
        .data(stages, ({ id }) => id);
      const merged = items.join((enter) => {
        const item = enter.append('li');
        item.append('span').attr('class', 'choice');
        item.append('span').attr('class', 'symbol').attr('aria-hidden', 'true');
        item.append('button').attr('type', 'button').attr('class', 'plain name');
        item.append('span').attr('class', 'detail quiet');
        return item;
      });
      merged.order().attr('data-state', ({ state }) => state);
      merged.select('.symbol').text(({ state }) => symbols[state] ?? '?');
      merged
        .select('.name')
        .text(({ id }) => id)
        .attr('title', ({ id, label }) => `${id}: ${label}. Press to look at it in all panels.`)
        .on('click', (_, stage) => onLook(stage));
      merged
        .select('.detail')
        .text(({ state, detail }) =>
          detail === '' ? state : state === 'running' || state === 'done' ? detail : `${state}: ${detail}`,
        )
        .attr('title', ({ detail }) => detail);
      merged.select<HTMLElement>('.choice').each(function (stage) {
        drawChoice(this, stage, choose);
      });
      follow();
    },
    mark: (pretraining) => {
      const items = select(list).selectAll<HTMLElement, StageItem>('li');
      items.classed('is-marked', (stage) => stage.pretraining === pretraining);
      items.select('.name').attr('aria-pressed', (stage) => String(stage.pretraining === pretraining));
    },
  };
}

function drawChoice(place: HTMLElement, stage: StageItem, choose: (id: string, isChosen: boolean) => void): void {
  let box = place.firstElementChild as Checkbox | null;
  if (!stage.hasCurves) return place.replaceChildren();
  if (!box) {
    box = element('vscode-checkbox') as Checkbox;
    box.addEventListener('change', ({ target }) => choose(stage.id, (target as Checkbox).checked));
    place.replaceChildren(box);
    // Once it is in the page: the toolkit names a box without text itself.
    box.setAttribute('aria-label', `Curves of ${stage.id}`);
  }
  if (box.checked !== stage.isShown) box.checked = stage.isShown;
}
