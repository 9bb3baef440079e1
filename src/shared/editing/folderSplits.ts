/** Splits of an image folder are its sub-folders: which folder has to be listed where a split is wanted. Left out: listing it. */
import type { Path } from '../experiment/places';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import type { Completion } from './completion';
import type { Cursor } from './cursor';
import { entryAt, splitsOf } from './looseExperiment';
import type { FolderEntry } from './pathUses';
import { escapeSnippet, writeWord } from './writing';

export interface SplitRequest {
  /** Folder of the data, as written. */
  readonly folder: string;
  /** Splits that are proposed without a look at the disk. */
  readonly known: readonly string[];
  readonly cursor: Cursor;
  readonly json: boolean;
}

const splitKeys: ReadonlySet<unknown> = new Set(['split', 'train', 'test', 'gallery', 'query']);

/** The image folder whose splits may stand at the cursor; undefined elsewhere. */
export function findSplitFolder(cursor: Cursor, json: boolean): SplitRequest | undefined {
  const { path, tree } = cursor;
  const id = path.length === 3 && splitKeys.has(path[2]) ? dataAt(path, tree.value) : undefined;
  if (id === undefined) return undefined;
  const { kind, root } = asMapping(valueAt(tree.value, ['data', id]));
  if (kind !== 'image-folder' || typeof root !== 'string') return undefined;
  // In the data entry itself its own two splits are not proposed: one of them is being typed.
  const known = path[0] === 'data' ? [] : splitsOf(tree.value, id);
  return { folder: root, known, cursor, json };
}

function dataAt(path: Path, root: unknown): string | undefined {
  if (path[0] === 'data') return String(path[1]);
  const data = entryAt(root, path)?.entry.data;
  return typeof data === 'string' ? data : undefined;
}

/** Completions for the sub-folders of the data that are not proposed already. */
export function completeSplits({ known, cursor, json }: SplitRequest, entries: readonly FolderEntry[]): Completion[] {
  return entries
    .filter(({ name, isFolder }) => isFolder && !name.startsWith('.') && !known.includes(name))
    .map(({ name }) => name)
    .sort()
    .map((name) => {
      const written = writeWord(name, cursor.quote, json);
      return {
        label: name,
        kind: 'folder',
        detail: 'split',
        snippet: cursor.lead + escapeSnippet(written),
        filter: cursor.lead + written,
      };
    });
}
