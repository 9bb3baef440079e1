/**
 * Readoff against transfer: one mark per pretraining and seed, one look per pretraining. Used by the report, drawn once
 * without a browser. Knows data and pixels, no messages. The legend is a chart of its own (seriesLegend.ts).
 */
import { axisBottom, axisLeft, extent, scaleLinear, symbol, type ScaleLinear } from 'd3';
import { metricKind, metricTitle } from '../../src/shared/views/report/metrics';
import type { ReadoffAxis, ReadoffPoint, ReadoffView } from '../../src/shared/views/report/readoffView';
import { metricName } from '../../src/shared/views/formatNumbers';
import type { Group } from './depthAxes';
import { seriesLook } from './series';
import { createStillChart, type ChartSize, type StillChart } from './stillChart';

export type ScatterChart = StillChart<ReadoffView>;

const margin = { top: 12, right: 14, bottom: 44, left: 52 };
const TICKS = 5;
const MARK_AREA = 64;

/** Adds one svg of the given size in px to `container`; it scales with it. */
export function createScatterChart(container: Element, size: ChartSize): ScatterChart {
  return createStillChart(container, size, {
    name: 'scatter-chart',
    margin,
    title: (view) => `${view.transfer.transfer} against ${view.readoff.transfer}`,
    describe,
    draw: drawPlot,
  });
}

function drawPlot(plot: Group, view: ReadoffView, { width, height }: ChartSize): void {
  const x = scaleOf(
    view.points.map(({ readoff }) => readoff),
    view.readoff.metric,
    [0, width],
  );
  const y = scaleOf(
    view.points.map(({ transfer }) => transfer),
    view.transfer.metric,
    [height, 0],
  );
  drawAxes(plot, view, { x, y, width, height });
  drawPoints(plot, view, (point) => [
    x(factorOf(view.readoff.metric) * point.readoff),
    y(factorOf(view.transfer.metric) * point.transfer),
  ]);
}

function factorOf(metric: string): number {
  return metricKind(metric).isShare ? 100 : 1;
}

/** A little room around the points; equal ones stand in the middle. */
function scaleOf(values: readonly number[], metric: string, range: [number, number]): ScaleLinear<number, number> {
  const [low = 0, high = 1] = extent(values.map((value) => factorOf(metric) * value)) as [number?, number?];
  const room = 0.06 * (high - low) || 1;
  return scaleLinear([low - room, high + room], range).nice(TICKS);
}

interface Frame {
  readonly x: ScaleLinear<number, number>;
  readonly y: ScaleLinear<number, number>;
  readonly width: number;
  readonly height: number;
}

function drawAxes(plot: Group, { readoff, transfer }: ReadoffView, { x, y, width, height }: Frame): void {
  const grid = plot.append('g').attr('class', 'grid').selectAll('line').data(y.ticks(TICKS)).join('line');
  grid.attr('x2', width).attr('y1', y).attr('y2', y);
  plot.append('g').attr('class', 'axis').call(axisLeft(y).ticks(TICKS).tickSizeOuter(0));
  const bottom = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`);
  bottom.call(axisBottom(x).ticks(TICKS).tickSizeOuter(0));
  const title = (axis: ReadoffAxis) => `${axis.transfer}: ${metricTitle(axis.metric)}`;
  const across = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  across
    .attr('x', width / 2)
    .attr('y', height + 36)
    .text(title(readoff));
  const up = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  up.attr('transform', `translate(${12 - margin.left},${height / 2}) rotate(-90)`).text(title(transfer));
}

function drawPoints(plot: Group, view: ReadoffView, place: (point: ReadoffPoint) => [number, number]): void {
  view.pretrainings.forEach(({ pretraining, look: index }) => {
    const look = seriesLook(index);
    const points = view.points.filter((point) => point.pretraining === pretraining);
    const series = plot.append('g').attr('class', 'series').attr('data-pretraining', pretraining);
    const marks = series.selectAll('path').data(points).join('path').attr('class', 'mark');
    marks.attr('d', symbol(look.symbol, MARK_AREA)() ?? '').attr('fill', look.colour);
    marks.attr('transform', (point) => `translate(${place(point).join(',')})`);
    marks.append('title').text(({ seed }) => `${pretraining}, seed ${seed}`);
  });
}

/** The chart in words, for screen readers. */
function describe({ readoff, transfer, points }: ReadoffView): string {
  const share = (axis: ReadoffAxis, value: number) =>
    metricKind(axis.metric).isShare ? `${(100 * value).toFixed(1)} %` : value.toFixed(3);
  const list = points.map(
    (point) =>
      `${point.pretraining}, seed ${point.seed}: ${share(readoff, point.readoff)} and ${share(transfer, point.transfer)}`,
  );
  return `${metricName(readoff.metric)} of ${readoff.transfer} and ${metricName(transfer.metric)} of ${transfer.transfer}. ${list.join('; ')}.`;
}
