/**
 * Accuracy against labelled images, on a logarithmic axis: one line per pretraining with its interval over seeds as bars.
 * Used by the report, drawn once without a browser. Knows data and pixels, no messages.
 */
import { axisBottom, axisLeft, line, scaleLinear, scaleLog, select, symbol } from 'd3';
import { formatCount, metricName } from '../../src/shared/views/formatNumbers';
import type { LabelCurvesView } from '../../src/shared/views/report/labelCurves';
import { formatMetric, metricKind, metricTitle } from '../../src/shared/views/report/metrics';
import type { Group } from './depthAxes';
import { seriesLook } from './series';

export interface LabelCurveChart {
  readonly node: SVGSVGElement;
  update(view: LabelCurvesView): void;
  destroy(): void;
}

interface PlacedPoint {
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

const margin = { top: 12, right: 20, bottom: 44, left: 52 };
const TICKS = 5;

/** Adds one svg of the given size in px to `container`; it scales with it. */
export function createLabelCurveChart(
  container: Element,
  size: { readonly width: number; readonly height: number },
): LabelCurveChart {
  const svg = select(container)
    .append('svg')
    .attr('class', 'label-chart')
    .attr('viewBox', `0 0 ${size.width} ${size.height}`)
    .attr('role', 'img');
  return {
    node: svg.node()!,
    update(view) {
      svg.selectAll('*').remove();
      svg.append('title').text(`${metricName(view.metric)} against labelled images, ${view.task} on ${view.data}`);
      svg.append('desc').text(describe(view));
      const plot = svg.append('g').attr('transform', `translate(${margin.left},${margin.top})`) as Group;
      drawPlot(plot, view, {
        width: size.width - margin.left - margin.right,
        height: size.height - margin.top - margin.bottom,
      });
    },
    destroy: () => void svg.remove(),
  };
}

function drawPlot(plot: Group, view: LabelCurvesView, { width, height }: { width: number; height: number }): void {
  const { images, series, metric, chance } = view;
  const factor = metricKind(metric).isShare ? 100 : 1;
  const ends = series.flatMap(({ points }) =>
    points.flatMap((point) => (point ? [point.mean + (point.halfWidth ?? 0)] : [])),
  );
  const top = Math.max(...ends, chance ?? 0);
  const y = scaleLinear([0, factor * (metricKind(metric).isShare ? Math.min(1, top) : top) || 1], [height, 0]).nice(
    TICKS,
  );
  const x = scaleLog([images[0]!, images.at(-1)!], [0.04 * width, 0.96 * width]);
  const grid = plot.append('g').attr('class', 'grid').selectAll('line').data(y.ticks(TICKS)).join('line');
  grid.attr('x2', width).attr('y1', y).attr('y2', y);
  plot.append('g').attr('class', 'axis').call(axisLeft(y).ticks(TICKS).tickSizeOuter(0));
  const bottom = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`);
  const label = (value: number) => formatCount(Math.round(value));
  bottom.call(
    axisBottom(x)
      .tickValues([...images])
      .tickFormat((value) => label(Number(value)))
      .tickSizeOuter(0),
  );
  const across = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  across
    .attr('x', width / 2)
    .attr('y', height + 36)
    .text('labelled images');
  const up = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  up.attr('transform', `translate(${12 - margin.left},${height / 2}) rotate(-90)`).text(metricTitle(metric));
  if (chance !== undefined)
    plot
      .append('line')
      .attr('class', 'chance')
      .attr('x2', width)
      .attr('y1', y(factor * chance))
      .attr('y2', y(factor * chance));
  series.forEach(({ pretraining, points }, index) => {
    const placed = points.flatMap((point, i): PlacedPoint[] => {
      if (!point) return [];
      const half = point.halfWidth ?? 0;
      const at = (value: number) => y(factor * Math.max(0, value));
      return [{ x: x(images[i]!), y: at(point.mean), low: at(point.mean - half), high: at(point.mean + half) }];
    });
    drawSeries(plot.append('g').attr('class', 'series').attr('data-pretraining', pretraining) as Group, placed, index);
  });
}

function drawSeries(series: Group, points: readonly PlacedPoint[], index: number): void {
  const look = seriesLook(index);
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
function describe({ metric, images, series }: LabelCurvesView): string {
  const lines = series.map(({ pretraining, points }) => {
    const values = points.map(
      (point, i) => `${Math.round(images[i]!)} labels ${point ? formatMetric(metric, point) : 'not measured'}`,
    );
    return `${pretraining}: ${values.join(', ')}`;
  });
  return `${metricName(metric)} by number of labelled images. ${lines.join('. ')}.`;
}
