/**
 * Parallel coordinates (A. Inselberg, The plane with parallel coordinates, The Visual Computer 1, 1985): a line for each row
 * over upright axes. A brush on an axis, by pointer or arrow keys, lets through what lies in it. Knows data and pixels only.
 */
import { brushY, line as d3Line, select, type ScaleLinear } from 'd3';
import type { ChartAxis, ParallelLine, ParallelView } from '../../src/shared/views/compare/compareCharts';
import { axisScale, axisTicks, shorten } from './chartScale';
import type { Group } from './depthAxes';
import { seriesLook } from './series';

export type AxisBrush = (axis: ChartAxis, range: readonly [number, number] | undefined) => void;

export interface ParallelOptions {
  readonly width: number;
  readonly height: number;
  readonly brushes: Readonly<Record<string, readonly [number, number]>>;
  readonly onBrush: AxisBrush;
  readonly onChoose: (line: ParallelLine) => void;
}

const margin = { top: 44, right: 40, bottom: 14, left: 40 };
const BRUSH_PX = 12;
const TICKS = 6;
/** Part of the axis that an arrow key moves an end of the brush by. */
const KEY_STEP = 0.05;

/** Draws into the svg whatever it held before; an axis that had the focus has it again. */
export function drawParallelChart(svg: SVGSVGElement, view: ParallelView, options: ParallelOptions): void {
  const { width, height } = options;
  const focused = svg.contains(document.activeElement)
    ? (document.activeElement as SVGElement).dataset.axis
    : undefined;
  const root = select(svg).attr('viewBox', `0 0 ${width} ${height}`).attr('role', 'group');
  root.selectAll('*').remove();
  root.append('title').text('Parallel coordinates');
  root.append('desc').text(describe(view));
  const count = view.axes.length;
  const step = count > 1 ? (width - margin.left - margin.right) / (count - 1) : 0;
  const xs = view.axes.map((_, i) => margin.left + i * step);
  const scales = view.axes.map((axis) => axisScale(axis, [height - margin.bottom, margin.top]));
  drawLines(root.append('g').attr('class', 'lines') as unknown as Group, view, {
    xs,
    scales,
    onChoose: options.onChoose,
  });
  view.axes.forEach((axis, i) => {
    const group = root
      .append('g')
      .attr('class', 'parallel-axis')
      .attr('transform', `translate(${xs[i]!},0)`) as unknown as Group;
    drawAxis(group, axis, { scale: scales[i]!, height, isLast: i === count - 1 && count > 1, step, options });
  });
  if (focused !== undefined) svg.querySelector<SVGElement>(`[data-axis="${CSS.escape(focused)}"]`)?.focus();
}

interface LineFrame {
  readonly xs: readonly number[];
  readonly scales: readonly ScaleLinear<number, number>[];
  readonly onChoose: (line: ParallelLine) => void;
}

function drawLines(group: Group, { lines }: ParallelView, { xs, scales, onChoose }: LineFrame): void {
  const path = d3Line<number | undefined>()
    .defined((value) => value !== undefined)
    .x((_, i) => xs[i]!)
    .y((value, i) => scales[i]!(value!));
  // What matters is drawn last, over the rest.
  const rank = ({ isIn, isCurrent, isBaseline }: ParallelLine): number =>
    Number(isIn) + 2 * Number(isBaseline) + 4 * Number(isCurrent);
  const drawn = group
    .selectAll<SVGPathElement, ParallelLine>('path')
    .data(
      [...lines].sort((a, b) => rank(a) - rank(b)),
      ({ id }) => id,
    )
    .join('path');
  drawn
    .attr('class', (one) => `parallel-line ${classOf(one)}`)
    .attr('d', ({ values }) => path(values))
    .attr('stroke', ({ look }) => seriesLook(look).colour)
    .attr('stroke-dasharray', ({ look }) => seriesLook(look).dash ?? null)
    .on('click', (_, one) => onChoose(one));
  drawn.append('title').text(({ name }) => name);
}

/** Shared with the plot. */
export function classOf({
  isIn,
  isUnfair,
  isCurrent,
  isBaseline,
}: Pick<ParallelLine, 'isIn' | 'isUnfair' | 'isCurrent' | 'isBaseline'>): string {
  return [
    isIn ? '' : 'is-out',
    isUnfair ? 'is-unfair' : '',
    isCurrent ? 'is-current' : '',
    isBaseline ? 'is-baseline' : '',
  ]
    .filter((word) => word !== '')
    .join(' ');
}

