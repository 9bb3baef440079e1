/** Where the images of the `features` command come from: files and folders, or an array that is normalised already. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Cancelled, UserError } from '../../shared/errors';
import { useWeights } from '../../shared/weights/useWeights';
import { createAugmentPool } from '../augment/augmentPool';
import { weightPlatform } from '../checkpoint/weightPlatform';

/** Normalised images, [count, height, width, 3]. */
export interface ImageBatch {
  readonly pixels: Float32Array;
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

const imageFile = /\.(jpe?g|png|webp|gif|tiff?|avif)$/i;
const maxFiles = 1_000_000;

/** Named files as they are, of folders all pictures below them, in the order of their paths. */
export async function listImages(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const place of paths) {
    const info = await stat(place).catch(() => undefined);
    if (!info) throw new UserError('data', `there is no image or folder ${place}; check --images`);
    if (!info.isDirectory()) {
      files.push(place);
      continue;
    }
    const entries = await readdir(place, { recursive: true, withFileTypes: true });
    const found = entries.filter(
      (entry) => entry.isFile() && imageFile.test(entry.name) && !entry.name.startsWith('.'),
    );
    if (found.length === 0) throw new UserError('data', `the folder ${place} holds no images; check --images`);
    files.push(...found.map((entry) => path.join(entry.parentPath, entry.name)).sort());
  }
  if (files.length > maxFiles)
    throw new UserError('data', `${files.length} images at once; at most ${maxFiles} are taken`);
  return files;
}

export interface ImageOptions {
  readonly files: readonly string[];
  /** Side in px. */
  readonly size: number;
  readonly batch: number;
  readonly threads: number;
}

/** Decoded, resized, cut and normalised as for every evaluation; the next batch is under way while one is used. */
export async function* readImages({ files, size, batch, threads }: ImageOptions): AsyncGenerator<ImageBatch> {
  const pool = createAugmentPool({ store: { kind: 'files', paths: files }, ops: [], size, threads });
  const begin = (from: number) => {
    const indices = Int32Array.from({ length: Math.min(batch, files.length - from) }, (_, k) => from + k);
    const pending = pool.evalBatch(indices);
    pending.catch(() => undefined); // seen when it is awaited
    return pending;
  };
  try {
    let ahead = begin(0);
    for (let from = 0; from < files.length; from += batch) {
      const { views, problems } = await ahead;
      if (problems[0]) throw new UserError('data', problems[0].message);
      if (from + batch < files.length) ahead = begin(from + batch);
      const count = Math.min(batch, files.length - from);
      // The pool writes its next batch into the same memory.
      yield { pixels: views[0]!.slice(), count, height: size, width: size };
    }
  } finally {
    await pool.close();
  }
}

/** An array of images: [n, 3, h, w] as PyTorch has them, or [n, h, w, 3]. */
export interface ArrayInput {
  readonly count: number;
  batches(batch: number): AsyncGenerator<ImageBatch>;
}

/** Opens a .npy file for as long as `use` is under way. */
export function useArray<Result>(file: string, use: (input: ArrayInput) => Promise<Result>): Promise<Result> {
  return useWeights({ path: file }, weightPlatform, (array) => {
    const place = array.tensors.get('array');
    const shape = place?.shape ?? [];
    const isChannelsFirst = shape.length === 4 && shape[1] === 3;
    if (!place?.readRows || shape.length !== 4 || (!isChannelsFirst && shape[3] !== 3))
      throw new UserError(
        'data',
        `${file} is no array of images: its shape is [${shape.join(', ')}]; give [n, 3, height, width] or [n, height, width, 3]`,
      );
    const [height, width] = (isChannelsFirst ? [shape[2], shape[3]] : [shape[1], shape[2]]) as [number, number];
    const count = shape[0]!;
    const readRows = place.readRows.bind(place);
    async function* batches(batch: number): AsyncGenerator<ImageBatch> {
      for (let from = 0; from < count; from += batch) {
        const rows = Math.min(batch, count - from);
        const values = await readRows(from, from + rows);
        const pixels = isChannelsFirst ? toChannelsLast(values, rows, height * width) : values;
        yield { pixels, count: rows, height, width };
      }
    }
    return use({ count, batches });
  });
}

/** [n, 3, places] → [n, places, 3]. */
function toChannelsLast(values: Float32Array, count: number, places: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < 3; channel++)
      for (let place = 0, from = (image * 3 + channel) * places; place < places; place++)
        out[(image * places + place) * 3 + channel] = values[from + place]!;
  return out;
}

/** Throws when the request was cancelled. */
export function requireGoing(signal: AbortSignal): void {
  if (signal.aborted) throw new Cancelled();
}
