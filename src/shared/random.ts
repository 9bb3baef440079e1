/**
 * The only source of randomness. Every stream is derived from a seed, a purpose and counters, so a stream can be
 * re-created from a step number alone: resuming needs no saved generator, and drawing more numbers for one purpose
 * never moves another. Generator: xoroshiro128+ (Blackman & Vigna 2018) seeded with 128 bits of MurmurHash3.
 */
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

export interface Random {
  /** Uniform 32-bit unsigned integer. */
  nextUint32(): number;
  /** Uniform in [0, 1) with 53 bits. */
  uniform(): number;
  /** Uniform in [low, high). */
  uniformIn(low: number, high: number): number;
  /** Uniform integer in 0..count-1, without modulo bias. */
  integer(count: number): number;
  /** Standard normal (Box–Muller). */
  normal(): number;
  /** A uniform permutation of 0..count-1 (Fisher–Yates). */
  permutation(count: number): Uint32Array;
}

/** A stream for one purpose, e.g. `deriveRandom(seed, 'augment', step, index, view)`. Counters are 32-bit integers. */
export function deriveRandom(seed: number, purpose: string, ...counters: number[]): Random {
  return new Stream(hash128(seed, purpose, counters));
}

class Stream implements Random {
  private readonly generator: { next(): number };
  private spare: number | undefined;

  constructor(state: readonly [number, number, number, number]) {
    this.generator = xoroshiro128plusFromState([...state]);
  }

  nextUint32(): number {
    return this.generator.next() >>> 0;
  }

  uniform(): number {
    const high = this.nextUint32() >>> 5;
    const low = this.nextUint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  uniformIn(low: number, high: number): number {
    return low + (high - low) * this.uniform();
  }

  integer(count: number): number {
    if (!(count > 0)) throw new Error(`internal: integer() needs a positive count, got ${count}`);
    const limit = 4294967296 - (4294967296 % count);
    for (;;) {
      const value = this.nextUint32();
      if (value < limit) return value % count;
    }
  }

  normal(): number {
    if (this.spare !== undefined) {
      const value = this.spare;
      this.spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  permutation(count: number): Uint32Array {
    const order = Uint32Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = this.integer(i + 1);
      const kept = order[i]!;
      order[i] = order[j]!;
      order[j] = kept;
    }
    return order;
  }
}

/** Four MurmurHash3 (x86, 32 bit) hashes of seed, purpose and counters under different hash seeds. */
function hash128(seed: number, purpose: string, counters: readonly number[]): [number, number, number, number] {
  const words = [
    seed | 0,
    Math.floor(seed / 4294967296) | 0,
    ...[...purpose].map((c) => c.codePointAt(0)!),
    -1,
    ...counters,
  ];
  const hash = (start: number) => murmur32(words, start);
  const [a, b, c, d] = [hash(0x9e3779b9), hash(0x85ebca6b), hash(0xc2b2ae35), hash(0x27d4eb2f)];
  // All-zero is the one state the generator cannot leave.
  return (a | b | c | d) === 0 ? [1, 0, 0, 0] : [a, b, c, d];
}

function murmur32(words: readonly number[], start: number): number {
  let hash = start | 0;
  for (const word of words) {
    let k = Math.imul(word | 0, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    hash ^= Math.imul(k, 0x1b873593);
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= words.length * 4;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
