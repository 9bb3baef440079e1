/**
 * The safetensors format (huggingface.co/docs/safetensors): 8 bytes little-endian header length, a JSON header
 * { name: { dtype, shape, data_offsets } }, then the tensors' bytes without gaps. Files come from strangers, so every
 * number in the header is checked before it is used. Left out: dtypes no weight file here needs (float8, complex, 16-bit
 * integers), and big-endian machines, which Node no longer has outside IBM Z.
 */
import { UserError } from '../errors';
import { readInside, type ByteSource } from './byteSource';
import { decodeBfloat16, decodeFloat16, encodeFloat16 } from './float16';

/** A tensor as a file holds it, row-major; half precisions are widened to float32. */
export type FileTensor = { readonly shape: readonly number[] } & (
  | { readonly dtype: 'F32' | 'F16' | 'BF16'; readonly data: Float32Array }
  | { readonly dtype: 'F64'; readonly data: Float64Array }
  | { readonly dtype: 'I64'; readonly data: BigInt64Array }
  | { readonly dtype: 'I32'; readonly data: Int32Array }
  | { readonly dtype: 'U32'; readonly data: Uint32Array }
  | { readonly dtype: 'U8' | 'BOOL'; readonly data: Uint8Array }
);
export type FileDtype = FileTensor['dtype'];

/** What the header says of one tensor. Offsets are bytes from the start of the file. */
export interface TensorRange {
  readonly dtype: FileDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  readonly tensors: ReadonlyMap<string, TensorRange>;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, FileTensor>;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Bytes per element, in the order in which the reference writer puts dtypes (which keeps every tensor aligned). */
const itemSizes: Readonly<Record<FileDtype, number>> = {
  I64: 8,
  F64: 8,
  F32: 4,
  U32: 4,
  I32: 4,
  BF16: 2,
  F16: 2,
  U8: 1,
  BOOL: 1,
};
const dtypeOrder = Object.keys(itemSizes);

/** The reference implementation's limit. */
const maxHeaderBytes = 100_000_000;

/** What a header says of a tensor to be written. */
export type TensorSpec = Pick<FileTensor, 'dtype' | 'shape'>;

export interface SafetensorsLayout {
  /** Length, JSON and padding: everything before the data. */
  readonly head: Uint8Array;
  /** Names in the order of their data. */
  readonly order: readonly string[];
  /** Bytes of the whole file. */
  readonly size: number;
}

/**
 * Where everything goes in a file, for writing it piece by piece. Tensors are ordered by dtype and name as the reference
 * writer does, so equal content is equal bytes.
 */
export function layOutSafetensors(
  tensors: ReadonlyMap<string, TensorSpec>,
  metadata?: Readonly<Record<string, string>>,
): SafetensorsLayout {
  const ordered = [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      dtypeOrder.indexOf(a.dtype) - dtypeOrder.indexOf(b.dtype) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
  const entries: [string, unknown][] = [];
  if (metadata && Object.keys(metadata).length > 0) entries.push(['__metadata__', sortedByKey(metadata)]);
  let offset = 0;
  for (const [name, { dtype, shape }] of ordered) {
    const begin = offset;
    offset += shape.reduce((product, side) => product * side, itemSizes[dtype]);
    entries.push([name, { dtype, shape, data_offsets: [begin, offset] }]);
  }
  const json = new TextEncoder().encode(stringifyEntries(entries));
  const headerSize = Math.ceil(json.length / 8) * 8; // padded with spaces, so that tensors start aligned
  const head = new Uint8Array(8 + headerSize).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerSize), true);
  head.set(json, 8);
  return { head, order: ordered.map(([name]) => name), size: head.length + offset };
}

/** The file's bytes; see `layOutSafetensors` for the order. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, FileTensor>,
  metadata?: Readonly<Record<string, string>>,
): Uint8Array {
  const { head, order, size } = layOutSafetensors(tensors, metadata);
  const bytes = new Uint8Array(size);
  bytes.set(head);
  let position = head.length;
  for (const name of order) {
    const data = encodeTensor(name, tensors.get(name)!);
    bytes.set(data, position);
    position += data.length;
  }
  return bytes;
}

/** Tensors and metadata of a file's bytes; `fileName` is for messages. Throws a user error when they are not a valid file. */
export function decodeSafetensors(bytes: Uint8Array, fileName = 'this file'): SafetensorsFile {
  const header = decodeHeader(bytes, bytes.length, fileName);
  const tensors = new Map<string, FileTensor>();
  for (const [name, place] of header.tensors)
    tensors.set(name, decodeData(new Uint8Array(bytes.subarray(place.begin, place.end)), place));
  return { tensors, metadata: header.metadata };
}

/** Names, shapes, dtypes and metadata; the tensors are not read. */
export async function readSafetensorsHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const { name, size } = source;
  const start = await source.read(0, Math.min(8, size));
  const end = 8 + headerLength(start, size, name);
  return decodeHeader(await readInside(source, 0, end, 'its header'), size, name);
}

function malformed(fileName: string, what: string): never {
  const advice = 'download or save it again, or check that it really is a safetensors file';
  throw new UserError('weights', `${fileName} is not a valid safetensors file: ${what}; ${advice}`, { file: fileName });
}

