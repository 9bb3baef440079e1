/**
 * Completion: the keys that a mapping still lacks, and the values that a key may have: words of the schema, recipes, ids,
 * splits, layers, paths. Works on half-typed text. Left out: reading folders, which the host does for `paths`.
 */
import type { RecipeBook } from '../experiment/recipe';
import { completeKeys } from './completeKeys';
import { completeValues } from './completeValues';
import { findCursor, type Cursor } from './cursor';
import { findSplitFolder, type SplitRequest } from './folderSplits';
import { pathKindAt, type PathKind } from './pathUses';
import { findPrefixFile, type PrefixRequest } from './weightsPrefixes';

export interface CompletionOptions {
  readonly recipes: RecipeBook;
  /** The file is JSON: keys and words need quotes. */
  readonly json?: boolean;
}

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'word' | 'reference' | 'recipe' | 'layer' | 'value' | 'file' | 'folder';
  /** One line beside the label. */
  readonly detail?: string;
  /** Markdown. */
  readonly documentation?: string;
  /** In snippet syntax: `$`, `}` and `\` of the text itself are escaped. */
  readonly snippet: string;
  /** What the typed text is compared with. */
  readonly filter: string;
  /** Ask for completions again once this is inserted: its value can be completed, too. */
  readonly thenComplete?: boolean;
}

export interface CompletionList {
  /** Best first. */
  readonly items: readonly Completion[];
  /** The text that an item replaces. */
  readonly start: number;
  readonly end: number;
  /** A path is wanted here: the host may add what `completePaths` makes of the folder. */
  readonly paths?: PathRequest;
  /** A split of an image folder is wanted here: the host may add what `completeSplits` makes of the folder. */
  readonly splits?: SplitRequest;
  /** What stands before names in a weight file is wanted: the host may add what `completePrefixes` makes of the file. */
  readonly prefixes?: PrefixRequest;
}

export interface PathRequest {
  readonly kind: PathKind;
  /** Folder part of what is typed: empty, or ending in a slash. */
  readonly folder: string;
  readonly cursor: Cursor;
  readonly json: boolean;
}

/** What may be typed at `offset`. */
export function complete(text: string, offset: number, { recipes, json = false }: CompletionOptions): CompletionList {
  const cursor = findCursor(text, offset);
  if (!cursor) return { items: [], start: offset, end: offset };
  const { start, end } = cursor;
  if (cursor.wants === 'key') return { items: completeKeys(cursor, { recipes, json }), start, end };
  const items = completeValues(cursor, { recipes, json });
  const splits = findSplitFolder(cursor, json);
  if (splits) return { items, start, end, splits };
  const prefixes = findPrefixFile(cursor, json);
  if (prefixes) return { items, start, end, prefixes };
  const kind = pathKindAt(cursor.path);
  if (!kind || cursor.typed.startsWith('package:')) return { items, start, end };
  const folder = /^.*\//.exec(cursor.typed)?.[0] ?? '';
  return { items, start, end, paths: { kind, folder, cursor, json } };
}
