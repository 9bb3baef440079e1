/**
 * Cityscapes: leftImg8bit/<split>/<city>/<stem>_leftImg8bit.png and gtFine/<split>/<city>/<stem>_gtFine_labelIds.png. The
 * ids are brought to the 19 classes of the benchmark; all others are not judged. Cordts et al. 2016, arXiv 1604.01685.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { CityscapesData } from '../../shared/experiment/schema';
import { cityscapesClasses, cityscapesIgnoredIds } from '../../shared/formats/cityscapesLabels';
import { listFolders } from './folderListing';
import { listFilesBelow, openLabelFolders, type LabelledFile } from './labelFiles';
import type { LabelledSource } from './labelledImages';
import { placePath } from './placePath';
import { createValueTable } from './readLabelPng';

const pictureEnd = '_leftImg8bit.png';

export async function openCityscapes(settings: CityscapesData, baseDir: string): Promise<LabelledSource> {
  const root = placePath(settings.root, baseDir);
  for (const part of ['leftImg8bit', 'gtFine']) {
    const info = await stat(path.join(root, part)).catch(() => undefined);
    if (!info?.isDirectory())
      throw new UserError('data', `${root} is not a Cityscapes folder: it has no ${part}; check "root"`);
  }
  const isTrainId = settings.labels === 'labelTrainIds';
  const table = isTrainId
    ? createValueTable([...cityscapesClasses.keys()], [255])
    : createValueTable(
        cityscapesClasses.map(({ id }) => id),
        cityscapesIgnoredIds,
      );
  return openLabelFolders({
    kind: 'cityscapes',
    root,
    splits: await listFolders(path.join(root, 'leftImg8bit')),
    used: [settings.train, settings.test],
    classes: cityscapesClasses.map(({ name }) => name),
    colours: cityscapesClasses.map(({ colour }) => colour),
    table,
    list: (split) => listPairs(root, split, settings.labels),
  });
}

async function listPairs(root: string, split: string, labels: CityscapesData['labels']): Promise<LabelledFile[]> {
  const folder = path.join(root, 'leftImg8bit', split);
  const pictures = (await listFilesBelow(folder)).filter((name) => name.endsWith(pictureEnd));
  return pictures.map((file) => {
    const stem = file.slice(0, -pictureEnd.length);
    return {
      name: stem,
      picture: path.join(folder, file),
      labels: path.join(root, 'gtFine', split, `${stem}_gtFine_${labels}.png`),
    };
  });
}
