/**
 * Reads a pickle as data: what each opcode does to the stack. The npm package pickleparser was looked at and not taken: it
 * constructs what the file names, follows negative lengths backwards (an endless loop), spreads long lists over the call
 * stack, fails on the 10-byte number every legacy PyTorch file begins with, and wants the whole file in memory.
 */
import type { ByteSource } from './byteSource';
import { PickleMachine } from './pickleMachine';
import { PickleReader, type Opcode } from './pickleReader';
import {
  PickleBytes,
  PickleDict,
  PickleList,
  PickleTuple,
  type PicklePersistent,
  type PickleValue,
} from './pickleValues';

export interface PickleResult {
  readonly value: PickleValue;
  /** Where the pickle ends: files may hold several in a row. */
  readonly end: number;
  /** Every reference to something outside, in order. */
  readonly persistents: readonly PicklePersistent[];
}

const STOP = 0x2e;

/** Reads one pickle that begins at `begin`. Throws a user error for damaged ones and for names outside the allow-list. */
export async function readPickle(source: ByteSource, begin = 0): Promise<PickleResult> {
  const reader: PickleReader = new PickleReader(source, begin);
  const machine = new PickleMachine(reader);
  for (;;) {
    const opcode = reader.next();
    if (!opcode) {
      await reader.more();
      continue;
    }
    machine.count();
    if (opcode.code === STOP) return { value: machine.pop(), end: reader.position, persistents: machine.persistents };
    const action = actions.get(opcode.code);
    if (!action) reader.refuse(`has the opcode ${opcode.code}, which no weights need`);
    action(machine, opcode.argument);
  }
}

type Action = (machine: PickleMachine, argument: Opcode['argument']) => void;

const asIs: Action = (machine, argument) => machine.push(argument as PickleValue);
const asObject: Action = (machine, argument) => machine.make(argument as PickleValue);
const constant =
  (value: PickleValue): Action =>
  (machine) =>
    machine.push(value);
const nothing: Action = () => {};
const tuple =
  (count: number): Action =>
  (machine) => {
    const items: PickleValue[] = [];
    for (let k = 0; k < count; k++) items.unshift(machine.pop());
    machine.make(new PickleTuple(items));
  };

/** Text-mode numbers: 01 and 00 are the truth values of protocol 1. */
const integerLine: Action = (machine, argument) => {
  const text = (argument as string).replace(/L?\s*$/, '');
  if (text === '01' || text === '00') return machine.push(text === '01');
  if (!/^-?\d{1,40}$/.test(text)) machine.refuse('has a number that is none');
  const value = Number(text);
  machine.push(Number.isSafeInteger(value) ? value : BigInt(text));
};

const floatLine: Action = (machine, argument) => {
  const text = (argument as string).trim();
  const special: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, '-inf': -Infinity };
  const value = special[text] ?? (text === '' ? NaN : Number(text));
  if (Number.isNaN(value) && text !== 'nan') machine.refuse('has a number that is none');
  machine.push(value);
};

