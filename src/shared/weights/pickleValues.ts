/**
 * What a pickle says, as data. A pickle is a program for Python's unpickler; here nothing of it is run: a call stays a
 * call, with its function's name and arguments, for others to look at.
 */

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleList
  | PickleTuple
  | PickleDict
  | PickleGlobal
  | PickleCall
  | PicklePersistent;

/** Bytes, or a text too long to be a name, left where they are in the source. */
export class PickleBytes {
  constructor(
    readonly begin: number,
    readonly end: number,
    /** `text`: UTF-8 of a string. */
    readonly form: 'bytes' | 'text',
  ) {}
}

/** A list or a set. */
export class PickleList {
  readonly items: PickleValue[] = [];
}

export class PickleTuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class PickleDict {
  /** Key, value, key, value … */
  readonly entries: PickleValue[] = [];
}

/** A class or function of Python, by name. */
export class PickleGlobal {
  constructor(
    readonly module: string,
    readonly name: string,
  ) {}
}

/** `global(*args)`, with what was put into the result afterwards. */
export class PickleCall {
  state: PickleValue | undefined;
  readonly items: PickleValue[] = [];
  readonly entries: PickleValue[] = [];
  constructor(
    readonly global: PickleGlobal,
    readonly args: readonly PickleValue[],
  ) {}
}

/** A reference to something outside the pickle, such as a tensor's storage. */
export class PicklePersistent {
  constructor(readonly id: PickleValue) {}
}

/** The value of a key of a dict or of a call that made a dict; the last one counts, as in Python. */
export function lookUp(value: PickleValue | undefined, key: string): PickleValue | undefined {
  const entries = entriesOf(value);
  for (let at = entries.length - 2; at >= 0; at -= 2) if (entries[at] === key) return entries[at + 1];
  return undefined;
}

/** Keys and values of a dict, of an ordered dict (in its three ways of being pickled), or of an object's attributes. */
export function entriesOf(value: PickleValue | undefined): readonly PickleValue[] {
  if (value instanceof PickleDict) return value.entries;
  if (!(value instanceof PickleCall)) return [];
  const [first] = value.args;
  const pairs = first instanceof PickleList ? first.items.flatMap(pairOf) : entriesOf(plainDict(first));
  return [...pairs, ...value.entries, ...entriesOf(plainDict(value.state))];
}

function plainDict(value: PickleValue | undefined): PickleDict | undefined {
  return value instanceof PickleDict ? value : undefined;
}

function pairOf(item: PickleValue): readonly PickleValue[] {
  const pair = item instanceof PickleList || item instanceof PickleTuple ? item.items : [];
  return pair.length === 2 ? pair : [];
}
