/** Axes, grid and reference lines of a depth chart: guessing, or the baseline that differences are taken to. */
import { axisBottom, axisLeft, scaleLinear, scalePoint, type Selection } from 'd3';
import { metricTitle } from '../../src/shared/views/report/metrics';
import { margin, TICKS, type DepthFrame } from './depthFrame';

export type Group = Selection<SVGGElement, unknown, null, undefined>;

/** Least px between two layer names; further ones are left out. */
const NAME_SPACING = 15;
/** Px of a letter of the axis' title, at most. */
const LETTER = 6;
/** Narrow charts have fewer ticks of depth. */
const DEPTH_TICK_SPACING = 40;

export function drawAxes(plot: Group, frame: DepthFrame): void {
  const { width, height, valueScale, view } = frame;
  const grid = plot.append('g').attr('class', 'grid').selectAll('line').data(valueScale.ticks(TICKS)).join('line');
  grid.attr('x2', width).attr('y1', valueScale).attr('y2', valueScale);
  plot.append('g').attr('class', 'axis').call(axisLeft(valueScale).ticks(TICKS).tickSizeOuter(0));
  if (frame.style.axis === 'depth') drawDepths(plot, frame);
  else drawLayerNames(plot, frame);
  const title = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  title.attr('transform', `translate(${12 - margin.left},${height / 2}) rotate(-90)`);
  const isDifference = view.baseline !== undefined;
  const text = `${isDifference ? 'Δ ' : ''}${metricTitle(view.metric, isDifference)}`;
  title.text(shorten(text, Math.max(12, Math.floor(height / LETTER))));
}

function drawLayerNames(plot: Group, { width, height, step, places, style }: DepthFrame): void {
  const layers = places.map(({ layer }) => layer);
  const every = Math.ceil(NAME_SPACING / step);
  // Counted from the deepest layer, which the tables are about.
  const named = layers.filter((_, i) => (layers.length - 1 - i) % every === 0);
  const axis = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`);
  const scale = scalePoint(layers, [0, width]).padding(0.3);
  axis.call(axisBottom(scale).tickValues(named).tickSizeOuter(0));
  const texts = axis.selectAll<SVGTextElement, string>('text').text((layer) => shorten(layer, 10));
  texts.attr('transform', 'rotate(-45)').attr('text-anchor', 'end').attr('x', -6).attr('y', 6).attr('dy', '0.3em');
  if (!style.hasAxisLabels) texts.remove();
}

function drawDepths(plot: Group, { width, height, style }: DepthFrame): void {
  const axis = plot.append('g').attr('class', 'axis').attr('transform', `translate(0,${height})`);
  axis.call(
    axisBottom(scaleLinear([0, 1], [0, width]))
      .ticks(Math.min(5, width / DEPTH_TICK_SPACING))
      .tickSizeOuter(0),
  );
  if (!style.hasAxisLabels) return void axis.selectAll('text').remove();
  const title = plot.append('text').attr('class', 'axis-title').attr('text-anchor', 'end');
  title
    .attr('x', width)
    .attr('y', height + 32)
    .text('depth (share of the convolutions)');
}

/** Lies below the series. */
export function drawReference(plot: Group, frame: DepthFrame): void {
  const { view } = frame;
  const value = view.baseline === undefined ? view.chance : 0;
  if (value === undefined) return;
  const y = frame.y(value);
  if (y > frame.height || y < 0) return;
  plot.append('line').attr('class', 'chance').attr('x2', frame.width).attr('y1', y).attr('y2', y);
  const label = plot.append('text').attr('class', 'chance-label').attr('x', frame.width);
  label.attr('y', y < 12 ? y + 12 : y - 4);
  label.attr('text-anchor', 'end').text(view.baseline === undefined ? 'guessing' : shorten(view.baseline, 24));
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
