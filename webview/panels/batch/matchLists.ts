/** What one image was matched to, as a short table with bars: classes, entries of a queue, landmarks, and colours of labels. */
import type { ClassMatch, LandmarkMatch, Matching, QueueMatch } from '../../../src/shared/results/batchInspection';
import { formatPixels, formatSimilarity, pointDistance } from '../../../src/shared/views/batch/matchWords';
import { classColours, hexColour } from '../../../src/shared/views/classColours';
import { formatNumberOf, formatShare } from '../../../src/shared/views/formatNumbers';
import { element } from '../../ui/element';

/** Likeliest first; the expected one is marked. */
export function drawClasses({ predicted, expected }: ClassMatch): Node[] {
  const rows = predicted.map(({ name, probability }) => {
    const isRight = name === expected;
    const words = element('th', { scope: 'row', title: name }, `${isRight ? '✓ ' : ''}${name}`);
    return element(
      'tr',
      { class: isRight ? 'is-right' : undefined },
      words,
      barCell(probability),
      numberCell(`${formatShare(probability)} %`),
    );
  });
  return [element('h3', {}, 'Predicted'), tableOf(['class', '', 'probability'], rows)];
}

export function drawQueue(match: QueueMatch, { of }: Extract<Matching, { kind: 'queue' }>): Node[] {
  const rows = match.hardest.map(({ entry, similarity, label, image, age }) => {
    const name = image ?? label ?? 'noise';
    const old = age === undefined ? '' : `, ${formatNumberOf(age, 'update')} ago`;
    const remark = element(
      'span',
      { class: 'quiet' },
      ` ${image !== undefined && label !== undefined ? `${label}, ` : ''}entry ${entry}${old}`,
    );
    const words = element(
      'th',
      { scope: 'row', title: `${name}, entry ${entry}${old}` },
      element('span', { class: 'entry-name' }, name),
      remark,
    );
    return element('tr', {}, words, barCell(Math.max(0, similarity)), numberCell(formatSimilarity(similarity)));
  });
  const place = of === 'queue' ? 'queue' : 'memory bank';
  const positive = element(
    'tr',
    { class: 'is-right' },
    element('th', { scope: 'row' }, '✓ its own key'),
    barCell(Math.max(0, match.positive)),
    numberCell(formatSimilarity(match.positive)),
  );
  return [element('h3', {}, `Most similar in the ${place}`), tableOf(['key', '', 'similarity'], [positive, ...rows])];
}

export function drawPoints(match: LandmarkMatch, names: readonly string[]): Node[] {
  const rows = match.points.map((point, k) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, names[k] ?? String(k + 1)),
      numberCell(formatPixels(pointDistance(point))),
    ),
  );
  const note = element('p', { class: 'quiet note' }, 'Arrows go from where a landmark was predicted to where it is.');
  return [element('h3', {}, 'Landmarks'), tableOf(['landmark', 'error'], rows), note];
}

export function drawLabels(classes: readonly string[]): Node[] {
  const colours = classColours(classes);
  const rows = classes.map((name, k) => {
    const swatch = element('span', { class: 'label-swatch', 'aria-hidden': 'true' });
    swatch.style.backgroundColor = hexColour(colours[k]!);
    return element('li', {}, swatch, name);
  });
  return [element('h3', {}, 'Classes'), element('ul', { class: 'label-legend' }, ...rows)];
}

export function tableOf(heads: readonly string[], rows: readonly HTMLElement[]): HTMLElement {
  const cells = heads.map((name, i) =>
    name === ''
      ? element('td', { 'aria-hidden': 'true' })
      : element('th', { scope: 'col', class: i > 0 ? 'number' : undefined }, name),
  );
  return element(
    'table',
    { class: 'matches' },
    element('thead', {}, element('tr', {}, ...cells)),
    element('tbody', {}, ...rows),
  );
}

export function numberCell(text: string): HTMLElement {
  return element('td', { class: 'number' }, text);
}

/** `share`: 0..1. */
function barCell(share: number): HTMLElement {
  const bar = element('span', { class: 'bar' });
  bar.style.width = `${100 * Math.min(1, Number.isFinite(share) ? share : 0)}%`;
  return element('td', { class: 'bar-cell', 'aria-hidden': 'true' }, bar);
}
