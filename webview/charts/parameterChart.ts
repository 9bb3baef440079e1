/** A metric against a setting, a mark for each row with its interval over seeds. A brush lets through what lies in it. Data and pixels only. */
import { brush as d3Brush, select, symbol } from 'd3';
import type { ChartAxis, PlotPoint, PlotView } from '../../src/shared/views/compare/compareCharts';
import { axisScale, axisTicks, shorten } from './chartScale';
import type { Group } from './depthAxes';
import { classOf } from './parallelChart';
import { seriesLook } from './series';

export interface ParameterChartOptions {
  readonly width: number;
  readonly height: number;
  /** Of both axes at once; undefined lets all through. */
  readonly onBrush: (x: readonly [number, number] | undefined, y: readonly [number, number] | undefined) => void;
  readonly onChoose: (point: PlotPoint) => void;
  readonly onOpen: (point: PlotPoint) => void;
}

const margin = { top: 14, right: 16, bottom: 58, left: 62 };
const MARK_AREA = 60;

/** Draws into the svg whatever it held before. */
export function drawParameterChart(svg: SVGSVGElement, view: PlotView, options: ParameterChartOptions): void {
  const { width, height } = options;
  const root = select(svg).attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'group').attr('tabindex', 0);
  root.attr(
    'aria-label',
    `${view.y.name} against ${view.x.name}: Left and Right go from point to point, Enter opens one`,
  );
  root.selectAll('*').remove();
  root.append('title').text(`${view.y.name} against ${view.x.name}`);
  root.append('desc').text(`${view.points.length} rows. The table has the same values.`);
  const x = axisScale(view.x, [margin.left, width - margin.right]);
  const y = axisScale(view.y, [height - margin.bottom, margin.top]);
  drawAxes(root as unknown as Group, view, { x, y, width, height });
  addBrush(root as unknown as Group, { width, height, x, y, onBrush: options.onBrush });
  drawPoints(root.append('g').attr('class', 'points') as unknown as Group, view.points, {
    x,
    y,
    onChoose: options.onChoose,
  });
  const sorted = [...view.points].sort((a, b) => a.x - b.x || a.y - b.y);
  svg.onkeydown = (event) => {
    const at = sorted.findIndex(({ isCurrent }) => isCurrent);
    const next =
      event.key === 'ArrowRight' ? sorted[at + 1] : event.key === 'ArrowLeft' ? sorted[Math.max(0, at - 1)] : undefined;
    if (next) {
      event.preventDefault();
      options.onChoose(next);
    } else if (event.key === 'Enter' && sorted[at]) options.onOpen(sorted[at]);
    else if (event.key === 'Escape' || event.key === 'Delete') options.onBrush(undefined, undefined);
  };
}

type Scale = ReturnType<typeof axisScale>;

interface Frame {
  readonly x: Scale;
  readonly y: Scale;
  readonly width: number;
  readonly height: number;
}

function drawAxes(root: Group, view: PlotView, { x, y, width, height }: Frame): void {
  const across = Math.max(2, Math.floor((width - margin.left) / 90));
  const up = Math.max(2, Math.floor(height / 60));
  const yTicks = axisTicks(view.y, y, up);
  const grid = root.append('g').attr('class', 'grid').selectAll('line').data(yTicks).join('line');
  grid
    .attr('x1', margin.left)
    .attr('x2', width - margin.right)
    .attr('y1', ({ at }) => y(at))
    .attr('y2', ({ at }) => y(at));
  const left = root.append('g').attr('class', 'axis').selectAll('text').data(yTicks).join('text');
  left
    .attr('x', margin.left - 8)
    .attr('y', ({ at }) => y(at))
    .attr('text-anchor', 'end')
    .attr('dominant-baseline', 'middle')
    .text(({ label }) => label);
  const xTicks = axisTicks(view.x, x, across);
  const room = (width - margin.left - margin.right) / Math.max(1, xTicks.length);
  const letters = Math.max(3, Math.floor(room / 7));
  const bottom = root
    .append('g')
    .attr('class', 'axis')
    .selectAll<SVGTextElement, (typeof xTicks)[number]>('text')
    .data(xTicks)
    .join('text');
  bottom
    .attr('x', ({ at }) => x(at))
    .attr('y', height - margin.bottom + 16)
    .attr('text-anchor', 'middle')
    .text(({ label }) => shorten(label, letters));
  bottom.append('title').text(({ label }) => label);
  const line = root.append('g').attr('class', 'axis').append('path');
  line
    .attr('fill', 'none')
    .attr('d', `M${margin.left},${margin.top}V${height - margin.bottom}H${width - margin.right}`);
  addTitle(root, view.x, { x: (margin.left + width) / 2, y: height - 14 });
  addTitle(root, view.y, { x: 14, y: (height - margin.bottom) / 2, isUpright: true });
}

function addTitle(
  root: Group,
  { name }: ChartAxis,
  place: { readonly x: number; readonly y: number; readonly isUpright?: boolean },
): void {
  const turn = place.isUpright ? ' rotate(-90)' : '';
  const text = root.append('text').attr('class', 'axis-title').attr('text-anchor', 'middle');
  text.attr('transform', `translate(${place.x},${place.y})${turn}`).text(shorten(name, 48));
}

function addBrush(root: Group, frame: Frame & Pick<ParameterChartOptions, 'onBrush'>): void {
  const { x, y, width, height, onBrush } = frame;
  const brush = d3Brush<unknown>()
    .extent([
      [margin.left, margin.top],
      [width - margin.right, height - margin.bottom],
    ])
    .on('end', (event: { sourceEvent: unknown; selection: [[number, number], [number, number]] | null }) => {
      if (!event.sourceEvent) return;
      if (!event.selection) return onBrush(undefined, undefined);
      const [[left, top], [right, bottom]] = event.selection;
      onBrush([x.invert(left), x.invert(right)], [y.invert(bottom), y.invert(top)]);
    });
  root
    .append('g')
    .attr('class', 'brush')
    .call(brush as never);
}

function drawPoints(
  group: Group,
  points: readonly PlotPoint[],
  { x, y, onChoose }: Pick<Frame, 'x' | 'y'> & Pick<ParameterChartOptions, 'onChoose'>,
): void {
  const marks = group.selectAll('g').data(points).join('g');
  marks
    .attr('class', (point) => `plot-point ${classOf(point)}`)
    .attr('transform', (point) => `translate(${x(point.x)},${y(point.y)})`)
    .on('click', (_, point) => onChoose(point));
  const reach = ({ y: value, halfWidth = 0 }: PlotPoint): number => y(value) - y(value + halfWidth);
  const whiskers = marks
    .filter(({ halfWidth }) => halfWidth !== undefined)
    .append('line')
    .attr('class', 'whisker');
  whiskers
    .attr('y1', (point) => -reach(point))
    .attr('y2', reach)
    .attr('stroke', ({ look }) => seriesLook(look).colour);
  const shapes = marks.append('path').attr('d', ({ look }) => symbol(seriesLook(look).symbol, MARK_AREA)());
  shapes.attr('fill', ({ look }) => seriesLook(look).colour);
  marks.append('title').text(({ name, y: value }) => `${name}: ${value.toPrecision(4)}`);
}
