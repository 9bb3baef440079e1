/** Which true and which predicted label image belong together, and what their values mean. */
import { UserError } from '../../shared/errors';
import { cityscapesClasses } from '../../shared/formats/cityscapesLabels';
import type { LabelRuns } from '../../shared/formats/labelRuns';
import type { LabelMapName } from './labelMapNames';
import { listLabelImages, readLabelImage } from './labelImages';

export interface ValueMeanings {
  readonly numClasses: number;
  readonly names?: readonly string[];
  /** [65536] class of each stored value; numClasses and above: none. */
  readonly truth: Uint16Array;
  readonly predicted: Uint16Array;
}

/** `ignored`: true values that are not judged although they are numbers of classes. */
export function meaningsOf(
  labelMap: LabelMapName | undefined,
  numClasses: number,
  ignored: readonly number[],
): ValueMeanings {
  const plain = Uint16Array.from({ length: 65_536 }, (_, value) => value);
  if (labelMap === undefined) {
    const truth = plain.slice();
    for (const value of ignored) truth[value] = 65_535;
    return { numClasses, truth, predicted: plain };
  }
  const ids = new Uint16Array(65_536).fill(65_535);
  cityscapesClasses.forEach(({ id }, k) => (ids[id] = k));
  const truth = ids.slice();
  for (const value of ignored) truth[value] = 65_535;
  const names = cityscapesClasses.map(({ name }) => name);
  return { numClasses: names.length, names, truth, predicted: labelMap === 'cityscapes' ? ids : plain };
}

export interface LabelPairNames {
  /** What a message calls it. */
  readonly name: string;
  readonly truth: string;
  readonly predicted: string;
}

interface Folder {
  /** As typed, and where it is. */
  readonly written: string;
  readonly path: string;
}

/** Pairs in the order of the true images. Every one of them needs its prediction; more predictions are nobody's concern. */
export function pairLabelImages(
  truth: Folder,
  predicted: Folder,
  labelMap: LabelMapName | undefined,
): LabelPairNames[] {
  const keyOf = labelMap === undefined ? (name: string) => name : frameOf;
  const wanted = listLabelImages(truth.path).filter(
    (name) => labelMap === undefined || name.endsWith('_gtFine_labelIds.png'),
  );
  if (wanted.length === 0) {
    const what = labelMap === undefined ? '.png files' : 'files *_gtFine_labelIds.png';
    throw new UserError('config', `${truth.written} has no ${what}; --gt is a folder of label images`);
  }
  const found = new Map<string, string>();
  for (const name of listLabelImages(predicted.path)) {
    const key = keyOf(name);
    const other = found.get(key);
    if (other !== undefined)
      throw new UserError(
        'config',
        `${predicted.written} has two label images of ${key}: ${other} and ${name}; keep one`,
      );
    found.set(key, name);
  }
  const missing = wanted.filter((name) => !found.has(keyOf(name)));
  if (missing.length > 0) {
    const shown = missing.slice(0, 3).join(', ');
    throw new UserError(
      'config',
      `${predicted.written} lacks ${missing.length} of ${wanted.length} label images (${shown}); both folders use the same names`,
    );
  }
  return wanted.map((name) => ({ name: found.get(keyOf(name))!, truth: name, predicted: found.get(keyOf(name))! }));
}

/** `frankfurt_000000_000294` of any path that holds it; of others the whole path. */
function frameOf(name: string): string {
  return /([^/]+_\d{6}_\d{6})[^/]*$/.exec(name)?.[1] ?? name;
}

export interface LabelPair {
  readonly truth: LabelRuns;
  readonly predicted: LabelRuns;
}

/** Reads both images of a pair, which have one size. */
export function readLabelPair(
  names: LabelPairNames,
  folders: { readonly truth: string; readonly predicted: string },
): LabelPair {
  const truth = readLabelImage(folders.truth, names.truth);
  const predicted = readLabelImage(folders.predicted, names.predicted);
  if (truth.width === predicted.width && truth.height === predicted.height) return { truth, predicted };
  const sizes = `${predicted.width} × ${predicted.height} and its truth ${truth.width} × ${truth.height}`;
  throw new UserError('data', `the prediction ${names.name} is ${sizes}; resize it with nearest neighbours first`);
}
