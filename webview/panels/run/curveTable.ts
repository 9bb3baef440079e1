/** A chart in numbers: for each line its first, last, lowest and highest visible value and where they are. */
import { select } from 'd3';
import type { CurveFormat, ThinnedCurve } from '../../../src/shared/views/run/thinnedCurve';
import { formatCount } from '../../../src/shared/views/formatNumbers';
import type { DrawnLine } from '../../charts/curveChart';
import { formatValue } from '../../charts/curveScales';
import { element } from '../../ui/element';

const columns = ['line', 'first', 'last', 'lowest', 'highest'] as const;

export interface SummaryTable {
  readonly title: string;
  readonly format: CurveFormat;
  readonly lines: readonly DrawnLine[];
}

export function drawSummaryTable(place: HTMLElement, { title, format, lines }: SummaryTable): void {
  if (!place.firstElementChild) {
    const heads = columns.map((name) => element('th', { scope: 'col', class: name === 'line' ? '' : 'number' }, name));
    const head = element('thead', {}, element('tr', {}, ...heads));
    place.append(
      element('table', {}, element('caption', { class: 'for-screen-readers' }, title), head, element('tbody')),
    );
  }
  const rows = lines.map(({ label, raw }) => [label, ...summarise(raw, format)]);
  const drawn = select(place).select('tbody').selectAll('tr').data(rows).join('tr');
  const cells = drawn
    .selectAll<HTMLElement, string>('td')
    .data((row) => row)
    .join('td');
  cells.attr('class', (_, i) => (i === 0 ? '' : 'number')).text((cell) => cell);
}

function summarise({ x, y }: ThinnedCurve, format: CurveFormat): string[] {
  const finite = y.flatMap((value, i) => (value === null ? [] : [{ step: x[i]!, value }]));
  const [first] = finite;
  if (!first) return ['–', '–', '–', '–'];
  const lowest = finite.reduce((a, b) => (b.value < a.value ? b : a));
  const highest = finite.reduce((a, b) => (b.value > a.value ? b : a));
  const words = ({ step, value }: { step: number; value: number }): string =>
    `${formatValue(value, format)} at ${formatCount(Math.round(step))}`;
  return [words(first), words(finite.at(-1)!), words(lowest), words(highest)];
}
