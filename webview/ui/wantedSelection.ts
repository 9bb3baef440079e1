/** What other panels chose and this one has not followed yet. An image of other data stays wanted until those are read. */
import type { SelectionChange } from '../../src/shared/protocol/panels/selection';
import { imageSource } from '../../src/shared/views/selection/imageSource';

/** Sources of images: `data/split`. */
export interface ImageSources {
  readonly isRead: (source: string) => boolean;
  /** Whether it could be read. */
  readonly isKnown: (source: string) => boolean;
  /** Reads it. */
  readonly open: (source: string) => void;
}

export interface WantedSelection {
  add(news: SelectionChange): void;
  /** What is to be followed now. */
  take(sources: ImageSources): SelectionChange;
}

export function createWantedSelection(): WantedSelection {
  let wanted: SelectionChange = {};
  /** Once: whoever looks elsewhere while it is read, or because it cannot be, stays there. */
  let opened: string | undefined;
  return {
    add: (news) => {
      wanted = { ...wanted, ...news };
      if (news.image) opened = undefined;
    },
    take: ({ isRead, isKnown, open }) => {
      const taken = wanted;
      const { image } = taken;
      const source = image && imageSource(image);
      const isComing = source && !isRead(source) && isKnown(source);
      wanted = isComing ? { image } : {};
      if (!isComing || opened === source) return taken;
      opened = source;
      open(source);
      return taken;
    },
  };
}
