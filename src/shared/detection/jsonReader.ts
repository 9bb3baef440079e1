/**
 * Reads JSON from bytes piece by piece, straight into columns: a results file of 500 MB becomes no object tree and no
 * string (V8's longest is 512 MB). Beyond the standard it takes NaN, Infinity and -Infinity, which Python's json
 * writes. Numbers are correctly rounded: up to 2^53 and 10^±22 by one exact division or product (Clinger 1990), others by
 * the engine. Nesting is counted, not recursed into, so that no file can exhaust the stack.
 */

/** What is wrong with the text, and where; caught by the parsers of this folder. */
export class JsonError extends Error {
  constructor(
    message: string,
    readonly offset: number,
  ) {
    super(message);
  }
}

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null';

const QUOTE = 34;
const BACKSLASH = 92;
const powersOfTen = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

export class JsonReader {
  /** Place of the next byte. */
  offset: number;
  private readonly decoder = new TextDecoder();
  private readonly known: { readonly name: string; readonly bytes: Uint8Array }[];

  /** `keys`: names that nextKey answers; all other keys come as ''. */
  constructor(
    private readonly bytes: Uint8Array,
    keys: readonly string[] = [],
  ) {
    const encoder = new TextEncoder();
    this.known = keys.map((name) => ({ name, bytes: encoder.encode(name) }));
    // A byte order mark is not part of the text.
    this.offset = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  }

  /** What comes next, without reading it. */
  peek(): JsonKind {
    const c = this.skipSpace();
    if (c === 123) return 'object';
    if (c === 91) return 'array';
    if (c === QUOTE) return 'string';
    if (c === 116 || c === 102) return 'boolean';
    // "null", but "NaN" is a number.
    return c === 110 ? 'null' : 'number';
  }

  /** Enters an object or array; then call nextKey or nextItem until it answers undefined or false. */
  open(): void {
    const c = this.skipSpace();
    if (c !== 123 && c !== 91) this.fail('expected an object or an array');
    this.offset++;
  }

  /** The next key of the object entered, '' when it is not a known one, undefined at its end. Then read or skip its value. */
  nextKey(): string | undefined {
    let c = this.skipSpace();
    if (c === 44) {
      this.offset++;
      c = this.skipSpace();
    }
    if (c === 125) {
      this.offset++;
      return undefined;
    }
    if (c !== QUOTE) this.fail('expected a key in quotes');
    const start = this.offset + 1;
    this.skipString();
    const key = this.nameBetween(start, this.offset - 1);
    if (this.skipSpace() !== 58) this.fail('expected a colon');
    this.offset++;
    return key;
  }

  /** Whether the array entered has another item; leaves the array when not. */
  nextItem(): boolean {
    let c = this.skipSpace();
    if (c === 44) {
      this.offset++;
      c = this.skipSpace();
    }
    if (c !== 93) return true;
    this.offset++;
    return false;
  }

  /** A number; undefined, and skipped, when something else is there. */
  readNumber(): number | undefined {
    if (this.peek() !== 'number') {
      this.skip();
      return undefined;
    }
    return this.scanNumber();
  }

  readString(): string | undefined {
    if (this.peek() !== 'string') {
      this.skip();
      return undefined;
    }
    const start = this.offset;
    const isPlain = this.skipString();
    const text = this.decoder.decode(this.bytes.subarray(start, this.offset));
    if (isPlain) return text.slice(1, -1);
    try {
      return JSON.parse(text) as string;
    } catch {
      throw new JsonError('the text in quotes has a bad escape', start);
    }
  }

  /** A number or a string, as identifiers are; undefined, and skipped, when something else is there. */
  readId(): number | string | undefined {
    return this.peek() === 'string' ? this.readString() : this.readNumber();
  }

  /** 0, 1, true or false; undefined, and skipped, when something else is there. */
  readFlag(): boolean | undefined {
    if (this.peek() !== 'boolean') {
      const value = this.readNumber();
      return value === undefined ? undefined : value !== 0;
    }
    const isTrue = this.bytes[this.offset] === 116;
    this.skip();
    return isTrue;
  }

  /** Bytes of a string without escapes, not copied; undefined, and skipped, when it has escapes or is none. */
  readPlainBytes(): Uint8Array | undefined {
    if (this.peek() !== 'string') {
      this.skip();
      return undefined;
    }
    const start = this.offset + 1;
    return this.skipString() ? this.bytes.subarray(start, this.offset - 1) : undefined;
  }

  /** Calls back with each number of an array; false when it is no array or holds anything else. */
  readNumbers(each: (value: number) => void): boolean {
    if (this.peek() !== 'array') {
      this.skip();
      return false;
    }
    let isClean = true;
    this.open();
    while (this.nextItem()) {
      const value = this.readNumber();
      if (value === undefined) isClean = false;
      else each(value);
    }
    return isClean;
  }

