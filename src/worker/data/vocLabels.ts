/**
 * The segmentation half of PASCAL VOC: ImageSets/Segmentation/<split>.txt lists stems of JPEGImages/<stem>.jpg and
 * SegmentationClass/<stem>.png, whose palette indices are 0 for background, 1 to 20 for the classes and 255 for the seam
 * around objects, which is not judged. Everingham et al. 2010, IJCV 88. Without that list, those of ImageSets/Main serve.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { VOC_CLASSES } from '../../shared/detection/vocTables';
import { UserError } from '../../shared/errors';
import type { VocSegmentationData } from '../../shared/experiment/schema';
import { openLabelFolders, type LabelledFile } from './labelFiles';
import type { LabelledSource } from './labelledImages';
import { placePath } from './placePath';
import { createValueTable } from './readLabelPng';

const BACKGROUND = 'background';

export async function openVocLabels(settings: VocSegmentationData, baseDir: string): Promise<LabelledSource> {
  const root = placePath(settings.root, baseDir);
  for (const part of ['JPEGImages', 'SegmentationClass']) {
    const info = await stat(path.join(root, part)).catch(() => undefined);
    if (!info?.isDirectory())
      throw new UserError('data', `${root} has no ${part}, so there is nothing to segment; check "root"`);
  }
  const lists = await findLists(root);
  const classes = [BACKGROUND, ...(settings.classes ?? VOC_CLASSES)];
  return openLabelFolders({
    kind: 'voc-segmentation',
    root,
    splits: lists.splits,
    used: [settings.train, settings.test],
    classes,
    colours: classes.map((_, k) => vocColour(k)),
    table: createValueTable([...classes.keys()], [255]),
    list: async (split) => {
      const text = await readFile(path.join(lists.folder, `${split}.txt`), 'utf8').catch(() => '');
      const stems = text.split(/\s+/).filter((stem) => stem !== '' && !/^-?[01]$/.test(stem));
      return stems.map((stem): LabelledFile => ({
        name: stem,
        picture: path.join(root, 'JPEGImages', `${stem}.jpg`),
        labels: path.join(root, 'SegmentationClass', `${stem}.png`),
      }));
    },
  });
}

async function findLists(root: string): Promise<{ readonly folder: string; readonly splits: readonly string[] }> {
  for (const part of ['Segmentation', 'Main']) {
    const folder = path.join(root, 'ImageSets', part);
    const names = await readdir(folder).catch((): string[] => []);
    // <class>_<split>.txt are lists of one class.
    const splits = names.filter((name) => /^[^_]+\.txt$/.test(name)).map((name) => name.slice(0, -4));
    if (splits.length > 0) return { folder, splits: splits.sort() };
  }
  throw new UserError('data', `${root} has no list in ImageSets/Segmentation; check "root"`);
}

/** The palette of VOC's label maps: bits 0, 3 and 6 of the index are the highest bits of red, and so on. */
function vocColour(index: number): [number, number, number] {
  const channel = (first: number): number => {
    let value = 0;
    for (let bit = 0; bit < 3; bit++) value |= ((index >> (3 * bit + first)) & 1) << (7 - bit);
    return value;
  };
  return [channel(0), channel(1), channel(2)];
}