const quotedLine: Action = (machine, argument) => {
  const text = (argument as string).trim();
  if (!/^(['"])[^]*\1$/.test(text) || text.length < 2) machine.refuse('has a text without quotation marks');
  machine.make(unescape(text.slice(1, -1)));
};

/** Protocol 0: letters as bytes, others (and backslash and line feed) as \\uXXXX. */
const escapedLine: Action = (machine, argument) => {
  const text = (argument as string).replace(/\\u([0-9a-fA-F]{4})|\\U000([0-9a-fA-F]{5})/g, (_, short, long) =>
    String.fromCodePoint(Math.min(0x10ffff, parseInt((short ?? long) as string, 16))),
  );
  machine.make(text);
};

/** Python's repr of a byte string. */
function unescape(text: string): string {
  const plain: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };
  return text.replace(/\\(x[0-9a-fA-F]{2}|[^x])/g, (whole, escape: string) =>
    escape.startsWith('x') ? String.fromCharCode(parseInt(escape.slice(1), 16)) : (plain[escape] ?? whole),
  );
}

const construct: Action = (machine) => {
  const args = machine.pop();
  machine.call(machine.pop(), args);
};

const table: readonly (readonly [string, Action])[] = [
  ['(', (machine) => machine.mark()],
  ['0', (machine) => void machine.pop()],
  ['1', (machine) => void machine.popMark()],
  ['2', (machine) => machine.push(machine.top())],
  ['N', constant(null)],
  ['\x88', constant(true)],
  ['\x89', constant(false)],
  ['J', asIs],
  ['K', asIs],
  ['M', asIs],
  ['G', asIs],
  ['\x8a', asIs],
  [
    '\x8b',
    (machine, argument) =>
      argument instanceof PickleBytes ? machine.refuse('has a number too long') : machine.push(argument as number),
  ],
  ['I', integerLine],
  ['L', integerLine],
  ['F', floatLine],
  ['S', quotedLine],
  ['V', escapedLine],
  ...[...'TUXBC\x8c\x8d\x8e\x96'].map((letter) => [letter, asObject] as const),
  [
    '\x80',
    (machine, argument) =>
      (argument as number) > 5 ? machine.refuse(`is of protocol ${argument as number}; known are 0 to 5`) : undefined,
  ],
  ['\x95', nothing],
  ['\x98', nothing],
  [')', tuple(0)],
  ['\x85', tuple(1)],
  ['\x86', tuple(2)],
  ['\x87', tuple(3)],
  ['t', (machine) => machine.make(new PickleTuple(machine.popMark()))],
  [']', (machine) => machine.make(new PickleList())],
  ['\x8f', (machine) => machine.make(new PickleList())],
  ['l', (machine) => machine.list(machine.popMark())],
  ['\x91', (machine) => machine.list(machine.popMark())],
  [
    'a',
    (machine) => {
      const item = machine.pop();
      machine.append(machine.top(), [item]);
    },
  ],
  [
    'e',
    (machine) => {
      const items = machine.popMark();
      machine.append(machine.top(), items);
    },
  ],
  [
    '\x90',
    (machine) => {
      const items = machine.popMark();
      machine.append(machine.top(), items);
    },
  ],
  ['}', (machine) => machine.make(new PickleDict())],
  [
    'd',
    (machine) => {
      const [dict, items] = [new PickleDict(), machine.popMark()];
      machine.setItems(dict, items);
      machine.make(dict);
    },
  ],
  [
    's',
    (machine) => {
      const value = machine.pop();
      const key = machine.pop();
      machine.setItems(machine.top(), [key, value]);
    },
  ],
  [
    'u',
    (machine) => {
      const items = machine.popMark();
      machine.setItems(machine.top(), items);
    },
  ],
  [
    'c',
    (machine, argument) => {
      const [module, name] = argument as readonly [string, string];
      machine.make(machine.global(module, name));
    },
  ],
  [
    '\x93',
    (machine) => {
      const name = machine.pop();
      machine.make(machine.global(machine.pop(), name));
    },
  ],
  ['R', construct],
  ['\x81', construct],
  [
    '\x92',
    (machine) => {
      machine.pop();
      construct(machine, undefined);
    },
  ],
  [
    'i',
    (machine, argument) => {
      const [module, name] = argument as readonly [string, string];
      machine.call(machine.global(module, name), new PickleTuple(machine.popMark()));
    },
  ],
  [
    'o',
    (machine) => {
      const [callee, ...args] = machine.popMark();
      machine.call(callee ?? null, new PickleTuple(args));
    },
  ],
  ['b', (machine) => machine.build(machine.pop())],
  ['P', (machine, argument) => machine.refer(argument as string)],
  ['Q', (machine) => machine.refer(machine.pop())],
  ['p', (machine, argument) => machine.remember(Number(argument))],
  ['q', (machine, argument) => machine.remember(argument as number)],
  ['r', (machine, argument) => machine.remember(argument as number)],
  ['\x94', (machine) => machine.rememberNext()],
  ['g', (machine, argument) => machine.recall(Number(argument))],
  ['h', (machine, argument) => machine.recall(argument as number)],
  ['j', (machine, argument) => machine.recall(argument as number)],
];
const actions: ReadonlyMap<number, Action> = new Map(table.map(([letter, action]) => [letter.charCodeAt(0), action]));
