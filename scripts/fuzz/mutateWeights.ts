/**
 * Damaged weight files by the thousand: good ones with bytes changed, numbers made absurd, pieces cut, doubled and mixed.
 * Whatever comes out, the readers must open it or say what is wrong with it, soon and without asking for much memory.
 */
import { UserError } from '../../src/shared/errors';
import { deriveRandom, type Random } from '../../src/shared/random';
import { memorySource } from '../../src/shared/weights/byteSource';
import { describeWeights } from '../../src/shared/weights/describeWeights';
import { openWeights } from '../../src/shared/weights/openWeights';
import type { WeightsFile } from '../../src/shared/weights/weightsFile';

export interface SeedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface FuzzResult {
  readonly inputs: number;
  /** Opened, or refused with a sentence. */
  readonly opened: number;
  readonly refused: number;
  /** Anything else that was thrown: bugs. */
  readonly crashes: readonly { readonly input: number; readonly file: string; readonly error: string }[];
  /** The slowest input, in ms. */
  readonly slowestMs: number;
  readonly slowest: string;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Inputs first..first + count - 1. */
  readonly first: number;
  readonly count: number;
}

/** Larger tensors are opened and not read, so that the run ends this year. */
const maxRead = 1_000_000;
const interesting = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

export async function fuzzWeights(
  files: readonly SeedFile[],
  { seed, first, count }: FuzzOptions,
): Promise<FuzzResult> {
  const crashes: { input: number; file: string; error: string }[] = [];
  let [opened, refused, slowestMs] = [0, 0, 0];
  let slowest = '';
  for (let input = first; input < first + count; input++) {
    const random = deriveRandom(seed, 'fuzz-weights', input);
    const file = files[random.integer(files.length)]!;
    const bytes = mutate(file.bytes, files, random);
    const begun = performance.now();
    try {
      await readEverything(bytes, files);
      opened++;
    } catch (error) {
      if (error instanceof UserError) refused++;
      else
        crashes.push({
          input,
          file: file.name,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
    }
    const ms = performance.now() - begun;
    if (ms > slowestMs) [slowestMs, slowest] = [ms, `${file.name}, input ${input}`];
  }
  return { inputs: count, opened, refused, crashes, slowestMs, slowest };
}

async function readEverything(bytes: Uint8Array, files: readonly SeedFile[]): Promise<void> {
  const openSibling = (name: string) => {
    const found = files.find((file) => file.name === name);
    if (!found) return Promise.reject(new UserError('weights', `${name} is not there; it was asked for`));
    return Promise.resolve(memorySource(found.bytes, name));
  };
  const weights: WeightsFile = await openWeights(memorySource(bytes, 'damaged'), { openSibling });
  describeWeights(weights);
  for (const { shape, read } of weights.tensors.values())
    if (shape.reduce((product, side) => product * side, 1) <= maxRead) await read();
}

/** One to eight changes: bits, bytes, numbers, pieces cut, doubled, inserted or taken from another file. */
export function mutate(original: Uint8Array, files: readonly SeedFile[], random: Random): Uint8Array {
  let bytes: Uint8Array = original.slice();
  const changes = 1 + random.integer(random.integer(4) === 0 ? 8 : 2);
  for (let change = 0; change < changes && bytes.length > 0; change++) {
    bytes = mutations[random.integer(mutations.length)]!(bytes, random, files);
  }
  return bytes;
}

type Mutation = (bytes: Uint8Array, random: Random, files: readonly SeedFile[]) => Uint8Array;

const at = (bytes: Uint8Array, random: Random): number => random.integer(Math.max(1, bytes.length));

const flipBit: Mutation = (bytes, random) => {
  bytes[at(bytes, random)]! ^= 1 << random.integer(8);
  return bytes;
};
const setByte: Mutation = (bytes, random) => {
  bytes[at(bytes, random)] = random.integer(256);
  return bytes;
};
/** Headers are where the interesting numbers are: at the beginning, and for zip files at the end. */
const setNumber: Mutation = (bytes, random) => {
  const near = random.integer(3);
  const span = Math.min(bytes.length, 600);
  const place =
    near === 0 ? random.integer(span) : near === 1 ? bytes.length - 1 - random.integer(span) : at(bytes, random);
  const width = [1, 2, 4, 8][random.integer(4)]!;
  const value = interesting[random.integer(interesting.length)]!;
  for (let k = 0; k < width && place + k < bytes.length; k++) bytes[place + k] = k < 4 ? (value >>> (8 * k)) & 255 : 0;
  return bytes;
};
const cut: Mutation = (bytes, random) => bytes.slice(0, at(bytes, random));
const remove: Mutation = (bytes, random) => {
  const from = at(bytes, random);
  return join(bytes.subarray(0, from), bytes.subarray(from + 1 + random.integer(64)));
};
const double: Mutation = (bytes, random) => {
  const from = at(bytes, random);
  const to = from + 1 + random.integer(64);
  return join(bytes.subarray(0, to), bytes.subarray(from));
};
const insert: Mutation = (bytes, random) => {
  const from = at(bytes, random);
  const some = Uint8Array.from({ length: 1 + random.integer(8) }, () => random.integer(256));
  return join(bytes.subarray(0, from), some, bytes.subarray(from));
};
const splice: Mutation = (bytes, random, files) => {
  const other = files[random.integer(files.length)]!.bytes;
  const from = at(other, random);
  const place = at(bytes, random);
  const length = 1 + random.integer(128);
  return join(bytes.subarray(0, place), other.subarray(from, from + length), bytes.subarray(place + length));
};
/** Letters and digits of headers in JSON and Python's notation. */
const changeDigit: Mutation = (bytes, random) => {
  for (let tries = 0; tries < 50; tries++) {
    const place = at(bytes, random);
    if (bytes[place]! < 48 || bytes[place]! > 57) continue;
    bytes[place] = 48 + random.integer(10);
    return bytes;
  }
  return bytes;
};

const mutations: readonly Mutation[] = [
  flipBit,
  setByte,
  setByte,
  setNumber,
  setNumber,
  setNumber,
  cut,
  remove,
  double,
  insert,
  splice,
  changeDigit,
  changeDigit,
];

function join(...parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}
