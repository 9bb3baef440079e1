/**
 * One metric over steps: a line per series, faint as logged and bold as smoothed, marks where something happened, and a
 * line at the step that is being read. Knows data and pixels, no messages. While the user zooms, what is there is drawn at
 * the new scale; finer data come later.
 */
import { axisBottom, axisLeft, line, select, symbol, type Selection } from 'd3';
import type { CurveFormat, ThinnedCurve } from '../../src/shared/views/run/thinnedCurve';
import { createStepScale, createValueScale, formatTick, type StepRange, type ValueScale } from './curveScales';
import { seriesLook } from './series';

export interface DrawnLine {
  readonly id: string;
  readonly label: string;
  /** Index of `seriesLook`. */
  readonly colour: number;
  readonly dash: number;
  /** Lifted out, since it is looked at elsewhere. */
  readonly isMarked?: boolean;
  readonly raw: ThinnedCurve;
  readonly smooth?: ThinnedCurve;
}

export interface CurveMark {
  readonly step: number;
  /** `queue full at step 50`, and to which line where there are others. */
  readonly text: string;
}

export interface CurveView {
  readonly title: string;
  readonly format: CurveFormat;
  readonly lines: readonly DrawnLine[];
  readonly marks: readonly CurveMark[];
  readonly range: StepRange;
  readonly isLog: boolean;
  /** Of the whole drawing, px. */
  readonly width: number;
}

export interface CurveChart {
  readonly svg: SVGSVGElement;
  update(view: CurveView): void;
  /** Draws the line at this step, or none. */
  read(step: number | undefined): void;
  /** The step at a place given in px from the drawing's left edge. */
  stepAt(px: number): number;
  pxOf(step: number): number;
  /** Marks what a drag will show; px from the left edge. */
  select(from: number, to: number): void;
  destroy(): void;
}

export const CURVE_HEIGHT = 170;
export const curveMargin = { top: 10, right: 24, bottom: 24, left: 50 };
const dashes = [undefined, '7 3', '2 3', '9 3 2 3', '4 2'] as const;
const MARKERS = 4;

type Group = Selection<SVGGElement, unknown, null, undefined>;

/** Dashes tell runs and seeds apart, and pretrainings whose colours repeat. */
export function dashOf({ colour, dash }: Pick<DrawnLine, 'colour' | 'dash'>): string | undefined {
  const isRepeated = seriesLook(colour).dash !== undefined;
  return dashes[(dash + (isRepeated ? 2 : 0)) % dashes.length];
}

export function createCurveChart(container: Element): CurveChart {
  return new SvgCurveChart(container);
}

let charts = 0;

class SvgCurveChart implements CurveChart {
  private readonly root: Selection<SVGSVGElement, unknown, null, undefined>;
  /** Lies above: what follows the pointer does not paint the curves again. */
  private readonly over: Selection<SVGSVGElement, unknown, null, undefined>;
  private readonly parts: Record<
    'grid' | 'steps' | 'values' | 'marks' | 'lines' | 'markers' | 'drag' | 'reading',
    Group
  >;
  private readonly clip: Selection<SVGRectElement, unknown, null, undefined>;
  private view: CurveView | undefined;
  private x: ValueScale = createStepScale({ from: 0, to: 1 }, 1);
  private y: ValueScale = createStepScale({ from: 0, to: 1 }, 1);
  private step: number | undefined;

  constructor(container: Element) {
    const id = `curve-clip-${charts++}`;
    this.root = select(container).append('svg').attr('class', 'curve-chart').attr('aria-hidden', 'true');
    this.root.attr('height', CURVE_HEIGHT);
    this.over = select(container).append('svg').attr('class', 'curve-over').attr('aria-hidden', 'true');
    this.over.attr('height', CURVE_HEIGHT);
    this.clip = this.root.append('clipPath').attr('id', id).append('rect');
    const place = `translate(${curveMargin.left},${curveMargin.top})`;
    const [plot, above] = [this.root, this.over].map((svg) => svg.append('g').attr('transform', place));
    const group = (name: string, parent = plot): Group => parent!.append('g').attr('class', name) as Group;
    const clipped = (name: string): Group => group(name).attr('clip-path', `url(#${id})`);
    const height = CURVE_HEIGHT - curveMargin.top - curveMargin.bottom;
    this.parts = {
      grid: group('grid'),
      marks: clipped('marks'),
      lines: clipped('lines'),
      markers: clipped('markers'),
      steps: group('axis').attr('transform', `translate(0,${height})`),
      values: group('axis'),
      drag: group('drag', above),
      reading: group('reading', above),
    };
  }