  /** Goes past the next value, however deep it is. */
  skip(): void {
    let depth = 0;
    do {
      const c = this.skipSpace();
      if (c === QUOTE) this.skipString();
      else if (c === 123 || c === 91) {
        depth++;
        this.offset++;
      } else if (depth > 0 && (c === 125 || c === 93)) {
        depth--;
        this.offset++;
      } else if (depth > 0 && (c === 44 || c === 58)) this.offset++;
      else this.skipWord();
    } while (depth > 0);
  }

  /** Fails unless nothing but space is left. */
  end(): void {
    while (this.offset < this.bytes.length && this.bytes[this.offset]! <= 32) this.offset++;
    if (this.offset < this.bytes.length) this.fail('there is more text after the end');
  }

  private skipSpace(): number {
    const { bytes } = this;
    let { offset } = this;
    while (offset < bytes.length && bytes[offset]! <= 32) offset++;
    this.offset = offset;
    if (offset >= bytes.length) this.fail('the text ends too early');
    return bytes[offset]!;
  }

  /** From the opening quote to after the closing one; answers whether there was no escape. */
  private skipString(): boolean {
    const { bytes } = this;
    let at = this.offset + 1;
    let isPlain = true;
    for (; ; at++) {
      if (at >= bytes.length) this.fail('a text in quotes does not end');
      const c = bytes[at]!;
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        isPlain = false;
        at++;
      }
    }
    this.offset = at + 1;
    return isPlain;
  }

  /** Past a number, true, false, null, NaN. */
  private skipWord(): void {
    const start = this.offset;
    const { bytes } = this;
    let at = start;
    while (at < bytes.length && isWordByte(bytes[at]!)) at++;
    this.offset = at;
    if (at === start) this.fail('expected a value');
    const c = bytes[start]!;
    if ((c >= 48 && c <= 57) || c === 45) return;
    const word = this.decoder.decode(bytes.subarray(start, at));
    if (!['true', 'false', 'null', 'NaN', 'Infinity'].includes(word))
      this.fail(`"${word.slice(0, 20)}" is not JSON`, start);
  }

  private scanNumber(): number {
    const { bytes } = this;
    const start = this.offset;
    let at = start;
    const isNegative = bytes[at] === 45;
    if (isNegative) at++;
    let mantissa = 0;
    let digits = 0;
    let scale = 0;
    let seenPoint = false;
    for (; at < bytes.length; at++) {
      const c = bytes[at]!;
      if (c >= 48 && c <= 57) {
        mantissa = mantissa * 10 + (c - 48);
        digits++;
        if (seenPoint) scale++;
      } else if (c === 46 && !seenPoint) seenPoint = true;
      else break;
    }
    const isExact = digits > 0 && mantissa <= 9007199254740991 && scale <= 22;
    if (isExact && !(at < bytes.length && isWordByte(bytes[at]!))) {
      this.offset = at;
      const value = scale === 0 ? mantissa : mantissa / powersOfTen[scale]!;
      return isNegative ? -value : value;
    }
    return this.scanOddNumber(start);
  }

  /** Exponents, many digits, NaN and infinities, by the engine. */
  private scanOddNumber(start: number): number {
    this.offset = start;
    const { bytes } = this;
    while (this.offset < bytes.length && isWordByte(bytes[this.offset]!)) this.offset++;
    const word = this.decoder.decode(bytes.subarray(start, this.offset));
    if (word === 'NaN') return Number.NaN;
    if (!/^-?(\d+\.?\d*([eE][+-]?\d+)?|Infinity)$/.test(word))
      this.fail(`"${word.slice(0, 20)}" is not a number`, start);
    return Number(word);
  }

  private nameBetween(start: number, end: number): string {
    const { bytes } = this;
    for (const { name, bytes: expected } of this.known) {
      if (expected.length !== end - start) continue;
      let i = 0;
      while (i < expected.length && bytes[start + i] === expected[i]) i++;
      if (i === expected.length) return name;
    }
    return '';
  }

  private fail(message: string, offset = this.offset): never {
    throw new JsonError(message, offset);
  }
}

/** Letters, digits, sign and point. */
function isWordByte(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 43 || c === 45 || c === 46;
}

/** "line 3, column 7" of a place, for messages. */
export function describeOffset(bytes: Uint8Array, offset: number): string {
  let [line, lineStart] = [1, 0];
  for (let i = 0; i < Math.min(offset, bytes.length); i++) {
    if (bytes[i] !== 10) continue;
    line++;
    lineStart = i + 1;
  }
  return `line ${line}, column ${offset - lineStart + 1}`;
}
