/** Keys that may be added where the cursor is, required ones first, each with its default or a place for its value. */
import { z } from 'zod';
import { branchOf, discriminatorOptions, unwrap, type SchemaPlace } from '../experiment/describe';
import { fixedKeys } from '../experiment/matrix';
import { dataSchema, pretrainingSchema } from '../experiment/schema';
import { transferSchema } from '../experiment/transferSchema';
import { usesSetting } from '../experiment/usedSettings';
import { asMapping, valueAt } from '../experiment/schemaProblems';
import type { Completion, CompletionOptions } from './completion';
import { takesList, takesMapping, type Cursor } from './cursor';
import { fieldMarkdown, usualValue } from './fieldMarkdown';
import { entryAt, isTrainedMethod, methodOf, recipeOf, schemaPlaceAt } from './looseExperiment';
import { escapeSnippet, writeValue, writeWord } from './writing';

type Options = Required<CompletionOptions>;

/** A key with its schema. */
interface Candidate {
  readonly name: string;
  readonly place: SchemaPlace;
  readonly required: boolean;
}

export function completeKeys(cursor: Cursor, options: Options): Completion[] {
  const { tree, path } = cursor;
  const present = asMapping(valueAt(tree.value, path));
  if (path.length === 1 && path[0] === 'data') return dataTemplates(cursor, options);
  const candidates = candidatesAt(cursor, options).filter(({ name }) => !Object.hasOwn(present, name));
  const order = (candidate: Candidate) => (candidate.required ? 0 : 1);
  return candidates.sort((a, b) => order(a) - order(b)).map((candidate) => keyItem(candidate, cursor, options));
}

function candidatesAt({ tree, path }: Cursor, { recipes }: Options): Candidate[] {
  const root = tree.value;
  const entry = entryAt(root, path);
  if (entry && entry.section !== 'analyses' && path[2] === 'matrix' && path.length === 3)
    return axes(entry.section, entry.entry);
  const place = schemaPlaceAt(root, path);
  if (!place) return [];
  const candidates = fieldsOf(place.type, valueAt(root, path));
  if (entry?.section !== 'pretrainings' || entry.rest.length > 0) return candidates;
  const method = methodOf(entry.entry, recipes);
  const given = entry.entry;
  return candidates.filter(({ name }) => {
    if (name === 'epochs' || name === 'steps') if ('epochs' in given || 'steps' in given) return false;
    if (name === 'weights' && (isTrainedMethod(method) || given.data !== undefined)) return false;
    return method === undefined || usesSetting(method, name);
  });
}

/** Fields of a mapping; of a union that is still open, the fields that all options have, the deciding one first. */
function fieldsOf(type: z.ZodType, value: unknown): Candidate[] {
  const branch = branchOf(type, value);
  if (branch instanceof z.ZodObject) return shapeFields(branch.shape as Record<string, z.ZodType>);
  if (!(branch instanceof z.ZodDiscriminatedUnion)) return [];
  const { key } = discriminatorOptions(branch)!;
  const [first, ...others] = (branch.options as z.ZodObject[]).map(
    (option) => option.shape as Record<string, z.ZodType>,
  );
  const shared = shapeFields(first!).filter(({ name }) => others.every((shape) => name in shape));
  const isKey = ({ name }: Candidate) => name === key;
  return [...shared.filter(isKey), ...shared.filter((candidate) => !isKey(candidate))];
}

function shapeFields(shape: Readonly<Record<string, z.ZodType>>): Candidate[] {
  return Object.entries(shape).map(([name, type]) => ({
    name,
    place: unwrap(type),
    required: type instanceof z.ZodNonOptional,
  }));
}

/** Settings that a matrix may vary. */
function axes(section: 'pretrainings' | 'transfers', entry: Readonly<Record<string, unknown>>): Candidate[] {
  const schema = section === 'pretrainings' ? pretrainingSchema : transferSchema;
  return fieldsOf(schema, entry)
    .filter(({ name }) => !fixedKeys.has(name))
    .map(({ name, place }) => ({
      name,
      place: {
        type: z.array(place.type),
        info: place.info && { ...place.info, default: undefined, defaultByMethod: undefined },
      },
      required: false,
    }));
}

