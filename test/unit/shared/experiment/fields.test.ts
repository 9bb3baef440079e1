import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { branchOf, knownKeys, schemaAt, unwrap } from '../../../../src/shared/experiment/describe';
import { defaultOf } from '../../../../src/shared/experiment/fields';
import { trainedMethods } from '../../../../src/shared/experiment/methods';
import { experimentSchema } from '../../../../src/shared/experiment/schema';

/** Every key of every mapping in the schema, with its path. */
function everyField(type: z.ZodType, path: string): { path: string; type: z.ZodType }[] {
  if (type instanceof z.ZodObject) {
    return Object.entries(type.shape as Record<string, z.ZodType>).flatMap(([key, child]) => [
      { path: `${path}.${key}`, type: child },
      ...everyField(unwrap(child).type, `${path}.${key}`),
    ]);
  }
  if (type instanceof z.ZodArray) return everyField(type.element as z.ZodType, `${path}[]`);
  if (type instanceof z.ZodRecord) return everyField(type.valueType as z.ZodType, `${path}.*`);
  if (type instanceof z.ZodUnion)
    return (type.options as z.ZodType[]).flatMap((option, index) => everyField(option, `${path}<${index}>`));
  return [];
}

const fields = everyField(experimentSchema, '').filter(({ path }) => !path.endsWith('maxDimension'));

describe('every field', () => {
  it('is found by this test', () => {
    expect(fields.length).toBeGreaterThan(100);
  });

  it.each(fields)('$path', ({ type }) => {
    const { info, type: inner } = unwrap(type);
    expect(info?.doc).toMatch(/^[A-Z].*\.$/s);
    // Zod says what it allows; a default outside its own range would be written by nobody and found by everybody.
    for (const method of [undefined, ...trainedMethods]) {
      const value = defaultOf(type, method);
      if (value !== undefined) expect(inner.safeParse(value).success, JSON.stringify(value)).toBe(true);
    }
    const isOptional = type instanceof z.ZodOptional;
    const hasDefault =
      info?.default !== undefined || info?.defaultByMethod !== undefined || info?.defaultText !== undefined;
    expect(hasDefault).toBe(isOptional);
    // Numbers need bounds, and a unit where they count or measure something.
    const json = z.toJSONSchema(inner, { io: 'input', unrepresentable: 'any' });
    if (!json.enum && (json.type === 'number' || json.type === 'integer'))
      expect(Number.isFinite(json.minimum) && Number.isFinite(json.maximum)).toBe(true);
  });
});

describe('schemaAt', () => {
  const file = { data: { a: { kind: 'idx' } }, transfers: [{ task: 'knn' }], backbone: {} };
  it.each([
    [['data', 'a', 'root'], true],
    [['data', 'a', 'labels'], false],
    [['transfers', 0, 'k'], true],
    [['transfers', 0, 'l2'], false],
    [['backbone', 'dilate', 1], true],
    [['backbone', 'constructor'], false],
  ])('%j', (path, found) => {
    expect(schemaAt(experimentSchema, path, file) !== undefined).toBe(found);
  });

  it('knows the keys of the chosen branch', () => {
    const place = schemaAt(experimentSchema, ['transfers', 0], file)!;
    expect(knownKeys(place.type, { task: 'retrieval' })).toContain('gallery');
    expect(knownKeys(place.type, { task: 'knn' })).not.toContain('gallery');
    expect(branchOf(place.type, {})).toBe(place.type);
  });
});
