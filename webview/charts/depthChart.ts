/**
 * Values by depth: one line per pretraining over the layers of the backbone, with the interval over seeds as bands or
 * bars. Used by the report (drawn once, without a browser) and by the Layers panel, which resizes it, marks what is looked
 * at and asks what is near the pointer. Knows data and pixels, no messages, measures nothing. The legend is a chart of its
 * own (seriesLegend.ts), because one serves several of these.
 */
import { select } from 'd3';
import { formatMetric, formatMetricDifference, metricKind } from '../../src/shared/views/report/metrics';
import { metricName } from '../../src/shared/views/formatNumbers';
import type { DepthView } from '../../src/shared/views/report/transferReport';
import { drawAxes, drawReference, type Group } from './depthAxes';
import {
  createFrame,
  margin,
  plainStyle,
  visibleSeries,
  type DepthFrame,
  type DepthStyle,
  type Size,
} from './depthFrame';
import { drawSeries, type PlacedPoint } from './depthSeries';

/** Size in px of the drawing's own coordinates; it scales with its container. */
export type DepthChartOptions = Size;

/** What is looked at: a pretraining, a layer, or one point. */
export interface DepthMark {
  readonly pretraining?: string | undefined;
  readonly layer?: string | undefined;
}

export interface DepthChart {
  readonly node: SVGSVGElement;
  update(view: DepthView, style?: DepthStyle): void;
  resize(size: Size): void;
  /** Lifts out what is marked and dims the other series; `chosen` keeps a ring around its point. */
  mark(marked: DepthMark, chosen?: DepthMark): void;
  /** The point nearest to a place in the drawing's coordinates, if one is within `reach` px. */
  nearest(place: { readonly x: number; readonly y: number }, reach: number): PlacedPoint | undefined;
  /** All points that are drawn, in the drawing's coordinates. */
  points(): readonly PlacedPoint[];
  destroy(): void;
}

/** Draws into `container`, to which it adds one svg; `update` may be called as often as there is new data. */
export function createDepthChart(container: Element, options: DepthChartOptions): DepthChart {
  let size: Size = options;
  let shown: { readonly view: DepthView; readonly style: DepthStyle } | undefined;
  let frame: DepthFrame | undefined;
  let points: readonly PlacedPoint[] = [];
  const svg = select(container)
    .append('svg')
    .attr('class', 'depth-chart')
    .attr('viewBox', `0 0 ${size.width} ${size.height}`)
    .attr('role', 'img');
  const redraw = (): void => {
    if (!shown) return;
    const { view, style } = shown;
    svg.selectAll('*').remove();
    svg.append('title').text(titleOf(view));
    svg.append('desc').text(describe(view, style));
    const root = svg.append('g') as Group;
    frame = hasPoints(view, style) ? createFrame(view, style, size) : undefined;
    points = frame ? drawPlot(root, frame) : drawEmpty(root, shown, size);
  };
  return {
    node: svg.node()!,
    update: (view, style = plainStyle) => {
      shown = { view, style };
      redraw();
    },
    resize: (next) => {
      if (next.width === size.width && next.height === size.height) return;
      size = next;
      svg.attr('viewBox', `0 0 ${size.width} ${size.height}`);
      redraw();
    },
    mark: (marked, chosen = {}) => {
      if (frame) markPlot(svg.select<SVGGElement>('.plot') as Group, { frame, points, marked, chosen });
    },
    nearest: (place, reach) => nearestPoint(points, place, reach),
    points: () => points,
    destroy: () => void svg.remove(),
  };
}

function hasPoints(view: DepthView, style: DepthStyle): boolean {
  return visibleSeries(view, style).some(({ points }) => points.some((point) => point));
}

function drawEmpty(
  root: Group,
  { view, style }: { readonly view: DepthView; readonly style: DepthStyle },
  { width, height }: Size,
): [] {
  const isHidden = hasPoints(view, { ...style, hidden: new Set() });
  const text = root
    .append('text')
    .attr('class', 'empty')
    .attr('x', width / 2)
    .attr('y', height / 2);
  text.attr('text-anchor', 'middle');
  text.text(isHidden ? 'All that was measured is switched off.' : 'No layer has been measured yet.');
  return [];
}

