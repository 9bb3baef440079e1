/** The reader of JSON bytes against JSON.parse, and on text that is no JSON. */
import { describe, expect, it } from 'vitest';
import { describeOffset, JsonError, JsonReader } from '../../../../src/shared/detection/jsonReader';
import { deriveRandom } from '../../../../src/shared/random';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Any value, through the reader. */
function readAny(reader: JsonReader): unknown {
  const kind = reader.peek();
  if (kind === 'array') {
    const items: unknown[] = [];
    reader.open();
    while (reader.nextItem()) items.push(readAny(reader));
    return items;
  }
  if (kind === 'object') {
    const value: Record<string, unknown> = {};
    reader.open();
    for (let key = reader.nextKey(); key !== undefined; key = reader.nextKey()) value[key] = readAny(reader);
    return value;
  }
  if (kind === 'string') return reader.readString();
  if (kind === 'number') return reader.readNumber();
  if (kind === 'boolean') return reader.readFlag();
  reader.skip();
  return null;
}

function read(text: string, keys: string[] = []): unknown {
  const reader = new JsonReader(bytesOf(text), keys);
  const value = readAny(reader);
  reader.end();
  return value;
}

describe('JSON from bytes', () => {
  it.each([
    '[]',
    ' { } ',
    '{"a":[1,2,{"b":null}],"é":"ü\\u00e9\\n\\"\\\\","c":true,"d":false}',
    '"\\ud83d\\ude00 plain 😀"',
    '[0,-0,1e5,1E-7,-12.5e+3,0.1,123456789012345678901234567890,5e-324,1.7976931348623157e308]',
    '{"a":{"a":{"a":[[[[]]]]}}}',
  ])('reads %s as JSON.parse does', (text) => {
    expect(read(text, ['a', 'b', 'c', 'd', 'é'])).toEqual(JSON.parse(text));
  });

  it('rounds every number as JSON.parse does', () => {
    const random = deriveRandom(0, 'test-numbers');
    const texts = Array.from({ length: 20_000 }, (_, i) => {
      const value = (random.uniform() - 0.5) * 2 ** (random.integer(120) - 60);
      return [
        String(value),
        value.toFixed(random.integer(20)),
        value.toPrecision(1 + random.integer(25)),
        value.toExponential(random.integer(20)),
      ][i % 4]!;
    });
    const values = read(`[${texts.join(',')}]`) as number[];
    values.forEach((value, i) => expect(Object.is(value, JSON.parse(texts[i]!)), texts[i]).toBe(true));
  });

  it("takes what Python's json writes beyond the standard, and a byte order mark", () => {
    expect(read('[NaN,Infinity,-Infinity]')).toEqual([Number.NaN, Infinity, -Infinity]);
    expect(read('\ufeff[1]')).toEqual([1]);
  });

  it.each([
    '',
    '[',
    '{"a"',
    '{"a":}',
    '["',
    '[1,,2]',
    'nul',
    '{a:1}',
    '[1] 2',
    '"\\x"',
    '[0x10]',
    '[1e]',
    '{"a":1,',
    '[-]',
    '[tru]',
    ']',
  ])('says that %j is broken', (text) => {
    expect(() => read(text, ['a'])).toThrow(JsonError);
  });

  it.each(['[', '{"a":', '[1,{"b":[', '"abc', 'flase', ':', ']'])('says so when it skips %j, too', (text) => {
    expect(() => {
      const reader = new JsonReader(bytesOf(text));
      reader.skip();
      reader.end();
    }).toThrow(JsonError);
  });

  it('goes past a million brackets without a stack', () => {
    const deep = 1_000_000;
    const reader = new JsonReader(bytesOf('['.repeat(deep) + ']'.repeat(deep)));
    reader.skip();
    reader.end();
    expect(reader.offset).toBe(2 * deep);
  });

  it('names the place', () => {
    const bytes = bytesOf('{\n "a": 1,\n "b": x}');
    try {
      const reader = new JsonReader(bytes);
      reader.skip();
      expect.fail('it is broken');
    } catch (error) {
      expect(describeOffset(bytes, (error as JsonError).offset)).toBe('line 3, column 7');
    }
  });
});
