/** The format against files written by the reference library, and against malformed ones. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../../../src/shared/errors';
import { memorySource } from '../../../../src/shared/weights/byteSource';
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensorsHeader,
  type FileTensor,
} from '../../../../src/shared/weights/safetensors';

const pathOf = (name: string) => fileURLToPath(new URL(`../../../golden/data/${name}.safetensors`, import.meta.url));
const readGolden = (name: string) => decodeSafetensors(readFileSync(pathOf(name)));
const grid = Float32Array.from({ length: 6 }, (_, index) => Math.fround(Math.fround(index / 7) - Math.fround(0.3)));

describe('files of the reference library', () => {
  it('are read in every dtype', () => {
    const { tensors, metadata } = readGolden('weights-all-dtypes');
    expect(metadata).toEqual({ format: 'pt' });
    const weight = tensors.get('layer1.0.conv1.weight')!;
    expect(weight).toEqual({ dtype: 'F32', shape: [2, 3], data: grid });
    expect(tensors.get('bn1.num_batches_tracked')).toEqual({
      dtype: 'I64',
      shape: [],
      data: BigInt64Array.of(9007199254740993n),
    });
    expect(tensors.get('counts')!.data).toEqual(Int32Array.of(-5, 2 ** 31 - 1));
    expect(tensors.get('unsigned')!.data).toEqual(Uint32Array.of(0, 2 ** 32 - 1));
    expect(tensors.get('pixels')!.data).toEqual(Uint8Array.of(0, 7, 255));
    expect(tensors.get('flags')!.data).toEqual(Uint8Array.of(1, 0));
    expect(tensors.get('nothing')).toEqual({ dtype: 'F32', shape: [0, 4], data: new Float32Array() });
    const double = tensors.get('double')!.data as Float64Array;
    const half = tensors.get('half')!.data as Float32Array;
    const brain = tensors.get('brain')!.data as Float32Array;
    grid.forEach((value, index) => {
      expect(double[index]).toBe(value / 3);
      expect(Math.abs(half[index]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -11);
      expect(Math.abs(brain[index]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -8);
    });
  });

  it('come out byte for byte when written again', () => {
    const bytes = readFileSync(pathOf('weights-writable'));
    const { tensors, metadata } = decodeSafetensors(bytes);
    const shuffled = new Map([...tensors].reverse());
    expect(Buffer.compare(Buffer.from(encodeSafetensors(shuffled, metadata)), bytes)).toBe(0);
  });

  it('show names, shapes and metadata without their data', async () => {
    const source = memorySource(readFileSync(pathOf('weights-all-dtypes')), 'all');
    const header = await readSafetensorsHeader(source);
    const { tensors } = readGolden('weights-all-dtypes');
    expect(header.metadata).toEqual({ format: 'pt' });
    expect([...header.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual(
      [...tensors].map(([name, { dtype, shape }]) => [name, dtype, shape]),
    );
  });
});

/** A file with the given header and number of data bytes. */
function fileOf(header: unknown, dataBytes: number): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}

describe('malformed files', () => {
  const tensor = (begin: number, end: number, shape: unknown = [(end - begin) / 4]) => ({
    dtype: 'F32',
    shape,
    data_offsets: [begin, end],
  });
  const absurd = Buffer.concat([Buffer.from([255, 255, 255, 255, 255, 255, 255, 127]), Buffer.from('{}')]);
  const cases: [string, Uint8Array, string][] = [
    ['an empty file', new Uint8Array(), '0 bytes'],
    ['an absurd header length', absurd, 'header of 9223372036854775807 bytes'],
    ['a header longer than the file', Buffer.from([9, 0, 0, 0, 0, 0, 0, 0, 123, 125]), 'header of 9 bytes'],
    ['text', Buffer.from('not a tensor at all, just a text that goes on for a while'), 'claims a header'],
    ['a header that is not JSON', fileOf('{"a":', 0), 'not JSON'],
    ['a header that is a list', fileOf([1], 0), 'not a JSON object'],
    ['metadata that are not texts', fileOf({ __metadata__: { a: 1 } }, 0), '__metadata__'],
    ['an entry that is null', fileOf({ a: null }, 0), '"a"'],
    ['an unknown dtype', fileOf({ a: { ...tensor(0, 4), dtype: 'F7' } }, 4), '"F7"'],
    ['a dtype from the prototype', fileOf({ a: { ...tensor(0, 4), dtype: 'toString' } }, 4), '"toString"'],
    ['a negative side', fileOf({ a: tensor(0, 4, [-1]) }, 4), 'shape [-1]'],
    ['a fractional side', fileOf({ a: tensor(0, 4, [0.5]) }, 4), 'shape [0.5]'],
    ['a shape of 2^200 numbers', fileOf({ a: tensor(0, 4, Array(4).fill(2 ** 50)) }, 4), 'not 4'],
    ['negative offsets', fileOf({ a: tensor(-4, 0) }, 4), 'data_offsets'],
    ['reversed offsets', fileOf({ a: tensor(4, 0, [1]) }, 4), 'not -4'],
    ['a size that is not that of the shape', fileOf({ a: tensor(0, 8, [3]) }, 8), 'takes 12 bytes, not 8'],
    ['data beyond the end', fileOf({ a: tensor(0, 8) }, 4), 'cut short'],
    ['overlapping tensors', fileOf({ a: tensor(0, 8), b: tensor(4, 12) }, 12), 'overlaps'],
    ['a gap', fileOf({ a: tensor(0, 4), b: tensor(8, 12) }, 12), 'gap'],
    ['data after the end', fileOf({ a: tensor(0, 4) }, 8), '4 bytes at its end'],
  ];

  it.each(cases)('%s is a user error that names the file', async (_, bytes, expected) => {
    const readers = [
      async () => decodeSafetensors(bytes, 'broken.safetensors'),
      () => readSafetensorsHeader(memorySource(bytes, 'broken.safetensors')),
    ];
    for (const read of readers) {
      const error: unknown = await read().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(UserError);
      expect((error as UserError).code).toBe('weights');
      expect((error as UserError).message).toContain('broken.safetensors');
      expect((error as UserError).message).toContain(expected);
    }
  });

  it('a cut file is refused at every length', () => {
    const whole = readFileSync(pathOf('weights-writable'));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length))).toThrow(UserError);
    }
  });
});

describe('encoding', () => {
  it('does not depend on the order of tensors or metadata, and aligns data', () => {
    const tensors: [string, FileTensor][] = [
      ['b', { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 3) }],
      ['2', { dtype: 'F32', shape: [1], data: Float32Array.of(2) }],
      ['10', { dtype: 'F32', shape: [1], data: Float32Array.of(10) }],
      ['"quoted" é', { dtype: 'I64', shape: [], data: BigInt64Array.of(-1n) }],
    ];
    const bytes = encodeSafetensors(new Map(tensors), { x: '1', a: '2' });
    expect(encodeSafetensors(new Map([...tensors].reverse()), { a: '2', x: '1' })).toEqual(bytes);
    expect((new DataView(bytes.buffer).getUint32(0, true) + 8) % 8).toBe(0);
    const { tensors: read, metadata } = decodeSafetensors(bytes);
    expect(new Map([...read].sort())).toEqual(new Map(tensors.sort()));
    expect(metadata).toEqual({ a: '2', x: '1' });
  });
});
