/**
 * COCO's layout: for each split one JSON file of annotations and one folder of images. Splits are found by the file names
 * that the pattern allows; images that are missing or cannot be decoded are left out with their objects, and named.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { parseCocoGroundTruth } from '../../shared/detection/cocoGroundTruth';
import type { CocoData } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import { sha256Hex } from '../../shared/hash';
import type { IouType } from '../../shared/results/detections';
import { placePath } from './placePath';
import { buildScenes, describeProblems } from './sceneFiles';
import type { SceneDataset, SceneSource } from './scenes';
import { hashFile } from '../storage/stageStore';

export async function openCoco(settings: CocoData, baseDir: string): Promise<SceneSource> {
  const root = placePath(settings.root, baseDir);
  const splits = await findSplits(root, settings.annotations);
  if (splits.length === 0) {
    const wanted = path.join(root, settings.annotations);
    throw new UserError('data', `no COCO annotations were found at ${wanted}; check "root" and "annotations"`);
  }
  const used = splits.filter((split) => split === settings.train || split === settings.test);
  const hashes = await Promise.all(
    used.map(async (split) => `${split} ${await hashFile(fileOf(root, settings, split))}`),
  );
  // Pictures count by the names and sizes that the annotations give them: hashing 20 GB at every launch helps nobody.
  const fingerprint = sha256Hex(
    JSON.stringify({ kind: 'coco', classes: settings.classes, images: settings.images, hashes }),
  );
  return {
    splits,
    fingerprint,
    openScenes: (split) => openSplit(root, settings, { split, splits, iouType: 'segm' }),
    openPoses: (split) => openSplit(root, settings, { split, splits, iouType: 'keypoints' }),
  };
}

async function openSplit(
  root: string,
  settings: CocoData,
  { split, splits, iouType }: { readonly split: string; readonly splits: readonly string[]; readonly iouType: IouType },
): Promise<SceneDataset> {
  if (!splits.includes(split))
    throw new UserError('data', `${root} has no annotations of "${split}"; it has those of ${splits.join(', ')}`);
  const file = fileOf(root, settings, split);
  const { value, problems } = parseCocoGroundTruth(await readFile(file), iouType);
  const fatal = problems.find(({ severity }) => severity === 'error');
  if (!value)
    throw new UserError('data', `${file} cannot be used: ${fatal?.message ?? 'it is no COCO file'}`, { file });
  const folder = path.join(root, settings.images.replaceAll('{split}', split));
  const info = await stat(folder).catch(() => undefined);
  if (!info?.isDirectory()) throw new UserError('data', `the image folder ${folder} does not exist; check "images"`);
  return buildScenes({
    split,
    truth: value,
    fileOf: (image) => path.join(folder, value.images.names[image]!),
    ...(settings.classes && { classes: settings.classes }),
    problems: describeProblems(path.basename(file), problems),
  });
}

function fileOf(root: string, { annotations }: CocoData, split: string): string {
  return path.join(root, annotations.replaceAll('{split}', split));
}

/** What `{split}` stands for in the names of existing files. */
async function findSplits(root: string, pattern: string): Promise<string[]> {
  const file = path.join(root, pattern);
  const [before, after] = path.basename(file).split('{split}') as [string, string?];
  const names = await readdir(path.dirname(file)).catch((): string[] => []);
  if (after === undefined) return names.includes(before) ? [before] : [];
  return names
    .filter((name) => name.startsWith(before) && name.endsWith(after) && name.length > before.length + after.length)
    .map((name) => name.slice(before.length, name.length - after.length))
    .sort();
}
