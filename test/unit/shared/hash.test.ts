import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { canonicalJson, contentKey, sha256Hex } from '../../../src/shared/hash';

describe('sha256Hex', () => {
  it('equals the published vectors and Node', () => {
    expect(sha256Hex('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    for (const text of ['', 'größe 🙂', 'x'.repeat(10_000)]) {
      expect(sha256Hex(text)).toBe(createHash('sha256').update(text).digest('hex'));
      expect(sha256Hex(new TextEncoder().encode(text))).toBe(sha256Hex(text));
    }
  });
});

describe('canonicalJson', () => {
  it('sorts keys, keeps the order of lists, leaves undefined out', () => {
    expect(canonicalJson({ b: [3, 1], a: { d: null, c: 'x' }, e: undefined })).toBe(
      '{"a":{"c":"x","d":null},"b":[3,1]}',
    );
    expect(contentKey({ a: 1, b: 2 })).toBe(contentKey({ b: 2, a: 1 }));
    expect(contentKey({ a: [1, 2] })).not.toBe(contentKey({ a: [2, 1] }));
    expect(contentKey({ a: 1 })).not.toBe(contentKey({ a: '1' }));
  });

  it('refuses numbers that JSON does not have', () => {
    expect(() => canonicalJson({ a: Number.NaN })).toThrow('internal');
  });
});
