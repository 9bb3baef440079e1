/**
 * A tensor of a weight file before it is read: type, shape, strides, and where its bytes are. Reading widens every number
 * type to float32 (float64 is rounded, integers are exact up to 2^24), which is what backbones compute with here.
 */
import { readInside, type ByteSource } from './byteSource';
import { decodeBfloat16, decodeFloat16 } from './float16';
import { malformed, shorten } from './malformed';

/** Bytes per element of every type that can be read. */
export const itemSizes = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint64: 8,
  uint32: 4,
  uint16: 2,
  uint8: 1,
  bool: 1,
} as const;
export type TensorDtype = keyof typeof itemSizes;

export interface TensorPlace {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Elements from one index to the next along each axis, as stored; never negative. */
  readonly strides: readonly number[];
  /** The values, row-major, as float32. */
  read(): Promise<Float32Array>;
  /** Those of the indices from..to - 1 along the first axis; only of tensors read straight from a file. */
  readRows?(from: number, to: number): Promise<Float32Array>;
}

/** A view of stored elements. */
export interface StoredView {
  /** For messages. */
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Elements; row-major when absent. */
  readonly strides?: readonly number[];
  /** First element. Default 0. */
  readonly offset?: number;
  /** Elements that are stored; the view must stay within them. */
  readonly stored: number;
  readonly isBigEndian?: boolean;
}

/** Larger tensors are a mistake or an attack: 8 GiB as float32. */
const maxElements = 2 ** 31;
/** A view may repeat stored elements (stride 0), but a few bytes must not become gigabytes. */
const maxRepeated = 2 ** 24;
const maxRank = 32;

/** Product of the sides; checked to be a safe whole number of at most 2^31 elements. */
export function countElements(file: string, name: string, shape: readonly number[]): number {
  const wrong = (what: string): never => malformed(file, `has a tensor "${shorten(name)}" ${what}`);
  if (shape.length > maxRank) wrong(`with ${shape.length} axes; at most ${maxRank} are read`);
  let count = 1;
  for (const side of shape) {
    if (!Number.isSafeInteger(side) || side < 0) wrong(`of shape [${shape.join(', ')}]`);
    count *= side;
    if (count > maxElements) wrong(`of shape [${shape.join(', ')}], more than ${maxElements} numbers`);
  }
  return count;
}

export function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

/**
 * Checks a view against what is stored and makes it readable. `bytes` gives the stored bytes begin..end - 1, counted from
 * the first element. Throws a user error for negative strides and views that leave the storage.
 */
export function placeTensor(
  file: string,
  view: StoredView,
  bytes: (begin: number, end: number) => Promise<Uint8Array>,
): TensorPlace {
  const { name, dtype, shape, offset = 0, stored, isBigEndian = false } = view;
  const strides = view.strides ?? rowMajorStrides(shape);
  const count = countElements(file, name, shape);
  const wrong = (what: string): never => malformed(file, `has a tensor "${shorten(name)}" ${what}`);
  if (strides.length !== shape.length) wrong(`with ${shape.length} sides and ${strides.length} strides`);
  if (strides.some((stride) => !Number.isSafeInteger(stride) || stride < 0))
    wrong(`with strides [${strides.join(', ')}]; negative ones are not allowed`);
  if (!Number.isSafeInteger(offset) || offset < 0) wrong(`that begins at element ${offset}`);
  const span = count === 0 ? 0 : 1 + shape.reduce((sum, side, axis) => sum + (side - 1) * strides[axis]!, 0);
  if (offset + span > stored) wrong(`that needs ${offset + span} numbers where ${stored} are stored`);
  if (count > stored && count > maxRepeated) wrong(`that repeats ${stored} numbers to ${count}`);
  const size = itemSizes[dtype];
  const read = async (): Promise<Float32Array> => {
    const values = decodeNumbers(await bytes(offset * size, (offset + span) * size), dtype, isBigEndian);
    return isRowMajor(shape, strides) ? values : gather(values, shape, strides);
  };
  const readRows = (from: number, to: number): Promise<Float32Array> => {
    if (!(0 <= from && from <= to && to <= (shape[0] ?? 0)))
      throw new Error(`internal: rows ${from} to ${to} of ${shape[0]}`);
    const part = { ...view, strides, shape: [to - from, ...shape.slice(1)], offset: offset + from * strides[0]! };
    return placeTensor(file, part, bytes).read();
  };
  return { dtype, shape, strides, read, readRows };
}

