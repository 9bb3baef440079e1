/**
 * A safetensors file of float32 tensors as NumPy's .npz: a zip archive of .npy files, stored without packing, with zip64
 * sizes throughout so that it may be of any length. Written piece by piece.
 */
import { crc32 } from '../../shared/weights/crc32';
import { useWeights } from '../../shared/weights/useWeights';
import type { TensorPlace } from '../../shared/weights/tensorPlace';
import { weightPlatform } from '../checkpoint/weightPlatform';
import { buildFileAtomic, type UnfinishedFile } from '../storage/atomicFile';

/** Bytes read and written at once. */
const pieceBytes = 2 ** 24;

interface Written {
  readonly name: Uint8Array;
  readonly crc: number;
  readonly size: number;
  readonly begin: number;
}

/** Also writes `texts` as an array of strings called `textsName`. */
export async function writeNpz(
  from: string,
  to: string,
  { name: textsName, texts }: { readonly name: string; readonly texts: readonly string[] },
): Promise<void> {
  await buildFileAtomic(to, (file) =>
    useWeights({ path: from }, weightPlatform, async ({ tensors }) => {
      const entries: Written[] = [];
      const writer = new ZipWriter(file);
      for (const [name, place] of tensors) entries.push(await writer.add(`${name}.npy`, tensorPieces(place)));
      if (texts.length > 0) entries.push(await writer.add(`${textsName}.npy`, textPieces(texts)));
      await writer.end(entries);
    }),
  );
}

async function* tensorPieces(place: TensorPlace): AsyncGenerator<Uint8Array> {
  yield npyHeader('<f4', place.shape);
  const rows = place.shape[0] ?? 1;
  const perRow = 4 * place.shape.slice(1).reduce((product, side) => product * side, 1);
  const step = Math.max(1, Math.floor(pieceBytes / Math.max(1, perRow)));
  for (let from = 0; from < rows; from += step) {
    const values = await place.readRows!(from, Math.min(rows, from + step));
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

/** NumPy's fixed-length texts: UTF-32, filled up with zeros. */
async function* textPieces(texts: readonly string[]): AsyncGenerator<Uint8Array> {
  const letters = texts.map((text) => [...text].map((letter) => letter.codePointAt(0)!));
  const width = Math.max(1, ...letters.map(({ length }) => length));
  yield npyHeader(`<U${width}`, [texts.length]);
  for (const codes of letters) {
    const row = new Uint32Array(width);
    row.set(codes);
    yield new Uint8Array(row.buffer);
  }
}

/** Version 1: the magic, two bytes of length, and a Python dict padded so that the data begin at a multiple of 64. */
function npyHeader(type: string, shape: readonly number[]): Uint8Array {
  const sides = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const dict = `{'descr': '${type}', 'fortran_order': False, 'shape': (${sides}), }`;
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10;
  const text = `\x93NUMPY\x01\x00${String.fromCharCode(length & 255, length >> 8)}${dict.padEnd(length - 1)}\n`;
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

class ZipWriter {
  private position = 0;

  constructor(private readonly file: UnfinishedFile) {}

  /** The header is written twice: the checksum is known at the end only. */
  async add(fileName: string, pieces: AsyncIterable<Uint8Array>): Promise<Written> {
    const name = new TextEncoder().encode(fileName);
    const begin = this.position;
    await this.put(localHeader({ name, crc: 0, size: 0, begin }));
    let [crc, size] = [0, 0];
    const sum = weightPlatform.crc32;
    for await (const piece of pieces) {
      crc = sum ? sum(piece, crc) : crc32(piece, crc);
      size += piece.length;
      await this.put(piece);
    }
    const written = { name, crc, size, begin };
    await this.file.write(localHeader(written), begin);
    return written;
  }

  async end(entries: readonly Written[]): Promise<void> {
    const begin = this.position;
    for (const entry of entries) await this.put(centralHeader(entry));
    await this.put(endRecords(entries.length, begin, this.position - begin));
  }

  private async put(bytes: Uint8Array): Promise<void> {
    await this.file.write(bytes, this.position);
    this.position += bytes.length;
  }
}

/** Little-endian numbers of 2, 4 or 8 bytes, one after the other. */
function pack(fields: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(fields.reduce((sum, [bytes]) => sum + bytes, 0)));
  let at = 0;
  for (const [bytes, value] of fields) {
    if (bytes === 2) view.setUint16(at, value, true);
    else if (bytes === 4) view.setUint32(at, value, true);
    else view.setBigUint64(at, BigInt(value), true);
    at += bytes;
  }
  return new Uint8Array(view.buffer);
}

const large = 0xffffffff;
const version = 45;
/** 1 January 1980: files do not depend on when they were written. */
const date = 0x21;

function localHeader({ name, crc, size }: Written): Uint8Array {
  const extra = pack([
    [2, 1],
    [2, 16],
    [8, size],
    [8, size],
  ]);
  const fields = pack([
    [4, 0x04034b50],
    [2, version],
    [2, 0x800],
    [2, 0],
    [2, 0],
    [2, date],
    [4, crc],
    [4, large],
    [4, large],
    [2, name.length],
    [2, extra.length],
  ]);
  return join([fields, name, extra]);
}

function centralHeader({ name, crc, size, begin }: Written): Uint8Array {
  const extra = pack([
    [2, 1],
    [2, 24],
    [8, size],
    [8, size],
    [8, begin],
  ]);
  const fields = pack([
    [4, 0x02014b50],
    [2, version],
    [2, version],
    [2, 0x800],
    [2, 0],
    [2, 0],
    [2, date],
    [4, crc],
    [4, large],
    [4, large],
    [2, name.length],
    [2, extra.length],
    [2, 0],
    [2, 0],
    [2, 0],
    [4, 0],
    [4, large],
  ]);
  return join([fields, name, extra]);
}

function endRecords(count: number, begin: number, size: number): Uint8Array {
  const record = pack([
    [4, 0x06064b50],
    [8, 44],
    [2, version],
    [2, version],
    [4, 0],
    [4, 0],
    [8, count],
    [8, count],
    [8, size],
    [8, begin],
  ]);
  const locator = pack([
    [4, 0x07064b50],
    [4, 0],
    [8, begin + size],
    [4, 1],
  ]);
  const end = pack([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, 0xffff],
    [2, 0xffff],
    [4, large],
    [4, large],
    [2, 0],
  ]);
  return join([record, locator, end]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
