/**
 * The JSON Schema of the experiment file, for editors: completion, hover and squiggles without this extension. Made from
 * the zod schema and its descriptions. Left out: everything that needs more than one key to judge; `parse` does that.
 */
import { z } from 'zod';
import { showValue } from './describe';
import { fieldInfo, type FieldInfo } from './fields';
import { trainedMethods } from './methods';
import { experimentSchema } from './schema';

/** JSON Schema (draft 7, which YAML editors know) with a description for every key. */
export function experimentJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(experimentSchema, {
    target: 'draft-07',
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      const info = fieldInfo.get(zodSchema);
      if (!info) return;
      jsonSchema.description = describeField(info);
      if (info.default !== undefined) jsonSchema.default = info.default as NonNullable<typeof jsonSchema.default>;
    },
  });
  return { ...schema, title: 'Transferscope experiment' };
}

/** One paragraph about a field: what it does, unit, default, reference. For hover and completion too. */
function describeField(info: FieldInfo): string {
  const parts = [info.doc];
  if (info.unit) parts.push(`Unit: ${info.unit}.`);
  const usual = describeDefault(info);
  if (usual) parts.push(`Default: ${usual}.`);
  if (info.paper) parts.push(`Reference: ${info.paper}.`);
  return parts.join(' ');
}

/** The default in words; undefined for keys that have to be there. */
export function describeDefault(info: FieldInfo): string | undefined {
  if (info.defaultText !== undefined) return info.defaultText;
  if (info.defaultByMethod) return describeByMethod(info.defaultByMethod);
  return info.default === undefined ? undefined : defaultValue(info.default);
}

/** "0.1 (supervised), 0.03 (instdisc, moco, exemplar, supcon)". */
function describeByMethod(defaults: NonNullable<FieldInfo['defaultByMethod']>): string {
  const methodsByValue = new Map<string, string[]>();
  for (const method of trainedMethods) {
    const value = defaultValue(defaults[method]);
    methodsByValue.set(value, [...(methodsByValue.get(value) ?? []), method]);
  }
  if (methodsByValue.size === 1) return [...methodsByValue.keys()].join();
  return [...methodsByValue].map(([value, methods]) => `${value} (${methods.join(', ')})`).join(', ');
}

function defaultValue(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : `[${value.map((item) => showValue(item)).join(', ')}]`;
  if (typeof value === 'object' && value !== null && Object.keys(value).length === 0) return 'none';
  return typeof value === 'string' ? value : showValue(value);
}
