/** What the pointer is on: a larger picture and a few words beside it. */
import { describeImage } from './describe';
import { element } from '../../ui/element';
import type { Shown } from './shown';
import type { Thumbnails } from './thumbnails';

export interface ImageTip {
  readonly node: HTMLElement;
  draw(shown: Shown | undefined, image: number | undefined, at: readonly [number, number] | undefined): void;
  /** Its picture may have come. */
  refresh(): void;
}

/** px */
const SIDE = 96;
const GAP = 16;

export function createImageTip(thumbnails: Thumbnails): ImageTip {
  const canvas = element('canvas', { class: 'tip-picture' }) as HTMLCanvasElement;
  const name = element('strong');
  const words = element('span', { class: 'quiet' });
  const node = element('div', { class: 'tip', hidden: true, 'aria-hidden': true }, canvas, name, words);
  let paint = (): void => undefined;
  return {
    node,
    refresh: () => paint(),
    draw: (shown, image, at) => {
      node.hidden = !shown || image === undefined || !at;
      paint = () => undefined;
      if (!shown || image === undefined || !at) return;
      paint = () => void paintPicture(canvas, thumbnails, shown, { image, side: SIDE });
      paint();
      name.textContent = shown.study.images[image]!.name;
      words.textContent = describeImage(shown, image);
      const [x, y] = at;
      const { width, height } = node.getBoundingClientRect();
      const left = x + GAP + width > window.innerWidth ? x - GAP - width : x + GAP;
      const top = Math.min(y + GAP, window.innerHeight - height - 4);
      node.style.transform = `translate(${Math.max(4, left)}px, ${Math.max(4, top)}px)`;
    },
  };
}

/** Draws an image into a canvas of `side` CSS px; false until its sheet is there. */
export function paintPicture(
  canvas: HTMLCanvasElement,
  thumbnails: Thumbnails,
  { study }: Pick<Shown, 'study'>,
  { image, side }: { readonly image: number; readonly side: number },
): boolean {
  const pixels = Math.round(side * window.devicePixelRatio);
  if (canvas.width !== pixels) [canvas.width, canvas.height] = [pixels, pixels];
  const context = canvas.getContext('2d')!;
  context.clearRect(0, 0, pixels, pixels);
  return thumbnails.paint(context, study.images[image]!, { x: 0, y: 0, side: pixels });
}
