/**
 * The files and folders that an experiment file names: where in the text, and which they are. For links, for checks that
 * they are there, and for completion. Left out: looking at the disk.
 */
import type { ExperimentDocument } from '../experiment/document';
import type { Path } from '../experiment/places';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import type { Completion, PathRequest } from './completion';
import { dataIds, entriesOf } from './looseExperiment';
import type { Span } from './sourceTree';
import { weightsEndings } from './weightsEndings';
import { escapeSnippet, writeWord } from './writing';

export type PathKind = 'file' | 'folder';

export interface PathUse extends Span {
  readonly kind: PathKind;
  /** Of the value. */
  readonly path: Path;
  /** What the file is for, in words: "weights file". */
  readonly what: string;
  /** As written. */
  readonly written: string;
  /** With `{seed}` filled in for each seed; as written without. */
  readonly paths: readonly string[];
}

/** Whether the value at a path of the file names a file or folder. */
export function pathKindAt(path: Path): PathKind | undefined {
  const [section, , key] = path;
  if (section === 'data' && path.length === 3) return key === 'root' ? 'folder' : key === 'list' ? 'file' : undefined;
  if (section !== 'pretrainings') return undefined;
  if (path.length === 3) return key === 'weights' ? 'file' : undefined;
  return path.length === 5 && key === 'matrix' && path[3] === 'weights' ? 'file' : undefined;
}

/** More seeds than this are not looked up one by one. */
const maxSeeds = 20;

/** Of a document or a `SourceTree`. */
export function findPathUses(document: Pick<ExperimentDocument, 'value' | 'rangeOf'>): PathUse[] {
  const root = document.value;
  const places: { path: Path; what: string }[] = [];
  for (const id of dataIds(root)) {
    places.push({ path: ['data', id, 'root'], what: 'data folder' }, { path: ['data', id, 'list'], what: 'list file' });
  }
  for (const { index, entry } of entriesOf(root, 'pretrainings')) {
    places.push({ path: ['pretrainings', index, 'weights'], what: 'weights file' });
    const axis = asMapping(entry.matrix).weights;
    if (!Array.isArray(axis)) continue;
    axis.forEach((_, i) =>
      places.push({ path: ['pretrainings', index, 'matrix', 'weights', i], what: 'weights file' }),
    );
  }
  return places.flatMap(({ path, what }) => {
    const written = valueAt(root, path);
    const kind = pathKindAt(path);
    if (!kind || typeof written !== 'string' || written === '' || written.startsWith('package:')) return [];
    const { start, end } = document.rangeOf(path);
    return [
      { start: start.offset, end: end.offset, kind, path, what, written, paths: fillSeeds(written, seedsOf(root)) },
    ];
  });
}

function fillSeeds(path: string, seeds: readonly number[]): string[] {
  return path.includes('{seed}') ? seeds.map((seed) => path.replaceAll('{seed}', String(seed))) : [path];
}

function seedsOf(root: unknown): number[] {
  const seeds = valueAt(root, ['seeds']);
  const known = Array.isArray(seeds) ? seeds.filter((seed): seed is number => Number.isInteger(seed)) : [];
  return known.length > 0 ? known.slice(0, maxSeeds) : [0];
}

export interface FolderEntry {
  readonly name: string;
  readonly isFolder: boolean;
}

const weightsFile = new RegExp(`\\.(${weightsEndings.join('|')}|json)$`, 'i');

/** Completions for what a folder holds. Files that cannot be weights are left out where weights are wanted. */
export function completePaths(
  { kind, folder, cursor, json }: PathRequest,
  entries: readonly FolderEntry[],
): Completion[] {
  const wantsWeights = kind === 'file' && cursor.path[0] === 'pretrainings';
  return entries
    .filter(({ name, isFolder }) =>
      isFolder ? !/^(\.|node_modules$)/.test(name) : kind === 'file' && !name.startsWith('.'),
    )
    .filter(({ name, isFolder }) => isFolder || !wantsWeights || weightsFile.test(name))
    .sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || (a.name < b.name ? -1 : 1))
    .map(({ name, isFolder }) => {
      const written = writeWord(`${folder}${name}${isFolder ? '/' : ''}`, cursor.quote, json);
      const end = /["']?$/.exec(written)!.index;
      const isQuotedAnew = !json && cursor.quote === '' && written.startsWith("'");
      const snippet = `${escapeSnippet(written.slice(0, end))}${isFolder ? '$0' : ''}${written.slice(end)}`;
      return {
        label: isFolder ? `${name}/` : name,
        kind: isFolder ? 'folder' : 'file',
        snippet: cursor.lead + snippet,
        // The editor compares this with what is typed, which has no quotes yet.
        filter: cursor.lead + (isQuotedAnew ? written.slice(1, -1) : written),
        thenComplete: isFolder,
      };
    });
}
