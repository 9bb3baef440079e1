/** `eval segmentation`: mean IoU and all that follows from one count of the pixels of predicted label images. */
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import { scoreBoundary } from '../../shared/math/segmentation/boundaryIou';
import { bootstrapMeanIou } from '../../shared/math/segmentation/bootstrapIou';
import { scoreSegmentation } from '../../shared/math/segmentation/pixelConfusion';
import type { Interval } from '../../shared/math/statistics';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import { selectPalette, type Surroundings } from '../terminal';
import { countInThreads } from './countInThreads';
import { statOf } from './detectionFiles';
import type { LabelMapName } from './labelMapNames';
import { meaningsOf, pairLabelImages, type ValueMeanings } from './labelPairs';
import { percent, printJson } from './printing';
import type { CountedPairs } from './segmentationCounter';

export interface SegmentationCommandOptions {
  readonly truth: string;
  readonly predictions: string;
  /** May be left out with a label map, which says it. */
  readonly numClasses?: number;
  readonly labelMap?: LabelMapName;
  readonly ignored: readonly number[];
  readonly hasBoundary: boolean;
  readonly resamples: number;
  readonly seed: number;
  readonly isJson: boolean;
}

/** What nearly all data sets mark pixels with that do not count. */
const USUAL_VOID = 255;
/** A confusion of more classes is too large to print. */
const MOST_PRINTED = 256;

export async function evaluateSegmentationCommand(
  options: SegmentationCommandOptions,
  around: Surroundings,
): Promise<ExitCode> {
  const { numClasses, labelMap } = options;
  if (numClasses === undefined && labelMap === undefined)
    throw new UserError('config', 'the number of classes is not known; give --classes, or --label-map cityscapes');
  const meanings = meaningsOf(labelMap, numClasses ?? 0, options.ignored);
  if (numClasses !== undefined && numClasses !== meanings.numClasses)
    throw new UserError(
      'config',
      `${labelMap} has ${meanings.numClasses} classes, not ${numClasses}; leave --classes out`,
    );
  const [truth, predicted] = [options.truth, options.predictions].map((path) => openFolder(path, around.cwd));
  const pairs = pairLabelImages(truth!, predicted!, labelMap);
  const { hasBoundary } = options;
  const folders = { truth: truth!.path, predicted: predicted!.path };
  const counted = await countInThreads({ pairs, folders, meanings, hasBoundary });
  const interval =
    options.resamples > 0
      ? bootstrapMeanIou(counted.totals, { seed: options.seed, resamples: options.resamples })
      : undefined;
  const found = { meanings, images: pairs.length, counted, interval };
  if (options.isJson) printAsJson(found, around);
  else printTables(found, around);
  if (labelMap === undefined) warnOfUnjudged(counted, options, around);
  return EXIT.done;
}

interface Found {
  readonly meanings: ValueMeanings;
  readonly images: number;
  readonly counted: CountedPairs;
  readonly interval: Interval | undefined;
}

function printAsJson({ meanings, images, counted, interval }: Found, around: Surroundings): void {
  const { numClasses, names } = meanings;
  const { counts } = counted.confusion;
  const rows = Array.from({ length: numClasses }, (_, t) => [
    ...counts.subarray(t * (numClasses + 1), (t + 1) * (numClasses + 1)),
  ]);
  const boundary = counted.boundary && scoreBoundary(counted.boundary);
  const answer = {
    images,
    ...(names && { classes: names }),
    ...scoreSegmentation(counted.confusion),
    ...(interval && { meanIouInterval: interval }),
    ...(boundary && { boundaryIou: boundary.meanIou, boundaryIouOfClass: boundary.iou }),
    // Rows are the truth; the last column is what was predicted as no class.
    ...(numClasses <= MOST_PRINTED && { confusion: rows }),
  };
  printJson(answer, around);
}

function printTables({ meanings, counted, interval }: Found, around: Surroundings): void {
  const scores = scoreSegmentation(counted.confusion);
  const boundary = counted.boundary && scoreBoundary(counted.boundary);
  const head = ['CLASS', 'PIXELS', 'IOU', 'ACCURACY', ...(boundary ? ['BOUNDARY IOU'] : [])];
  const classRows = scores.iou.map((iou, k) => [
    meanings.names?.[k] ?? String(k),
    String(scores.pixels[k]),
    percent(iou),
    percent(scores.accuracy[k]),
    ...(boundary ? [percent(boundary.iou[k])] : []),
  ]);
  around.stdout.write(`${formatTable([head, ...classRows])}\n\n`);
  const rows = [
    ['mean IoU', percent(scores.meanIou)],
    ...(interval ? [['95 % interval over images', `${percent(interval.low)} to ${percent(interval.high)}`]] : []),
    ['weighted IoU', percent(scores.weightedIou)],
    ['pixel accuracy', percent(scores.pixelAccuracy)],
    ['mean accuracy', percent(scores.meanAccuracy)],
    ...(boundary ? [['boundary IoU', percent(boundary.meanIou)]] : []),
  ];
  around.stdout.write(`${formatTable(rows)}\n`);
}

/** A value that is no class and was not left out on purpose: too small a number of classes makes scores look better. */
function warnOfUnjudged(
  { confusion, unjudged }: CountedPairs,
  { ignored }: SegmentationCommandOptions,
  around: Surroundings,
): void {
  const values = [...unjudged.keys()].filter(
    (value) => unjudged[value]! > 0 && value !== USUAL_VOID && !ignored.includes(value),
  );
  if (values.length === 0) return;
  const pixels = values.reduce((sum, value) => sum + unjudged[value]!, 0);
  const shown = `${values.slice(0, 5).join(', ')}${values.length > 5 ? ', …' : ''}`;
  const range = `0 to ${confusion.numClasses - 1}`;
  const message = `${formatNumberOf(pixels, 'pixel')} of the truth with the value ${shown} were not judged, as classes are ${range}; raise --classes, or name them with --ignore`;
  around.stderr.write(`${selectPalette(around.stderr, around.env).caution('warning')}: ${message}\n`);
}

function openFolder(written: string, cwd: string): { readonly written: string; readonly path: string } {
  if (!statOf(written, cwd).isDirectory())
    throw new UserError('config', `${written} is not a folder; give a folder of label images`);
  return { written, path: resolve(cwd, written) };
}
