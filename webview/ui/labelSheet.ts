/** Label maps as the browser can read them: PNGs whose grey values are classes. */
import type { LabelSheet } from '../../src/shared/views/predictions/composeLabels';

/** Labels are the grey values: every way in which a browser may change colours is switched off. */
export async function decodeLabelSheet(png: Blob): Promise<LabelSheet & { readonly height: number }> {
  const bitmap = await createImageBitmap(png, { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  const labels = new Uint8Array(width * height);
  for (let i = 0; i < labels.length; i++) labels[i] = data[4 * i]!;
  return { width, height, labels };
}
