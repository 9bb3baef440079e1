/**
 * The opcodes of a pickle (protocols 0 to 5; Lib/pickletools.py of CPython describes them), one by one, from a source of
 * any size: a window moves along, and long strings and byte blocks are left where they are.
 */
import { latin1, viewOf, type ByteSource } from './byteSource';
import { malformed } from './malformed';
import { PickleBytes } from './pickleValues';

export interface Opcode {
  readonly code: number;
  /** The argument, decoded by kind; undefined for opcodes without one. */
  readonly argument: number | bigint | string | PickleBytes | readonly [string, string] | undefined;
}

type Argument =
  | { readonly kind: 'none' }
  | { readonly kind: 'number'; readonly bytes: 1 | 2 | 4 | 8; readonly form: 'unsigned' | 'signed' | 'float' }
  | { readonly kind: 'block'; readonly lengthBytes: 1 | 4 | 8; readonly form: 'bytes' | 'text' | 'latin1' | 'integer' }
  | { readonly kind: 'line'; readonly lines: 1 | 2 };

const none: Argument = { kind: 'none' };
const line: Argument = { kind: 'line', lines: 1 };
const number = (bytes: 1 | 2 | 4 | 8, form: 'unsigned' | 'signed' | 'float' = 'unsigned'): Argument => ({
  kind: 'number',
  bytes,
  form,
});
const block = (lengthBytes: 1 | 4 | 8, form: 'bytes' | 'text' | 'latin1' | 'integer'): Argument => ({
  kind: 'block',
  lengthBytes,
  form,
});

/** By opcode, as the letter or byte that pickletools gives it. */
const known: readonly (readonly [string, Argument])[] = [
  ...[...'(.012NRab}del]oQst)u'].map((letter) => [letter, none] as const),
  ...[...'FILPSVgp'].map((letter) => [letter, line] as const),
  ['c', { kind: 'line', lines: 2 }],
  ['i', { kind: 'line', lines: 2 }],
  ['J', number(4, 'signed')],
  ['K', number(1)],
  ['M', number(2)],
  ['G', number(8, 'float')],
  ['h', number(1)],
  ['q', number(1)],
  ['j', number(4)],
  ['r', number(4)],
  ['T', block(4, 'latin1')],
  ['U', block(1, 'latin1')],
  ['X', block(4, 'text')],
  ['B', block(4, 'bytes')],
  ['C', block(1, 'bytes')],
  ['\x80', number(1)],
  ...[...'\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x98'].map((letter) => [letter, none] as const),
  ['\x8a', block(1, 'integer')],
  ['\x8b', block(4, 'integer')],
  ['\x8c', block(1, 'text')],
  ['\x8d', block(8, 'text')],
  ['\x8e', block(8, 'bytes')],
  ['\x95', number(8)],
  ['\x96', block(8, 'bytes')],
];
const argumentsByCode: ReadonlyMap<number, Argument> = new Map(
  known.map(([letter, argument]) => [letter.charCodeAt(0), argument]),
);

const windowBytes = 65_536;
/** Protocol 0 writes bytes as one line of text, which has to be in the window as a whole. */
const maxLineBytes = 2 ** 28;
/** Longer strings are not names but data. */
const maxInline = 16_384;
const maxIntegerBytes = 256;

export class PickleReader {
  /** Of the next opcode, in bytes from the start of the source. */
  position: number;
  private bytes: Uint8Array = new Uint8Array(0);
  private view = viewOf(this.bytes);
  /** Of the window's first byte. */
  private begin = 0;

  constructor(
    readonly source: ByteSource,
    begin: number,
  ) {
    this.position = begin;
  }

  /** The next opcode when the window holds all of it, else undefined: then call `more` and try again. */
  next(): Opcode | undefined {
    const from = this.position - this.begin;
    if (from < 0 || from >= this.bytes.length) return undefined;
    const code = this.bytes[from]!;
    const argument = argumentsByCode.get(code);
    if (!argument) return this.refuse(`has the opcode ${code}, which no weights need`);
    const at = from + 1;
    if (argument.kind === 'none') return this.step(code, undefined, at);
    if (argument.kind === 'number') return this.readNumber(code, argument, at);
    return argument.kind === 'block' ? this.readBlock(code, argument, at) : this.readLines(code, argument.lines, at);
  }

  /** Moves the window so that it begins at the next opcode, or doubles it when it does already. */
  async more(): Promise<void> {
    const isStuck = this.position === this.begin && this.bytes.length > 0;
    const length = isStuck ? 2 * this.bytes.length : windowBytes;
    const end = Math.min(this.source.size, this.position + length);
    if (end <= this.position || (isStuck && (end === this.begin + this.bytes.length || length > maxLineBytes)))
      this.refuse('is cut short or has a line without an end');
    this.bytes = await this.source.read(this.position, end);
    this.view = viewOf(this.bytes);
    this.begin = this.position;
  }

  refuse(what: string): never {
    malformed(this.source.name, `is damaged, or not a weight file: its pickle ${what} (at byte ${this.position})`);
  }

  private step(code: number, argument: Opcode['argument'], end: number): Opcode {
    this.position = this.begin + end;
    return { code, argument };
  }

  private readNumber(
    code: number,
    { bytes, form }: Extract<Argument, { kind: 'number' }>,
    at: number,
  ): Opcode | undefined {
    if (at + bytes > this.bytes.length) return undefined;
    return this.step(code, form === 'float' ? this.view.getFloat64(at) : this.whole(at, bytes, form), at + bytes);
  }

  private whole(at: number, bytes: 1 | 2 | 4 | 8, form: 'unsigned' | 'signed'): number {
    if (bytes === 1) return this.bytes[at]!;
    if (bytes === 2) return this.view.getUint16(at, true);
    if (bytes === 8) return Number(this.view.getBigUint64(at, true));
    return form === 'signed' ? this.view.getInt32(at, true) : this.view.getUint32(at, true);
  }

  private readBlock(
    code: number,
    { lengthBytes, form }: Extract<Argument, { kind: 'block' }>,
    at: number,
  ): Opcode | undefined {
    if (at + lengthBytes > this.bytes.length) return undefined;
    const length = this.whole(at, lengthBytes, 'unsigned');
    const [from, to] = [at + lengthBytes, at + lengthBytes + length];
    if (!(this.begin + to <= this.source.size))
      this.refuse(`has ${length} bytes where only ${this.source.size - this.begin - from} are left`);
    if (form === 'integer' && length > maxIntegerBytes) this.refuse(`has a number of ${length} bytes`);
    if (form === 'bytes' || length > maxInline)
      return this.step(
        code,
        new PickleBytes(this.begin + from, this.begin + to, form === 'text' ? 'text' : 'bytes'),
        to,
      );
    if (to > this.bytes.length) return undefined;
    const bytes = this.bytes.subarray(from, to);
    if (form === 'integer') return this.step(code, littleEndian(bytes), to);
    return this.step(code, form === 'text' ? new TextDecoder().decode(bytes) : latin1(bytes), to);
  }

  private readLines(code: number, lines: 1 | 2, at: number): Opcode | undefined {
    const first = this.bytes.indexOf(10, at);
    if (first < 0) return undefined;
    const text = latin1(this.bytes.subarray(at, first));
    if (lines === 1) return this.step(code, text, first + 1);
    const second = this.bytes.indexOf(10, first + 1);
    if (second < 0) return undefined;
    return this.step(code, [text, latin1(this.bytes.subarray(first + 1, second))], second + 1);
  }
}

/** Two's complement; a number where that is exact. */
function littleEndian(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]!);
  if (bytes.at(-1)! & 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
