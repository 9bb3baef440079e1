/**
 * A score against a count, such as labelled images or steps of a training: one line per pretraining with its interval over
 * seeds as bars. Used by the report, drawn once without a browser. Knows data and pixels, no messages.
 */
import { axisBottom, axisLeft, line, scaleLinear, scaleLog, symbol } from 'd3';
import type { MeanInterval } from '../../src/shared/math/statistics';
import { formatCount, metricName } from '../../src/shared/views/formatNumbers';
import { formatMetric, metricKind, metricTitle } from '../../src/shared/views/report/metrics';
import type { Group } from './depthAxes';
import { seriesLook, type SeriesLook } from './series';
import { createStillChart, type ChartSize, type StillChart } from './stillChart';

export interface CountCurves {
  /** What was measured: "linear-probe on emoji". */
  readonly subject: string;
  /** What is counted: "labelled images". */
  readonly counted: string;
  readonly scale: 'linear' | 'logarithmic';
  readonly metric: string;
  readonly chance: number | undefined;
  readonly series: readonly CountCurve[];
}

export interface CountCurve {
  readonly pretraining: string;
  readonly look: number;
  /** By growing count; positive on a logarithmic scale. */
  readonly points: readonly (MeanInterval & { readonly count: number })[];
}

export type CountCurveChart = StillChart<CountCurves>;

interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

const margin = { top: 12, right: 20, bottom: 44, left: 52 };
const TICKS = 5;
/** Counts nearer than this in px share a label. */
const LABEL_ROOM = 44;

/** Adds one svg of the given size in px to `container`; it scales with it. */
export function createCountCurveChart(container: Element, size: ChartSize): CountCurveChart {
  return createStillChart(container, size, {
    name: 'count-chart',
    margin,
    title: (view) => `${metricName(view.metric)} against ${view.counted}, ${view.subject}`,
    describe,
    draw: drawPlot,
  });
}

function drawPlot(plot: Group, view: CountCurves, size: ChartSize): void {
  const { series, metric, chance } = view;
  const factor = metricKind(metric).isShare ? 100 : 1;
  const [x, y] = [countScale(view, size.width), scoreScale(view, size.height)];
  drawAxes(plot, view, { x, y, size });
  if (chance !== undefined) {
    const at = y(factor * chance);
    plot.append('line').attr('class', 'chance').attr('x2', size.width).attr('y1', at).attr('y2', at);
  }
  for (const { pretraining, look, points } of series) {
    const placed = points.map(({ count, mean, halfWidth = 0 }): PlacedPoint => {
      const at = (value: number) => y(factor * Math.max(0, value));
      return { x: x(count), y: at(mean), low: at(mean - halfWidth), high: at(mean + halfWidth) };
    });
    const group = plot.append('g').attr('class', 'series').attr('data-pretraining', pretraining) as Group;
    drawSeries(group, placed, seriesLook(look));
  }
}

type Scale = (value: number) => number;

function countScale({ series, scale }: CountCurves, width: number): Scale {
  const counts = countsOf(series);
  const ends = [counts[0]!, counts.at(-1)!];
  const range = [0.04 * width, 0.96 * width];
  return scale === 'logarithmic' ? scaleLog(ends, range) : scaleLinear(ends, range);
}

function scoreScale({ series, metric, chance }: CountCurves, height: number) {
  const { isShare } = metricKind(metric);
  const ends = series.flatMap(({ points }) => points.map(({ mean, halfWidth = 0 }) => mean + halfWidth));
  const top = Math.max(...ends, chance ?? 0);
  const shown = isShare ? 100 * Math.min(1, top) : top;
  return scaleLinear([0, shown || 1], [height, 0]).nice(TICKS);
}

/** All counts that any series has, ascending. */
function countsOf(series: readonly CountCurve[]): number[] {
  return [...new Set(series.flatMap(({ points }) => points.map(({ count }) => count)))].sort((a, b) => a - b);
}

function drawAxes(
  plot: Group,
  { series, metric, counted }: CountCurves,
  { x, y, size }: { readonly x: Scale; readonly y: ReturnType<typeof scoreScale>; readonly size: ChartSize },
): void {
  const { width, height } = size;
  const grid = plot.append('g').attr('class', 'grid').selectAll('line').data(y.ticks(TICKS)).join('line');
  grid.attr('x2', width).attr('y1', y).attr('y2', y);
  plot.append('g').attr('class', 'axis').call(axisLeft(y).ticks(TICKS).tickSizeOuter(0));
  const bottom = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`);
  const axis = axisBottom(x as ReturnType<typeof scaleLinear<number>>).tickFormat((value) =>
    formatCount(Math.round(Number(value))),
  );
  bottom.call(axis.tickValues(apart(countsOf(series), x)).tickSizeOuter(0));
  const title = () => plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  title()
    .attr('x', width / 2)
    .attr('y', height + 36)
    .text(counted);
  title()
    .attr('transform', `translate(${12 - margin.left},${height / 2}) rotate(-90)`)
    .text(metricTitle(metric));
}

/** Counts whose labels do not touch; the last is always among them. */
function apart(counts: readonly number[], x: Scale): number[] {
  const kept: number[] = [];
  for (const count of [...counts].reverse()) {
    const next = kept[0];
    if (next === undefined || x(next) - x(count) >= LABEL_ROOM) kept.unshift(count);
  }
  return kept;
}

function drawSeries(series: Group, points: readonly PlacedPoint[], look: SeriesLook): void {
  const path = line<PlacedPoint>(
    ({ x }) => x,
    ({ y }) => y,
  );
  series
    .append('path')
    .attr('class', 'line')
    .attr('d', path([...points]))
    .attr('stroke', look.colour)
    .attr('stroke-dasharray', look.dash ?? null);
  const whiskers = series.selectAll('.whisker').data(points).join('line').attr('class', 'whisker');
  whiskers
    .attr('stroke', look.colour)
    .attr('x1', ({ x }) => x)
    .attr('x2', ({ x }) => x);
  whiskers.attr('y1', ({ low }) => low).attr('y2', ({ high }) => high);
  const marks = series.selectAll('.mark').data(points).join('path').attr('class', 'mark');
  marks.attr('d', symbol(look.symbol, 44)() ?? '').attr('fill', look.colour);
  marks.attr('transform', ({ x, y }) => `translate(${x},${y})`);
}

/** The chart in words, for screen readers. */
function describe({ metric, counted, series }: CountCurves): string {
  const lines = series.map(({ pretraining, points }) => {
    const values = points.map((point) => `${formatCount(Math.round(point.count))} ${formatMetric(metric, point)}`);
    return `${pretraining}: ${values.join(', ')}`;
  });
  return `${metricName(metric)} by number of ${counted}. ${lines.join('. ')}.`;
}
