/**
 * Bars of an error budget: one row a type, one bar a run (the second hatched), and of two runs the difference with its
 * interval beside them. Rows are buttons. Knows data and pixels, no messages.
 */
import { max, scaleLinear, select, type Selection } from 'd3';
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
      const frame = frameOf(rows, width);
      svg.attr('width', width).attr('height', rows.length * frame.height + 4);
      const groups: Rows = svg
        .selectAll<SVGGElement, BudgetRow>('g.budget-row')
        .data(rows, ({ id }) => id)
        .join((enter) => enter.append('g').call(addParts))
        .attr('transform', (_, i) => `translate(0, ${i * frame.height + 2})`)
        .attr('aria-label', ({ label }) => label)
        .attr('aria-pressed', ({ id }) => String(id === chosen))
        .on('click', (_, { id }) => onChoose(id))
        .on('keydown', (event: KeyboardEvent, { id }) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onChoose(id);
        });
      drawNames(groups, frame);
      drawBars(groups, frame);
      drawDifferences(groups, frame);
    },
  };
}

type Rows = Selection<SVGGElement, BudgetRow, SVGSVGElement, unknown>;

/** Lengths in px. */
interface Frame {
  readonly width: number;
  /** Of a row. */
  readonly height: number;
  readonly runs: number;
  readonly hasDifference: boolean;
  /** Length of a bar. */
  readonly x: (value: number) => number;
  /** Place of a difference. */
  readonly dx: (value: number) => number;
}

function frameOf(rows: readonly BudgetRow[], width: number): Frame {
  const runs = max(rows, ({ values }) => values.length) ?? 1;
  const hasDifference = rows.some(({ difference }) => difference);
  const differenceWidth = hasDifference ? Math.max(90, 0.3 * (width - NAME)) : 0;
  const barWidth = Math.max(30, width - NAME - 64 - differenceWidth);
  const top = max(rows, ({ values }) => max(values.filter((value) => !Number.isNaN(value)))) ?? 0;
  const extent =
    max(rows, ({ difference: d }) => (d ? Math.max(Math.abs(d.low), Math.abs(d.high), Math.abs(d.value)) : 0)) || 1;
  return {
    ...{ width, runs, hasDifference, height: Math.max(24, runs * (BAR + 4) + GAP) },
    x: scaleLinear([0, top || 1], [0, barWidth]),
    dx: scaleLinear([-extent, extent], [width - differenceWidth + 6, width - 6]),
  };
}

function addParts(row: Rows): void {
  row.attr('class', 'budget-row').attr('role', 'button').attr('tabindex', 0);
  row.append('title');
  row.append('rect').attr('class', 'hit').attr('x', 0).attr('rx', 3);
  row.append('line').attr('class', 'key').attr('x1', 4).attr('x2', 26);
  row.append('text').attr('class', 'letter').attr('x', 32);
  row.append('text').attr('class', 'name').attr('x', 46);
  row.append('line').attr('class', 'zero');
  row.append('line').attr('class', 'whisker');
  row.append('circle').attr('class', 'change').attr('r', 3.5);
}

function drawNames(rows: Rows, { width, height }: Frame): void {
  rows.select('title').text(({ label }) => label);
  rows
    .select('.hit')
    .attr('width', width)
    .attr('height', height - 2);
  rows
    .select('.key')
    .attr('y1', (height - 2) / 2)
    .attr('y2', (height - 2) / 2)
    .attr('stroke', ({ look }) => look.colour)
    .attr('stroke-dasharray', ({ look }) => look.dash.join(' '));
  rows
    .select('.letter')
    .attr('y', height / 2 + 3)
    .text(({ look }) => look.letter);
  rows
    .select('.name')
    .attr('y', height / 2 + 3)
    .text(({ look }) => shorten(look.name));
}

function drawBars(rows: Rows, { height, runs, x }: Frame): void {
  const first = (height - 2 - runs * (BAR + 4)) / 2 + 2;
  const bars = rows
    .selectAll<SVGGElement, { value: number; text: string; look: ErrorLook }>('g.bar')
    .data(({ values, texts, look }) => values.map((value, i) => ({ value, text: texts[i] ?? '', look })))
    .join((enter) => {
      const made = enter.append('g').attr('class', 'bar');
      made.append('rect').attr('height', BAR).attr('rx', 1);
      made.append('text').attr('class', 'value');
      return made;
    })
    .attr('transform', (_, i) => `translate(${NAME}, ${first + i * (BAR + 4)})`)
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
}

function drawDifferences(rows: Rows, { height, hasDifference, dx }: Frame): void {
  const middle = (height - 2) / 2;
  rows
    .select('.zero')
    .attr('x1', dx(0))
    .attr('x2', dx(0))
    .attr('y1', 0)
    .attr('y2', height - 2);
  rows.selectAll('.zero, .whisker, .change').attr('display', hasDifference ? null : 'none');
  rows
    .select('.whisker')
    .attr('x1', ({ difference }) => dx(difference?.low ?? 0))
    .attr('x2', ({ difference }) => dx(difference?.high ?? 0))
    .attr('y1', middle)
    .attr('y2', middle);
  rows
    .select('.change')
    .attr('cx', ({ difference }) => dx(difference?.value ?? 0))
    .attr('cy', middle)
    .attr('display', ({ difference }) => (difference ? null : 'none'));
}

function shorten(name: string): string {
  return name.length > 18 ? `${name.slice(0, 17)}…` : name;
}
