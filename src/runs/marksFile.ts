/**
 * `.transferscope/marks.json`: what users note in the Compare panel. Several windows may write it: each change is applied to
 * the file as it is at that moment, under a lock, and the whole is put in place at once. A file that cannot be understood is
 * never written over.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../shared/errors';
import {
  applyMark,
  noMarks,
  parseMarks,
  writeMarks,
  type CompareMarks,
  type MarkChange,
} from '../shared/views/compare/compareMarks';
import { withFileLock } from './fileLock';
import { writeWhole } from './writeWhole';

export const MARKS_FILE = 'marks.json';
const WAIT_MS = 5000;

/** No file is no marks. Throws a user error where it is damaged or of another version. */
export async function readMarks(out: string): Promise<CompareMarks> {
  const file = join(out, MARKS_FILE);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return noMarks;
    throw new UserError('storage', `cannot read ${file}: ${(error as Error).message}; mend that and try again`);
  }
  const marks = parseMarks(text);
  if (marks) return marks;
  throw new UserError('storage', `${file} is damaged or of another version; mend it, or delete it to begin anew`);
}

/** The marks after the change, as written. */
export async function changeMarks(out: string, changes: readonly MarkChange[]): Promise<CompareMarks> {
  await mkdir(out, { recursive: true });
  const file = join(out, MARKS_FILE);
  const written = await withFileLock(`${file}.lock`, WAIT_MS, async () => {
    const marks = changes.reduce(applyMark, await readMarks(out));
    await writeWhole(file, writeMarks(marks));
    return marks;
  });
  if (written) return written;
  throw new UserError('storage', `${file} is being written by another window; try again`);
}
