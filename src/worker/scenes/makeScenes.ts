/**
 * Writes emoji-scenes: the same pictures and labels in the layouts of VOC, COCO and Cityscapes. They are the pictures of the
 * data kind `emoji-scenes` with its defaults and this size and seed: every fifth is of its test split (VOC's test, the
 * others' val), the rest of its training split. Same seed and size, same files.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { Cancelled, UserError } from '../../shared/errors';
import { fillEmojiScenes } from '../../shared/experiment/resolveSceneData';
import { encodeMask } from '../../shared/math/detection/rle';
import { formatRuns } from '../../shared/math/detection/rleText';
import { makeFolderFor, writeFileAtomic } from '../storage/atomicFile';
import type { PlacedObject } from '../data/composeScene';
import { openEmojiScenePainter, type EmojiScenePainter } from '../data/emojiScenes';
import { sceneLandmarks } from '../../shared/math/sceneLandmarks';

export interface ScenesRequest {
  /** Absolute path of a folder that is empty or not there. */
  readonly out: string;
  readonly images: number;
  /** Pixels of a side. */
  readonly size: number;
  readonly seed: number;
}

export interface ScenesMade {
  readonly images: number;
  readonly objects: number;
  readonly classes: readonly string[];
}

export async function makeScenes(request: ScenesRequest, signal: AbortSignal): Promise<ScenesMade> {
  const { out, images, size, seed } = request;
  await refuseUsedFolder(out);
  const settings = fillEmojiScenes({ size, sceneSeed: seed });
  const painter = await openEmojiScenePainter(settings);
  const { classes } = painter;
  const coco = { train: createCoco(classes), val: createCoco(classes) };
  const lists: Record<'trainval' | 'test', string[]> = { trainval: [], test: [] };
  let objects = 0;
  for (let index = 0; index < images; index++) {
    if (signal.aborted) throw new Cancelled();
    const isHeldOut = index % 5 === 4;
    const fifth = Math.floor(index / 5);
    const scene = drawScene(painter, {
      split: isHeldOut ? 'test' : 'train',
      index: isHeldOut ? fifth : index - fifth,
      size,
    });
    const stem = String(index + 1).padStart(6, '0');
    await writeVoc(out, stem, scene, classes);
    await writeCocoImage(out, stem, scene);
    addToCoco(coco[isHeldOut ? 'val' : 'train'], index + 1, stem, scene);
    await writeCityscapes(out, isHeldOut ? 'val' : 'train', stem, scene);
    lists[isHeldOut ? 'test' : 'trainval'].push(stem);
    objects += scene.objects.length;
  }
  for (const [split, stems] of Object.entries(lists)) {
    await writeFile(path.join(out, `VOC/ImageSets/Main/${split}.txt`), stems.map((stem) => `${stem}\n`).join(''));
  }
  for (const [split, content] of Object.entries(coco)) {
    await writeFile(path.join(out, `COCO/annotations/instances_${split}.json`), JSON.stringify(content));
  }
  return { images, objects, classes };
}

interface Scene {
  readonly size: number;
  /** [size, size, 3] */
  readonly pixels: Uint8Array;
  readonly objects: readonly (PlacedObject & { readonly category: number })[];
}
type SceneObject = Scene['objects'][number];

function drawScene(
  painter: EmojiScenePainter,
  { split, index, size }: { readonly split: string; readonly index: number; readonly size: number },
): Scene {
  const { pixels, objects } = painter.draw(split, index);
  return { size, pixels, objects: objects.map((object) => ({ ...object, category: painter.classOf(object) })) };
}

async function writeFile(file: string, content: string | Uint8Array): Promise<void> {
  await makeFolderFor(file);
  await writeFileAtomic(file, content);
}

async function refuseUsedFolder(out: string): Promise<void> {
  const entries = await readdir(out).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new UserError('storage', `${out} cannot be used (${error.message}); choose another folder with --out`);
  });
  if (entries.length > 0)
    throw new UserError('config', `${out} is not empty; choose an empty or new folder with --out`);
}

