/** Half precision against numpy (test/golden/make/weightFiles.py) and over every bit pattern. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from '../../../../src/shared/weights/float16';
import { decodeSafetensors } from '../../../../src/shared/weights/safetensors';

describe('float16', () => {
  it('rounds as numpy does', () => {
    const path = fileURLToPath(new URL('../../../golden/data/weights-halves.safetensors', import.meta.url));
    const { tensors } = decodeSafetensors(readFileSync(path));
    const values = tensors.get('values')!.data as Float32Array;
    const bits = tensors.get('bits')!.data as Int32Array;
    expect(values.length).toBeGreaterThan(7000);
    expect([...encodeFloat16(values)]).toEqual([...bits]);
  });

  it('gives back every bit pattern that is a number', () => {
    const all = Uint16Array.from({ length: 65536 }, (_, index) => index).filter((half) => (half & 0x7fff) <= 0x7c00);
    expect(encodeFloat16(decodeFloat16(all))).toEqual(all);
  });

  it('grows with its bits and has known values', () => {
    const positive = decodeFloat16(Uint16Array.from({ length: 0x7c01 }, (_, index) => index));
    for (let index = 1; index < positive.length; index++) expect(positive[index]! > positive[index - 1]!).toBe(true);
    expect([...decodeFloat16(Uint16Array.of(0x0001, 0x0400, 0x3c00, 0xc000, 0x7bff, 0x3555, 0xfc00))]).toEqual([
      2 ** -24,
      2 ** -14,
      1,
      -2,
      65504,
      0.333251953125,
      -Infinity,
    ]);
  });

  it('keeps NaN', () => {
    expect(decodeFloat16(encodeFloat16(Float32Array.of(NaN)))[0]).toBeNaN();
    // A NaN whose payload is in the dropped bits only.
    expect(decodeFloat16(encodeFloat16(new Float32Array(Uint32Array.of(0x7f800001).buffer)))[0]).toBeNaN();
    expect(decodeFloat16(Uint16Array.of(0x7c01))[0]).toBeNaN();
  });
});

describe('bfloat16', () => {
  it('is the upper half of a float32', () => {
    expect([...decodeBfloat16(Uint16Array.of(0x3f80, 0xc040, 0x0001, 0x7f80))]).toEqual([1, -3, 2 ** -133, Infinity]);
    expect(decodeBfloat16(Uint16Array.of(0x7fc0))[0]).toBeNaN();
  });
});
