/**
 * What can be told of an experiment while it is being written and does not parse: the backbone so far, the ids, the method
 * of an entry, the schema that applies at a place. Everything may be missing or of the wrong type. Left out: problems.
 */
import { z } from 'zod';
import { analysisSchema } from '../experiment/analysisSchema';
import { branchOf, schemaAt, unwrap, type SchemaPlace } from '../experiment/describe';
import { trainedMethods, type TrainedMethod } from '../experiment/methods';
import type { Path } from '../experiment/places';
import type { Recipe, RecipeBook } from '../experiment/recipe';
import { backboneFields } from '../experiment/backboneFields';
import { completeBackbone, type WrittenBackbone } from '../experiment/backbones/complete';
import { dataSchema, experimentSchema, type BackboneSettings } from '../experiment/schema';
import { transferSchema } from '../experiment/transferSchema';
import { emojiVendors } from '../experiment/resolveData';
import { asMapping, valueAt } from '../experiment/schemaProblems';

/** Sections that are lists of entries with an id. */
export const sections = ['pretrainings', 'transfers', 'analyses'] as const;
export type Section = (typeof sections)[number];

/** What an entry of a section is called. */
export const entryKinds = { pretrainings: 'pretraining', transfers: 'transfer', analyses: 'analysis' } as const;

export function isSection(name: unknown): name is Section {
  return (sections as readonly unknown[]).includes(name);
}

/** The entry that a path leads into. */
export interface EntryPlace {
  readonly section: Section;
  readonly index: number;
  readonly entry: Readonly<Record<string, unknown>>;
  /** Keys below the entry, with `matrix: { key: [value] }` seen as `key: value`. */
  readonly rest: Path;
  readonly inMatrix: boolean;
}

export function entryAt(root: unknown, path: Path): EntryPlace | undefined {
  const [section, index, ...rest] = path;
  if (!isSection(section) || typeof index !== 'number') return undefined;
  const entry = asMapping(valueAt(root, [section, index]));
  const inMatrix = rest[0] === 'matrix' && rest.length > 1;
  // matrix, key, index of the value
  const below = inMatrix ? [rest[1]!, ...rest.slice(3)] : rest;
  return { section, index, entry, rest: below, inMatrix };
}

/** The schema at a path, looking through matrices. A matrix's list of values is a list of what its key takes. */
export function schemaPlaceAt(root: unknown, path: Path): SchemaPlace | undefined {
  const place = entryAt(root, path);
  if (!place?.inMatrix) return placeOrGuess(root, path);
  const below = placeOrGuess(root, [place.section, place.index, ...place.rest]);
  if (!below || path.length > 4) return below;
  return { type: z.array(below.type), info: below.info && { ...below.info, default: undefined } };
}

/** Lists and mappings whose entries differ by one word. */
const unions = { transfers: transferSchema, data: dataSchema, analyses: analysisSchema } as const;

function unionOf(section: unknown): (typeof unions)[keyof typeof unions] | undefined {
  return typeof section === 'string' && Object.hasOwn(unions, section)
    ? unions[section as keyof typeof unions]
    : undefined;
}

/** Within an entry whose `task` or `kind` is still open, the first schema that has the key. */
function placeOrGuess(root: unknown, path: Path): SchemaPlace | undefined {
  const known = schemaAt(experimentSchema, path, root);
  const union = unionOf(path[0]);
  if (known || !union || path.length < 3) return known;
  const entry = asMapping(valueAt(root, path.slice(0, 2)));
  if (branchOf(union, entry) !== union) return undefined;
  const guesses = (union.options as readonly z.ZodType[]).map((option) => schemaAt(option, path.slice(2), entry));
  return guesses.find((guess) => guess !== undefined);
}

/** Method of a pretraining as far as it is written; undefined when open. */
export function methodOf(
  entry: Readonly<Record<string, unknown>>,
  recipes: RecipeBook,
): TrainedMethod | 'random' | 'imported' | 'snapshot' | undefined {
  const { method, weights, of } = entry;
  if (method === 'random' || method === 'imported' || method === 'snapshot' || isTrainedMethod(method)) return method;
  if (weights !== undefined) return 'imported';
  if (of !== undefined) return 'snapshot';
  const recipe = recipeOf(entry, recipes);
  return recipe?.for === 'pretraining' ? recipe.method : undefined;
}

/** What an entry of `pretrainings` calls itself, by its method or by what else it says. */
export function methodWord(entry: Readonly<Record<string, unknown>>): string {
  if (typeof entry.method === 'string') return entry.method;
  if (typeof entry.recipe === 'string') return entry.recipe;
  if (entry.of !== undefined) return 'snapshot';
  return entry.weights === undefined ? 'random' : 'imported';
}

/** Pretrainings that are trained here, as far as is written. */
export function trainableIds(root: unknown): string[] {
  const untrained = ['random', 'imported', 'snapshot'];
  const trained = entriesOf(root, 'pretrainings').filter(({ entry }) => !untrained.includes(methodWord(entry)));
  return trained.flatMap(({ entry }) => (typeof entry.id === 'string' ? [entry.id] : []));
}

/** What the pretraining of this id keeps on its way. */
export function keptSnapshots(root: unknown, of: unknown): number[] {
  const source = entriesOf(root, 'pretrainings').find(({ entry }) => typeof of === 'string' && entry.id === of);
  const written = source?.entry.snapshots;
  return Array.isArray(written) ? written.filter((at): at is number => typeof at === 'number') : [];
}

export function isTrainedMethod(method: unknown): method is TrainedMethod {
  return (trainedMethods as readonly unknown[]).includes(method);
}

export function recipeOf(entry: Readonly<Record<string, unknown>>, recipes: RecipeBook): Recipe | undefined {
  return typeof entry.recipe === 'string' ? recipes.get(entry.recipe) : undefined;
}

/** The backbone with defaults in place of what is missing or wrong; undefined without a known name. */
export function backboneOf(root: unknown): BackboneSettings | undefined {
  const written = asMapping(valueAt(root, ['backbone']));
  const known = Object.entries(backboneFields).filter(([key, type]) => type.safeParse(written[key]).success);
  const valid = Object.fromEntries(known.map(([key]) => [key, written[key]]));
  return valid.name === undefined ? undefined : completeBackbone(valid as WrittenBackbone);
}

export function dataIds(root: unknown): string[] {
  return Object.keys(asMapping(valueAt(root, ['data'])));
}

/** Entries of a section that are mappings, each with its index. */
export function entriesOf(
  root: unknown,
  section: Section,
): { readonly index: number; readonly entry: Readonly<Record<string, unknown>> }[] {
  const list = valueAt(root, [section]);
  return Array.isArray(list) ? list.map((item: unknown, index) => ({ index, entry: asMapping(item) })) : [];
}

export function idsOf(root: unknown, section: Section): string[] {
  return entriesOf(root, section).flatMap(({ entry }) => (typeof entry.id === 'string' ? [entry.id] : []));
}

/** Splits that a data entry is known to have without opening it: its own two, and what its kind always has. */
export function splitsOf(root: unknown, data: unknown): string[] {
  if (typeof data !== 'string') return [];
  const written = asMapping(valueAt(root, ['data', data]));
  if (written.kind === 'emoji') return [...emojiVendors];
  if (written.kind === 'idx') return ['train', 'test'];
  const branch = branchOf(dataSchema, written);
  if (!(branch instanceof z.ZodObject)) return [];
  const own = (['train', 'test'] as const).map(
    (key) => written[key] ?? unwrap(branch.shape[key] as z.ZodType).info?.default,
  );
  return own.filter((split): split is string => typeof split === 'string');
}
