/** Makes the pictures that sliders lead to while nothing else is to be done, so that moving them does not wait for files. */
import { createCell } from '../../../src/shared/views/features/featuresCells';
import type { GridPlace } from '../../../src/shared/views/features/featuresGrid';
import type { Shown } from './shown';

/** Pictures; what is kept of them is limited anyway (ui/bitmapStore.ts). */
const MOST = 600;

const use = { isWanted: () => true, onReady: () => undefined };

/** The other layers at this iteration, nearest first, then the other iterations at this layer, of what is in sight. */
export function prefetch({ study, view, grid, show, read }: Shown, places: readonly GridPlace[]): void {
  let count = 0;
  const want = (place: GridPlace, iteration: number | undefined): void => {
    if (place.isImage || count >= MOST) return;
    const content = createCell(study, { ...view, iteration }, place, show);
    if (content?.picture) read.bitmaps.picture(content.picture, use);
    if (content?.map) read.bitmaps.map(content.map, use);
    count++;
  };
  const now = study.layers.findIndex(({ layer }) => layer === grid.at.layer);
  const near = study.layers.map((_, i) => i).sort((a, b) => Math.abs(a - now) - Math.abs(b - now));
  const wishes = near.slice(1).flatMap((i) => {
    const { layer } = study.layers[i]!;
    return places.map((place) => () => want({ ...place, layer }, view.iteration));
  });
  if (show === 'inversion')
    wishes.push(...study.iterations.flatMap((iteration) => places.map((place) => () => want(place, iteration))));
  // The newest wish is the first to be fulfilled.
  wishes
    .slice(0, MOST)
    .reverse()
    .forEach((wish) => wish());
}
