/**
 * Scenes composed of the packed emoji: exact boxes, masks and landmarks without a download. Every drawing of both vendors can be in
 * every split; the scenes differ. The same settings give the same pictures on every machine. Left out: the category
 * "Component" (swatches of skin and hair), which has too few emoji to be a class.
 */
import { encodeMask } from '../../shared/math/detection/rle';
import type { EmojiScenesData } from '../../shared/experiment/schema';
import { UserError } from '../../shared/errors';
import { sha256Hex } from '../../shared/hash';
import { deriveRandom } from '../../shared/random';
import type { GroundTruth } from '../../shared/results/detections';
import { composeScene, type ComposedScene, type CutOut, type PlacedObject } from './composeScene';
import { readEmojiCutOuts } from './emoji';
import { sceneLandmarks } from '../../shared/math/sceneLandmarks';
import { findOffsets, type SceneDataset, type SceneSource } from './scenes';

/** Raised when the same settings give other pictures. */
const COMPOSER_VERSION = 1;
const splits = ['train', 'test'];

export async function openEmojiScenes(settings: EmojiScenesData): Promise<SceneSource> {
  const { digest } = await readEmojiCutOuts();
  const { train: _train, test: _test, ...pictures } = settings;
  const fingerprint = sha256Hex(JSON.stringify({ version: COMPOSER_VERSION, index: digest, ...pictures }));
  return {
    splits,
    fingerprint,
    openScenes: open,
    openPoses: open,
  };

  async function open(split: string): Promise<SceneDataset> {
    if (!splits.includes(split))
      throw new UserError('data', `emoji scenes have no split "${split}"; they have train and test`);
    return compose(settings, split);
  }
}

export interface EmojiScenePainter {
  /** Class names: sorted, or as the settings list them. */
  readonly classes: readonly string[];
  /** Scene `index` of a split; others do not matter to it. */
  draw(split: string, index: number): ComposedScene;
  /** Class of a scene's object. */
  classOf(object: PlacedObject): number;
}

/** The scenes of the settings one by one, for whoever does not want them all in memory. */
export async function openEmojiScenePainter(
  settings: Omit<EmojiScenesData, 'kind' | 'train' | 'test' | 'trainImages' | 'testImages'>,
): Promise<EmojiScenePainter> {
  const { labels, sceneSeed } = settings;
  const all = (await readEmojiCutOuts()).drawings.filter(({ entry }) => entry.category !== 'Component');
  const classes = chooseClasses([...new Set(all.map(({ entry }) => entry[labels]))].sort(), settings.classes);
  const used = all.filter(({ entry }) => classes.includes(entry[labels]));
  const places = new Map(classes.map((name, place) => [name, place]));
  const pictures = { count: used.length, at: (index: number): CutOut => used[index]!.cutOut };
  return {
    classes,
    draw: (split, index) => composeScene(settings, pictures, deriveRandom(sceneSeed, `emoji-scene-${split}`, index)),
    classOf: ({ picture }) => places.get(used[picture]!.entry[labels])!,
  };
}

async function compose(settings: EmojiScenesData, split: string): Promise<SceneDataset> {
  const { size } = settings;
  const length = split === 'train' ? settings.trainImages : settings.testImages;
  const painter = await openEmojiScenePainter(settings);
  const bytes = size * size * 3;
  const store = new Uint8Array(new SharedArrayBuffer(length * bytes));
  const columns = new ObjectColumns(size);
  for (let i = 0; i < length; i++) {
    const scene = painter.draw(split, i);
    store.set(scene.pixels, i * bytes);
    for (const object of scene.objects) columns.add(i, object, painter.classOf(object));
    // Thousands of scenes take seconds: heartbeats and messages want their turn.
    if (i % 16 === 15) await new Promise((resolve) => setImmediate(resolve));
  }
  const imageNames = Array.from({ length }, (_, i) => `${split}/${String(i + 1).padStart(5, '0')}.png`);
  const truth = columns.finish(imageNames, painter.classes);
  return {
    split,
    length,
    classes: painter.classes,
    names: imageNames,
    store: { kind: 'packed', count: length, width: size, height: size, buffer: store.buffer as SharedArrayBuffer },
    truth,
    offsets: findOffsets(truth, length),
    problems: [],
  };
}

function chooseClasses(known: readonly string[], wanted: readonly string[] | undefined): readonly string[] {
  if (wanted === undefined) return known;
  const unknown = wanted.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UserError('data', `emoji scenes have no class "${unknown}"; they have ${known.join(', ')}`);
  return [...new Set(wanted)];
}

class ObjectColumns {
  private readonly image: number[] = [];
  private readonly category: number[] = [];
  private readonly boxes: number[] = [];
  private readonly areas: number[] = [];
  private readonly runs: Uint32Array[] = [];
  private readonly keypoints: number[] = [];

  constructor(private readonly size: number) {}

  add(image: number, { mask, area, box, landmarks }: PlacedObject, category: number): void {
    this.image.push(image);
    this.category.push(category);
    this.boxes.push(...box);
    this.areas.push(area);
    this.runs.push(encodeMask(mask, this.size, this.size).counts);
    this.keypoints.push(...landmarks.flat());
  }

  finish(imageNames: readonly string[], classes: readonly string[]): GroundTruth {
    const count = this.areas.length;
    const offsets = new Uint32Array(count + 1);
    this.runs.forEach((run, i) => (offsets[i + 1] = offsets[i]! + run.length));
    const counts = new Uint32Array(offsets[count]!);
    this.runs.forEach((run, i) => counts.set(run, offsets[i]));
    const sides = new Float64Array(imageNames.length).fill(this.size);
    return {
      images: { ids: imageNames.map((_, i) => i + 1), names: imageNames, widths: sides, heights: sides },
      categories: {
        ids: classes.map((_, i) => i + 1),
        names: classes,
        groups: classes.map(() => ''),
        keypoints: classes.map(() => sceneLandmarks),
      },
      count,
      ids: Float64Array.from({ length: count }, (_, i) => i + 1),
      image: Int32Array.from(this.image),
      category: Int32Array.from(this.category),
      boxes: Float64Array.from(this.boxes),
      areas: Float64Array.from(this.areas),
      isCrowd: new Uint8Array(count),
      isIgnored: new Uint8Array(count),
      masks: {
        counts,
        offsets,
        heights: new Uint32Array(count).fill(this.size),
        widths: new Uint32Array(count).fill(this.size),
      },
      keypoints: { perObject: sceneLandmarks.length, values: Float64Array.from(this.keypoints) },
    };
  }
}
