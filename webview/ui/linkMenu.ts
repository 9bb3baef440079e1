/** The menu of a number: its images, and its lines in the experiment file. By right click, Shift+F10 or the menu key. */
import { linkWords } from '../../src/shared/protocol/panels/links';
import { openMenu, type MenuItem } from './menu';

/** What a number leads to. */
export interface Links {
  /** What the number is of, as the menu's name. */
  readonly name: string;
  /** Why not, as a sentence, where there are none. */
  readonly images: (() => void) | string;
  /** Entries of the experiment file, by what stands behind `Show in Experiment`; the first without words. */
  readonly entries: readonly { readonly words?: string; readonly show: () => void }[];
}

export function linkItems({ images, entries }: Omit<Links, 'name'>): MenuItem[] {
  const label = linkWords.images;
  return [
    typeof images === 'string' ? { label, refusal: images, run: () => undefined } : { label, run: images },
    ...entries.map(({ words, show }) => ({
      label: words === undefined ? linkWords.experiment : `${linkWords.experiment}: ${words}`,
      run: show,
    })),
  ];
}

/** Opens it where `find` knows of links; elsewhere the usual menu comes. The keyboard's own key counts as a right click. */
export function listenForLinks(node: HTMLElement, find: (target: Element) => Links | undefined): void {
  node.addEventListener('contextmenu', (event) => {
    const links = find(event.target as Element);
    if (!links) return;
    event.preventDefault();
    const isPointer = event.button === 2;
    const { left, bottom } = (event.target as Element).getBoundingClientRect();
    const place = isPointer ? { left: event.clientX, top: event.clientY } : { left, top: bottom };
    openMenu(place, links.name, linkItems(links));
  });
}
