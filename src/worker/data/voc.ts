/**
 * PASCAL VOC's layout: ImageSets/Main/<split>.txt lists stems of JPEGImages/<stem>.jpg and Annotations/<stem>.xml. More
 * folders of the same layout can be added to the training list (07+12). Where SegmentationObject has a picture, its object
 * outlines are not read: VOC's detection images have boxes only.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { buildVocTruth, VOC_CLASSES } from '../../shared/detection/vocTables';
import { parseVocAnnotation, type VocAnnotation } from '../../shared/detection/vocXml';
import type { VocData } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import { sha256Hex } from '../../shared/hash';
import { mapConcurrently } from './mapConcurrently';
import { placePath } from './placePath';
import { buildScenes, describeProblems } from './sceneFiles';
import type { SceneDataset, SceneSource } from './scenes';

const LISTS = path.join('ImageSets', 'Main');
const imageEndings = ['.jpg', '.jpeg', '.png', '.JPG'];

interface VocImage {
  /** Stem; with the folder's name before it where several folders are joined, since VOC2007 and VOC2012 may share stems. */
  readonly id: string;
  readonly folder: string;
  readonly stem: string;
  readonly text: string;
  /** It has no annotation. */
  readonly isMissing: boolean;
}

export async function openVoc(settings: VocData, baseDir: string): Promise<SceneSource> {
  const root = placePath(settings.root, baseDir);
  const also = settings.also.map((folder) => placePath(folder, baseDir));
  for (const folder of [root, ...also]) await requireLayout(folder);
  const lists = await readdir(path.join(root, LISTS));
  const splits = lists
    .filter((name) => name.endsWith('.txt') && !isClassList(name))
    .map((name) => name.slice(0, -4))
    .sort();
  const read = (split: string) => readImages([root, ...(split === settings.train ? also : [])], split, splits);
  const hashes = [];
  for (const split of [settings.train, settings.test].filter((name) => splits.includes(name)))
    hashes.push(sha256Hex(JSON.stringify((await read(split)).map(({ id, text }) => [id, text]))));
  const fingerprint = sha256Hex(JSON.stringify({ kind: 'voc', classes: settings.classes, hashes }));
  return { splits, fingerprint, openScenes: async (split) => openSplit(settings, split, await read(split)) };
}

/** <class>_<split>.txt, which say of each image whether it shows the class; any other list is a split. */
function isClassList(name: string): boolean {
  return VOC_CLASSES.some((category) => name.startsWith(`${category}_`));
}

async function openSplit(settings: VocData, split: string, images: readonly VocImage[]): Promise<SceneDataset> {
  const annotations = images.map(({ id, text }): { id: string; annotation: VocAnnotation } => ({
    id,
    annotation: parseVocAnnotation(text),
  }));
  const missing = images
    .filter(({ isMissing }) => isMissing)
    .map(({ id }) => ({ file: `${id}.xml`, message: 'is not there; its image counts as one without objects' }));
  const { value, problems } = buildVocTruth(annotations);
  if (!value) throw new UserError('data', `the annotations of ${split} cannot be used: ${problems[0]?.message}`);
  const files = await mapConcurrently(images, findImage);
  return buildScenes({
    split,
    truth: value,
    fileOf: (image) => files[image]!,
    ...(settings.classes && { classes: settings.classes }),
    problems: [...missing, ...describeProblems('Annotations', problems)],
  });
}

async function requireLayout(folder: string): Promise<void> {
  for (const part of ['JPEGImages', 'Annotations', LISTS]) {
    const info = await stat(path.join(folder, part)).catch(() => undefined);
    if (!info?.isDirectory()) {
      throw new UserError('data', `${folder} is not a VOC folder: it has no ${part}; "root" is like VOCdevkit/VOC2007`);
    }
  }
}

async function readImages(folders: readonly string[], split: string, splits: readonly string[]): Promise<VocImage[]> {
  if (!splits.includes(split))
    throw new UserError('data', `${folders[0]} has no list "${split}"; it has ${splits.join(', ') || 'none'}`);
  const images: VocImage[] = [];
  for (const folder of folders) {
    const list = path.join(folder, LISTS, `${split}.txt`);
    const lines = await readFile(list, 'utf8').catch(() => {
      throw new UserError('data', `${list} cannot be read; every folder of "also" needs the list of "train"`);
    });
    const stems = lines
      .split(/\r?\n/)
      .map((line) => line.trim().split(/\s+/)[0] ?? '')
      .filter((stem) => stem !== '');
    // An image that a list names twice is one image.
    const unique = [...new Set(stems)];
    const prefix = folders.length > 1 ? `${path.basename(folder)}/` : '';
    images.push(
      ...(await mapConcurrently(unique, async (stem): Promise<VocImage> => {
        const file = path.join(folder, 'Annotations', `${stem}.xml`);
        const text = await readFile(file, 'utf8').catch(() => undefined);
        const isMissing = text === undefined;
        return { id: `${prefix}${stem}`, folder, stem, text: text ?? '<annotation></annotation>', isMissing };
      })),
    );
  }
  return images;
}

/** The picture of a stem; where there is none, the name that it should have. */
async function findImage({ folder, stem }: VocImage): Promise<string> {
  for (const ending of imageEndings) {
    const file = path.join(folder, 'JPEGImages', `${stem}${ending}`);
    if ((await stat(file).catch(() => undefined))?.isFile()) return file;
  }
  return path.join(folder, 'JPEGImages', `${stem}.jpg`);
}
