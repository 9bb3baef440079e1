/** Writes what a segmentation leaves for panels: the index, sheets of label maps, and sheets of composed pictures. */
import { inflateSync } from 'node:zlib';
import sharp from 'sharp';
import {
  labelSheetName,
  planSheets,
  SEGMENTATION_FILE,
  SEGMENTATION_VERSION,
  type SegmentationIndex,
  type SegmentedImage,
} from '../../../shared/results/segmentations';
import { sheetName } from '../../../shared/results/sceneSheets';
import type { PixelConfusion } from '../../../shared/math/segmentation/pixelConfusion';
import { readImage } from '../../data/imageStore';
import type { LabelledImages } from '../../data/labelledImages';
import type { SegmentedPicture } from './testSegmenter';

/** Lossy, but a panel shows it at most a few times enlarged. */
const QUALITY = 90;

/** Name and content of each file, one after the other. */
export async function* encodeSegmentation(
  data: LabelledImages,
  images: readonly SegmentedPicture[],
): AsyncGenerator<{ readonly name: string; readonly bytes: Uint8Array }> {
  const plan = planSheets(images);
  const isPacked = data.store.kind === 'packed';
  for (const [sheet, size] of plan.sheets.entries()) {
    const own = [...images.keys()].filter((i) => plan.places[i]!.sheet === sheet);
    for (const part of ['truth', 'predicted'] as const) {
      const pixels = new Uint8Array(size.width * size.height);
      for (const i of own)
        place(inflateSync(images[i]![part]), images[i]!, { pixels, at: plan.places[i]!, size, channels: 1 });
      const png = sharp(pixels, { raw: { ...size, channels: 1 } })
        .toColourspace('b-w')
        .png();
      yield { name: labelSheetName(part, sheet), bytes: new Uint8Array(await png.toBuffer()) };
    }
    if (!isPacked) continue;
    const pixels = new Uint8Array(size.width * size.height * 3);
    for (const i of own) {
      const picture = await readImage(data.store, images[i]!.index);
      place(picture.pixels, images[i]!, { pixels, at: plan.places[i]!, size, channels: 3 });
    }
    const webp = sharp(pixels, { raw: { ...size, channels: 3 } }).webp({ quality: QUALITY });
    yield { name: sheetName(sheet), bytes: new Uint8Array(await webp.toBuffer()) };
  }
  const index: SegmentationIndex = {
    version: SEGMENTATION_VERSION,
    classes: [...data.classes],
    ...(data.colours && { colours: data.colours.map(([r, g, b]): [number, number, number] => [r, g, b]) }),
    pictures: isPacked ? 'sheets' : 'files',
    images: images.map((image, i) => describeImage(data, image, plan.places[i]!)),
  };
  yield { name: SEGMENTATION_FILE, bytes: new TextEncoder().encode(JSON.stringify(index)) };
}

function describeImage(
  { names, pictures }: LabelledImages,
  { index, width, height, confusion }: SegmentedPicture,
  at: SegmentedImage['place'],
): SegmentedImage {
  const picture = pictures?.[index];
  return {
    name: names[index]!,
    ...{ width, height, place: at },
    ...(picture !== undefined && { picture }),
    confusion: sparse(confusion),
  };
}

/** Cells with pixels: truth, prediction, pixels; a network predicts a class everywhere, so that the last column is empty. */
function sparse({ numClasses, counts }: PixelConfusion): number[] {
  const cells: number[] = [];
  counts.forEach((pixels, cell) => {
    if (pixels > 0) cells.push(Math.floor(cell / (numClasses + 1)), cell % (numClasses + 1), pixels);
  });
  return cells;
}

interface Target {
  readonly pixels: Uint8Array;
  readonly at: { readonly x: number; readonly y: number };
  readonly size: { readonly width: number };
  readonly channels: 1 | 3;
}

function place(
  values: Uint8Array,
  { width, height }: { readonly width: number; readonly height: number },
  { pixels, at, size, channels }: Target,
): void {
  for (let y = 0; y < height; y++) {
    const from = y * width * channels;
    pixels.set(values.subarray(from, from + width * channels), ((at.y + y) * size.width + at.x) * channels);
  }
}
