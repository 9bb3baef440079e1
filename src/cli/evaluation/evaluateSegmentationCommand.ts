/** `eval segmentation`: mean IoU of predicted label images. */
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import { countPixels, createPixelConfusion, scoreSegmentation } from '../../shared/math/segmentation';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatTable } from '../table';
import type { Surroundings } from '../terminal';
import { statOf } from './detectionFiles';
import { listLabelImages, readLabelImage } from './labelImages';
import { percent, printJson } from './printing';

export interface SegmentationCommandOptions {
  readonly truth: string;
  readonly predictions: string;
  readonly numClasses: number;
  readonly isJson: boolean;
}

export function evaluateSegmentationCommand(options: SegmentationCommandOptions, around: Surroundings): ExitCode {
  const [truth, predictions] = [options.truth, options.predictions].map((path) => openFolder(path, around.cwd));
  const names = listLabelImages(truth!);
  if (names.length === 0)
    throw new UserError('config', `${options.truth} has no .png files; --gt is a folder of label images`);
  const found = new Set(listLabelImages(predictions!));
  const missing = names.filter((name) => !found.has(name));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join(', ');
    throw new UserError(
      'config',
      `${options.predictions} lacks ${missing.length} of ${names.length} label images (${shown}); both folders use the same names`,
    );
  }
  const confusion = createPixelConfusion(options.numClasses);
  for (const name of names) {
    const [label, predicted] = [readLabelImage(truth!, name), readLabelImage(predictions!, name)];
    if (label.width !== predicted.width || label.height !== predicted.height) {
      const sizes = `${predicted.width} × ${predicted.height} and its truth ${label.width} × ${label.height}`;
      throw new UserError('data', `the prediction ${name} is ${sizes}; resize it with nearest neighbours first`);
    }
    countPixels(confusion, label.labels, predicted.labels);
  }
  const scores = scoreSegmentation(confusion);
  if (options.isJson) printJson({ images: names.length, ...scores }, around);
  else {
    const classRows = scores.iou.map((iou, k) => [
      String(k),
      String(scores.pixels[k]),
      percent(iou),
      percent(scores.accuracy[k]),
    ]);
    around.stdout.write(`${formatTable([['CLASS', 'PIXELS', 'IOU', 'ACCURACY'], ...classRows])}\n\n`);
    const rows = [
      ['mean IoU', percent(scores.meanIou)],
      ['weighted IoU', percent(scores.weightedIou)],
      ['pixel accuracy', percent(scores.pixelAccuracy)],
      ['mean accuracy', percent(scores.meanAccuracy)],
    ];
    around.stdout.write(`${formatTable(rows)}\n`);
  }
  return EXIT.done;
}

function openFolder(path: string, cwd: string): string {
  if (!statOf(path, cwd).isDirectory())
    throw new UserError('config', `${path} is not a folder; give a folder of label images`);
  return resolve(cwd, path);
}