  get svg(): SVGSVGElement {
    return this.root.node()!;
  }

  update(view: CurveView): void {
    this.view = view;
    const size = {
      width: Math.max(40, view.width - curveMargin.left - curveMargin.right),
      height: CURVE_HEIGHT - curveMargin.top - curveMargin.bottom,
    };
    this.over.attr('width', view.width);
    this.root.attr('width', view.width).attr('viewBox', `0 0 ${view.width} ${CURVE_HEIGHT}`);
    this.clip
      .attr('x', 0)
      .attr('y', -4)
      .attr('width', size.width)
      .attr('height', size.height + 8);
    this.x = createStepScale(view.range, size.width);
    const curves = view.lines.flatMap(({ raw, smooth }) => (smooth ? [raw, smooth] : [raw]));
    this.y = createValueScale(curves, view.range, { height: size.height, isLog: view.isLog, format: view.format });
    this.drawAxes(view, size);
    this.drawMarks(view, size.height);
    this.drawLines(view);
    this.drawMarkers(view, size.width);
    this.read(this.step);
  }

  read(step: number | undefined): void {
    this.step = step;
    const { view } = this;
    const isShown = view && step !== undefined && step >= view.range.from && step <= view.range.to;
    const at = isShown ? [this.x(step)] : [];
    const height = CURVE_HEIGHT - curveMargin.top - curveMargin.bottom;
    const rule = this.parts.reading.selectAll('line').data(at).join('line');
    rule
      .attr('x1', (px) => px)
      .attr('x2', (px) => px)
      .attr('y2', height);
    const points = isShown ? view.lines.flatMap((one) => this.pointOf(one, step)) : [];
    const dots = this.parts.reading.selectAll('circle').data(points).join('circle').attr('r', 3.5);
    dots
      .attr('cx', ({ px }) => px)
      .attr('cy', ({ py }) => py)
      .attr('fill', ({ colour }) => colour);
  }

  stepAt(px: number): number {
    return this.x.invert(px - curveMargin.left);
  }

  pxOf(step: number): number {
    return this.x(step) + curveMargin.left;
  }

  select(from: number, to: number): void {
    const width = Math.abs(to - from);
    const shown = this.parts.drag
      .selectAll('rect')
      .data(width > 0 ? [Math.min(from, to) - curveMargin.left] : [])
      .join('rect');
    shown
      .attr('x', (px) => px)
      .attr('width', width)
      .attr('height', CURVE_HEIGHT - curveMargin.top - curveMargin.bottom);
  }

  destroy(): void {
    this.root.remove();
    this.over.remove();
  }

  private drawAxes({ format, isLog }: CurveView, { width }: { width: number }): void {
    const across = Math.max(2, Math.floor(width / 90));
    const all = this.y.ticks(4);
    // A logarithmic axis offers every digit: its decades are enough where there are several.
    const decades = all.filter((tick) => Number.isInteger(Math.round(1e6 * Math.log10(tick)) / 1e6));
    const ticks =
      !isLog || all.length <= 6
        ? all
        : decades.length >= 2
          ? decades
          : all.filter((_, i) => i % Math.ceil(all.length / 4) === 0);
    const grid = this.parts.grid.selectAll('line').data(ticks).join('line').attr('x2', width);
    grid.attr('y1', (tick) => this.y(tick)).attr('y2', (tick) => this.y(tick));
    const steps = axisBottom(this.x)
      .ticks(across)
      .tickSizeOuter(0)
      .tickFormat((step) => formatStep(Number(step)));
    this.parts.steps.call(steps);
    this.parts.values.call(
      axisLeft(this.y)
        .tickValues(ticks)
        .tickSizeOuter(0)
        .tickFormat((value) => formatTick(Number(value), format)),
    );
  }

  private drawMarks({ marks, range }: CurveView, height: number): void {
    const visible = marks.filter(({ step }) => step >= range.from && step <= range.to);
    const groups = this.parts.marks
      .selectAll<SVGGElement, CurveMark>('g')
      .data(visible)
      .join((enter) => {
        const group = enter.append('g');
        group.append('line');
        group.append('path').attr('d', 'M-4,-3L4,-3L0,4Z');
        group.append('title');
        return group;
      });
    groups.attr('transform', ({ step }) => `translate(${this.x(step)},0)`);
    groups.select('line').attr('y2', height);
    groups.select('title').text(({ text }) => text);
  }

