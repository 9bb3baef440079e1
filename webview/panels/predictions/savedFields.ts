/** What the panel's files have in common. */
import type { SavedFile } from '../../../src/shared/protocol/panels/panelMessages';

/** Empty where there is no value. */
export function numberField(value: number): number | string {
  return Number.isNaN(value) ? '' : value;
}

/** A canvas as a file named after the image on it. */
export function canvasPng(canvas: HTMLCanvasElement, image: string, what: string): SavedFile {
  const name = image
    .split(/[\\/]/)
    .at(-1)!
    .replace(/\.\w+$/, '');
  return {
    name: `${name}-${what}.png`,
    encoding: 'base64',
    content: canvas.toDataURL('image/png').split(',')[1] ?? '',
  };
}
