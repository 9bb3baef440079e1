/** Pictures and maps of cells as bitmaps: decoded by the browser or made by the worker, never on the main thread. */
import type { CellMap } from '../../../src/shared/views/features/featuresCells';
import type { FeaturesPicture } from '../../../src/shared/views/features/featuresStudy';
import { createBitmapStore, type Picture } from '../../ui/bitmapStore';
import { fetchOf, type Engine } from '../../ui/engine';
import { createPictures, type PicturePlace } from '../../ui/pictures';
import type { EngineCalls } from './engineMessages';

export interface BitmapUse {
  readonly isWanted: () => boolean;
  /** Called when it is there, unless it was before. */
  readonly onReady: () => void;
}

export interface FeaturesBitmaps {
  /** Undefined until it is there. */
  picture(picture: FeaturesPicture, use: BitmapUse): Picture | undefined;
  map(map: CellMap, use: BitmapUse): Picture | undefined;
  dispose(): void;
}

export function createBitmaps(engine: Engine<EngineCalls>): FeaturesBitmaps {
  const ids = new Map<string, number>();
  const places: PicturePlace[] = [];
  const pictures = createPictures((id) => places[id]);
  const maps = createBitmapStore();
  const idOf = ({ url, size, onSheet }: FeaturesPicture): number => {
    const key = `${url} ${onSheet?.x} ${onSheet?.y}`;
    const known = ids.get(key);
    if (known !== undefined) return known;
    ids.set(key, places.length);
    return places.push({ url, width: size, height: size, ...(onSheet && { onSheet }) }) - 1;
  };
  const make = async ({ source, colours, peak }: CellMap): Promise<Picture> => {
    const bitmap =
      source.kind === 'tensor'
        ? await engine.call('map', { ...source, colours, peak })
        : await engine.call('grey', { bytes: await (await fetchOf(source.url)).arrayBuffer(), peak });
    return { bitmap, x: 0, y: 0, width: bitmap.width, height: bitmap.height };
  };
  return {
    // As the network sees them, they are small: one size serves all tiles.
    picture: (picture, use) => pictures.want(idOf(picture), { side: Infinity, ...use }),
    map: (map, use) => maps.want({ ...use, key: map.id, group: map.id, make: () => make(map), isShared: false }),
    dispose: () => {
      pictures.dispose();
      maps.dispose();
    },
  };
}
