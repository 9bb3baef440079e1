/** What the header messages of an HDF5 object say of an array: its shape, number type and place. */
import { parseFilters, type ChunkedLayout } from './hdf5Chunks';
import { malformed, shorten } from './malformed';
import { itemSizes, type TensorDtype } from './tensorPlace';

export interface Message {
  readonly type: number;
  readonly data: DataView;
}

export interface Dataset {
  readonly shape: readonly number[];
  readonly dtype: TensorDtype;
  readonly isBigEndian: boolean;
  readonly place: StoredBlock | ChunkedLayout;
}

export interface StoredBlock {
  /** Of the first element, and how many bytes there are. */
  readonly begin: number;
  readonly bytes: number;
}

const dataspace = 0x01;
const datatype = 0x03;
const layout = 0x08;
const pipeline = 0x0b;
/** Arrays that were never written have no address. */
const undefinedAddress = 0xffffffffffffffffn;

/** Undefined when the object is no array of numbers (texts, empty arrays). */
export function parseDataset(file: string, name: string, messages: readonly Message[]): Dataset | undefined {
  const find = (wanted: number) => messages.find(({ type }) => type === wanted)?.data;
  const [space, type, place] = [find(dataspace), find(datatype), find(layout)];
  if (!space || !type || !place) return undefined;
  const number = parseType(type);
  if (!number) return undefined;
  const shape = parseShape(space);
  if (!shape) return malformed(file, `is damaged: the array "${shorten(name)}" has no shape`);
  const found = parseLayout(place);
  if (found === 'unwritten') return undefined;
  if (found === 'unknown')
    return malformed(
      file,
      `holds the array "${shorten(name)}" in a layout that is not read here`,
      "save it with h5py's default settings",
    );
  if ('tree' in found) {
    const filters = find(pipeline);
    const chunked = { ...found, filters: filters ? parseFilters(file, name, filters) : [] };
    return { shape, ...number, place: chunked };
  }
  const bytes = shape.reduce((product, side) => product * side, itemSizes[number.dtype]);
  if (found.bytes !== bytes)
    return malformed(
      file,
      `is damaged: the array "${shorten(name)}" of shape [${shape.join(', ')}] has ${found.bytes} bytes`,
    );
  return { shape, ...number, place: found };
}

function parseShape(view: DataView): number[] | undefined {
  const [version, rank] = [view.getUint8(0), view.getUint8(1)];
  const from = version === 1 ? 8 : 4;
  if (version < 1 || version > 2 || from + 8 * rank > view.byteLength) return undefined;
  return Array.from({ length: rank }, (_, axis) => Number(view.getBigUint64(from + 8 * axis, true)));
}

/** Class 0 is whole numbers, class 1 floats; bit 0 of the flags is the byte order, bit 3 the sign. */
function parseType(view: DataView): Pick<Dataset, 'dtype' | 'isBigEndian'> | undefined {
  if (view.byteLength < 8) return undefined;
  const [kind, flags, size] = [view.getUint8(0) & 15, view.getUint8(1), view.getUint32(4, true)];
  const letter = kind === 1 ? 'float' : kind === 0 ? (flags & 8 ? 'int' : 'uint') : undefined;
  const dtype = letter && `${letter}${8 * size}`;
  if (dtype === undefined || !Object.hasOwn(itemSizes, dtype)) return undefined;
  return { dtype: dtype as TensorDtype, isBigEndian: (flags & 1) === 1 };
}

/** Version 3: class 1 is one block of bytes, class 2 a tree of pieces; the last of a piece's sides is a number's bytes. */
function parseLayout(view: DataView): StoredBlock | Omit<ChunkedLayout, 'filters'> | 'unwritten' | 'unknown' {
  if (view.byteLength < 11 || view.getUint8(0) !== 3) return 'unknown';
  if (view.getUint8(1) === 2) {
    const rank = view.getUint8(2);
    if (rank < 1 || view.byteLength < 11 + 4 * rank) return 'unknown';
    const tree = view.getBigUint64(3, true);
    const chunk = Array.from({ length: rank - 1 }, (_, axis) => view.getUint32(11 + 4 * axis, true));
    return tree === undefinedAddress ? 'unwritten' : { tree: Number(tree), chunk };
  }
  if (view.byteLength < 18 || view.getUint8(1) !== 1) return 'unknown';
  const begin = view.getBigUint64(2, true);
  return begin === undefinedAddress
    ? 'unwritten'
    : { begin: Number(begin), bytes: Number(view.getBigUint64(10, true)) };
}
