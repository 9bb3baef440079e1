/** VOC annotations and VOC's result files as columns, so that the same evaluators and panels take them. */
import type { Detections, FileId, GroundTruth } from '../results/detections';
import { GrowingFloats } from './growingColumn';
import type { Parsed } from './jsonRecords';
import { ProblemList } from './problemList';
import type { VocAnnotation } from './vocXml';

/** VOC's twenty classes in its order, which is alphabetical. */
export const VOC_CLASSES: readonly string[] = [
  ...['aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair', 'cow', 'diningtable', 'dog'],
  ...['horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa', 'train', 'tvmonitor'],
];

/** Ground truth of images named by the stems of their files. Categories are VOC's twenty, or the names found, sorted. */
export function buildVocTruth(
  images: readonly { readonly id: string; readonly annotation: VocAnnotation }[],
): Parsed<GroundTruth> {
  const problems = new ProblemList();
  const objects = images.flatMap(({ annotation }, image) => annotation.objects.map((object) => ({ ...object, image })));
  for (const { id, annotation } of images) {
    for (const problem of annotation.problems) problems.warn(`xml: ${problem}`, problem, `image ${id}`);
  }
  const found = [...new Set(objects.map(({ name }) => name))];
  const names = found.every((name) => VOC_CLASSES.includes(name)) ? [...VOC_CLASSES] : found.sort();
  const places = new Map(names.map((name, k) => [name, k]));
  for (const { box, image } of objects) {
    if (box[2] > 0 && box[3] > 0) continue;
    problems.warn('empty-box', 'boxes of no or negative size stay in and match nothing', `image ${images[image]!.id}`);
  }
  const value: GroundTruth = {
    images: {
      ids: images.map(({ id }) => id),
      names: images.map(({ id, annotation }) => (annotation.filename === '' ? id : annotation.filename)),
      widths: Float64Array.from(images, ({ annotation }) => annotation.width),
      heights: Float64Array.from(images, ({ annotation }) => annotation.height),
    },
    categories: { ids: names, names, groups: names.map(() => '') },
    count: objects.length,
    ids: Float64Array.from(objects, (_, i) => i + 1),
    image: Int32Array.from(objects, ({ image }) => image),
    category: Int32Array.from(objects, ({ name }) => places.get(name)!),
    boxes: Float64Array.from(objects.flatMap(({ box }) => [...box])),
    areas: Float64Array.from(objects, ({ box }) => box[2] * box[3]),
    isCrowd: new Uint8Array(objects.length),
    isIgnored: Uint8Array.from(objects, ({ difficult }) => (difficult ? 1 : 0)),
  };
  return { value, problems: problems.list() };
}

/** How a results JSON may name VOC images: the stem, the file name, or the stem's digits as a number (COCO conversions). */
export function indexVocImages({ images }: Pick<GroundTruth, 'images'>): Map<FileId, number> {
  const index = new Map<FileId, number>();
  images.ids.forEach((id, image) => {
    const stem = String(id);
    const digits = stem.replaceAll('_', '');
    if (/^\d+$/.test(digits)) index.set(Number(digits), image);
    index.set(`${stem}.jpg`, image);
    index.set(stem, image);
  });
  return index;
}

/** How it may name categories: the name, or its number counted from 1. */
export function indexVocCategories({ categories }: Pick<GroundTruth, 'categories'>): Map<FileId, number> {
  const index = new Map<FileId, number>();
  categories.names.forEach((name, k) => index.set(k + 1, k).set(name, k));
  return index;
}

/** Reads VOC's result files, one a class: "image score xmin ymin xmax ymax" a line, pixels from 1, last one included. */
export function parseVocResults(
  files: readonly { readonly category: string; readonly text: string }[],
  truth: Pick<GroundTruth, 'images' | 'categories'>,
): Parsed<Detections> {
  const problems = new ProblemList();
  const images = indexVocImages(truth);
  const categories = indexVocCategories(truth);
  const [image, category, scores, places] = [0, 1, 2, 3].map(() => new GrowingFloats()) as [
    ...[GrowingFloats, GrowingFloats, GrowingFloats, GrowingFloats],
  ];
  const boxes = new GrowingFloats();
  let line = 0;
  for (const file of files) {
    const k = categories.get(file.category);
    if (k === undefined) {
      problems.warn(
        'unknown-category',
        'files of classes that the ground truth does not have were left out',
        file.category,
      );
      continue;
    }
    for (const text of file.text.split(/\r?\n/)) {
      if (text.trim() === '') continue;
      const place = `${file.category}: ${text.trim().slice(0, 60)}`;
      const row = parseLine(text);
      const at = images.get(row?.id ?? '');
      if (!row) problems.warn('bad-line', 'lines that are not an image, a score and four numbers were left out', place);
      else if (at === undefined)
        problems.warn('unknown-image', 'results of images that are not listed were left out', place);
      else {
        if (Number.isNaN(row.score)) problems.warn('nan-score', 'results with score NaN rank behind all others', place);
        image.push(at);
        category.push(k);
        scores.push(row.score);
        places.push(line);
        for (const side of row.box) boxes.push(side);
      }
      line++;
    }
  }
  const table = boxes.take();
  const value: Detections = {
    count: scores.length,
    image: Int32Array.from(image.take()),
    category: Int32Array.from(category.take()),
    boxes: table,
    areas: Float64Array.from({ length: scores.length }, (_, i) => table[4 * i + 2]! * table[4 * i + 3]!),
    scores: scores.take(),
    places: Uint32Array.from(places.take()),
  };
  return { value, problems: problems.list() };
}

function parseLine(text: string): { id: string; score: number; box: readonly number[] } | undefined {
  const [id, score, ...sides] = text.trim().split(/\s+/);
  const numbers = sides.map(Number);
  if (id === undefined || score === undefined || numbers.length !== 4 || !numbers.every(Number.isFinite))
    return undefined;
  const isNan = score.toLowerCase() === 'nan';
  if (!isNan && Number.isNaN(Number(score))) return undefined;
  const [x0, y0, x1, y1] = numbers as [number, number, number, number];
  return { id, score: isNan ? Number.NaN : Number(score), box: [x0 - 1, y0 - 1, x1 - x0 + 1, y1 - y0 + 1] };
}