const pngOf = (bytes: Uint8Array, size: number, channels: 1 | 3): Promise<Buffer> =>
  sharp(bytes, { raw: { width: size, height: size, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .png()
    .toBuffer();

/** [size × size] 0 = background, k + 1 = class k. */
function labelsOf({ size, objects }: Scene): Uint8Array {
  const labels = new Uint8Array(size * size);
  for (const { mask, category } of objects) mask.forEach((isSeen, place) => isSeen && (labels[place] = category + 1));
  return labels;
}

async function writeVoc(out: string, stem: string, scene: Scene, classes: readonly string[]): Promise<void> {
  const { size, pixels, objects } = scene;
  const folder = path.join(out, 'VOC');
  const picture = sharp(pixels, { raw: { width: size, height: size, channels: 3 } });
  await writeFile(path.join(folder, `JPEGImages/${stem}.jpg`), await picture.jpeg({ quality: 95 }).toBuffer());
  await writeFile(path.join(folder, `SegmentationClass/${stem}.png`), await pngOf(labelsOf(scene), size, 1));
  const rows = objects.map((object) => toVocObject(object, classes[object.category]!));
  const head = `<filename>${stem}.jpg</filename><size><width>${size}</width><height>${size}</height><depth>3</depth></size>`;
  const text = `<annotation>\n${head}\n${rows.join('\n')}\n</annotation>\n`;
  await writeFile(path.join(folder, `Annotations/${stem}.xml`), text);
}

/** Less than half in sight counts as difficult. VOC's boxes count from 1 and include the last pixel. */
function toVocObject({ box: [x, y, w, h], visibleShare }: SceneObject, name: string): string {
  const sides = { xmin: x + 1, ymin: y + 1, xmax: x + w, ymax: y + h };
  const box = Object.entries(sides).map(([side, value]) => `<${side}>${value}</${side}>`);
  const flags = `<truncated>0</truncated><occluded>${visibleShare < 1 ? 1 : 0}</occluded><difficult>${visibleShare < 0.5 ? 1 : 0}</difficult>`;
  return `<object><name>${name.replaceAll('&', '&amp;')}</name>${flags}<bndbox>${box.join('')}</bndbox></object>`;
}

function createCoco(classes: readonly string[]) {
  return {
    info: {
      description: 'emoji-scenes: emoji composed on drawn backgrounds. Art: Twemoji, CC-BY 4.0; Noto Emoji, Apache-2.0',
    },
    images: [] as unknown[],
    annotations: [] as unknown[],
    categories: classes.map((name, k) => ({
      id: k + 1,
      name,
      supercategory: 'emoji',
      keypoints: sceneLandmarks,
      skeleton: [],
    })),
  };
}

async function writeCocoImage(out: string, stem: string, { size, pixels }: Scene): Promise<void> {
  await writeFile(path.join(out, `COCO/images/${stem}.png`), await pngOf(pixels, size, 3));
}

function addToCoco(coco: ReturnType<typeof createCoco>, id: number, stem: string, { size, objects }: Scene): void {
  coco.images.push({ id, file_name: `${stem}.png`, width: size, height: size });
  for (const { category, mask, box, area, landmarks } of objects) {
    coco.annotations.push({
      ...{ id: coco.annotations.length + 1, image_id: id, category_id: category + 1, bbox: box, area, iscrowd: 0 },
      segmentation: { size: [size, size], counts: formatRuns(encodeMask(mask, size, size).counts) },
      ...{ keypoints: landmarks.flat(), num_keypoints: landmarks.length },
    });
  }
}

async function writeCityscapes(out: string, split: 'train' | 'val', stem: string, scene: Scene): Promise<void> {
  const name = `scenes_${stem}_000000`;
  const [pictures, labels] = ['leftImg8bit', 'gtFine'].map((kind) =>
    path.join(out, 'Cityscapes', kind, split, 'scenes'),
  );
  await writeFile(path.join(pictures!, `${name}_leftImg8bit.png`), await pngOf(scene.pixels, scene.size, 3));
  await writeFile(path.join(labels!, `${name}_gtFine_labelIds.png`), await pngOf(labelsOf(scene), scene.size, 1));
}