interface AxisFrame {
  readonly scale: ScaleLinear<number, number>;
  readonly height: number;
  readonly isLast: boolean;
  readonly step: number;
  readonly options: ParallelOptions;
}

function drawAxis(group: Group, axis: ChartAxis, { scale, height, isLast, step, options }: AxisFrame): void {
  const letters = Math.max(6, Math.floor((step || 200) / 7));
  const name = group
    .append('text')
    .attr('class', 'axis-name')
    .attr('text-anchor', 'middle')
    .attr('y', margin.top - 24);
  name.text(shorten(axis.name, letters)).append('title').text(axis.name);
  const ticks = group
    .append('g')
    .attr('class', 'axis')
    .selectAll('g')
    .data(axisTicks(axis, scale, TICKS))
    .join('g');
  ticks.attr('transform', ({ at }) => `translate(0,${scale(at)})`);
  ticks.append('line').attr('x1', -4).attr('x2', 4);
  const label = ticks.append('text').attr('dominant-baseline', 'middle');
  label.attr('x', isLast ? -8 : 8).attr('text-anchor', isLast ? 'end' : 'start');
  label.attr('class', 'tick-label').text((tick) => tick.label);
  group
    .append('line')
    .attr('class', 'axis-line')
    .attr('y1', margin.top)
    .attr('y2', height - margin.bottom);
  addBrush(group, axis, { scale, height, options });
}

function addBrush(
  group: Group,
  axis: ChartAxis,
  { scale, height, options }: Pick<AxisFrame, 'scale' | 'height' | 'options'>,
): void {
  const { brushes, onBrush } = options;
  const range = brushes[axis.id];
  const brush = brushY<unknown>()
    .extent([
      [-BRUSH_PX, margin.top],
      [BRUSH_PX, height - margin.bottom],
    ])
    .on('end', (event: { sourceEvent: unknown; selection: [number, number] | null }) => {
      if (!event.sourceEvent) return;
      onBrush(axis, event.selection ? [scale.invert(event.selection[1]), scale.invert(event.selection[0])] : undefined);
    });
  const own = group
    .append('g')
    .attr('class', 'brush')
    .attr('tabindex', 0)
    .attr('role', 'slider')
    .attr('data-axis', axis.id);
  own.call(brush as never);
  if (range) own.call(brush.move as never, [scale(range[1]), scale(range[0])]);
  const [low, high] = scale.domain() as [number, number];
  own
    .attr(
      'aria-label',
      `${axis.name}: Up and Down narrow what is let through, with Shift widen, Delete lets all through`,
    )
    .attr('aria-orientation', 'vertical')
    .attr('aria-valuemin', low)
    .attr('aria-valuemax', high)
    .attr('aria-valuenow', range?.[0] ?? low)
    .attr('aria-valuetext', range ? `${range[0].toPrecision(4)} to ${range[1].toPrecision(4)}` : 'all')
    .on('keydown', (event: KeyboardEvent) => {
      const next = movedRange(event, range ?? [low, high], [low, high]);
      if (next === 'other') return;
      event.preventDefault();
      onBrush(axis, next);
    });
}

/** Up raises the lower end, Down lowers the upper one; Shift takes it back. */
function movedRange(
  { key, shiftKey }: KeyboardEvent,
  [from, to]: readonly [number, number],
  [low, high]: readonly [number, number],
): readonly [number, number] | undefined | 'other' {
  const step = KEY_STEP * (high - low) * (shiftKey ? -1 : 1);
  if (key === 'Delete' || key === 'Backspace' || key === 'Escape') return undefined;
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return 'other';
  const next =
    key === 'ArrowUp' ? ([Math.max(low, from + step), to] as const) : ([from, Math.min(high, to - step)] as const);
  if (next[0] >= next[1]) return [from, to];
  return next[0] <= low && next[1] >= high ? undefined : next;
}

function describe({ axes, lines }: ParallelView): string {
  return `${lines.length} rows over ${axes.map(({ name }) => name).join(', ')}. The table has the same values.`;
}
