/**
 * The ids of an experiment file: names of data, pretrainings and transfers, where each is declared and used. For
 * go-to-definition, references and rename. Left out: ids that only a matrix makes; `ladder[f]` counts as a use of `ladder`.
 */
import { isMap, isScalar, isSeq, type Node } from 'yaml';
import type { Path } from '../experiment/places';
import { identifier } from '../experiment/pretrainingFields';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import { entriesOf, entryKinds, sections, type Section } from './looseExperiment';
import { keyName, spanOf, type SourceTree, type Span } from './sourceTree';

export interface IdPlace extends Span {
  readonly kind: 'data' | 'pretraining' | 'transfer' | 'analysis';
  readonly name: string;
  readonly role: 'declaration' | 'use';
  /** Of the declaring key or value, or of the value that uses it. */
  readonly path: Path;
}

/** All places of all ids, in the order of the file within each kind. */
function findIds(tree: SourceTree): IdPlace[] {
  return [...dataDeclarations(tree), ...sections.flatMap((section) => entryIds(tree, section))];
}

export function idAt(tree: SourceTree, offset: number): IdPlace | undefined {
  const spot = tree.spotAt(offset);
  if (!spot || spot.path.length < 2) return undefined;
  return findIds(tree).find(({ start, end }) => start <= offset && offset <= end);
}

/** Where the id under the cursor is declared. */
export function definitionAt(tree: SourceTree, offset: number): IdPlace | undefined {
  return samePlaces(tree, offset).find(({ role }) => role === 'declaration');
}

/** All places of the id under the cursor. */
export function referencesAt(tree: SourceTree, offset: number): IdPlace[] {
  return samePlaces(tree, offset);
}

export type Renaming =
  | { readonly edits: readonly (Span & { readonly newText: string })[] }
  /** Why it cannot be done. */
  | { readonly refusal: string };

/** The edits that give the id under the cursor another name everywhere in the file. */
export function renameAt(tree: SourceTree, offset: number, newName: string): Renaming {
  const places = samePlaces(tree, offset);
  const [id] = places;
  if (!id)
    return {
      refusal: 'There is no id here; put the cursor on the id of data, a pretraining, a transfer or an analysis.',
    };
  if (!identifier.safeParse(newName).success) {
    return {
      refusal: `“${newName}” cannot be an id: it takes at most 64 letters, digits, -, _ and . and starts with a letter.`,
    };
  }
  const taken = findIds(tree).some(
    (other) =>
      other.role === 'declaration' &&
      other.name === newName &&
      id.name !== newName &&
      (other.kind === 'data') === (id.kind === 'data'),
  );
  if (taken) return { refusal: `There is already something called “${newName}”; choose another name.` };
  return { edits: places.map(({ start, end }) => ({ start, end, newText: newName })) };
}

/** What an id stands for and where it is used, in Markdown. */
export function describeId(tree: SourceTree, { kind, name }: IdPlace): string {
  const places = findIds(tree).filter((other) => other.kind === kind && other.name === name);
  const declared = places.find(({ role }) => role === 'declaration');
  const users = places.filter(({ role }) => role === 'use').map(({ path }) => userName(tree, path));
  const title = `**\`${name}\`** · ${kind}${declared ? detailOf(tree, declared) : ', which is not declared'}`;
  const note = declared && asMapping(valueAt(tree.value, entryPath(declared))).about;
  const usage =
    users.length > 0 ? `Used by ${[...new Set(users)].map((user) => `\`${user}\``).join(', ')}.` : usageOfNone(kind);
  return [title, typeof note === 'string' ? note : '', usage].filter(Boolean).join('\n\n');
}

function usageOfNone(kind: IdPlace['kind']): string {
  if (kind === 'data') return 'Not used yet.';
  return kind === 'pretraining' ? 'No transfer names it; transfers without `of` use all pretrainings.' : '';
}

function entryPath({ kind, path }: IdPlace): Path {
  return kind === 'data' ? path : path.slice(0, -1);
}

function detailOf(tree: SourceTree, place: IdPlace): string {
  const { kind, method, recipe, task, weights } = asMapping(valueAt(tree.value, entryPath(place)));
  const words = [kind, task, method, recipe, weights]
    .filter((word) => typeof word === 'string')
    .map((word) => ` \`${word}\``);
  return words.length > 0 ? `,${words.join(',')}` : '';
}

function userName(tree: SourceTree, path: Path): string {
  const { id } = asMapping(valueAt(tree.value, path.slice(0, 2)));
  return typeof id === 'string' ? id : `${String(path[0])} ${Number(path[1]) + 1}`;
}

function samePlaces(tree: SourceTree, offset: number): IdPlace[] {
  const id = idAt(tree, offset);
  return id ? findIds(tree).filter(({ kind, name }) => kind === id.kind && name === id.name) : [];
}

function dataDeclarations(tree: SourceTree): IdPlace[] {
  const data = tree.find(['data'])?.value;
  if (!isMap(data)) return [];
  return data.items.flatMap(({ key }) => {
    const name = keyName(key);
    return name === undefined
      ? []
      : [{ kind: 'data', name, role: 'declaration', path: ['data', name], ...innerSpan(key as Node) }];
  });
}

function entryIds(tree: SourceTree, section: Section): IdPlace[] {
  const kind = entryKinds[section];
  return entriesOf(tree.value, section).flatMap(({ index, entry }) => {
    const path: Path = [section, index];
    const axis = asMapping(entry.matrix).data;
    const inMatrix = Array.isArray(axis) ? axis.map((_, i) => [...path, 'matrix', 'data', i]) : [];
    return [
      ...placeOf(tree, [...path, 'id'], { kind, role: 'declaration' }),
      ...[[...path, 'data'], ...inMatrix].flatMap((use) => placeOf(tree, use, { kind: 'data', role: 'use' })),
      ...pretrainingUses(tree, path),
    ];
  });
}

function pretrainingUses(tree: SourceTree, path: Path): IdPlace[] {
  if (path[0] === 'pretrainings') return placeOf(tree, [...path, 'of'], { kind: 'pretraining', role: 'use' });
  return ['of', 'between'].flatMap((key) => {
    const list = tree.find([...path, key])?.value;
    if (!isSeq(list)) return [];
    return list.items.flatMap((_, index) => placeOf(tree, [...path, key, index], { kind: 'pretraining', role: 'use' }));
  });
}

function placeOf(tree: SourceTree, path: Path, what: Pick<IdPlace, 'kind' | 'role'>): IdPlace[] {
  const node = tree.find(path)?.value;
  if (!isScalar(node) || typeof node.value !== 'string' || node.value === '') return [];
  const span = innerSpan(node);
  // The id of one cell of a matrix begins with the id of the matrix.
  const name = /^[^[]*/.exec(node.value)![0];
  const isCell = name.length < node.value.length;
  return [{ ...what, name, path, start: span.start, end: isCell ? span.start + name.length : span.end }];
}

/** Without quotes. */
function innerSpan(node: Node): Span {
  const { start, end } = spanOf(node);
  const quoted = isScalar(node) && (node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE');
  return quoted && end - start >= 2 ? { start: start + 1, end: end - 1 } : { start, end };
}
