/** Files made to harm: each is refused with a sentence, soon, and without asking for the memory it claims. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fuzzWeights } from '../../../../scripts/fuzz/mutateWeights';
import { UserError } from '../../../../src/shared/errors';
import { memorySource } from '../../../../src/shared/weights/byteSource';
import { crc32 } from '../../../../src/shared/weights/crc32';
import { describeWeights } from '../../../../src/shared/weights/describeWeights';
import { inflate } from '../../../../src/shared/weights/inflate';
import { openWeights } from '../../../../src/shared/weights/openWeights';
import { readPickle } from '../../../../src/shared/weights/readPickle';
import { placeTensor } from '../../../../src/shared/weights/tensorPlace';
import type { WeightsFile } from '../../../../src/shared/weights/weightsFile';
import { readZip } from '../../../../src/shared/weights/zipDirectory';
import { goldenFolder } from './openGolden';

const alone = { openSibling: () => Promise.reject(new UserError('weights', 'nothing beside it')) };
const open = (bytes: Uint8Array): Promise<WeightsFile> => openWeights(memorySource(bytes, 'bad.pth'), alone);
const bytesOf = (...parts: (string | number[] | Uint8Array)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const pickle = (...parts: (string | number[])[]): Uint8Array => bytesOf([0x80, 2], ...parts);

async function refusal(work: () => Promise<unknown>): Promise<string> {
  const begun = performance.now();
  const error: unknown = await work().then(
    () => new Error('nothing was thrown'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(performance.now() - begun).toBeLessThan(15_000);
  return (error as UserError).message;
}

interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: 0 | 8;
  /** What the headers claim instead of the truth. */
  readonly claim?: { readonly size?: number; readonly packed?: number; readonly begin?: number; readonly crc?: number };
}