function keyItem(candidate: Candidate, cursor: Cursor, options: Options): Completion {
  const { name, place } = candidate;
  const entry = entryAt(cursor.tree.value, cursor.path);
  const method = entry?.section === 'pretrainings' ? methodOf(entry.entry, options.recipes) : undefined;
  const trained = isTrainedMethod(method) ? method : undefined;
  const recipe = entry?.rest.length === 0 ? recipeOf(entry.entry, options.recipes) : undefined;
  const inRecipe = (recipe?.settings as Record<string, unknown> | undefined)?.[name];
  const usual = inRecipe ?? usualValue(place, trained);
  const { snippet, thenComplete } = cursor.hasColon
    ? { snippet: '', thenComplete: false }
    : valueSnippet(candidate, usual, { ...cursor, json: options.json });
  const written = writeWord(name, cursor.quote, options.json);
  return {
    label: name,
    kind: 'key',
    detail: candidate.required ? 'required' : usual === undefined ? undefined : writeValue(usual, false),
    documentation: fieldMarkdown({
      name,
      place,
      method: trained,
      ...(recipe && inRecipe !== undefined && { fromRecipe: { recipe: recipe.name, value: inRecipe } }),
    }),
    snippet: `${cursor.lead}${escapeSnippet(written)}${snippet}`,
    filter: `${cursor.lead}${written}`,
    thenComplete,
  };
}

/** What comes after a key: its usual value to be typed over, or the beginning of a list or mapping. */
function valueSnippet(
  { name, place }: Candidate,
  usual: unknown,
  { flow, afterDash, json }: Pick<Cursor, 'flow' | 'afterDash'> & { readonly json: boolean },
): { readonly snippet: string; readonly thenComplete: boolean } {
  const key = (word: string) => (json ? `"${word}"` : word);
  const inLine = flow || json;
  const element = place.type instanceof z.ZodArray ? (place.type.element as z.ZodType) : undefined;
  // The editor indents every line of a snippet as the first, not counting a dash.
  const deeper = afterDash ? '    ' : '  ';
  if (usual !== undefined && !(Array.isArray(usual) && usual.length === 0) && !isEmptyMapping(usual))
    return { snippet: `: \${1:${escapeSnippet(writeValue(usual, json))}}$0`, thenComplete: false };
  if (element && takesMapping(element)) {
    const first = inLine ? `: [{ ${key('id')}: $1 }]` : `:\n${deeper}- id: $1`;
    return { snippet: `${first}$0`, thenComplete: false };
  }
  if (takesList(place.type)) return { snippet: ': [$1]$0', thenComplete: true };
  if (takesMapping(place.type)) {
    return { snippet: inLine || name === 'backbone' ? ': { $1 }$0' : `:\n${deeper}$0`, thenComplete: true };
  }
  const isText = place.type instanceof z.ZodString;
  const completes = !isText || ['data', 'recipe', 'weights', 'prefix', 'root', 'split', 'train', 'test'].includes(name);
  return { snippet: json && isText ? ': "$1"$0' : ': $0', thenComplete: completes };
}

function isEmptyMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

/** Entries for `data`, one a kind, with the keys that it has to have. */
function dataTemplates({ lead, hasColon }: Cursor, { json }: Options): Completion[] {
  if (hasColon) return [];
  const names: Readonly<Record<string, string>> = { emoji: 'emoji', 'image-folder': 'images', idx: 'digits' };
  const key = (word: string) => (json ? `"${word}"` : word);
  return (dataSchema.options as z.ZodObject[]).map((option) => {
    const kind = unwrap(option.shape.kind as z.ZodType);
    const [word] = (kind.type as z.ZodLiteral).values;
    const value = writeWord(String(word), '', json);
    const root = option.shape.root instanceof z.ZodNonOptional ? `, ${key('root')}: ${json ? '"$2"' : '$2'}` : '';
    return {
      label: names[String(word)] ?? String(word),
      kind: 'key' as const,
      detail: `kind: ${String(word)}`,
      documentation: kind.info?.doc,
      snippet: `${lead}${json ? '"' : ''}\${1:${names[String(word)] ?? 'data'}}${json ? '"' : ''}: { ${key('kind')}: ${value}${root} }$0`,
      filter: `${lead}${key(names[String(word)] ?? String(word))}`,
    };
  });
}
