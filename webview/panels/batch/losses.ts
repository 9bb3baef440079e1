/** The loss and its terms: their value in this update, and how they went over the updates made here. */
import { lossTerms, type LossTerm } from '../../../src/shared/views/batch/batchSteps';
import { formatFigure } from '../../../src/shared/views/batch/formatFigures';
import { formatNumberOf } from '../../../src/shared/views/formatNumbers';
import { createSparkline, type Sparkline } from '../../charts/sparkline';
import { element } from '../../ui/element';
import type { Part } from './part';

interface Card {
  readonly node: HTMLElement;
  readonly value: HTMLElement;
  readonly curve: Sparkline;
  readonly frame: HTMLElement;
}

export function createLosses(): Part {
  const node = element('ul', { class: 'losses', 'aria-label': 'Loss and its terms' });
  const cards = new Map<string, Card>();
  return {
    node,
    draw: ({ steps, inspection }) => {
      const terms = lossTerms(steps, inspection);
      node.hidden = terms.length === 0;
      for (const [name, { node: card }] of cards) {
        if (terms.some((term) => term.name === name)) continue;
        card.remove();
        cards.delete(name);
      }
      terms.forEach((term, place) => {
        const card = cards.get(term.name) ?? createCard(term.name);
        cards.set(term.name, card);
        if (node.children[place] !== card.node) node.insertBefore(card.node, node.children[place] ?? null);
        fill(card, term, place);
      });
    },
  };
}

function createCard(name: string): Card {
  const value = element('span', { class: 'loss-value' });
  const frame = element('div', { class: 'loss-curve' });
  const words = element('span', { class: 'loss-name', title: name }, name);
  const node = element('li', {}, words, value, frame);
  return { node, value, frame, curve: createSparkline(frame) };
}

function fill({ node, value, curve, frame }: Card, { name, value: now, points }: LossTerm, look: number): void {
  value.textContent = formatFigure(now);
  node.classList.toggle('is-bad', !Number.isFinite(now));
  frame.hidden = points.length < 2;
  const from = points[0]?.[1];
  const label = `${name} over ${formatNumberOf(points.length, 'update')}, from ${formatFigure(from)} to ${formatFigure(points.at(-1)?.[1])}`;
  curve.update({ points, look, label });
}
