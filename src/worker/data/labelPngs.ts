/**
 * Any pictures with label maps: a folder of pictures and a folder of PNGs with the same names (COCO-stuff, ADE20K, the
 * Cityscapes layout with other classes). Splits are what `{split}` stands for in the names of existing folders.
 */
import path from 'node:path';
import { UserError } from '../../shared/errors';
import type { LabelPngsData } from '../../shared/experiment/schema';
import { listFolders } from './folderListing';
import { listFilesBelow, openLabelFolders, type LabelledFile } from './labelFiles';
import type { LabelledSource } from './labelledImages';
import { placePath } from './placePath';
import { createValueTable } from './readLabelPng';

const pictureEnding = /\.(jpe?g|png|webp|tiff?|avif)$/i;

export async function openLabelPngs(settings: LabelPngsData, baseDir: string): Promise<LabelledSource> {
  const root = placePath(settings.root, baseDir);
  const splits = await findSplits(root, settings);
  if (splits.length === 0) {
    const wanted = path.join(root, settings.images);
    throw new UserError('data', `no pictures were found at ${wanted}; check "root" and "images"`);
  }
  return openLabelFolders({
    kind: 'label-pngs',
    root,
    splits,
    used: [settings.train, settings.test],
    classes: settings.classes,
    table: createValueTable(settings.values ?? settings.classes.map((_, k) => k), settings.ignore),
    list: (split) => listPairs(root, settings, split),
  });
}

async function listPairs(root: string, settings: LabelPngsData, split: string): Promise<LabelledFile[]> {
  const { imageSuffix, labelSuffix } = settings;
  const folder = path.join(root, settings.images.replaceAll('{split}', split));
  const labels = path.join(root, settings.labels.replaceAll('{split}', split));
  return (await listFilesBelow(folder)).flatMap((file) => {
    const ending = pictureEnding.exec(file)?.[0];
    const end = `${imageSuffix}${ending ?? ''}`;
    if (ending === undefined || !file.endsWith(end)) return [];
    const stem = file.slice(0, file.length - end.length);
    return [{ name: stem, picture: path.join(folder, file), labels: path.join(labels, `${stem}${labelSuffix}.png`) }];
  });
}

/** Without `{split}` in the pattern every split is the same folder, and the entry's own names are its splits. */
async function findSplits(root: string, { images, train, test }: LabelPngsData): Promise<string[]> {
  const [before, after] = images.split('{split}') as [string, string?];
  const exists = async (folder: string) => (await listFilesBelow(folder)).length > 0;
  if (after === undefined) return (await exists(path.join(root, images))) ? [...new Set([train, test])] : [];
  const lead = /[^/\\]*$/.exec(before)![0];
  const tail = /^[^/\\]*/.exec(after)![0];
  const parent = path.join(root, before.slice(0, before.length - lead.length));
  const names = await listFolders(parent).catch((): string[] => []);
  return names
    .filter((name) => name.startsWith(lead) && name.endsWith(tail) && name.length > lead.length + tail.length)
    .map((name) => name.slice(lead.length, name.length - tail.length));
}
