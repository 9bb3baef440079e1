/** The series of a depth chart: line, interval, marks and seeds of each pretraining, joined by its id. */
import { area, line, symbol, type Selection } from 'd3';
import type { MeanInterval } from '../../src/shared/math/statistics';
import { formatMetric, formatMetricDifference, metricSuffix } from '../../src/shared/views/report/metrics';
import type { DepthSeries, DepthView } from '../../src/shared/views/report/transferReport';
import type { Group } from './depthAxes';
import { highEnd, lowEnd, type DepthFrame } from './depthFrame';
import { seriesLook, type SeriesLook } from './series';

/** Half of the width of an error bar's ends, in px. */
const CAP = 3;

export interface PlacedPoint {
  readonly pretraining: string;
  readonly layer: string;
  /** Px inside the plot. */
  readonly x: number;
  readonly y: number;
}

interface Place extends PlacedPoint {
  readonly point: MeanInterval | undefined;
}

interface DrawnSeries {
  readonly series: DepthSeries;
  readonly look: SeriesLook;
  readonly places: readonly Place[];
  readonly measured: readonly (Place & { readonly point: MeanInterval })[];
}

/** Draws what is not hidden and says where its points are. */
export function drawSeries(plot: Group, frame: DepthFrame): PlacedPoint[] {
  const drawn = frame.view.series.flatMap((series, index) =>
    frame.style.hidden.has(series.pretraining) ? [] : [placeSeries(series, index, frame)],
  );
  const groups = plot
    .selectAll<SVGGElement, DrawnSeries>('.series')
    .data(drawn, ({ series }) => series.pretraining)
    .join('g')
    .attr('class', 'series')
    .attr('data-pretraining', ({ series }) => series.pretraining);
  drawIntervals(groups, frame);
  drawSeeds(groups, frame);
  const path = line<Place>()
    .defined(({ point }) => point !== undefined)
    .x(({ x }) => x)
    .y(({ y }) => y);
  const stroke = groups.append('path').attr('class', 'line').attr('fill', 'none');
  stroke.attr('stroke', ({ look }) => look.colour).attr('stroke-dasharray', ({ look }) => look.dash ?? null);
  stroke.attr('d', ({ places }) => path(places));
  drawMarks(groups, frame.view);
  return drawn.flatMap(({ measured }) =>
    measured.map(({ pretraining, layer, x, y }) => ({ pretraining, layer, x, y })),
  );
}

function placeSeries(series: DepthSeries, index: number, frame: DepthFrame): DrawnSeries {
  const { pretraining, points, look } = series;
  const places = frame.view.layers.map(({ layer }, i): Place => {
    const point = points[i];
    return { pretraining, layer, point, x: frame.x(layer) + frame.shift(index), y: frame.y(point?.mean ?? 0) };
  });
  const measured = places.flatMap((place) => (place.point ? [{ ...place, point: place.point }] : []));
  return { series, look: seriesLook(look), places, measured };
}

type Groups = Selection<SVGGElement, DrawnSeries, SVGGElement, unknown>;

function drawIntervals(groups: Groups, { style, view, y }: DepthFrame): void {
  if (style.intervals === 'none') return;
  if (style.intervals === 'bands') {
    // A layer that was not measured breaks band and line; nothing is drawn across it.
    const band = area<Place>()
      .defined(({ point }) => point?.halfWidth !== undefined)
      .x(({ x }) => x)
      .y0(({ point }) => y(point ? lowEnd(point, view) : 0))
      .y1(({ point }) => y(point ? highEnd(point, view) : 0));
    const bands = groups
      .append('path')
      .attr('class', 'band')
      .attr('fill', ({ look }) => look.colour);
    bands.attr('d', ({ places }) => band(places));
  }
  // A lone layer has no band, over which it would have no width.
  const whiskers = groups
    .selectAll('.whisker')
    .data(({ measured, look }) =>
      style.intervals === 'bars' || measured.length === 1
        ? measured.flatMap(({ x, point }) => (point.halfWidth === undefined ? [] : [{ x, point, look }]))
        : [],
    )
    .join('path');
  whiskers
    .attr('class', 'whisker')
    .attr('fill', 'none')
    .attr('stroke', ({ look }) => look.colour);
  whiskers.attr('d', ({ x, point }) => {
    const [low, high] = [y(lowEnd(point, view)), y(highEnd(point, view))].map(round);
    const [left, centre, right] = [x - CAP, x, x + CAP].map(round);
    return `M${left},${low}H${right}M${centre},${low}V${high}M${left},${high}H${right}`;
  });
}

function drawSeeds(groups: Groups, { style, view, x, y }: DepthFrame): void {
  if (!style.showSeeds) return;
  const path = line<number | undefined>()
    .defined((value) => value !== undefined)
    .x((_, i) => x(view.layers[i]!.layer))
    .y((value) => y(value ?? 0));
  const lines = groups
    .selectAll('.seed')
    .data(({ series, look }) => (series.seeds ?? []).map(({ seed, values }) => ({ seed, values, look })))
    .join('path');
  lines
    .attr('class', 'seed')
    .attr('fill', 'none')
    .attr('stroke', ({ look }) => look.colour);
  lines
    .attr('d', ({ values }) => path(values))
    .append('title')
    .text(({ seed }) => `seed ${seed}`);
}

function drawMarks(groups: Groups, view: DepthView): void {
  const marks = groups
    .selectAll('.mark')
    .data(({ measured, look }) => measured.map((place) => ({ ...place, look })))
    .join('path');
  marks.attr('class', 'mark').attr('fill', ({ look }) => look.colour);
  marks.attr('d', ({ look }) => symbol(look.symbol, 40)()).attr('data-layer', ({ layer }) => layer);
  marks.attr('transform', ({ x, y }) => `translate(${round(x)},${round(y)})`);
  marks.append('title').text((place) => `${place.pretraining}, ${place.layer}: ${describeValue(view, place.point)}`);
}

/** `25.1 ± 0.8 % (n = 3)`. */
function describeValue({ metric, baseline }: DepthView, point: MeanInterval): string {
  const format = baseline === undefined ? formatMetric : formatMetricDifference;
  return `${format(metric, point)}${metricSuffix(metric, baseline !== undefined)} (n = ${point.n})`;
}

function round(px: number): number {
  return Math.round(100 * px) / 100;
}
