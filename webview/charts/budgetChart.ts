/**
 * Bars of an error budget: one row a type, one bar a run (the second hatched), and of two runs the difference with its
 * interval beside them. Rows are buttons. Knows data and pixels, no messages.
 */
import { max, scaleLinear, select } from 'd3';
import type { ErrorLook } from './errorLooks';

export interface BudgetRow {
  readonly id: string;
  readonly look: ErrorLook;
  /** One a run, in the unit of the chart; NaN is not drawn. */
  readonly values: readonly number[];
  /** What stands behind each bar. */
  readonly texts: readonly string[];
  /** Second minus first. */
  readonly difference?: { readonly value: number; readonly low: number; readonly high: number; readonly text: string };
  /** The row in words. */
  readonly label: string;
}

export interface BudgetChart {
  readonly node: SVGSVGElement;
  update(rows: readonly BudgetRow[], chosen: string, width: number): void;
}

const BAR = 9;
const NAME = 158;
const GAP = 12;

export function createBudgetChart(
  container: Element,
  onChoose: (id: string) => void,
  name = 'Errors by type',
): BudgetChart {
  const svg = select(container).append('svg').attr('class', 'budget').attr('role', 'group').attr('aria-label', name);
  return {
    node: svg.node()!,
    update: (rows, chosen, width) => {
      const runs = max(rows, ({ values }) => values.length) ?? 1;
      const height = Math.max(24, runs * (BAR + 4) + GAP);
      const hasDifference = rows.some(({ difference }) => difference);
      const differenceWidth = hasDifference ? Math.max(90, 0.3 * (width - NAME)) : 0;
      const barWidth = Math.max(30, width - NAME - 64 - differenceWidth);
      const top = max(rows, ({ values }) => max(values.filter((value) => !Number.isNaN(value)))) ?? 0;
      const x = scaleLinear([0, top || 1], [0, barWidth]);
      const extent =
        max(rows, ({ difference: d }) => (d ? Math.max(Math.abs(d.low), Math.abs(d.high), Math.abs(d.value)) : 0)) || 1;
      const middle = width - differenceWidth / 2;
      const dx = scaleLinear([-extent, extent], [middle - differenceWidth / 2 + 6, width - 6]);
      svg.attr('width', width).attr('height', rows.length * height + 4);
      const groups = svg
        .selectAll<SVGGElement, BudgetRow>('g.budget-row')
        .data(rows, ({ id }) => id)
        .join((enter) => {
          const made = enter.append('g').attr('class', 'budget-row').attr('role', 'button').attr('tabindex', 0);
          made.append('title');
          made.append('rect').attr('class', 'hit').attr('x', 0).attr('rx', 3);
          made.append('line').attr('class', 'key').attr('x1', 4).attr('x2', 26);
          made.append('text').attr('class', 'letter').attr('x', 32);
          made.append('text').attr('class', 'name').attr('x', 46);
          made.append('line').attr('class', 'zero');
          made.append('line').attr('class', 'whisker');
          made.append('circle').attr('class', 'change').attr('r', 3.5);
          return made;
        })
        .attr('transform', (_, i) => `translate(0, ${i * height + 2})`)
        .attr('aria-label', ({ label }) => label)
        .attr('aria-pressed', ({ id }) => String(id === chosen))
        .on('click', (_, { id }) => onChoose(id))
        .on('keydown', (event: KeyboardEvent, { id }) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onChoose(id);
        });
      groups.select('title').text(({ label }) => label);
      groups
        .select('.hit')
        .attr('width', width)
        .attr('height', height - 2);
      groups
        .select('.key')
        .attr('y1', (height - 2) / 2)
        .attr('y2', (height - 2) / 2)
        .attr('stroke', ({ look }) => look.colour)
        .attr('stroke-dasharray', ({ look }) => look.dash.join(' '));
      groups
        .select('.letter')
        .attr('y', height / 2 + 3)
        .text(({ look }) => look.letter);
      groups
        .select('.name')
        .attr('y', height / 2 + 3)
        .text(({ look }) => shorten(look.name));
      const bars = groups
        .selectAll<SVGGElement, { value: number; text: string; look: ErrorLook }>('g.bar')
        .data(({ values, texts, look }) => values.map((value, i) => ({ value, text: texts[i] ?? '', look })))
        .join((enter) => {
          const made = enter.append('g').attr('class', 'bar');
          made.append('rect').attr('height', BAR).attr('rx', 1);
          made.append('text').attr('class', 'value');
          return made;
        })
        .attr('transform', (_, i) => `translate(${NAME}, ${(height - 2 - runs * (BAR + 4)) / 2 + i * (BAR + 4) + 2})`)
        .attr('class', (_, i) => `bar run-${i}`);
      const widthOf = (value: number): number => (Number.isNaN(value) ? 0 : Math.max(1, x(Math.max(0, value))));
      bars
        .select('rect')
        .attr('width', ({ value }) => widthOf(value))
        .attr('fill', ({ look }) => look.colour)
        .attr('stroke', ({ look }) => look.colour);
      bars
        .select('text')
        .attr('x', ({ value }) => widthOf(value) + 4)
        .attr('y', BAR - 0.5)
        .text(({ text }) => text);
      groups
        .select('.zero')
        .attr('x1', dx(0))
        .attr('x2', dx(0))
        .attr('y1', 0)
        .attr('y2', height - 2);
      groups.selectAll('.zero, .whisker, .change').attr('display', hasDifference ? null : 'none');
      groups
        .select('.whisker')
        .attr('x1', ({ difference }) => dx(difference?.low ?? 0))
        .attr('x2', ({ difference }) => dx(difference?.high ?? 0))
        .attr('y1', (height - 2) / 2)
        .attr('y2', (height - 2) / 2);
      groups
        .select('.change')
        .attr('cx', ({ difference }) => dx(difference?.value ?? 0))
        .attr('cy', (height - 2) / 2)
        .attr('display', ({ difference }) => (difference ? null : 'none'));
    },
  };
}

function shorten(name: string): string {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}
