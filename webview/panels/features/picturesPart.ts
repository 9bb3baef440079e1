/** The table of pictures and what was found again below it: what the pointer and keys do there. */
import type { FeaturesView } from '../../../src/shared/protocol/panels/featuresPanel';
import type { CellPlace } from '../../../src/shared/views/features/featuresGrid';
import type { Announce } from '../../ui/announce';
import { element } from '../../ui/element';
import { createGridKeys } from './gridKeys';
import { createGridView, type GridView } from './gridView';
import { createMatching } from './matching';
import { prefetch } from './prefetch';
import type { Shown } from './shown';

export interface PicturesPart extends Pick<GridView, 'canvases'> {
  readonly node: HTMLElement;
  draw(shown: Shown): void;
}

export interface PicturesOptions {
  readonly current: () => Shown | undefined;
  readonly change: (part: Partial<FeaturesView>) => void;
  readonly look: (place: CellPlace) => void;
  readonly announce: Announce;
}

export function createPictures({ current, change, look, announce }: PicturesOptions): PicturesPart {
  const found = element('p', { class: 'quiet found' });
  const fetchAhead = createFetching();
  const matching = createMatching((words) => {
    found.textContent = words;
    grid.refresh();
  });
  const onKey = createGridKeys({
    ...{ current, change, matching },
    onStep: () => found.textContent && announce(found.textContent),
  });
  const grid = createGridView({
    onLook: (row, column) => {
      const shown = current();
      if (shown) look(shown.grid.place(row, column));
    },
    onPoint: (point) => {
      const shown = current();
      const place = point && shown?.grid.place(point.row, point.column);
      if (shown) matching.ask(shown, place && { place, x: point.x, y: point.y });
    },
    markOf: (place) => {
      const shown = current();
      return shown && matching.markOf(shown, place);
    },
    onWhole: (places) => {
      const shown = current();
      if (shown) fetchAhead(shown, places);
    },
    onKey,
  });
  return {
    node: element('section', { class: 'pictures', 'aria-label': 'Pictures' }, grid.node, found),
    draw: (shown) => grid.draw(shown),
    canvases: () => grid.canvases(),
  };
}

/** Once for each view of the same pictures. */
function createFetching(): typeof prefetch {
  let fetched = '';
  return (shown, places) => {
    const key = JSON.stringify([shown.view, places.length, places[0]?.image.key]);
    if (key === fetched) return;
    fetched = key;
    prefetch(shown, places);
  };
}
