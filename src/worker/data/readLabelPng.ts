/** Label maps from PNG files, each stored value made a class by a table. */
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { inflate } from 'node:zlib';
import { UserError } from '../../shared/errors';
import { inflateOptions, openLabelPng, unpackRuns } from '../../shared/formats/labelPng';
import { paintRuns } from '../../shared/formats/labelRuns';
import { IGNORED_LABEL } from '../../shared/results/segmentations';
import type { PixelLabels } from './labelledImages';

const inflateBytes = promisify(inflate);

/** Stands in a table for a value that means nothing. */
const UNKNOWN_VALUE = -1;

/** [256] class of each stored value, IGNORED_LABEL or UNKNOWN_VALUE. */
export type ValueTable = Int16Array;

/** values[k] is class k; `ignore` are not judged; any other is unknown. */
export function createValueTable(values: readonly number[], ignore: readonly number[]): ValueTable {
  const table = new Int16Array(256).fill(UNKNOWN_VALUE);
  for (const value of ignore) table[value] = IGNORED_LABEL;
  values.forEach((value, k) => (table[value] = k));
  return table;
}

/** Reads a label map. An unknown value is a UserError that names it: silently ignored, it would make scores look better. */
export async function readLabelPng(file: string, table: ValueTable): Promise<PixelLabels> {
  const fail = (what: string) => new UserError('data', `${file} ${what}`, { file });
  const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw fail(`cannot be read (${error.code === 'ENOENT' ? 'the file is gone' : error.code}); replace it`);
  });
  const png = openLabelPng(content);
  if ('problem' in png) throw fail(png.problem);
  const raw = await inflateBytes(png.packed, inflateOptions(png)).catch((error: Error) => {
    throw fail(`is a broken PNG (${error.message}); make it again`);
  });
  const runs = unpackRuns(png, raw);
  if (!runs) throw fail('is a broken PNG (it holds too few pixels); make it again');
  const { width, height, ends, values } = runs;
  for (let run = 0; run < ends.length; run++) {
    const value = values[run]!;
    if (value < table.length && table[value] !== UNKNOWN_VALUE) continue;
    const place = run === 0 ? 0 : ends[run - 1]!;
    throw fail(
      `has the value ${value} at column ${place % width}, row ${Math.floor(place / width)}, which is no class; add it to the data's classes or to what is ignored`,
    );
  }
  return { width, height, labels: paintRuns(runs, new Uint8Array(width * height), table) };
}
