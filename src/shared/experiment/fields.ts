/**
 * How a setting is described: its type and range (zod), one sentence, unit, default and where the value comes from in
 * the literature. Types, JSON Schema, completion, hover, messages and the reference page are all made from this, so a
 * field without a sentence does not compile. Idea: VS Code's configuration contributions. Left out: any meaning of fields.
 */
import { z } from 'zod';
import type { TrainedMethod } from './methods';

export interface FieldInfo<T = unknown> {
  /** One sentence: what it is and what it does. */
  readonly doc: string;
  readonly unit?: string;
  /** What may stand here, where the type does not say it in words a user knows ("a name of letters …"). */
  readonly allowed?: string;
  /** Where the value or the definition is from: author year, arXiv number, section. */
  readonly paper?: string;
  /** Used when neither the file nor its recipe says otherwise. */
  readonly default?: T;
  /** As `default`, where it depends on the method. */
  readonly defaultByMethod?: Readonly<Record<TrainedMethod, T>>;
  /** For readers, where the default is computed ("the data's train split"). */
  readonly defaultText?: string;
}

/** Descriptions by schema object; `field` and `required` fill it. */
export const fieldInfo = z.registry<FieldInfo>();

/** A key that may be left out. Its default is filled in by `resolve`, after the recipe had its say. */
export function field<T extends z.ZodType>(type: T, info: FieldInfo<z.output<T>>): z.ZodOptional<T> {
  const optional = z.optional(type);
  fieldInfo.add(optional, info);
  return optional;
}

/** A key that has to be there. */
export function required<T extends z.ZodType>(type: T, info: FieldInfo<z.output<T>>): z.ZodNonOptional<T> {
  const present = z.nonoptional(type);
  fieldInfo.add(present, info);
  return present;
}

export type Shape = Readonly<Record<string, z.ZodType>>;

/** The values of a group of fields once every default is filled in. */
export type Filled<S extends Shape> = { readonly [K in keyof S]: Exclude<z.output<S[K]>, undefined> };

export type DeepReadonly<T> = T extends readonly unknown[]
  ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** The values of all keys of `shape`, taken from `written` or else from the defaults. Every field must have a default. */
export function fillDefaults<S extends Shape>(
  shape: S,
  written: Readonly<Record<string, unknown>>,
  method?: TrainedMethod,
): Filled<S> {
  const entries = Object.keys(shape).map((key) => [key, written[key] ?? defaultOf(shape[key]!, method)] as const);
  const missing = entries.filter(([, value]) => value === undefined).map(([key]) => key);
  if (missing.length > 0) throw new Error(`internal: no default for ${missing.join(', ')}`);
  return Object.fromEntries(entries) as Filled<S>;
}

/** The default of a field, or undefined where it has none. */
export function defaultOf(type: z.ZodType, method?: TrainedMethod): unknown {
  const info = fieldInfo.get(type);
  return (method && info?.defaultByMethod?.[method]) ?? info?.default;
}
