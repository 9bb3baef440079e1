/** The maps side by side: one look, one pointer, one chosen image for all of them. */
import type { Rectangle } from '../../../src/shared/views/embedding/pointGrid';
import { element, keepChildren } from '../../ui/element';
import type { ImageTip } from './imageTip';
import { createMapView, type MapView, type MapViewOptions, type SavedMap } from './mapView';
import type { Shown } from './shown';
import { onThemeChange, readTheme } from './theme';
import type { Thumbnails } from './thumbnails';

export interface MapsView {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
  /** Draws again what is there: thumbnails have come. */
  refresh(): void;
  focus(): void;
  drawn(): SavedMap[];
  /** What all maps show at zoom 1. */
  bounds(): Rectangle;
}

export interface MapsOptions extends Omit<MapViewOptions, 'onHover' | 'thumbnails'> {
  readonly thumbnails: Thumbnails;
  readonly tip: ImageTip;
}

export function createMapsView({ tip, ...options }: MapsOptions): MapsView {
  const node = element('div', { class: 'maps' });
  const stillness = window.matchMedia('(prefers-reduced-motion: reduce)');
  const views: MapView[] = [];
  let shown: Shown | undefined;
  let theme = readTheme();
  const hover: MapViewOptions['onHover'] = (image, at) => {
    for (const view of views) view.hover(image);
    tip.draw(shown, image, at);
  };
  const draw = (): void => {
    if (!shown) return;
    const { maps } = shown;
    while (views.length < maps.length) views.push(createMapView({ ...options, onHover: hover }));
    keepChildren(
      node,
      views.slice(0, maps.length).map((view) => view.node),
    );
    node.dataset.maps = String(maps.length);
    const bounds = boundsOf(shown);
    maps.forEach((own, i) => views[i]!.draw({ shown: shown!, own, bounds, theme, hasMotion: !stillness.matches }));
  };
  onThemeChange(() => {
    theme = readTheme();
    draw();
  });
  return {
    node,
    draw: (next) => {
      const isOther = shown?.maps.some(({ map }, i) => map !== next.maps[i]?.map) ?? false;
      shown = next;
      // Something else is under the pointer now.
      if (isOther) hover(undefined);
      draw();
    },
    refresh: () => views.forEach((view) => view.refresh()),
    bounds: () => (shown ? boundsOf(shown) : { left: 0, top: 0, right: 1, bottom: 1 }),
    focus: () => views[0]?.focus(),
    drawn: () => views.slice(0, shown?.maps.length).flatMap((view) => view.drawn() ?? []),
  };
}

/** One window for all maps, so that a place is at the same pixel on each. */
function boundsOf({ maps }: Shown): Rectangle {
  const all = maps.map(({ map }) => map.grid.bounds);
  return {
    left: Math.min(...all.map(({ left }) => left)),
    top: Math.min(...all.map(({ top }) => top)),
    right: Math.max(...all.map(({ right }) => right)),
    bottom: Math.max(...all.map(({ bottom }) => bottom)),
  };
}
