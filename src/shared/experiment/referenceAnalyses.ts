/**
 * The analyses' part of the reference page: what all have, and for each kind the rest. Kinds that have the same keys share a
 * heading. Read from the schema, so that a new kind stands there by itself.
 */
import type { z } from 'zod';
import { analysisSchema } from './analysisSchema';
import type { Shape } from './fields';

const kinds = analysisSchema.options.map(({ shape }) => {
  const { kind, ...rest } = shape;
  return {
    kind: String([...(kind as unknown as z.ZodNonOptional<z.ZodLiteral<string>>).unwrap().values][0]),
    rest: rest as Shape,
  };
});

/** Keys whose fields are the same in every kind. */
const common: Shape = Object.fromEntries(
  Object.entries(kinds[0]!.rest).filter(([key, field]) => kinds.every(({ rest }) => rest[key] === field)),
);

function own(shape: Shape): Shape {
  return Object.fromEntries(Object.entries(shape).filter(([key]) => !(key in common)));
}

function alike(a: Shape, b: Shape): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function describeKinds(): [heading: string, shape: Shape][] {
  const groups: { readonly names: string[]; readonly rest: Shape }[] = [];
  for (const { kind, rest } of kinds) {
    const same = groups.find((group) => alike(group.rest, rest));
    if (same) same.names.push(kind);
    else groups.push({ names: [kind], rest });
  }
  return groups.map(({ names, rest }) => [`### ${names.map((name) => `\`kind: ${name}\``).join(', ')}`, own(rest)]);
}

export const analysisSections: readonly (readonly [heading: string, shape: Shape])[] = [
  ['## `analyses`', common],
  ...describeKinds(),
];
