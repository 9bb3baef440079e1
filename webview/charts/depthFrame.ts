/** Where things stand in a depth chart: scales of layers and values, and the room around the plot. Data in, pixels out. */
import { scaleLinear, scalePoint } from 'd3';
import { isSigned, metricKind } from '../../src/shared/views/report/metrics';
import type { MeanInterval } from '../../src/shared/math/statistics';
import type { DepthSeries, DepthView } from '../../src/shared/views/report/transferReport';

export interface DepthStyle {
  /** Layers at equal steps, or at their depth in the backbone. */
  readonly axis: 'layer' | 'depth';
  readonly intervals: 'bands' | 'bars' | 'none';
  /** Thin lines, one per seed. */
  readonly showSeeds: boolean;
  /** Pretrainings that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  /** Layers of the axis where several charts share one; the view's own when absent. */
  readonly places?: DepthView['layers'];
  /** Layer names or depths below the plot; their room is saved where a chart below has them. */
  readonly hasAxisLabels: boolean;
}

export const plainStyle: DepthStyle = {
  axis: 'layer',
  intervals: 'bands',
  showSeeds: false,
  hidden: new Set(),
  hasAxisLabels: true,
};

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface DepthFrame extends Size {
  readonly view: DepthView;
  readonly style: DepthStyle;
  readonly places: DepthView['layers'];
  /** Place of a layer and of a value in px inside the plot. */
  readonly x: (layer: string) => number;
  readonly y: (value: number) => number;
  /** Shift of a series, so that error bars stand beside each other. */
  readonly shift: (index: number) => number;
  /** Percent for shares. */
  readonly valueScale: ReturnType<typeof scaleLinear<number, number>>;
  /** Px between two layers, where they stand at equal steps. */
  readonly step: number;
}

/** Room for tick labels, and below for layer names at 45 degrees. */
export const margin = { top: 12, right: 14, bottom: 62, left: 48 };
const FLAT_BOTTOM = 38;
const BARE_BOTTOM = 12;
export const TICKS = 5;
/** Widest step between two error bars of one layer, in px. */
const BAR_STEP = 5;

/** Px below the plot. */
export function bottomMargin({ axis, hasAxisLabels }: DepthStyle): number {
  if (!hasAxisLabels) return BARE_BOTTOM;
  return axis === 'layer' ? margin.bottom : FLAT_BOTTOM;
}

export function createFrame(view: DepthView, style: DepthStyle, size: Size): DepthFrame {
  const width = Math.max(20, size.width - margin.left - margin.right);
  const height = Math.max(20, size.height - margin.top - bottomMargin(style));
  const places = style.places ?? view.layers;
  const shown = visibleSeries(view, style);
  const factor = metricKind(view.metric).isShare ? 100 : 1;
  const valueScale = scaleLinear(
    valueRange(view, shown, style).map((end) => factor * end),
    [height, 0],
  ).nice(TICKS);
  const { x, step } = layerScale(places, style, width);
  const barStep = Math.min(BAR_STEP, (0.6 * step) / Math.max(1, shown.length));
  const shift = (index: number): number => {
    const place = shown.indexOf(view.series[index]!);
    return style.intervals === 'bars' && style.axis === 'layer' ? (place - (shown.length - 1) / 2) * barStep : 0;
  };
  return { width, height, view, style, places, x, step, shift, valueScale, y: (value) => valueScale(factor * value) };
}

export function visibleSeries({ series }: DepthView, { hidden }: DepthStyle): readonly DepthSeries[] {
  return series.filter(({ pretraining }) => !hidden.has(pretraining));
}

function layerScale(
  places: DepthView['layers'],
  { axis }: DepthStyle,
  width: number,
): { x: (layer: string) => number; step: number } {
  if (axis === 'depth') {
    const depths = new Map(places.map(({ layer, depth }) => [layer, depth]));
    const scale = scaleLinear([0, 1], [0, width]);
    return { x: (layer) => scale(depths.get(layer) ?? 0), step: width / Math.max(1, places.length) };
  }
  const scale = scalePoint(
    places.map(({ layer }) => layer),
    [0, width],
  ).padding(0.3);
  return { x: (layer) => scale(layer) ?? 0, step: scale.step() || width };
}

/** Ends of the value axis: from 0, unless even the lowest value is above half of the highest. */
function valueRange(view: DepthView, shown: readonly DepthSeries[], style: DepthStyle): [number, number] {
  const { chance = 0, metric } = view;
  const points = shown.flatMap(({ points }) => points.filter((point) => point !== undefined));
  const seeds = style.showSeeds ? shown.flatMap((one) => one.seeds ?? []).flatMap(({ values }) => values) : [];
  const hasInterval = style.intervals !== 'none';
  const values = seeds.filter((value) => value !== undefined);
  const low = Math.min(
    ...values,
    ...points.map((point) => (hasInterval ? point.mean - (point.halfWidth ?? 0) : point.mean)),
  );
  const high = Math.max(...values, ...points.map((point) => (hasInterval ? highEnd(point, view) : point.mean)));
  if (!Number.isFinite(low)) return [0, 1];
  if (view.baseline !== undefined) return differenceRange(low, high);
  if (isSigned(metric) && low < 0) return [low - 0.05 * (high - low), Math.max(0, high + 0.05 * (high - low))];
  if (low > high / 2 && low > chance) return [Math.max(0, low - 0.05 * (high - low)), high || 1];
  const top = 1.05 * Math.max(high, chance);
  return [0, (metricKind(metric).isShare ? Math.min(1, top) : top) || 1];
}

/** Zero is always in sight. */
function differenceRange(low: number, high: number): [number, number] {
  const room = 0.05 * Math.max(high - low, Math.abs(high), Math.abs(low));
  return room === 0 ? [-0.01, 0.01] : [Math.min(0, low - room), Math.max(0, high + room)];
}

/** Ends of the interval; a transfer's score is not below 0, a share cannot exceed 1. */
export function highEnd({ mean, halfWidth = 0 }: MeanInterval, { metric, baseline }: DepthView): number {
  const end = mean + halfWidth;
  return baseline === undefined && metricKind(metric).isShare ? Math.min(1, end) : end;
}

export function lowEnd({ mean, halfWidth = 0 }: MeanInterval, { metric, baseline }: DepthView): number {
  const end = mean - halfWidth;
  return baseline === undefined && !isSigned(metric) ? Math.max(0, end) : end;
}
