/** Label images: PNGs whose pixels are class numbers, grey or with a palette (whose colours mean nothing). */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { UserError } from '../../shared/errors';
import { inflateOptions, openLabelPng, unpackLabels, type LabelMap } from '../../shared/formats/labelPng';

const inflateBytes = promisify(inflate);

/** Paths of all PNG files below a folder, relative to it, sorted. */
export function listLabelImages(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.toLowerCase().endsWith('.png'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

/**
 * Inflating is native and in other threads, so that several of these run side by side. `takeSpare` may give an array of that
 * many bytes to write the map to: fresh memory costs as much as the pixels do.
 */
export async function readLabelImage(
  folder: string,
  name: string,
  takeSpare: (bytes: number) => Uint8Array | undefined = () => undefined,
): Promise<LabelMap> {
  const path = join(folder, name);
  const fail = (what: string) => new UserError('data', `${path} ${what}`);
  const png = openLabelPng(await readFile(path));
  if ('problem' in png) throw fail(png.problem);
  const raw = await inflateBytes(png.packed, inflateOptions(png)).catch((error: Error) => {
    throw fail(`is a broken PNG (${error.message}); make it again`);
  });
  const labels = unpackLabels(png, raw, takeSpare(png.width * png.height));
  if (!labels) throw fail('is a broken PNG (it holds too few pixels, or none of this kind); make it again');
  return labels;
}
