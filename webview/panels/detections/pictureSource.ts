/** Where the pictures of a ground truth are: files by name, or places on sheets. */
import type { Pictures } from '../../../src/shared/protocol/panels/detectionsPanel';
import type { ImageTable } from '../../../src/shared/results/detections';
import { placeOnSheet, sheetLayout } from '../../../src/shared/results/sceneSheets';
import { fileUrl, type PictureSource } from '../../ui/pictures';

export function pictureSource(pictures: Pictures, { ids, names, widths, heights }: ImageTable): PictureSource {
  if (pictures.kind === 'none') return () => undefined;
  if (pictures.kind === 'files')
    return (image) => ({
      url: fileUrl(pictures.base, names[image]!),
      width: widths[image]!,
      height: heights[image]!,
    });
  const size = widths[0] || 1;
  const layout = sheetLayout(ids.length, size);
  return (image) => {
    const { sheet, ...onSheet } = placeOnSheet(image, layout, size);
    const url = pictures.urls[sheet];
    return url === undefined ? undefined : { url, width: size, height: size, onSheet };
  };
}
