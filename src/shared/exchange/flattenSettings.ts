/** Nested settings as a list of names with dots, the form in which trackers keep parameters. */
import type { SettingValue } from '../results/settingValue';

/** `{ a: { b: 1 }, c: [2, 3] }` under `s` becomes `s.a.b: 1`, `s.c: "[2,3]"`; empty objects, null and undefined are left out. */
export function flattenSettings(value: unknown, prefix: string): [string, SettingValue][] {
  if (value === null || value === undefined) return [];
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[prefix, value]];
  if (Array.isArray(value)) return [[prefix, JSON.stringify(value)]];
  if (typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([key, item]) => flattenSettings(item, `${prefix}.${key}`));
}
