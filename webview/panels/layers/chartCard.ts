/** One chart with what can be done in it: pointing, choosing, walking from point to point with the arrow keys. */
import type { LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { createDepthChart } from '../../charts/depthChart';
import type { DepthStyle, Size } from '../../charts/depthFrame';
import type { PlacedPoint } from '../../charts/depthSeries';
import type { Announce } from '../../ui/announce';
import { element } from '../../ui/element';
import { listenForLinks, type Links } from '../../ui/linkMenu';
import type { Looking } from './looking';
import { createTooltip, describePoint } from './tooltip';
import { walk } from './walk';
import { describeMeasure, describeTransferMetric } from './words';

export interface ChartCard {
  readonly node: HTMLElement;
  readonly picture: SVGSVGElement;
  draw(view: LayersDepth, style: DepthStyle, size: Size): void;
  mark(): void;
}

export interface ChartCardOptions {
  readonly looking: Looking;
  readonly announce: Announce;
  readonly linksOf: (pretraining: string | undefined, measure: string) => Links | undefined;
  /** Small ones have a title, which opens the transfer alone. */
  readonly onOpen?: (transfer: string, metric: string) => void;
}

/** How near the pointer must be to a point, in px. */
const REACH = 40;

export function createChartCard({ looking, announce, linksOf, onOpen }: ChartCardOptions): ChartCard {
  const frame = element('div', { class: 'chart-frame', tabindex: 0, role: 'application' });
  const title = element('button', { type: 'button', class: 'chart-title plain' });
  const node = element('div', { class: 'chart-card' }, ...(onOpen ? [title] : []), frame);
  const chart = createDepthChart(frame, { width: 400, height: 300 });
  const tooltip = createTooltip();
  frame.append(tooltip.node);
  let view: LayersDepth | undefined;
  let at: PlacedPoint | undefined;

  const point = (next: PlacedPoint | undefined): void => {
    at = next;
    looking.hover(next ? { pretraining: next.pretraining, layer: next.layer } : {});
    if (next && view) tooltip.show(view, next);
    else tooltip.hide();
  };
  const choose = ({ pretraining, layer }: PlacedPoint): void => {
    if (view) looking.choose({ pretraining, layer, transfer: view.transfer });
  };
  frame.addEventListener('pointermove', (event) => {
    const { left, top } = chart.node.getBoundingClientRect();
    point(chart.nearest({ x: event.clientX - left, y: event.clientY - top }, REACH));
  });
  listenForLinks(frame, () => view && linksOf((at ?? chosenPoint())?.pretraining, view.transfer));
  frame.addEventListener('pointerleave', () => point(undefined));
  frame.addEventListener('click', () => at && choose(at));
  frame.addEventListener('blur', () => point(undefined));
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      point(undefined);
      return looking.choose({ pretraining: null, layer: null });
    }
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (at) choose(at);
      return;
    }
    const next = walk(chart.points(), at ?? chosenPoint(), event.key);
    if (!next) return;
    event.preventDefault();
    point(next);
    if (view) announce(describePoint(view, next).slice(0, 2).join(', '));
  });
  const chosenPoint = (): PlacedPoint | undefined =>
    chart.points().find((one) => one.pretraining === looking.chosen.pretraining && one.layer === looking.chosen.layer);
  title.addEventListener('click', () => view && onOpen?.(view.transfer, view.metric));
  return {
    node,
    picture: chart.node,
    draw: (next, style, size) => {
      view = next;
      title.textContent = describeMeasure(next);
      title.title = `Show ${next.transfer} alone`;
      const name = `Chart: ${describeTransferMetric(next)} by layer, ${next.transfer}`;
      frame.setAttribute('aria-label', `${name}. Arrow keys move between points, Enter chooses one.`);
      frame.style.height = `${size.height}px`;
      chart.resize(size);
      chart.update(next, style);
      // What was pointed at may have moved, or gone.
      const held = at && chart.points().find((one) => one.pretraining === at?.pretraining && one.layer === at.layer);
      if (at) point(held);
    },
    mark: () => chart.mark(looking.hovered, isHere() ? looking.chosen : { layer: looking.chosen.layer }),
  };

  /** A point chosen in another transfer is not a point of this one. */
  function isHere(): boolean {
    return looking.chosen.transfer === undefined || looking.chosen.transfer === view?.transfer;
  }
}
