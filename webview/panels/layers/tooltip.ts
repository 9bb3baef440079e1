/** What stands behind one point: value, interval, seeds, the layer's size. Beside the point, inside the chart. */
import { formatCount, formatNumberOf } from '../../../src/shared/views/formatNumbers';
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import {
  formatMetric,
  formatMetricDifference,
  metricKind,
  metricSuffix,
} from '../../../src/shared/views/report/metrics';
import { describeTransferMetric } from './words';
import type { PlacedPoint } from '../../charts/depthSeries';
import { element } from '../../ui/element';

export interface Tooltip {
  readonly node: HTMLElement;
  show(view: LayersDepth, point: PlacedPoint): void;
  hide(): void;
}

const GAP = 14;

export function createTooltip(): Tooltip {
  const node = element('div', { class: 'chart-tooltip', 'aria-hidden': 'true' });
  node.hidden = true;
  return {
    node,
    show: (view, point) => {
      const lines = describePoint(view, point);
      node.replaceChildren(...lines.map((line, i) => element('div', { class: i === 0 ? 'what' : '' }, line)));
      node.hidden = false;
      const room = node.parentElement!.clientWidth;
      const { offsetWidth: width, offsetHeight: height } = node;
      const right = point.x + GAP;
      const left = right + width <= room ? right : Math.max(0, point.x - GAP - width);
      node.style.left = `${left}px`;
      node.style.top = `${Math.max(0, point.y - height / 2)}px`;
    },
    hide: () => void (node.hidden = true),
  };
}

/** The first line says which, the second the value; also what is read out. */
export function describePoint(view: LayersDepth, { pretraining, layer }: Omit<PlacedPoint, 'x' | 'y'>): string[] {
  const index = view.layers.findIndex((place) => place.layer === layer);
  const cell = view.series.find((row) => row.pretraining === pretraining)?.points[index];
  const place = view.layers[index];
  if (!cell || !place) return [`${pretraining}, ${layer}`, 'not measured'];
  const isDifference = view.baseline !== undefined;
  const format = isDifference ? formatMetricDifference : formatMetric;
  const value = `${format(view.metric, cell)}${metricSuffix(view.metric, isDifference)}`;
  const { isShare } = metricKind(view.metric);
  const write = (one: number): string => (isShare ? (100 * one).toFixed(2) : one.toPrecision(4));
  const seeds = cell.values.map((one) => `${one.seed}: ${write(one.value)}`).join(', ');
  const pValue = cell.pValue === undefined ? '' : `, p = ${cell.pValue.toPrecision(2)}`;
  return [
    `${pretraining}, ${layer}`,
    `${describeTransferMetric(view)}: ${value}${pValue}`,
    `${formatNumberOf(cell.n, 'seed')}: ${seeds}`.replace(/^1 seed: /, 'One seed, '),
    `${place.dimension > 0 ? `${formatCount(place.dimension)} features, ` : ''}depth ${place.depth.toFixed(2)}`,
  ];
}