function drawPlot(root: Group, frame: DepthFrame): PlacedPoint[] {
  const plot = root
    .append('g')
    .attr('class', 'plot')
    .attr('transform', `translate(${margin.left},${margin.top})`) as Group;
  drawAxes(plot, frame);
  drawReference(plot, frame);
  const points = drawSeries(plot, frame);
  return points.map((point) => ({ ...point, x: point.x + margin.left, y: point.y + margin.top }));
}

interface Marking {
  readonly frame: DepthFrame;
  readonly points: readonly PlacedPoint[];
  readonly marked: DepthMark;
  readonly chosen: DepthMark;
}

function markPlot(plot: Group, { frame, points, marked, chosen }: Marking): void {
  const one = marked.pretraining ?? chosen.pretraining;
  const series = plot.selectAll<SVGGElement, unknown>('.series');
  const idOf = (node: Element): string | null => node.getAttribute('data-pretraining');
  const isThere = series.nodes().some((node) => idOf(node) === one);
  series.classed('is-dimmed', function () {
    return isThere && idOf(this) !== one;
  });
  // Above the others, whatever their order; the drawing is made anew with the next data.
  if (isThere) series.filter((_, i, nodes) => idOf(nodes[i]!) === one).raise();
  const layer = marked.layer ?? (marked.pretraining === undefined ? chosen.layer : undefined);
  const isPlaced = layer !== undefined && frame.places.some((place) => place.layer === layer);
  const guide = plot.selectAll('.guide').data(isPlaced ? [frame.x(layer)] : []);
  const lines = guide.join((enter) => enter.insert('line', '.series').attr('class', 'guide'));
  lines
    .attr('x1', (x) => x)
    .attr('x2', (x) => x)
    .attr('y1', 0)
    .attr('y2', frame.height);
  const ringed = [marked, chosen].flatMap((mark) => points.find((point) => isPoint(point, mark)) ?? []);
  const rings = plot
    .selectAll('.ring')
    .data([...new Set(ringed)])
    .join('circle')
    .attr('class', 'ring');
  rings
    .attr('r', 7)
    .attr('cx', ({ x }) => x - margin.left)
    .attr('cy', ({ y }) => y - margin.top)
    .raise();
}

function isPoint(point: PlacedPoint, mark: DepthMark): boolean {
  return point.pretraining === mark.pretraining && point.layer === mark.layer;
}

function nearestPoint(
  points: readonly PlacedPoint[],
  { x, y }: { readonly x: number; readonly y: number },
  reach: number,
): PlacedPoint | undefined {
  let best: PlacedPoint | undefined;
  let least = reach;
  for (const point of points) {
    const distance = Math.hypot(point.x - x, point.y - y);
    if (distance > least) continue;
    least = distance;
    best = point;
  }
  return best;
}

function titleOf({ metric, transfer, baseline }: DepthView): string {
  const what = baseline === undefined ? metricName(metric) : `${metricName(metric)} minus ${baseline}`;
  return `${what} by layer, ${transfer}`;
}

/** The chart in words, for screen readers. */
function describe(view: DepthView, style: DepthStyle): string {
  const { metric, baseline, transfer, layers } = view;
  const format = baseline === undefined ? formatMetric : formatMetricDifference;
  const lines = visibleSeries(view, style).map(({ pretraining, points }) => {
    const values = layers.map(({ layer }, i) => `${layer} ${points[i] ? format(metric, points[i]) : 'not measured'}`);
    return `${pretraining}: ${values.join(', ')}`;
  });
  const unit = metricKind(metric).isShare ? (baseline === undefined ? ' in percent' : ' in points') : '';
  const minus = baseline === undefined ? '' : ` minus that of ${baseline}`;
  return `${metricName(metric)}${minus}${unit} by layer for ${transfer}. ${lines.join('. ')}.`;
}