/** The header's length in bytes, checked against the size of the file. */
function headerLength(bytes: Uint8Array, fileSize: number, fileName: string): number {
  if (fileSize < 8) malformed(fileName, `it has ${fileSize} bytes, and the header's length alone takes 8`);
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(Math.min(maxHeaderBytes, fileSize - 8))) {
    malformed(fileName, `it claims a header of ${length} bytes in a file of ${fileSize}`);
  }
  return Number(length);
}

/** `bytes` holds at least the header; `fileSize` is the size of the whole file. */
function decodeHeader(bytes: Uint8Array, fileSize: number, fileName: string): SafetensorsHeader {
  const dataStart = 8 + headerLength(bytes, fileSize, fileName);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(bytes.subarray(8, dataStart), fileName);
  if (!isRecord(metadata) || !Object.values(metadata).every((value) => typeof value === 'string')) {
    malformed(fileName, 'its __metadata__ is not a table of texts');
  }
  const tensors = new Map<string, TensorRange>();
  for (const [name, entry] of Object.entries(entries))
    tensors.set(name, parsePlace(name, entry, { dataStart, fileName }));
  checkCoverage(tensors, { dataStart, fileSize, fileName });
  return { tensors, metadata: metadata as Record<string, string> };
}

function parseHeader(json: Uint8Array, fileName: string): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch {
    malformed(fileName, 'its header is not JSON');
  }
  return isRecord(header) ? header : malformed(fileName, 'its header is not a JSON object');
}

function parsePlace(name: string, entry: unknown, at: { dataStart: number; fileName: string }): TensorRange {
  const wrong = (what: string): never => malformed(at.fileName, `tensor "${name}" ${what}`);
  if (!isRecord(entry)) return wrong('is not described by an object');
  const { dtype, shape, data_offsets: offsets } = entry;
  if (!isFileDtype(dtype)) return wrong(`has dtype ${JSON.stringify(dtype)}; known are ${dtypeOrder.join(', ')}`);
  if (!isCounts(shape)) return wrong(`has shape ${JSON.stringify(shape)}`);
  if (!isCounts(offsets) || offsets.length !== 2) return wrong(`has data_offsets ${JSON.stringify(offsets)}`);
  const [begin, end] = offsets as [number, number];
  const size = shape.reduce((product, side) => product * side, itemSizes[dtype]);
  if (end - begin !== size)
    return wrong(`of shape [${shape.join(', ')}] and dtype ${dtype} takes ${size} bytes, not ${end - begin}`);
  return { dtype, shape, begin: at.dataStart + begin, end: at.dataStart + end };
}

/** The format allows neither overlaps nor gaps, and the last tensor ends where the file does. */
function checkCoverage(
  tensors: ReadonlyMap<string, TensorRange>,
  { dataStart, fileSize, fileName }: { dataStart: number; fileSize: number; fileName: string },
): void {
  let position = dataStart;
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  for (const [name, { begin, end }] of inOrder) {
    if (end > fileSize)
      malformed(fileName, `tensor "${name}" ends at byte ${end} of ${fileSize}; the file is cut short`);
    if (begin !== position)
      malformed(fileName, `tensor "${name}" ${begin < position ? 'overlaps another' : 'leaves a gap'}`);
    position = end;
  }
  if (position !== fileSize) malformed(fileName, `${fileSize - position} bytes at its end belong to no tensor`);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFileDtype(value: unknown): value is FileDtype {
  return typeof value === 'string' && dtypeOrder.includes(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

/** `bytes` owns its buffer from byte 0, as typed arrays need for alignment. */
function decodeData(bytes: Uint8Array, { dtype, shape }: TensorRange): FileTensor {
  const buffer = bytes.buffer;
  switch (dtype) {
    case 'F32':
      return { dtype, shape, data: new Float32Array(buffer) };
    case 'F16':
      return { dtype, shape, data: decodeFloat16(new Uint16Array(buffer)) };
    case 'BF16':
      return { dtype, shape, data: decodeBfloat16(new Uint16Array(buffer)) };
    case 'F64':
      return { dtype, shape, data: new Float64Array(buffer) };
    case 'I64':
      return { dtype, shape, data: new BigInt64Array(buffer) };
    case 'I32':
      return { dtype, shape, data: new Int32Array(buffer) };
    case 'U32':
      return { dtype, shape, data: new Uint32Array(buffer) };
    case 'U8':
    case 'BOOL':
      return { dtype, shape, data: bytes };
  }
}

/** A tensor's bytes as the file holds them. */
export function encodeTensor(name: string, tensor: FileTensor): Uint8Array {
  const length = tensor.shape.reduce((product, side) => product * side, 1);
  if (length !== tensor.data.length)
    throw new Error(`internal: ${name} has ${tensor.data.length} numbers for shape [${tensor.shape.join(', ')}]`);
  if (tensor.dtype === 'BF16') throw new Error('internal: bfloat16 is read, not written');
  const data = tensor.dtype === 'F16' ? encodeFloat16(tensor.data) : tensor.data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

function sortedByKey(table: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(table).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** As JSON.stringify of an object, but in the given order even for names that look like numbers. */
function stringifyEntries(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
}
