/**
 * Reading back what a stage left as two files, names and sizes as JSON and numbers as safetensors: whether each part is what
 * it should be, and whether the two belong together. Whatever is wrong is a user error.
 */
import { UserError } from '../errors';
import { decodeSafetensors } from '../weights/safetensors';

/** The two files, and what to do when they cannot be used. */
export interface StageFilesKind {
  readonly json: string;
  readonly arrays: string;
  readonly version: number;
  /** As in "run the few-shot transfer again". */
  readonly advice: string;
}

export type Fits = (value: unknown) => boolean;

export const isText: Fits = (value) => typeof value === 'string';
export const isWhole: Fits = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
export const isPositive: Fits = (value) => isWhole(value) && value !== 0;
export const isListOf = (value: unknown, fits: Fits): boolean => Array.isArray(value) && value.every(fits);

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The index, each of whose parts fits. */
export function readIndex<T extends { readonly version: number }>(
  bytes: Uint8Array,
  kind: StageFilesKind,
  parts: Readonly<Record<Exclude<keyof T, 'version'>, Fits>>,
): T {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw unreadable(kind, 'is damaged (no JSON)');
  }
  if (!isMapping(value)) throw unreadable(kind, 'is damaged (no mapping)');
  const { version } = value;
  if (version !== kind.version) throw unreadable(kind, `is version ${JSON.stringify(version)}, not ${kind.version}`);
  const wrong = Object.entries<Fits>(parts).find(([name, fits]) => !fits(value[name]));
  if (wrong) throw unreadable(kind, `is damaged (${wrong[0]})`);
  return value as unknown as T;
}

export interface StageArrays {
  /** Values of that type, so many. */
  read<T>(name: string, type: new (length: number) => T, length: number): T;
  /** Whole numbers in 0..count-1, so many. */
  places<T extends Int32Array | Uint8Array>(name: string, type: new (length: number) => T, size: PlacesSize): T;
}

export interface PlacesSize {
  readonly length: number;
  readonly count: number;
}

export function readArrays(bytes: Uint8Array, kind: StageFilesKind): StageArrays {
  const { tensors } = decodeSafetensors(bytes, kind.arrays);
  const read: StageArrays['read'] = (name, type, length) => {
    const data = tensors.get(name)?.data;
    if (!(data instanceof type) || (data as ArrayLike<number>).length !== length)
      throw unreadable(kind, `does not fit ${kind.arrays} (${name})`);
    return data;
  };
  return {
    read,
    places: (name, type, { length, count }) => {
      const data = read(name, type, length);
      const wrong = data.find((place) => place < 0 || place >= count);
      if (wrong !== undefined)
        throw unreadable(kind, `does not fit ${kind.arrays} (${name} names place ${wrong} of ${count})`);
      return data;
    },
  };
}

function unreadable({ json, advice }: StageFilesKind, why: string): UserError {
  return new UserError('storage', `${json} ${why}; ${advice}`);
}