  private drawLines({ lines, isLog }: CurveView): void {
    const drawn = lines.flatMap((one) => [
      { ...one, key: `${one.id} raw`, curve: one.raw, kind: one.smooth ? 'line faint' : 'line' },
      ...(one.smooth ? [{ ...one, key: `${one.id} smooth`, curve: one.smooth, kind: 'line' }] : []),
    ]);
    // Faint ones first, so that they never cover what is to be read.
    drawn.sort((a, b) => b.kind.length - a.kind.length);
    const paths = this.parts.lines
      .selectAll<SVGPathElement, (typeof drawn)[number]>('path')
      .data(drawn, ({ key }) => key);
    const merged = paths
      .join('path')
      .attr('fill', 'none')
      .attr('class', ({ kind, isMarked }) => (isMarked && kind === 'line' ? 'line is-marked' : kind))
      .order();
    merged
      .attr('stroke', ({ colour }) => seriesLook(colour).colour)
      .attr('stroke-dasharray', (one) => dashOf(one) ?? null);
    merged.attr('d', ({ curve }) => this.pathOf(curve, isLog));
  }

  private pathOf({ x, y }: ThinnedCurve, isLog: boolean): string | null {
    const path = line<number>(
      (i) => this.x(x[i]!),
      (i) => this.y(y[i]!),
    ).digits(1);
    const drawable = (value: number | null | undefined): boolean => typeof value === 'number' && (!isLog || value > 0);
    return path.defined((i) => drawable(y[i]))(x.map((_, i) => i));
  }

  /** A few of the pretraining's markers on its line, shifted so that those of different lines do not meet. */
  private drawMarkers({ lines, range, isLog }: CurveView, width: number): void {
    const markers = lines.flatMap((one, index) => {
      const { x, y } = one.smooth ?? one.raw;
      const look = seriesLook(one.colour);
      const places = Array.from({ length: MARKERS }, (_, k) => ((k + (index + 0.5) / lines.length) * width) / MARKERS);
      const chosen = new Set(places.map((px) => nearest(x, this.x.invert(px))));
      return [...chosen].flatMap((i) => {
        const value = y[i];
        const step = x[i];
        if (step === undefined || step < range.from || step > range.to) return [];
        if (value === null || value === undefined || (isLog && value <= 0)) return [];
        return [
          {
            key: `${one.id} ${i}`,
            shape: symbol(look.symbol, 34)() ?? '',
            colour: look.colour,
            px: this.x(step),
            py: this.y(value),
          },
        ];
      });
    });
    const paths = this.parts.markers
      .selectAll<SVGPathElement, (typeof markers)[number]>('path')
      .data(markers, ({ key }) => key)
      .join('path');
    paths
      .attr('d', ({ shape }) => shape)
      .attr('fill', ({ colour }) => colour)
      .attr('transform', ({ px, py }) => `translate(${px.toFixed(1)},${py.toFixed(1)})`);
  }

  private pointOf({ raw, smooth, colour }: DrawnLine, step: number): { px: number; py: number; colour: string }[] {
    const { x, y } = smooth ?? raw;
    const i = nearest(x, step);
    const value = y[i];
    const isDrawable = typeof value === 'number' && (!this.view?.isLog || value > 0);
    return isDrawable ? [{ px: this.x(x[i]!), py: this.y(value), colour: seriesLook(colour).colour }] : [];
  }
}

/** Index of the element nearest to `value`; −1 when there is none. x ascending. */
export function nearest(x: readonly number[], value: number): number {
  let low = 0;
  let high = x.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (x[middle]! <= value) low = middle;
    else high = middle;
  }
  if (high < 0) return -1;
  return Math.abs(x[low]! - value) <= Math.abs(x[high]! - value) ? low : high;
}

/** `1,200`; `1.2M` from ten million on. */
function formatStep(step: number): string {
  if (Math.abs(step) >= 1e7) return `${Number((step / 1e6).toPrecision(4))}M`;
  return String(Number(step.toPrecision(7))).replace(/\B(?=(\d{3})+(?!\d|\.))/g, ',');
}
