/** Label images: PNGs whose pixels are class numbers, grey or with a palette (whose colours mean nothing). */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { UserError } from '../../shared/errors';
import { inflateOptions, openLabelPng, unpackRuns, type PackedLabels } from '../../shared/formats/labelPng';
import type { LabelRuns } from '../../shared/formats/labelRuns';

/** Paths of all PNG files below a folder, relative to it, sorted. */
export function listLabelImages(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.toLowerCase().endsWith('.png'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

/** Waits for the disk and for zlib: whoever reads many has threads for it, and asking others for each costs more than it saves. */
export function readLabelImage(folder: string, name: string): LabelRuns {
  const path = join(folder, name);
  const fail = (what: string) => new UserError('data', `${path} ${what}`);
  const png = openLabelPng(readFileSync(path));
  if ('problem' in png) throw fail(png.problem);
  const runs = unpackRuns(png, inflate(png, fail));
  if (!runs) throw fail('is a broken PNG (it holds too few pixels, or none of this kind); make it again');
  return runs;
}

function inflate(png: PackedLabels, fail: (what: string) => UserError): Uint8Array {
  try {
    return inflateSync(png.packed, inflateOptions(png));
  } catch (error) {
    throw fail(`is a broken PNG (${error instanceof Error ? error.message : String(error)}); make it again`);
  }
}
