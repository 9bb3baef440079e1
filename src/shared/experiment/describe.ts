/**
 * What a schema allows, in English, and which field stands at a path: for problem messages, hover, JSON Schema and the
 * reference page, so that all of them say the same. Ranges are read from the JSON Schema form of the zod type.
 */
import { z } from 'zod';
import type { Path } from './places';
import { fieldInfo, type FieldInfo } from './fields';

export interface SchemaPlace {
  /** Without its optional or non-optional wrapper. */
  readonly type: z.ZodType;
  readonly info?: FieldInfo;
}

/** The schema at `path`; `value` is the file's value at the root, which picks the branch of a union. */
export function schemaAt(root: z.ZodType, path: Path, value: unknown): SchemaPlace | undefined {
  let place: SchemaPlace | undefined = unwrap(root);
  let current = value;
  for (const segment of path) {
    if (!place) return undefined;
    place = step(branchOf(place.type, current), segment);
    current = childOf(current, segment);
  }
  return place;
}

/** Keys a mapping with this schema may have. */
export function knownKeys(type: z.ZodType, value: unknown): readonly string[] {
  const branch = branchOf(type, value);
  return branch instanceof z.ZodObject ? Object.keys(branch.shape) : [];
}

/** "a whole number from 1 to 65536 (images)": what may stand here. */
export function describeAllowed({ type, info }: SchemaPlace): string {
  const words =
    info?.allowed ??
    fieldInfo.get(type)?.allowed ??
    describeJson(z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as JsonType);
  return info?.unit ? `${words} (${info.unit})` : words;
}

/** A value as it is shown in a message: JSON, shortened. */
export function showValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'number') return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}

/** "a, b or c". */
export function listWords(words: readonly string[], last = 'or'): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)!}`;
}

/** The branch of a discriminated union that a value belongs to, or the mapping among the options of a plain union. */
export function branchOf(type: z.ZodType, value: unknown): z.ZodType {
  if (type instanceof z.ZodDiscriminatedUnion) {
    const chosen = childOf(value, type.def.discriminator);
    return (
      (type.options as z.ZodType[]).find((option) =>
        discriminatorValues(option, type.def.discriminator).includes(chosen),
      ) ?? type
    );
  }
  if (type instanceof z.ZodUnion) {
    const options = type.options as z.ZodType[];
    return (
      options.find((option) => (Array.isArray(value) ? option instanceof z.ZodArray : option instanceof z.ZodObject)) ??
      type
    );
  }
  return type;
}

/** Values of the key that tells the options of a union apart, e.g. the kinds of data. */
export function discriminatorOptions(
  type: z.ZodType,
): { readonly key: string; readonly values: readonly string[] } | undefined {
  if (!(type instanceof z.ZodDiscriminatedUnion)) return undefined;
  const key = type.def.discriminator;
  return {
    key,
    values: (type.options as z.ZodType[]).flatMap((option) => discriminatorValues(option, key).map(String)),
  };
}

function discriminatorValues(option: z.ZodType, key: string): readonly unknown[] {
  if (!(option instanceof z.ZodObject)) return [];
  const literal = unwrap(option.shape[key] as z.ZodType).type;
  return literal instanceof z.ZodLiteral ? [...literal.values] : [];
}

/** Takes optional and non-optional wrappers off, keeping the description. */
export function unwrap(type: z.ZodType): SchemaPlace {
  const info = fieldInfo.get(type);
  const inner = type instanceof z.ZodOptional || type instanceof z.ZodNonOptional ? (type.unwrap() as z.ZodType) : type;
  return { type: inner, info };
}

function step(type: z.ZodType, segment: string | number): SchemaPlace | undefined {
  if (type instanceof z.ZodObject) {
    const child = Object.hasOwn(type.shape, segment) ? (type.shape[segment] as z.ZodType) : undefined;
    return child && unwrap(child);
  }
  if (type instanceof z.ZodArray) return unwrap(type.element as z.ZodType);
  if (type instanceof z.ZodRecord) return unwrap(type.valueType as z.ZodType);
  if (type instanceof z.ZodTuple) return unwrap((type.def.items as z.ZodType[])[Number(segment)] ?? z.unknown());
  return undefined;
}

function childOf(value: unknown, segment: string | number): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
  return (value as Record<string | number, unknown>)[segment];
}

interface JsonType {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonType;
  readonly prefixItems?: readonly JsonType[];
  readonly properties?: Readonly<Record<string, JsonType>>;
  readonly additionalProperties?: JsonType | boolean;
  readonly anyOf?: readonly JsonType[];
  readonly oneOf?: readonly JsonType[];
}

function describeJson(json: JsonType): string {
  if (json.const !== undefined) return `\`${String(json.const)}\``;
  if (json.enum)
    return `${json.enum.length > 1 ? 'one of ' : ''}${listWords(json.enum.map((value) => `\`${String(value)}\``))}`;
  const options = json.anyOf ?? json.oneOf;
  if (options) return listWords(options.map((option) => describeJson(option)));
  switch (json.type) {
    case 'integer':
      return `a whole number${rangeWords(json)}`;
    case 'number':
      return `a number${rangeWords(json)}`;
    case 'boolean':
      return '`true` or `false`';
    case 'string':
      return 'text';
    case 'array':
      return describeList(json);
    case 'object':
      return json.properties
        ? `a mapping with ${listWords(
            Object.keys(json.properties).map((key) => `\`${key}\``),
            'and',
          )}`
        : 'a mapping';
    default:
      return 'a value';
  }
}

function describeList({ items, prefixItems, minItems, maxItems }: JsonType): string {
  if (prefixItems)
    return `a list of ${prefixItems.length}: ${prefixItems.map((item) => describeJson(item)).join(', ')}`;
  const count =
    minItems && maxItems
      ? ` of ${minItems} to ${maxItems}`
      : minItems
        ? ` of at least ${minItems}`
        : maxItems
          ? ` of at most ${maxItems}`
          : '';
  const isPlain = items?.type && !items.properties && items.type !== 'array';
  return `a list${count}${isPlain ? `, each ${describeJson(items)}` : ''}`;
}

function rangeWords({ minimum, maximum }: JsonType): string {
  if (minimum !== undefined && maximum !== undefined) return ` from ${minimum} to ${maximum}`;
  if (minimum !== undefined) return ` of at least ${minimum}`;
  return maximum === undefined ? '' : ` of at most ${maximum}`;
}
