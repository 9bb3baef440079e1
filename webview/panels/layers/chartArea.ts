/** The charts: one as large as there is room, or a small one per measure over one axis of layers. */
import type { LayersView } from '../../../src/shared/protocol/panels/layersPanel';
import { measureKey, type LayersDepth } from '../../../src/shared/views/layers/layersDepth';
import { bottomMargin, type DepthStyle, type Size } from '../../charts/depthFrame';
import { element, keepChildren } from '../../ui/element';
import { createChartCard, type ChartCard, type ChartCardOptions } from './chartCard';

export interface ChartArea {
  readonly node: HTMLElement;
  /** `isAll`: small ones with titles, one for each measure. */
  draw(view: LayersView, depths: readonly LayersDepth[], isAll: boolean): void;
  mark(): void;
  pictures(): readonly SVGSVGElement[];
}

export interface ChartAreaOptions extends Omit<ChartCardOptions, 'onOpen'> {
  readonly onOpen: (transfer: string, metric: string) => void;
}

const SMALL_WIDTH = 300;
const SMALL_PLOT = 150;
const GAP = 16;
/** Height of the large one as a share of its width, and its limits in px. */
const large = { share: 0.62, least: 250, most: 440 };

export function createChartArea(options: ChartAreaOptions): ChartArea {
  const node = element('div', { class: 'charts' });
  const cards = new Map<string, ChartCard>();
  let redraw = (): void => undefined;
  let width = 0;
  new ResizeObserver(() => {
    if (node.clientWidth === width || node.clientWidth === 0) return;
    width = node.clientWidth;
    redraw();
  }).observe(node);
  const draw = (view: LayersView, depths: readonly LayersDepth[], isAll: boolean): void => {
    // The large chart is the same element whichever transfer it shows, so that it keeps the focus.
    const keyOf = (depth: LayersDepth): string => (isAll ? measureKey(depth.transfer, depth.metric) : '');
    for (const key of cards.keys()) if (!depths.some((depth) => keyOf(depth) === key)) cards.delete(key);
    const cardOf = (key: string): ChartCard => {
      const { onOpen, ...rest } = options;
      const card = cards.get(key) ?? createChartCard(key === '' ? rest : { ...rest, onOpen });
      cards.set(key, card);
      return card;
    };
    keepChildren(
      node,
      depths.map((depth) => cardOf(keyOf(depth)).node),
    );
    const columns = isAll ? Math.max(1, Math.floor((width + GAP) / (SMALL_WIDTH + GAP))) : 1;
    node.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const places = isAll ? sharedPlaces(depths) : undefined;
    depths.forEach((depth, index) => {
      const hasAxisLabels = !isAll || index + columns >= depths.length;
      const style = createStyle(view, { baseline: depth.baseline, places, hasAxisLabels });
      const chartWidth = Math.max(200, (width - (columns - 1) * GAP) / columns);
      cardOf(keyOf(depth)).draw(depth, style, sizeOf(chartWidth, style, isAll));
    });
  };
  const mark = (): void => cards.forEach((card) => card.mark());
  return {
    node,
    draw: (view, depths, isAll) => {
      redraw = () => {
        draw(view, depths, isAll);
        mark();
      };
      width = node.clientWidth;
      redraw();
    },
    mark,
    pictures: () => [...cards.values()].map(({ picture }) => picture),
  };
}

interface StyleFacts {
  readonly baseline: string | undefined;
  readonly places: LayersDepth['layers'] | undefined;
  readonly hasAxisLabels: boolean;
}

/** A baseline is the zero line, not a series. */
function createStyle(view: LayersView, { baseline, places, hasAxisLabels }: StyleFacts): DepthStyle {
  const { axis, intervals, showSeeds } = view;
  const hidden = new Set(baseline === undefined ? view.hidden : [...view.hidden, baseline]);
  const across = axis === 'depth' ? 'depth' : 'layer';
  return { axis: across, intervals, showSeeds, hidden, hasAxisLabels, ...(places && { places }) };
}

function sizeOf(width: number, style: DepthStyle, isSmall: boolean): Size {
  if (isSmall) return { width, height: SMALL_PLOT + bottomMargin(style) };
  return { width, height: Math.round(Math.min(large.most, Math.max(large.least, large.share * width))) };
}

/** Layers of all charts, in the order of their depth; of equal depth, in the order they are listed. */
export function sharedPlaces(depths: readonly LayersDepth[]): LayersDepth['layers'] {
  const places = new Map(depths.flatMap(({ layers }) => layers).map((place) => [place.layer, place]));
  return [...places.values()].sort((a, b) => a.depth - b.depth);
}