/** A view whose storage is a range of a source. */
export function placeInSource(source: ByteSource, begin: number, view: StoredView): TensorPlace {
  const what = `tensor "${shorten(view.name)}"`;
  return placeTensor(source.name, view, (from, to) => readInside(source, begin + from, begin + to, what));
}

/** Whether the elements lie in the order of their indices without gaps; axes of side 1 do not count. */
function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let expected = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] === 0) return true;
    if (shape[axis] !== 1 && strides[axis] !== expected) return false;
    expected *= shape[axis]!;
  }
  return true;
}

/** bytes: aligned to its items, and nobody else's. Little-endian unless said otherwise. Returns float32. */
function decodeNumbers(bytes: Uint8Array, dtype: TensorDtype, isBigEndian = false): Float32Array {
  if (isBigEndian) swapBytes(bytes, itemSizes[dtype]);
  const [buffer, from, length] = [bytes.buffer, bytes.byteOffset, bytes.byteLength / itemSizes[dtype]];
  switch (dtype) {
    case 'float32':
      return new Float32Array(buffer, from, length);
    case 'float16':
      return decodeFloat16(new Uint16Array(buffer, from, length));
    case 'bfloat16':
      return decodeBfloat16(new Uint16Array(buffer, from, length));
    case 'float64':
      return new Float32Array(new Float64Array(buffer, from, length));
    case 'int64':
      return Float32Array.from(new BigInt64Array(buffer, from, length), Number);
    case 'uint64':
      return Float32Array.from(new BigUint64Array(buffer, from, length), Number);
    case 'int32':
      return new Float32Array(new Int32Array(buffer, from, length));
    case 'uint32':
      return new Float32Array(new Uint32Array(buffer, from, length));
    case 'int16':
      return new Float32Array(new Int16Array(buffer, from, length));
    case 'uint16':
      return new Float32Array(new Uint16Array(buffer, from, length));
    case 'int8':
      return new Float32Array(new Int8Array(buffer, from, length));
    case 'uint8':
    case 'bool':
      return new Float32Array(bytes);
  }
}

function swapBytes(bytes: Uint8Array, size: number): void {
  for (let at = 0; at + size <= bytes.length; at += size) bytes.subarray(at, at + size).reverse();
}

/** The same tensor with its axes in another order; `axes` names, for each new axis, the old one. */
export function permuteTensor(place: TensorPlace, axes: readonly number[]): TensorPlace {
  const shape = axes.map((axis) => place.shape[axis]!);
  const strides = axes.map((axis) => place.strides[axis]!);
  const rowMajor = rowMajorStrides(place.shape);
  const inMemory = axes.map((axis) => rowMajor[axis]!);
  return { dtype: place.dtype, shape, strides, read: async () => gather(await place.read(), shape, inMemory) };
}

/** stored: the elements from the view's first to its last. Returns them row-major. */
function gather(stored: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
  if (values.length === 0) return values;
  const last = shape.length - 1;
  const [side, stride] = [shape[last]!, strides[last]!];
  const index = new Array<number>(last).fill(0);
  let row = 0;
  for (let to = 0; to < values.length; to += side) {
    for (let k = 0, from = row; k < side; k++, from += stride) values[to + k] = stored[from]!;
    // The next row: count the outer indices up like an odometer.
    for (let axis = last - 1; axis >= 0; axis--) {
      row += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      row -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}
