/**
 * Score by depth: one line per pretraining over the layers of the backbone, with the interval over seeds as a band.
 * Used by the report (drawn without a browser) and by panels. Knows data and pixels, no messages, measures nothing. The
 * legend is a chart of its own (seriesLegend.ts), because one serves several of these.
 */
import { area, axisBottom, axisLeft, line, scaleLinear, scalePoint, select, symbol, type Selection } from 'd3';
import type { MeanInterval } from '../../src/shared/math/statistics';
import { formatPercent, metricName } from '../../src/shared/views/formatNumbers';
import type { DepthSeries, DepthView } from '../../src/shared/views/transferReport';
import { seriesLook } from './series';

export interface DepthChartOptions {
  /** Size in px of the drawing's own coordinates; it scales with its container. */
  readonly width: number;
  readonly height: number;
}

export interface DepthChart {
  update(view: DepthView): void;
  destroy(): void;
}

/** Room for tick labels, and below for layer names at 45 degrees. */
const margin = { top: 12, right: 14, bottom: 62, left: 48 };
/** Least px between two layer names; further ones are left out. */
const NAME_SPACING = 15;
const TICKS = 5;

type Group = Selection<SVGGElement, unknown, null, undefined>;

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly x: (layer: string) => number;
  /** From a share in 0..1 to px. */
  readonly y: (share: number) => number;
}

/** Draws into `container`, to which it adds one svg; `update` may be called as often as there is new data. */
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
      svg.append('title').text(`${metricName(view.metric)} by layer, ${view.transfer}`);
      svg.append('desc').text(describe(view));
      drawChart(svg.append('g') as Group, view, options);
    },
    destroy: () => void svg.remove(),
  };
}

function drawChart(root: Group, view: DepthView, { width, height }: DepthChartOptions): void {
  const isMeasured = view.series.some(({ points }) => points.some((point) => point));
  if (!isMeasured) {
    const text = root
      .append('text')
      .attr('class', 'empty')
      .attr('x', width / 2)
      .attr('y', height / 2);
    text.attr('text-anchor', 'middle').text('No layer has been measured yet.');
    return;
  }
  const plot = root.append('g').attr('transform', `translate(${margin.left},${margin.top})`) as Group;
  const frame = drawAxes(plot, view, {
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  });
  if (view.chance !== undefined) drawChance(plot, view.chance, frame);
  view.series.forEach((series, index) => drawSeries(plot, { view, series, index, frame }));
}

function drawAxes(plot: Group, view: DepthView, size: { width: number; height: number }): Frame {
  const layers = view.layers.map(({ layer }) => layer);
  const x = scalePoint(layers, [0, size.width]).padding(0.3);
  const percent = scaleLinear(scoreRange(view), [size.height, 0]).nice(TICKS);
  const grid = plot.append('g').attr('class', 'grid').selectAll('line').data(percent.ticks(TICKS)).join('line');
  grid.attr('x2', size.width).attr('y1', percent).attr('y2', percent);
  plot.append('g').attr('class', 'axis').call(axisLeft(percent).ticks(TICKS).tickSizeOuter(0));
  drawLayerNames(plot, size, x, layers);
  const title = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  title.attr('transform', `translate(${12 - margin.left},${size.height / 2}) rotate(-90)`);
  title.text(`${metricName(view.metric)} (%)`);
  return { ...size, x: (layer) => x(layer) ?? 0, y: (share) => percent(100 * share) };
}

/** Ends of the score axis in percent: from 0, unless even the lowest score is above half of the highest. */
function scoreRange({ series, chance = 0 }: DepthView): [number, number] {
  const points = series.flatMap((one) => one.points.filter((point) => point !== undefined));
  const low = Math.min(...points.map(({ mean, halfWidth = 0 }) => mean - halfWidth));
  const high = Math.max(...points.map(highEnd));
  if (low > high / 2 && low > chance) return [100 * Math.max(0, low - 0.05 * (high - low)), 100 * high || 1];
  return [0, 100 * Math.min(1, 1.05 * Math.max(high, chance)) || 1];
}

type LayerScale = ReturnType<typeof scalePoint<string>>;

