/**
 * Score by depth: one line per pretraining over the layers of the backbone, with the interval over seeds as a band.
 * Used by the report (drawn without a browser) and by panels. Knows data and pixels, no messages, measures nothing.
 */
import { area, axisBottom, axisLeft, line, scaleLinear, scalePoint, select, symbol, type Selection } from 'd3';
import type { DepthSeries, DepthView } from '../../src/shared/views/transferReport';
import { formatPercent, metricName } from '../../src/shared/views/formatNumbers';
import { seriesLook } from './series';

export interface DepthChartOptions {
  /** Size in px; the legend stands to the right inside it. */
  readonly width: number;
  readonly height: number;
}

export interface DepthChart {
  update(view: DepthView): void;
  destroy(): void;
}

const margin = { top: 14, right: 128, bottom: 56, left: 52 };
type Group = Selection<SVGGElement, unknown, null, undefined>;

interface Scales {
  readonly x: (layer: string) => number;
  readonly y: (value: number) => number;
}

/** Draws into `container`, which it fills with one svg; `update` may be called as often as there is new data. */
export function createDepthChart(container: Element, options: DepthChartOptions): DepthChart {
  const { width, height } = options;
  const svg = select(container)
    .append('svg')
    .attr('class', 'depth-chart')
    .attr('viewBox', `0 0 ${width} ${height}`)
    .attr('role', 'img');
  return {
    update(view) {
      svg.selectAll('*').remove();
      svg.append('title').text(describe(view));
      drawChart(svg.append('g') as Group, view, options);
    },
    destroy: () => void svg.remove(),
  };
}

function drawChart(root: Group, view: DepthView, { width, height }: DepthChartOptions): void {
  const drawn = view.series.some((series) => series.points.some((point) => point));
  if (!drawn) {
    root.append('text').attr('x', width / 2).attr('y', height / 2).attr('text-anchor', 'middle').text('No layer has been measured yet.');
    return;
  }
  const inner = { width: width - margin.left - margin.right, height: height - margin.top - margin.bottom };
  const plot = root.append('g').attr('transform', `translate(${margin.left},${margin.top})`) as Group;
  const scales = drawAxes(plot, view, inner);
  if (view.chance !== undefined) drawChance(plot, view.chance, { ...inner, y: scales.y });
  view.series.forEach((series, index) => drawSeries(plot, { view, series, index, scales }));
  drawLegend(root, view, width);
}

function drawAxes(plot: Group, view: DepthView, inner: { width: number; height: number }): Scales {
  const x = scalePoint(
    view.layers.map(({ layer }) => layer),
    [0, inner.width],
  ).padding(0.3);
  const top = Math.max(...view.series.flatMap(({ points }) => points.map((p) => (p ? p.mean + (p.halfWidth ?? 0) : 0))));
  const y = scaleLinear([0, Math.min(1, top * 1.08) || 1], [inner.height, 0]).nice(5);
  const ticks = axisLeft(y)
    .ticks(5)
    .tickFormat((value) => `${Math.round(Number(value) * 100)}`);
  plot.append('g').attr('class', 'axis').call(ticks);
  plot
    .append('g')
    .attr('class', 'grid')
    .selectAll('line')
    .data(y.ticks(5))
    .join('line')
    .attr('x2', inner.width)
    .attr('y1', (value) => y(value))
    .attr('y2', (value) => y(value));
  const bottom = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${inner.height})`).call(axisBottom(x));
  bottom.selectAll('text').attr('transform', 'rotate(-30)').attr('text-anchor', 'end').attr('dx', '-0.4em').attr('dy', '0.5em');
  plot
    .append('text')
    .attr('class', 'axis-title')
    .attr('transform', `translate(${-margin.left + 12},${inner.height / 2}) rotate(-90)`)
    .attr('text-anchor', 'middle')
    .text(`${metricName(view.metric)} (%)`);
  return { x: (layer) => x(layer) ?? 0, y };
}

function drawChance(plot: Group, chance: number, frame: { width: number; y: (value: number) => number }): void {
  const height = frame.y(chance);
  plot.append('line').attr('class', 'chance').attr('x2', frame.width).attr('y1', height).attr('y2', height);
  plot.append('text').attr('class', 'chance-label').attr('x', frame.width).attr('y', height - 3).attr('text-anchor', 'end').text('guessing');
}

interface SeriesPlace {
  readonly view: DepthView;
  readonly series: DepthSeries;
  readonly index: number;
  readonly scales: Scales;
}

function drawSeries(plot: Group, { view, series, index, scales }: SeriesPlace): void {
  const look = seriesLook(index);
  const points = view.layers.flatMap(({ layer }, i) => {
    const point = series.points[i];
    return point ? [{ layer, point, low: point.mean - (point.halfWidth ?? 0), high: point.mean + (point.halfWidth ?? 0) }] : [];
  });
  type Place = (typeof points)[number];
  const group = plot.append('g').attr('class', 'series').attr('data-pretraining', series.pretraining);
  const band = area<Place>()
    .x(({ layer }) => scales.x(layer))
    .y0(({ low }) => scales.y(Math.max(0, low)))
    .y1(({ high }) => scales.y(Math.min(1, high)));
  group.append('path').attr('class', 'band').attr('fill', look.colour).attr('d', band(points));
  const path = line<Place>()
    .x(({ layer }) => scales.x(layer))
    .y(({ point }) => scales.y(point.mean));
  group.append('path').attr('class', 'line').attr('stroke', look.colour).attr('stroke-dasharray', look.dash ?? null).attr('d', path(points));
  const marks = group.selectAll('.mark').data(points).join('path').attr('class', 'mark').attr('fill', look.colour);
  marks.attr('d', symbol(look.symbol, 44)()).attr('transform', ({ layer, point }) => `translate(${scales.x(layer)},${scales.y(point.mean)})`);
  marks.append('title').text(({ layer, point }) => `${series.pretraining}, ${layer}: ${formatPercent(point)} % (n = ${point.n})`);
}

function drawLegend(root: Group, view: DepthView, width: number): void {
  const legend = root.append('g').attr('class', 'legend').attr('transform', `translate(${width - margin.right + 14},${margin.top + 8})`);
  view.series.forEach(({ pretraining }, index) => {
    const look = seriesLook(index);
    const row = legend.append('g').attr('transform', `translate(0,${index * 20})`);
    row.append('path').attr('d', symbol(look.symbol, 52)()).attr('fill', look.colour).attr('transform', 'translate(6,0)');
    const text = row.append('text').attr('x', 18).attr('dy', '0.35em').text(shorten(pretraining, 15));
    text.append('title').text(pretraining);
  });
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The chart in words, for screen readers. */
function describe(view: DepthView): string {
  const lines = view.series.map(({ pretraining, points }) => {
    const scores = view.layers.map(({ layer }, i) => `${layer} ${points[i] ? formatPercent(points[i]) : 'not measured'}`);
    return `${pretraining}: ${scores.join(', ')}`;
  });
  return `${metricName(view.metric)} in percent by layer for ${view.transfer}. ${lines.join('. ')}.`;
}
