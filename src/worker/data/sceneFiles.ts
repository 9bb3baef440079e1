/** What the readers of scene files share: classes to keep, pictures that are there, objects sorted by picture. */
import { stat } from 'node:fs/promises';
import { selectObjects } from '../../shared/detection/selectRows';
import { UserError } from '../../shared/errors';
import type { DetectionProblem, GroundTruth } from '../../shared/results/detections';
import { suggest } from '../../shared/suggest';
import type { DataProblem } from './dataset';
import { readImageSize } from './imageStore';
import { mapConcurrently } from './mapConcurrently';
import { findOffsets, type SceneDataset } from './scenes';

export interface SceneFiles {
  readonly split: string;
  readonly truth: GroundTruth;
  /** Absolute path of a picture. */
  readonly fileOf: (image: number) => string;
  /** Names of the classes to keep, in their order; default all. */
  readonly classes?: readonly string[];
  readonly problems: readonly DataProblem[];
}

/** The data set of what is there. Pictures are looked at, not decoded; sizes come from them where the file is silent. */
export async function buildScenes({ split, truth, fileOf, classes, problems }: SceneFiles): Promise<SceneDataset> {
  const chosen = classes ? keepClasses(truth, classes) : truth;
  const looks = await mapConcurrently([...chosen.images.ids.keys()], (image) => look(chosen, image, fileOf(image)));
  const kept = looks.flatMap((found, image) => ('size' in found ? [image] : []));
  if (kept.length === 0) {
    const first = looks.find((found) => 'message' in found);
    throw new UserError(
      'data',
      `none of the ${looks.length} images of ${split} can be used${first && 'message' in first ? `; the first: ${first.message}` : ''}`,
    );
  }
  const missing = looks.flatMap((found, image) =>
    'message' in found ? [{ file: chosen.images.names[image]!, message: found.message }] : [],
  );
  const sizes = kept.map((image) => (looks[image] as { size: { width: number; height: number } }).size);
  const final = keepImages(chosen, kept, sizes);
  return {
    split,
    length: kept.length,
    classes: final.categories.names,
    names: final.images.names,
    store: { kind: 'files', paths: kept.map(fileOf) },
    truth: final,
    offsets: findOffsets(final, kept.length),
    problems: [...problems, ...missing],
  };
}

/** Warnings of the parsers as problems of the data. */
export function describeProblems(file: string, problems: readonly DetectionProblem[]): DataProblem[] {
  return problems.map(({ message, count, examples }) => ({
    file,
    message: count > 1 ? `${message} (${count} times, the first: ${examples[0] ?? ''})` : message,
  }));
}

async function look(
  { images }: GroundTruth,
  image: number,
  file: string,
): Promise<{ readonly size: { readonly width: number; readonly height: number } } | { readonly message: string }> {
  const [width, height] = [images.widths[image]!, images.heights[image]!];
  const info = await stat(file).catch(() => undefined);
  if (!info?.isFile()) return { message: `${file} does not exist` };
  if (width > 0 && height > 0) return { size: { width, height } };
  return readImageSize(file).then(
    (size) => ({ size }),
    (error: unknown) => ({ message: error instanceof Error ? error.message : String(error) }),
  );
}

function keepClasses(truth: GroundTruth, classes: readonly string[]): GroundTruth {
  const { categories } = truth;
  const places = classes.map((name) => {
    const place = categories.names.indexOf(name);
    if (place >= 0) return place;
    const nearest = suggest(name, categories.names);
    throw new UserError(
      'data',
      `there is no class "${name}"${nearest ? `; did you mean "${nearest}"?` : `; there are ${categories.names.join(', ')}`}`,
    );
  });
  const numbers = new Map(places.map((place, number) => [place, number]));
  const rows = Int32Array.from([...truth.category.keys()].filter((row) => numbers.has(truth.category[row]!)));
  const kept = selectObjects(truth, rows);
  const pick = <T>(column: readonly T[]): T[] => places.map((place) => column[place]!);
  return {
    ...kept,
    category: kept.category.map((place) => numbers.get(place)!),
    categories: {
      ids: pick(categories.ids),
      names: pick(categories.names),
      groups: pick(categories.groups),
      ...(categories.keypoints && { keypoints: pick(categories.keypoints) }),
    },
  };
}

/** Objects of the kept images, sorted by image; images in the order given. */
function keepImages(
  truth: GroundTruth,
  images: readonly number[],
  sizes: readonly { readonly width: number; readonly height: number }[],
): GroundTruth {
  const places = new Map(images.map((image, place) => [image, place]));
  const rows = [...truth.image.keys()].filter((row) => places.has(truth.image[row]!));
  rows.sort((a, b) => truth.image[a]! - truth.image[b]! || a - b);
  const kept = selectObjects(truth, Int32Array.from(rows));
  return {
    ...kept,
    image: kept.image.map((image) => places.get(image)!),
    images: {
      ids: images.map((image) => truth.images.ids[image]!),
      names: images.map((image) => truth.images.names[image]!),
      widths: Float64Array.from(sizes, ({ width }) => width),
      heights: Float64Array.from(sizes, ({ height }) => height),
    },
  };
}