function drawLayerNames(
  plot: Group,
  size: { width: number; height: number },
  x: LayerScale,
  layers: readonly string[],
): void {
  const every = Math.ceil(NAME_SPACING / (x.step() || size.width));
  // Counted from the deepest layer, which the tables are about.
  const named = layers.filter((_, i) => (layers.length - 1 - i) % every === 0);
  const axis = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${size.height})`);
  axis.call(axisBottom(x).tickValues(named).tickSizeOuter(0));
  const texts = axis.selectAll<SVGTextElement, string>('text').text((layer) => shorten(layer, 14));
  texts.attr('transform', 'rotate(-45)').attr('text-anchor', 'end').attr('x', -6).attr('y', 6).attr('dy', '0.3em');
}

function drawChance(plot: Group, chance: number, frame: Frame): void {
  const height = frame.y(chance);
  if (height > frame.height) return;
  plot.append('line').attr('class', 'chance').attr('x2', frame.width).attr('y1', height).attr('y2', height);
  const label = plot
    .append('text')
    .attr('class', 'chance-label')
    .attr('x', frame.width)
    .attr('y', height - 4);
  label.attr('text-anchor', 'end').text('guessing');
}

interface SeriesPlace {
  readonly view: DepthView;
  readonly series: DepthSeries;
  readonly index: number;
  readonly frame: Frame;
}

interface Place {
  readonly layer: string;
  readonly point: MeanInterval | undefined;
}

function drawSeries(plot: Group, { view, series, index, frame }: SeriesPlace): void {
  const look = seriesLook(index);
  const places: Place[] = view.layers.map(({ layer }, i) => ({ layer, point: series.points[i] }));
  const group = plot.append('g').attr('class', 'series').attr('data-pretraining', series.pretraining);
  // A layer that was not measured breaks band and line; nothing is drawn across it.
  const band = area<Place>()
    .defined(({ point }) => point?.halfWidth !== undefined)
    .x(({ layer }) => frame.x(layer))
    .y0(({ point }) => frame.y(point ? Math.max(0, point.mean - (point.halfWidth ?? 0)) : 0))
    .y1(({ point }) => frame.y(point ? highEnd(point) : 0));
  const path = line<Place>()
    .defined(({ point }) => point !== undefined)
    .x(({ layer }) => frame.x(layer))
    .y(({ point }) => frame.y(point?.mean ?? 0));
  group.append('path').attr('class', 'band').attr('fill', look.colour).attr('d', band(places));
  const stroke = group.append('path').attr('class', 'line').attr('fill', 'none').attr('stroke', look.colour);
  stroke.attr('stroke-dasharray', look.dash ?? null).attr('d', path(places));
  const measured = places.flatMap(({ layer, point }) => (point ? [{ layer, point }] : []));
  if (measured.length === 1) drawWhisker(group, measured[0]!, { colour: look.colour, frame });
  const marks = group.selectAll('.mark').data(measured).join('path').attr('class', 'mark').attr('fill', look.colour);
  marks.attr('d', symbol(look.symbol, 40)());
  marks.attr('transform', ({ layer, point }) => `translate(${round(frame.x(layer))},${round(frame.y(point.mean))})`);
  marks
    .append('title')
    .text(({ layer, point }) => `${series.pretraining}, ${layer}: ${formatPercent(point)} % (n = ${point.n})`);
}

/** The interval of a lone layer, over which a band has no width. */
function drawWhisker(
  group: Group,
  { layer, point }: { layer: string; point: MeanInterval },
  { colour, frame }: { colour: string; frame: Frame },
): void {
  const whisker = group.append('line').attr('class', 'whisker').attr('stroke', colour);
  whisker.attr('x1', frame.x(layer)).attr('x2', frame.x(layer));
  whisker.attr('y1', frame.y(Math.max(0, point.mean - (point.halfWidth ?? 0)))).attr('y2', frame.y(highEnd(point)));
}

/** Upper end of the interval; a share cannot exceed 1. */
function highEnd({ mean, halfWidth = 0 }: MeanInterval): number {
  return Math.min(1, mean + halfWidth);
}

function round(px: number): number {
  return Math.round(100 * px) / 100;
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

/** The chart in words, for screen readers. */
function describe(view: DepthView): string {
  const lines = view.series.map(({ pretraining, points }) => {
    const scores = view.layers.map(
      ({ layer }, i) => `${layer} ${points[i] ? formatPercent(points[i]) : 'not measured'}`,
    );
    return `${pretraining}: ${scores.join(', ')}`;
  });
  return `${metricName(view.metric)} in percent by layer for ${view.transfer}. ${lines.join('. ')}.`;
}
