/** What keys do on a map. */
import type { EmbeddingView } from '../../../src/shared/protocol/panels/embeddingPanel';
import { directions, pointTowards, type Direction } from '../../../src/shared/views/embedding/lasso';
import { pointWeights } from '../../../src/shared/views/embedding/pointGroups';
import type { MapHandle } from './mapView';
import type { Shown } from './shown';

export interface MapKeysOptions {
  readonly change: (part: Partial<EmbeddingView>) => void;
  readonly look: (image: number | undefined) => void;
  readonly toggle: (image: number) => void;
  readonly clear: () => void;
  readonly search: () => void;
  readonly current: () => Shown | undefined;
}

/** px that Shift with an arrow key moves a map. */
const STEP = 60;

export function createMapKeys(options: MapKeysOptions): (event: KeyboardEvent, map: MapHandle) => void {
  const { change, look, toggle, clear, search, current } = options;
  return (event, map) => {
    const shown = current();
    if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
    const { image } = shown;
    const direction = event.key in directions ? (event.key as Direction) : undefined;
    const layers = shown.study.layersOf(shown.main.map.model);
    const layer = layers.indexOf(shown.main.map.layer);
    const toLayer = (at: number): void => change({ layer: layers[Math.min(layers.length - 1, Math.max(0, at))] });
    const acts: Readonly<Record<string, () => void>> = {
      ...{ '+': () => map.zoomBy(1.5), '=': () => map.zoomBy(1.5), '-': () => map.zoomBy(1 / 1.5) },
      '0': () => change({ look: { zoom: 1, x: 0, y: 0 } }),
      ' ': () => image !== undefined && toggle(image),
      Enter: () => (image === undefined ? look(firstOf(map)) : change({ tab: 'image' })),
      ...{ Escape: clear, '/': search, '[': () => toLayer(layer - 1), ']': () => toLayer(layer + 1) },
    };
    const act = direction ? () => go(direction) : acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();

    function go(to: Direction): void {
      const [right, down] = directions[to];
      if (event.shiftKey) return map.moveBy(-STEP * right, -STEP * down);
      const { weights, map: own } = map.own;
      const accepts = (one: number): boolean => weights[one] === pointWeights.full;
      const next = image === undefined ? firstOf(map) : pointTowards(own.at, image, to, accepts);
      if (next !== undefined) look(next);
    }
  };
}

/** The image nearest to the middle of the map. */
function firstOf({ own: { map, weights } }: MapHandle): number | undefined {
  const { left, top, right, bottom } = map.grid.bounds;
  const reach = Math.max(right - left, bottom - top, 1);
  const isFull = (image: number): boolean => weights[image] === pointWeights.full;
  return map.grid.nearest((left + right) / 2, (top + bottom) / 2, reach, isFull);
}
