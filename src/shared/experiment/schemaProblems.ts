/**
 * What zod finds wrong with the value, said for people: the value seen, what is allowed with its unit, what the key is
 * for, the nearest known word. Left out: anything that needs more than one key to judge.
 */
import type { z } from 'zod';
import { describeAllowed, discriminatorOptions, knownKeys, listWords, schemaAt, showValue } from './describe';
import type { ExperimentDocument } from './document';
import { sameMeaning } from './otherWords';
import type { Path } from './places';
import type { FoundProblem } from './problems';
import { suggest } from '../suggest';

/** Problems of `value` against `schema`; empty when it fits. `at` is where `value` stands in the document. */
export function findSchemaProblems(
  schema: z.ZodType,
  value: unknown,
  document: ExperimentDocument,
  at: Path = [],
): FoundProblem[] {
  const result = schema.safeParse(value);
  if (result.success) return [];
  return result.error.issues.flatMap((issue) => describeIssue({ issue, schema, value, document, at }));
}

/** Longer lists of keys are left to the reference page. */
const maxListed = 12;

interface IssueContext {
  readonly issue: z.core.$ZodIssue;
  readonly schema: z.ZodType;
  readonly value: unknown;
  readonly document: ExperimentDocument;
  readonly at: Path;
}

function describeIssue(context: IssueContext): FoundProblem[] {
  const { issue } = context;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(context, key));
  const path = issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment));
  if (issue.code === 'invalid_key') return [badName(context, path)];
  return [badValue(context, path)];
}

function unknownKey({ issue, schema, value, document, at }: IssueContext, key: string): FoundProblem {
  const parent = issue.path as Path;
  const place = schemaAt(schema, parent, value);
  const known = place ? knownKeys(place.type, valueAt(value, parent)) : [];
  const free = known.filter((name) => !Object.hasOwn((valueAt(value, parent) ?? {}) as object, name));
  const nearest = suggest(key, free) ?? sameMeaning(key, free);
  const path = [...at, ...parent, key];
  const hint = nearest
    ? `; did you mean \`${nearest}\`?`
    : known.length > 0 && known.length <= maxListed
      ? `; known here: ${known.join(', ')}`
      : '; remove it';
  return {
    severity: 'error',
    code: 'unknown-key',
    message: `unknown key \`${key}\`${hint}`,
    path,
    part: 'key',
    fixes: [nearest ? document.fix.renameKey(path, nearest) : undefined, document.fix.removeKey(path)],
  };
}

function badName({ schema, value, at }: IssueContext, path: Path): FoundProblem {
  const parent = schemaAt(schema, path.slice(0, -1), value);
  const allowed =
    parent?.type.type === 'record'
      ? describeAllowed({ type: (parent.type as z.ZodRecord).keyType as z.ZodType })
      : 'a name';
  const name = String(path.at(-1));
  return {
    severity: 'error',
    code: 'bad-name',
    message: `\`${name}\` cannot be a name here; it must be ${allowed}`,
    path: [...at, ...path],
    part: 'key',
  };
}

function badValue({ issue, schema, value, document, at }: IssueContext, path: Path): FoundProblem {
  const place = schemaAt(schema, path, value);
  const seen = valueAt(value, path);
  const fullPath = [...at, ...path];
  const name = nameOf(fullPath);
  const options =
    issue.code === 'invalid_union' && issue.discriminator !== undefined ? unionOptions(schema, path, value) : undefined;
  const allowed = options
    ? `one of ${listWords(options.map((option) => `\`${option}\``))}`
    : place
      ? describeAllowed(place)
      : 'something else';
  const doc = place?.info?.doc;
  if (seen === undefined || (seen === null && !document.has(fullPath))) {
    const message = `${name} is missing; it must be ${allowed}${doc ? `. ${doc}` : ''}`;
    return { severity: 'error', code: 'missing-key', message, path: fullPath, part: 'key' };
  }
  const words = options ?? wordsOf(place?.type);
  const nearest = typeof seen === 'string' ? suggest(seen, words) : undefined;
  const hint = nearest ? `; did you mean \`${nearest}\`?` : '';
  return {
    severity: 'error',
    code:
      issue.code === 'too_big' || issue.code === 'too_small'
        ? 'out-of-range'
        : words.length > 0
          ? 'unknown-value'
          : 'wrong-type',
    message: `${name} is ${seen === null ? 'empty' : showValue(seen)}${hint || '; it'} ${hint ? `It must be ${allowed}` : `must be ${allowed}`}`,
    path: fullPath,
    fixes: [nearest ? document.fix.replaceValue(fullPath, nearest) : undefined],
  };
}

/** "`learningRate`", or "item 2 of `seeds`" (counted from 1, as people do). */
function nameOf(path: Path): string {
  const last = path.at(-1);
  if (last === undefined) return 'the file';
  if (typeof last === 'string') return `\`${last}\``;
  return `item ${last + 1} of ${nameOf(path.slice(0, -1))}`;
}

function unionOptions(schema: z.ZodType, path: Path, value: unknown): readonly string[] | undefined {
  const union = schemaAt(schema, path.slice(0, -1), value);
  return union && discriminatorOptions(union.type)?.values;
}

/** Words that may stand here, for "did you mean". */
function wordsOf(type: z.ZodType | undefined): readonly string[] {
  if (type?.type === 'enum') return (type as z.ZodEnum).options.map(String);
  if (type?.type === 'literal') return [...(type as z.ZodLiteral).values].map(String);
  if (type?.type === 'union') return ((type as z.ZodUnion).options as z.ZodType[]).flatMap((option) => wordsOf(option));
  return [];
}

/** The value at `path` below `root`. */
export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<string | number, unknown>)[segment];
  }
  return value;
}

/** The value where it is a mapping; an empty one otherwise. */
export function asMapping(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
