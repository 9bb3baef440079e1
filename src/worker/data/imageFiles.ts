/**
 * What the readers of classified image files share: which files can be decoded, and the fingerprint of a split. Small splits
 * are decoded and hashed whole, large ones have their headers and first bytes read, since reading them would take hours.
 */
import { createHash } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { UserError } from '../../shared/errors';
import type { DataProblem, Dataset } from './dataset';
import type { ImageFile } from './folderListing';
import { decodeImage, readImageSize } from './imageStore';
import { mapConcurrently } from './mapConcurrently';

/** Up to this size every file is decoded and hashed whole. */
const SMALL_SPLIT = 5_000;
/** Beyond this many files, the first bytes of evenly spaced ones are hashed, names and sizes of all. */
const MAX_SAMPLED = 50_000;
const PREFIX_BYTES = 4_096;

export interface ClassifiedFiles {
  readonly split: string;
  /** Absolute folder that messages name. */
  readonly folder: string;
  readonly files: readonly ImageFile[];
  /** Class names that labels index. */
  readonly classes: readonly string[];
  /** Name of an image as users know it. */
  readonly nameOf: (file: ImageFile) => string;
  readonly problems: readonly DataProblem[];
}

/** The data set of the files that can be decoded; the others are named. Refuses a split of which none can be. */
export async function classifyFiles(given: ClassifiedFiles): Promise<Dataset> {
  const { split, folder, files, classes, nameOf, problems } = given;
  const checks = await mapConcurrently(files, (file) => checkImage(file, files.length <= SMALL_SPLIT));
  const good = files.filter((_, i) => checks[i] === undefined);
  const bad = files.flatMap(({ name }, i) => (checks[i] === undefined ? [] : [{ file: name, message: checks[i] }]));
  if (good.length === 0) {
    throw new UserError(
      'data',
      `none of the ${files.length} images in ${folder} can be decoded; the first: ${bad[0]?.message}`,
    );
  }
  const numbers = new Map(classes.map((name, i) => [name, i]));
  return {
    split,
    length: good.length,
    classes,
    labels: Int32Array.from(good, (file) => numbers.get(file.className)!),
    names: good.map(nameOf),
    store: { kind: 'files', paths: good.map((file) => file.file) },
    problems: [...problems, ...bad],
  };
}

/**
 * Class names that labels index: those of the training split, so that a number means the same in every split. A split that
 * shares no class with it (novel classes of few-shot sets) has its own; one that shares some is a mistake. `where`: the
 * split's classes in messages.
 */
export function alignClasses(
  own: readonly string[],
  training: { readonly split: string; readonly classes: readonly string[] },
  where: string,
): readonly string[] {
  const known = new Set(training.classes);
  const unknown = own.filter((name) => !known.has(name));
  if (unknown.length === 0) return training.classes;
  if (unknown.length === own.length) return own;
  const count = unknown.length === 1 ? '1 class' : `${unknown.length} classes`;
  throw new UserError(
    'data',
    `${where} has ${count} that ${training.split} lacks (the first: ${unknown[0]}); give both splits the same classes, or none in common`,
  );
}

/** Names and contents of small splits; names, sizes and first bytes of large ones. */
export async function hashFiles(files: readonly ImageFile[]): Promise<string> {
  const whole = files.length <= SMALL_SPLIT;
  const stride = Math.ceil(files.length / MAX_SAMPLED);
  const digests = await mapConcurrently(files, async ({ file, name }, i) => {
    const hash = createHash('sha256').update(`${name}\n`);
    try {
      if (whole) hash.update(await readFile(file));
      else hash.update(`${(await stat(file)).size}\n`).update(i % stride === 0 ? await readStart(file) : '');
    } catch (error) {
      // An unreadable file is left out when the split is opened; that it is unreadable decides the data too.
      hash.update((error as NodeJS.ErrnoException).code ?? 'unreadable');
    }
    return hash.digest('hex');
  });
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

/** Undefined when the image is fine, else what is wrong with it. */
async function checkImage({ file }: ImageFile, decode: boolean): Promise<string | undefined> {
  try {
    await (decode ? decodeImage(file, file) : readImageSize(file));
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

async function readStart(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(PREFIX_BYTES), 0, PREFIX_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}
