/** Small pictures that are painted as they come. */
import { element } from '../../../ui/element';
import { onceAFrame } from '../../../ui/onceAFrame';
import type { PictureStore } from '../../../ui/pictures';

export interface Thumbnails {
  /** A canvas of `side` px with a picture of the index. */
  create(picture: number, side: number): HTMLCanvasElement;
  /** Paints those in the page again, from these pictures. */
  paint(pictures: PictureStore): void;
}

export function createThumbnails(): Thumbnails {
  /** Pictures by canvas. */
  const drawn = new Map<HTMLCanvasElement, number>();
  let store: PictureStore | undefined;
  const schedule = onceAFrame(() => paintAll());
  const paintAll = (): void => {
    for (const [canvas, picture] of drawn) {
      if (!canvas.isConnected) {
        drawn.delete(canvas);
        continue;
      }
      const isWanted = (): boolean => canvas.isConnected;
      const found = store?.want(picture, { side: canvas.width, isWanted, onReady: schedule });
      const context = canvas.getContext('2d')!;
      context.clearRect(0, 0, canvas.width, canvas.height);
      if (!found) continue;
      const { bitmap, x, y, width, height } = found;
      const scale = canvas.width / Math.max(width, height);
      const [w, h] = [width * scale, height * scale];
      context.drawImage(bitmap, x, y, width, height, (canvas.width - w) / 2, (canvas.height - h) / 2, w, h);
    }
  };
  return {
    create: (picture, side) => {
      const canvas = element('canvas', { class: 'thumbnail', 'aria-hidden': 'true' }) as HTMLCanvasElement;
      canvas.width = Math.round(side * window.devicePixelRatio);
      canvas.height = canvas.width;
      canvas.style.width = `${side}px`;
      canvas.style.height = `${side}px`;
      drawn.set(canvas, picture);
      return canvas;
    },
    paint: (pictures) => {
      store = pictures;
      paintAll();
    },
  };
}
