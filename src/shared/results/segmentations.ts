/**
 * What a segmentation stage leaves beside its record, for whoever draws or counts it again. `segmentation.json` names the
 * classes and the test images; true and predicted label maps lie on sheets, PNGs of one 8-bit channel whose values are
 * class numbers, several images to a sheet. Pictures of composed scenes lie on sheets of the same layout; those of files
 * are where they were. Left out: scores, which are in the record and follow from `confusion`.
 */
import * as z from 'zod';

export const SEGMENTATION_FILE = 'segmentation.json';
export const SEGMENTATION_VERSION = 1;

/** In label maps: a pixel that is no class. It never counts in the truth and does not occur in a prediction. */
export const IGNORED_LABEL = 255;
/** A label is one byte, and the last is taken. */
const MAX_SEGMENTATION_CLASSES = 255;

/** No sheet is wider or higher, in px, unless it holds a single image that is. */
const SHEET_SIDE = 2048;

const count = z.int().min(0);

const imageSchema = z.object({
  /** As a user recognises it. */
  name: z.string(),
  /** px, of the picture, of its label maps and of its place on the sheets. */
  width: z.int().min(1),
  height: z.int().min(1),
  /** Where it lies on the sheets of this number: px from the top left corner. */
  place: z.object({ sheet: count, x: count, y: count }),
  /** Path of its picture below the data's `root`, with forward slashes; absent for composed scenes, which lie on sheets. */
  picture: z.string().optional(),
  /** Judged pixels that have any: true class, predicted class, number of pixels, and so on; in ascending order. */
  confusion: z.array(count),
});

const indexSchema = z.object({
  version: z.literal(SEGMENTATION_VERSION),
  /** Names; class k is value k of the label maps. */
  classes: z.array(z.string()).min(1).max(MAX_SEGMENTATION_CLASSES),
  /** Colours that the data set itself gives its classes: red, green, blue, 0..255. */
  colours: z.array(z.tuple([count, count, count])).optional(),
  /** `sheets`: as images-<n>.webp beside the label maps; `files`: at `picture`. */
  pictures: z.enum(['sheets', 'files']),
  images: z.array(imageSchema),
});

/** The content of `segmentation.json`. */
export type SegmentationIndex = z.output<typeof indexSchema>;
export type SegmentedImage = SegmentationIndex['images'][number];

/** Reads `segmentation.json`; what it is not is said in one sentence. */
export function parseSegmentationIndex(text: string): { index: SegmentationIndex } | { problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: `${SEGMENTATION_FILE} is not JSON; run the transfer again` };
  }
  const found = indexSchema.safeParse(value);
  if (found.success) return { index: found.data };
  const issue = found.error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return {
    problem: `${SEGMENTATION_FILE} cannot be used (${place}: ${issue?.message ?? 'wrong'}); run the transfer again`,
  };
}

/** Name of a sheet of true or predicted label maps, from 0. Pictures: `sheetName` of sceneSheets. */
export function labelSheetName(part: 'truth' | 'predicted', sheet: number): string {
  return `${part}-${sheet}.png`;
}

export interface SheetPlan {
  /** By image. */
  readonly places: readonly SegmentedImage['place'][];
  /** By sheet, px. */
  readonly sheets: readonly { readonly width: number; readonly height: number }[];
}

/** Places images in order, row by row, on sheets of at most 2048 px a side; a larger image has a sheet of its own. */
export function planSheets(sizes: readonly { readonly width: number; readonly height: number }[]): SheetPlan {
  const places: SegmentedImage['place'][] = [];
  const sheets: { width: number; height: number }[] = [];
  let [x, top, rowHeight] = [0, 0, 0];
  for (const { width, height } of sizes) {
    if (x > 0 && x + width > SHEET_SIDE) [x, top, rowHeight] = [0, top + rowHeight, 0];
    const last = sheets.at(-1);
    const isFull = width > SHEET_SIDE || top + height > SHEET_SIDE || (last && isOversized(last));
    if (!last || isFull) {
      sheets.push({ width: 0, height: 0 });
      [x, top, rowHeight] = [0, 0, 0];
    }
    const sheet = sheets.at(-1)!;
    places.push({ sheet: sheets.length - 1, x, y: top });
    rowHeight = Math.max(rowHeight, height);
    x += width;
    sheet.width = Math.max(sheet.width, x);
    sheet.height = Math.max(sheet.height, top + rowHeight);
  }
  return { places, sheets };
}

function isOversized({ width, height }: { readonly width: number; readonly height: number }): boolean {
  return width > SHEET_SIDE || height > SHEET_SIDE;
}

/** The entries of an image's confusion, one by one. */
export function* confusionEntries({
  confusion,
}: Pick<SegmentedImage, 'confusion'>): Generator<{ truth: number; predicted: number; pixels: number }> {
  for (let i = 0; i + 2 < confusion.length; i += 3)
    yield { truth: confusion[i]!, predicted: confusion[i + 1]!, pixels: confusion[i + 2]! };
}

/** The confusion of all images: [classes, classes] pixels, row = truth. */
export function sumConfusion({ classes, images }: Pick<SegmentationIndex, 'classes' | 'images'>): Float64Array {
  const sum = new Float64Array(classes.length * classes.length);
  for (const image of images)
    for (const { truth, predicted, pixels } of confusionEntries(image))
      sum[truth * classes.length + predicted]! += pixels;
  return sum;
}

/** Images with pixels of class `truth` predicted as `predicted`, most of them first; ties in their order. */
export function imagesOfCell(
  images: SegmentationIndex['images'],
  truth: number,
  predicted: number,
): { readonly image: number; readonly pixels: number }[] {
  return images
    .flatMap((entry, image) =>
      [...confusionEntries(entry)]
        .filter((cell) => cell.truth === truth && cell.predicted === predicted)
        .map(({ pixels }) => ({ image, pixels })),
    )
    .sort((a, b) => b.pixels - a.pixels || a.image - b.image);
}
