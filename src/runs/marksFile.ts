/**
 * `.transferscope/marks.json`: what users note in the Compare panel. Several windows may write it: each change is applied to
 * the file as it is at that moment, under a lock, and the whole is put in place at once. A file that cannot be understood is
 * never written over.
 */
import { readFile } from 'node:fs/promises';
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
import { markOf } from '../shared/views/compare/compareModel';
import { withFileLock } from './fileLock';
import { makeFolder } from './makeFolder';
import { sweepTemporaryFiles, writeWhole } from './writeWhole';

export const MARKS_FILE = 'marks.json';
/** Ten windows on a slow disk take their turns within it. */
const WAIT_MS = 30_000;

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
  await makeFolder(out);
  const file = join(out, MARKS_FILE);
  const written = await withFileLock(`${file}.lock`, WAIT_MS, async () => {
    const marks = changes.reduce(applyMark, await readMarks(out));
    await writeWhole(file, writeMarks(marks));
    await sweepTemporaryFiles(out, `${MARKS_FILE}.`);
    return marks;
  });
  if (written) return written;
  throw new UserError('storage', `${file} is being written by another window; try again`);
}

/**
 * Notes a change that names rows by their ids in folder `out`, and lets the other `folders` follow where they say otherwise:
 * all have one baseline, and what is no longer treated as the same is so nowhere.
 */
export async function noteInFolders(out: string, folders: readonly string[], change: MarkChange): Promise<void> {
  await changeMarks(out, [withMarks(out, change)]);
  const inOthers: MarkChange | undefined =
    change.type === 'baseline'
      ? { type: 'baseline', row: undefined }
      : 'isSame' in change && !change.isSame
        ? change
        : undefined;
  if (!inOthers) return;
  for (const other of folders) {
    if (other === out) continue;
    const own = withMarks(other, inOthers);
    // A file that cannot be read counts for nothing, and is not written over.
    const marks = await readMarks(other).catch(() => noMarks);
    if (writeMarks(applyMark(marks, own)) !== writeMarks(marks)) await changeMarks(other, [own]);
  }
}

function withMarks(out: string, change: MarkChange): MarkChange {
  const toMark = (id: string): string => markOf(out, id);
  switch (change.type) {
    case 'row':
      return { ...change, row: toMark(change.row) };
    case 'baseline':
      return { ...change, row: change.row === undefined ? undefined : toMark(change.row) };
    case 'samePair':
      return { ...change, pair: [toMark(change.pair[0]), toMark(change.pair[1])] };
    case 'sameField':
      return change;
  }
}
