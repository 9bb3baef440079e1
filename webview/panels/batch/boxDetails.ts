/** What a detector matched: counts of one of its parts, its objects with their best candidates, and the surest negatives. */
import type { BoxMatches, BoxStage } from '../../../src/shared/results/batchInspection';
import { describeStage } from '../../../src/shared/views/batch/matchWords';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import { element } from '../../ui/element';
import { numberCell, tableOf } from './matchLists';
import { boxStageOf } from './paintImage';

export interface BoxDetails {
  readonly node: HTMLElement;
  draw(match: BoxMatches | undefined, stage: string | undefined, object: number | undefined): void;
}

/** Negatives that the network takes for objects. */
const MOST_NEGATIVES = 8;

export function createBoxDetails(onObject: (object: number | undefined) => void): BoxDetails {
  const counts = element('p', { class: 'quiet' });
  const lists = element('div');
  const node = element('div', { class: 'box-details' }, counts, lists);
  let drawn = '';
  let chosen: number | undefined;
  lists.addEventListener('click', ({ target }) => {
    const object = (target as Element).closest<HTMLElement>('[data-object]')?.dataset.object;
    if (object !== undefined) onObject(Number(object) === chosen ? undefined : Number(object));
  });
  return {
    node,
    draw: (match, name, object) => {
      chosen = object;
      node.hidden = !match;
      const stage = match && boxStageOf(match, name);
      if (!match || !stage) {
        counts.textContent = match ? 'This network makes no candidates here.' : '';
        lists.replaceChildren();
        drawn = '';
        return;
      }
      counts.textContent = describeStage(stage);
      const text = JSON.stringify([match.place, match.truth, stage]);
      if (text !== drawn) {
        drawn = text;
        lists.replaceChildren(...drawObjects(match, stage), ...drawNegatives(stage));
      }
      for (const button of lists.querySelectorAll<HTMLElement>('[data-object]'))
        button.setAttribute('aria-pressed', String(Number(button.dataset.object) === object));
    },
  };
}

function drawObjects({ truth }: BoxMatches, stage: BoxStage): Node[] {
  const rows = truth.map(({ label, isCrowd }, i) => {
    const own = stage.candidates.filter(({ role, matched }) => role === 'positive' && matched === i);
    const best = Math.max(0, ...own.map(({ iou }) => iou));
    const surest = Math.max(0, ...own.map(({ score }) => score));
    const isMissed = stage.unmatched.includes(i) && !isCrowd;
    const remark = isCrowd ? ' crowd, left out' : isMissed ? ' unmatched' : '';
    const button = element(
      'button',
      {
        type: 'button',
        class: 'plain link',
        'data-object': i,
        'aria-pressed': false,
        title: `Draw only what was matched to ${label}`,
      },
      label,
    );
    const head = element(
      'th',
      { scope: 'row' },
      button,
      element('span', { class: isMissed ? 'remark' : 'quiet' }, remark),
    );
    const figures = own.length === 0 ? ['0', '–', '–'] : [formatCount(own.length), best.toFixed(2), surest.toFixed(2)];
    return element('tr', {}, head, ...figures.map(numberCell));
  });
  const nothing = element('p', { class: 'quiet' }, 'No object is marked in this image.');
  const table = rows.length > 0 ? tableOf(['object', 'positives', 'best IoU', 'score'], rows) : nothing;
  return [element('h3', {}, `Objects and their ${stage.name}`), table];
}

function drawNegatives({ candidates, name }: BoxStage): Node[] {
  const surest = candidates
    .filter(({ role }) => role === 'negative')
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST_NEGATIVES);
  if (surest.length === 0) return [];
  const rows = surest.map(({ box: [x, y, w, h], score, iou, isDrawn }) => {
    const place = `${Math.round(w)} × ${Math.round(h)} at ${Math.round(x)}, ${Math.round(y)}`.replaceAll('-', '−');
    const head = element(
      'th',
      { scope: 'row' },
      place,
      element('span', { class: 'quiet' }, isDrawn ? ' in the loss' : ''),
    );
    return element('tr', {}, head, ...[iou.toFixed(2), score.toFixed(2)].map(numberCell));
  });
  return [element('h3', {}, `Surest negative ${name}`), tableOf(['box in px', 'IoU', 'score'], rows)];
}