function zipOf(entries: readonly Entry[]): Uint8Array {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let position = 0;
  for (const { name, data, method = 0, claim = {} } of entries) {
    const packed = method === 8 ? deflateRawSync(data) : Buffer.from(data);
    const fields = {
      crc: claim.crc ?? crc32(data),
      packed: claim.packed ?? packed.length,
      size: claim.size ?? data.length,
    };
    const common = (header: Buffer, from: number): void => {
      header.writeUInt16LE(method, from);
      header.writeUInt32LE(fields.crc, from + 6);
      header.writeUInt32LE(fields.packed, from + 10);
      header.writeUInt32LE(fields.size, from + 14);
      header.writeUInt16LE(name.length, from + 18);
    };
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50);
    common(local, 8);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50);
    common(central, 10);
    central.writeUInt32LE(claim.begin ?? position, 42);
    locals.push(local, Buffer.from(name), packed);
    centrals.push(central, Buffer.from(name));
    position += 30 + name.length + packed.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(position, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A checkpoint { "w": tensor } whose tensor is described by pickle text; the storage "0" has 24 bytes. */
function torchOf(tensor: {
  offset?: string;
  size?: string;
  stride?: string;
  numel?: string;
  storage?: Uint8Array;
}): Uint8Array {
  const {
    offset = 'I0\n',
    size = '(I2\nI3\nt',
    stride = '(I3\nI1\nt',
    numel = 'I6\n',
    storage = new Uint8Array(24),
  } = tensor;
  const value = `}S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\n${numel}tQ${offset}${size}${stride}I00\nNtRs.`;
  return zipOf([
    { name: 'a/data.pkl', data: pickle(value) },
    { name: 'a/data/0', data: storage },
  ]);
}

describe('a tensor', () => {
  it('in order is read', async () => {
    const { tensors } = await open(torchOf({ storage: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer) }));
    expect([...(await tensors.get('w')!.read())]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it.each<[string, Parameters<typeof torchOf>[0], RegExp]>([
    ['with negative strides', { stride: '(I-3\nI1\nt' }, /negative ones are not allowed/],
    ['that begins before its storage', { offset: 'I-4\n' }, /begins at element -4/],
    ['that ends after its storage', { offset: 'I1\n' }, /needs 7 numbers where 6 are stored/],
    ['of absurd size', { size: '(I1000000000\nI1000000000\nt' }, /more than 2147483648 numbers/],
    [
      'that repeats one number a billion times',
      { size: '(I1000\nI1000000\nt', stride: '(I0\nI0\nt' },
      /repeats 6 numbers to 1000000000/,
    ],
    ['of a hundred axes', { size: `(${'I1\n'.repeat(60)}t`, stride: `(${'I1\n'.repeat(60)}t` }, /with 60 axes/],
    ['with a side that is no number', { size: "(I2\nS'x'\nt" }, /not a list of numbers/],
    ['with more sides than strides', { stride: '(I1\nt' }, /2 sides and 1 strides/],
    ['whose storage claims more than there is', { numel: 'I7\n' }, /has 24 bytes of 28/],
  ])('%s is refused', async (_, tensor, sentence) => {
    expect(await refusal(() => open(torchOf(tensor)))).toMatch(sentence);
  });

  it('that is damaged is noticed by its checksum', async () => {
    const bytes = torchOf({ storage: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer) });
    bytes[Buffer.from(bytes).indexOf('a/data/0') + 8 + 10]! ^= 4;
    const { tensors } = await open(bytes);
    expect(await refusal(() => tensors.get('w')!.read())).toMatch(/checksum of zip entry "a\/data\/0" is wrong/);
  });

  it('beyond the end of the world is refused before any memory is asked for', () => {
    const view = { name: 'w', dtype: 'float32', shape: [2 ** 31], stored: 2 ** 31 } as const;
    const place = placeTensor('f', view, () => Promise.reject(new Error('asked')));
    expect(place.shape).toEqual([2 ** 31]);
  });
});

describe('a zip archive', () => {
  const data = new Uint8Array(100);
  const good: Entry = { name: 'a.npy', data };
  it.each<[string, readonly Entry[], RegExp]>([
    ['whose entry lies outside', [{ ...good, claim: { begin: 1e6 } }], /overlaps the list of entries/],
    [
      'whose entry is longer than the file',
      [{ ...good, claim: { packed: 1e6, size: 1e6 } }],
      /overlaps the list of entries/,
    ],
    ['whose entries overlap', [good, { ...good, name: 'b.npy', claim: { begin: 0 } }], /overlaps "(a|b)\.npy"/],
    ['that claims what deflate cannot do', [{ ...good, method: 8, claim: { size: 4e9 } }], /which deflate cannot do/],
    ['with two entries of one name', [good, good], /two zip entries called "a\.npy"/],
    ['whose stored entry has two sizes', [{ ...good, claim: { size: 50 } }], /though it is stored as it is/],
  ])('%s is refused', async (_, entries, sentence) => {
    expect(await refusal(() => readZip(memorySource(zipOf(entries), 'bad.zip')))).toMatch(sentence);
  });

  it('that unpacks to more than it claims is stopped, and to less is noticed', async () => {
    for (const size of [60_000, 140_000]) {
      const zip = await readZip(
        memorySource(
          zipOf([
            { name: 'a', data: Uint8Array.from({ length: 100_000 }, (_, i) => i % 251), method: 8, claim: { size } },
          ]),
          'bomb',
        ),
      );
      expect(await refusal(() => zip.read(zip.entries.get('a')!, 0, size))).toMatch(
        /unpacks to (more than the 60000 bytes|100000 bytes and claims)/,
      );
    }
  });

  it('of arrays that claim gigabytes is listed without unpacking them', async () => {
    const head = "{'descr': '<f4', 'fortran_order': False, 'shape': (20000000,), }";
    const data = bytesOf(npyOf(head), new Uint8Array(80_000_000));
    const begun = performance.now();
    let read = 0;
    const source = memorySource(zipOf([{ name: 'w.npy', data, method: 8 }]), 'bomb.npz');
    const counting = { ...source, read: (from: number, to: number) => ((read += to - from), source.read(from, to)) };
    expect((await openWeights(counting, alone)).tensors.get('w')!.shape).toEqual([20_000_000]);
    expect(performance.now() - begun).toBeLessThan(10_000);
    expect(read).toBeLessThan(70_000 + 3 * 10_000);
  }, 60_000);

  it('cut anywhere is refused', async () => {
    const whole = torchOf({});
    for (let length = 0; length < whole.length; length++)
      await refusal(async () => readAllOf(await open(whole.subarray(0, length))));
  });

  it('without an end among 100,000 bytes of its mark is refused soon', async () => {
    const marks = bytesOf('PK\x03\x04', 'PK\x05\x06'.repeat(30_000));
    await refusal(() => open(marks));
  });
});

async function readAllOf(weights: WeightsFile): Promise<void> {
  for (const { read } of weights.tensors.values()) await read();
}

describe('a pickle', () => {
  const read = (bytes: Uint8Array) => readPickle(memorySource(bytes, 'bad.pkl'));
  it.each<[string, Uint8Array, RegExp]>([
    [
      'with quantised tensors',
      pickle('ctorch._utils\n_rebuild_qtensor\n(tR.'),
      /holds quantised tensors \(torch\._utils\._rebuild_qtensor\), which are not read here; save dequantize\(\) of each/,
    ],
    [
      'with sparse tensors',
      pickle('ctorch._utils\n_rebuild_sparse_tensor\n(tR.'),
      /holds sparse tensors .* save to_dense\(\) of each/,
    ],
    [
      'with complex numbers',
      pickle('ctorch\nComplexFloatStorage\n.'),
      /holds complex numbers .* save real and imaginary parts/,
    ],
    [
      'of Lightning with classes of its own',
      pickle('cmyproject.config\nTrainingConfig\n.'),
      /mentions myproject\.config\.TrainingConfig, .* save its weights alone in Python: torch\.save\(torch\.load\(FILE, weights_only=False\)\["state_dict"\]/,
    ],
    ['that calls the system', pickle("cos\nsystem\n(S'true'\ntR."), /mentions os\.system, which is not data/],
    [
      'that does so by protocol 4',
      pickle([0x8c, 5], 'posix', [0x8c, 6], 'system', [0x93], '.'),
      /mentions posix\.system/,
    ],
    ['that does so as an old class', pickle("(S'true'\nios\nsystem\n."), /mentions os\.system/],
    ['that hides a name behind dots', pickle('ctorch\nhub.load\n.'), /mentions torch\.hub\.load/],
    ['that takes from an empty stack', pickle('0.'), /takes more from its stack than there is/],
    ['that reaches below a mark', pickle('N(0.'), /takes more from its stack/],
    ['without a mark', pickle('t.'), /no mark/],
    ['that recalls what it never kept', pickle('h\x07.'), /recalls value 7/],
    ['with a length beyond the end', pickle('B', [255, 255, 255, 127], '.'), /only \d+ are left/],
    ['with a length that looks negative', pickle('B', [255, 255, 255, 255], '.'), /only \d+ are left/],
    ['with a number of 4 GB', pickle([0x8b, 255, 255, 255, 255]), /only \d+ are left/],
    ['of a future protocol', bytesOf([0x80, 9], '.'), /protocol 9/],
    ['with an unknown opcode', pickle([0xff], '.'), /opcode 255/],
    ['with an extension code', pickle([0x82, 1], '.'), /opcode 130/],
    ['with a key without a value', pickle('}(Nu.'), /key without a value/],
    ['that never ends', pickle('N'.repeat(1000)), /cut short/],
  ])('%s is refused', async (_, bytes, sentence) => {
    expect(await refusal(() => read(bytes))).toMatch(sentence);
  });

  it('of millions of objects is stopped', async () => {
    expect(await refusal(() => read(pickle('}'.repeat(4_000_000))))).toMatch(/more than 3000000 objects/);
  }, 30_000);

  it('that holds itself, or doubles itself a hundred times, is walked once', async () => {
    const self = zipOf([{ name: 'a/data.pkl', data: pickle("}q\x00S'a'\nh\x00s.") }]);
    expect((await open(self)).tensors.size).toBe(0);
    const doubling = Array.from(
      { length: 100 },
      (_, i) => `](h${String.fromCharCode(i)}h${String.fromCharCode(i)}eq${String.fromCharCode(i + 1)}`,
    );
    const laughs = zipOf([{ name: 'a/data.pkl', data: pickle(`]q\x00${doubling.join('')}.`) }]);
    expect((await open(laughs)).tensors.size).toBe(0);
  });

  it('nested a hundred thousand deep does not overflow the call stack', async () => {
    const deep = zipOf([{ name: 'a/data.pkl', data: pickle(']'.repeat(100_000) + 'a'.repeat(99_999) + '.') }]);
    expect((await open(deep)).tensors.size).toBe(0);
  });

  it('of 100,000 tensors is read, and described, in seconds', async () => {
    const one = (i: number) =>
      `S'layer${i % 9}.${i}.weight'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\nI6\ntQI0\n(I6\nt(I1\ntI00\nNtRs`;
    const many = pickle(`}${Array.from({ length: 100_000 }, (_, i) => one(i)).join('')}.`);
    const begun = performance.now();
    const weights = await open(
      zipOf([
        { name: 'a/data.pkl', data: many },
        { name: 'a/data/0', data: new Uint8Array(24) },
      ]),
    );
    expect(weights.tensors.size).toBe(100_000);
    expect(describeWeights(weights).tensors).toBe(100_000);
    expect(performance.now() - begun).toBeLessThan(120_000);
  }, 60_000);
});

describe('other headers', () => {
  it.each<[string, Uint8Array, RegExp]>([
    [
      'an array file of absurd shape',
      npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000, 1000000000), }"),
      /more than 2147483648/,
    ],
    [
      'an array file that is cut short',
      npyOf("{'descr': '<f4', 'fortran_order': False, 'shape': (10,), }"),
      /cut short/,
    ],
    ['an array of objects', npyOf("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"), /holds no numbers/],
    [
      'an array of records',
      npyOf("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }"),
      /holds no numbers/,
    ],
    ['a header that is a program', npyOf("__import__('os').system('true')"), /the header of "array" is/],
    [
      'a Keras file that ends after its signature',
      bytesOf('\x89HDF\r\n\x1a\n', new Array<number>(20).fill(0)),
      /cut short/,
    ],
    [
      'a model whose weights are missing',
      bytesOf('{"weightsManifest": [{"paths": ["x.bin"], "weights": []}]}'),
      /nothing beside it/,
    ],
    [
      'a model that reads elsewhere',
      bytesOf('{"weightsManifest": [{"paths": ["/etc/passwd"], "weights": []}]}'),
      /does not lie beside it/,
    ],
  ])('%s is refused', async (_, bytes, sentence) => {
    expect(await refusal(() => open(bytes))).toMatch(sentence);
  });

  it('a Keras file whose groups contain one another is refused', async () => {
    const bytes = new Uint8Array(readFileSync(path.join(goldenFolder, 'keras.h5')));
    // Every symbol-table entry below the root points to the root's own header.
    const root = new DataView(bytes.buffer).getBigUint64(64, true);
    const table = Buffer.from(bytes).indexOf('SNOD');
    new DataView(bytes.buffer).setBigUint64(table + 8 + 8, root, true);
    expect(await refusal(async () => readAllOf(await open(bytes)))).toMatch(/contain one another/);
  });
});

describe('arrays in pieces', () => {
  const golden = () => new Uint8Array(readFileSync(path.join(goldenFolder, 'chunks.h5')));
  const trees = (bytes: Uint8Array): number[] => {
    const found: number[] = [];
    for (let at = 0; (at = Buffer.from(bytes).indexOf('TREE', at)) >= 0; at += 4)
      if (bytes[at + 4] === 1) found.push(at);
    return found;
  };

  it('whose list contains itself are refused', async () => {
    const bytes = golden();
    // The list of "many" has two levels: its first child becomes the list itself.
    const at = trees(bytes).find((place) => bytes[place + 5] === 1)!;
    new DataView(bytes.buffer).setBigUint64(at + 24 + 32, BigInt(at), true);
    expect(await refusal(async () => readAllOf(await open(bytes)))).toMatch(/pieces that contain one another/);
  });

  it('with pieces outside the file, at impossible places or of other sizes are refused', async () => {
    const leaf = (bytes: Uint8Array): number => trees(bytes).find((place) => bytes[place + 5] === 0)!;
    const damaged = (change: (view: DataView, at: number) => void): Uint8Array => {
      const bytes = golden();
      change(new DataView(bytes.buffer), leaf(bytes) + 24);
      return bytes;
    };
    const outside = damaged((view, at) => view.setBigUint64(at + 32, 2n ** 40n, true));
    expect(await refusal(async () => readAllOf(await open(outside)))).toMatch(/cut short or damaged: a piece of/);
    const beside = damaged((view, at) => view.setBigUint64(at + 8, 3n, true));
    expect(await refusal(async () => readAllOf(await open(beside)))).toMatch(/a piece at a place where none can be/);
    const short = damaged((view, at) => view.setUint32(at, 5, true));
    expect(await refusal(async () => readAllOf(await open(short)))).toMatch(/a piece of 5 bytes of 48/);
  });
});

function npyOf(header: string): Uint8Array {
  return bytesOf('\x93NUMPY\x01\x00', [header.length & 255, header.length >> 8], header);
}

describe('unpacking', () => {
  it('a bomb stops after the bytes it claims', async () => {
    const packed = deflateRawSync(new Uint8Array(50_000_000));
    const work = async () => inflate({ file: 'bomb', what: 'it', bytes: packed, size: 49_000_000 });
    expect(await refusal(work)).toMatch(/more than the 49000000 bytes it claims/);
  });
});

describe('damaged files', () => {
  it('of every format are read or refused: 3,000 of the 100,000 of npm run fuzz:weights', async () => {
    const files = readdirSync(goldenFolder)
      .filter((name) => name !== 'expected.json')
      .map((name) => ({ name, bytes: new Uint8Array(readFileSync(path.join(goldenFolder, name))) }));
    const result = await fuzzWeights(files, { seed: 1, first: 0, count: 3000 });
    expect(result.crashes).toEqual([]);
    expect(result.opened).toBeGreaterThan(100);
    expect(result.refused).toBeGreaterThan(1000);
    expect(result.slowestMs).toBeLessThan(10_000);
  }, 120_000);
});
