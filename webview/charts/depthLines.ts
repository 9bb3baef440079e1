/** A positive figure of every layer, from input to output, on a logarithmic axis: one line per update. Data and pixels only. */
import { axisLeft, extent, line, scaleLinear, scaleLog, select, symbol } from 'd3';
import type { DepthFigures, DepthLine } from '../../src/shared/views/batch/depthFigures';
import { seriesLook } from './series';

export interface DepthLinesOptions {
  /** Place of the layer under the pointer; undefined when it leaves. */
  readonly onPoint: (layer: number | undefined) => void;
  readonly onChoose: (layer: number) => void;
}

export interface DepthLinesData extends DepthFigures {
  /** Place of the chosen layer. */
  readonly chosen: number | undefined;
  /** The chart in words. */
  readonly label: string;
}

export interface DepthLines {
  readonly node: SVGSVGElement;
  update(data: DepthLinesData, width: number): void;
}

const margin = { top: 24, right: 12, bottom: 22, left: 50 };
const HEIGHT = 190;
/** Marks of more layers would touch. */
const MOST_MARKS = 60;

export function createDepthLines(container: Element, { onPoint, onChoose }: DepthLinesOptions): DepthLines {
  const svg = select(container).append('svg').attr('class', 'depth-lines').attr('role', 'img').attr('height', HEIGHT);
  const heading = svg.append('text').attr('class', 'chart-heading').attr('x', margin.left).attr('y', 13);
  const axis = svg.append('g').attr('class', 'axis').attr('transform', `translate(${margin.left}, 0)`);
  const guide = svg.append('line').attr('class', 'guide');
  const plot = svg.append('g');
  const ends = ['input', 'output'].map((text, i) =>
    svg
      .append('text')
      .attr('class', 'axis-title')
      .attr('y', HEIGHT - 6)
      .attr('text-anchor', i === 0 ? 'start' : 'end')
      .text(text),
  );
  let layerAt = (_x: number): number | undefined => undefined;
  const placeOf = (event: MouseEvent): number | undefined =>
    layerAt(event.clientX - svg.node()!.getBoundingClientRect().left);
  svg.on('pointermove', (event: MouseEvent) => onPoint(placeOf(event)));
  svg.on('pointerleave', () => onPoint(undefined));
  svg.on('click', (event: MouseEvent) => {
    const layer = placeOf(event);
    if (layer !== undefined) onChoose(layer);
  });
  return {
    node: svg.node()!,
    update: ({ title, layers, series, chosen, label }, width) => {
      const [left, right] = [margin.left, Math.max(margin.left + 40, width - margin.right)];
      const [top, bottom] = [margin.top, HEIGHT - margin.bottom];
      const last = Math.max(1, layers.length - 1);
      const x = scaleLinear([0, last], [left + 6, right - 6]);
      const y = scaleLog(valueRange(series), [bottom, top]);
      svg.attr('width', width).attr('aria-label', label);
      heading.text(title);
      axis.call(axisLeft(y).ticks(4, '.0e').tickSize(3));
      axis.selectAll<SVGTextElement, unknown>('text').text((value) => powerText(Number(value)));
      ends[0]!.attr('x', left);
      ends[1]!.attr('x', right);
      guide
        .attr('x1', x(chosen ?? 0))
        .attr('x2', x(chosen ?? 0))
        .attr('y1', top)
        .attr('y2', bottom)
        .attr('display', chosen === undefined ? 'none' : null);
      drawLines(plot.node()!, series, { x, y });
      layerAt = (at) => {
        const place = Math.round(x.invert(at));
        return place >= 0 && place < layers.length ? place : undefined;
      };
    },
  };
}

interface Scales {
  readonly x: (place: number) => number;
  readonly y: (value: number) => number;
}

function drawLines(plot: SVGGElement, series: readonly DepthLine[], { x, y }: Scales): void {
  const path = line<number | undefined>(
    (_, i) => x(i),
    (value) => y(value!),
  ).defined((value) => value !== undefined);
  select(plot)
    .selectAll<SVGPathElement, DepthLine>('path.line')
    .data(series)
    .join('path')
    .attr('class', 'line')
    .attr('fill', 'none')
    .attr('stroke', (_, i) => seriesLook(i).colour)
    .attr('stroke-dasharray', (_, i) => (i === 0 ? null : '6 3'))
    .attr('d', ({ values }) => path([...values]));
  const marks = series.flatMap(({ values }, look) =>
    values.length > MOST_MARKS ? [] : values.flatMap((value, at) => (value === undefined ? [] : [{ look, at, value }])),
  );
  select(plot)
    .selectAll<SVGPathElement, (typeof marks)[number]>('path.mark')
    .data(marks)
    .join('path')
    .attr('class', 'mark')
    .attr('fill', ({ look }) => seriesLook(look).colour)
    .attr('d', ({ look }) => symbol(seriesLook(look).symbol, 26)())
    .attr('transform', ({ at, value }) => `translate(${x(at)},${y(value)})`);
}

/** Whole powers of ten around all values. */
function valueRange(series: readonly DepthLine[]): [number, number] {
  const [low = 0.1, high = 1] = extent(series.flatMap(({ values }) => values.filter((one) => one !== undefined)));
  const from = Math.floor(Math.log10(low));
  return [Number(`1e${from}`), Number(`1e${Math.max(from + 1, Math.ceil(Math.log10(high)))}`)];
}

/** Only whole powers are written. */
function powerText(value: number): string {
  const power = Math.round(Math.log10(value));
  if (Math.abs(Math.log10(value) - power) > 1e-9) return '';
  return power >= -3 && power <= 3 ? String(Number(value.toPrecision(1))) : `1e${power}`.replace('-', '−');
}
