/**
 * NumPy's array files (.npy, numpy.lib.format versions 1 to 3) and archives of them (.npz, packed or not). Arrays of
 * objects are pickles and are refused.
 */
import { latin1, partOf, readInside, viewOf, type ByteSource } from './byteSource';
import { malformed, shorten } from './malformed';
import { columnMajorStrides, parseNumpyType, refuseNumpyType, type NumpyType } from './numpyTypes';
import { countElements, itemSizes, placeTensor, rowMajorStrides, type TensorPlace } from './tensorPlace';
import type { WeightsFile } from './weightsFile';
import type { ZipEntry, ZipFile } from './zipDirectory';

const maxHeaderBytes = 2 ** 20;

export function isNpy(start: Uint8Array): boolean {
  return latin1(start.subarray(0, 6)) === '\x93NUMPY';
}

interface NpyHeader extends NumpyType {
  readonly shape: readonly number[];
  readonly isColumnMajor: boolean;
  /** Of the first element. */
  readonly begin: number;
}

/** An array file on its own; the tensor is called `array`. */
export async function openNpy(source: ByteSource): Promise<WeightsFile> {
  const header = await readHeader(source, 'array');
  if (header === 'texts') return malformed(source.name, 'is an array of texts, not of numbers');
  const place = placeNpy(source, 'array', header);
  return { name: source.name, format: 'npy', tensors: new Map([['array', place]]), metadata: {} };
}

/** Whether an archive holds arrays. */
export function isNpz(zip: ZipFile): boolean {
  return [...zip.entries.keys()].some((name) => name.endsWith('.npy'));
}

export async function openNpz(file: string, zip: ZipFile): Promise<WeightsFile> {
  const tensors = new Map<string, TensorPlace>();
  for (const entry of zip.entries.values()) {
    if (!entry.name.endsWith('.npy')) continue;
    const name = entry.name.slice(0, -'.npy'.length);
    const source = zipSource(file, zip, entry);
    const header = await readHeader(source, name);
    if (header !== 'texts') tensors.set(name, placeNpy(source, name, header));
  }
  return { name: file, format: 'npz', tensors, metadata: {} };
}

/** Headers of packed entries are unpacked with all of the entry, and again when it is read: one at a time in memory. */
function zipSource(file: string, zip: ZipFile, entry: ZipEntry): ByteSource {
  return { name: file, size: entry.size, read: (begin, end) => zip.read(entry, begin, end) };
}

/** Arrays of texts stand beside arrays of numbers in many archives, and are passed over. */
async function readHeader(source: ByteSource, name: string): Promise<NpyHeader | 'texts'> {
  const what = `the header of "${shorten(name)}"`;
  const start = await readInside(source, 0, 12, what);
  if (!isNpy(start)) malformed(source.name, `is damaged: "${shorten(name)}" is not a NumPy array`);
  const isShort = start[6] === 1;
  if (![1, 2, 3].includes(start[6]!))
    malformed(source.name, `has an array "${shorten(name)}" in version ${start[6]} of the format; known are 1 to 3`);
  const length = isShort ? viewOf(start).getUint16(8, true) : viewOf(start).getUint32(8, true);
  const from = isShort ? 10 : 12;
  if (length > maxHeaderBytes) malformed(source.name, `is damaged: ${what} claims ${length} bytes`);
  const text = latin1(await readInside(source, from, from + length, what));
  if (/['"]descr['"]\s*:\s*['"][<>|=]?[US]\d+['"]/.test(text)) return 'texts';
  return { ...parseHeader(source.name, name, text), begin: from + length };
}

/** `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }` */
function parseHeader(file: string, name: string, text: string): Omit<NpyHeader, 'begin'> {
  const shape = /['"]shape['"]\s*:\s*\(([\d\s,L]*)\)/.exec(text)?.[1];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  const type = /['"]descr['"]\s*:\s*(?:['"]([^'"]*)['"]|\[)/.exec(text);
  if (shape === undefined || !order || !type)
    return malformed(file, `is damaged: the header of "${shorten(name)}" is "${shorten(text)}"`);
  const parsed = parseNumpyType(type[1] ?? '');
  if (!parsed) return refuseNumpyType(file, name, type[1] ?? 'record');
  const sides = shape
    .split(',')
    .map((side) => side.trim().replace('L', ''))
    .filter((side) => side !== '');
  return { ...parsed, shape: sides.map(Number), isColumnMajor: order === 'True' };
}

function placeNpy(source: ByteSource, name: string, header: NpyHeader): TensorPlace {
  const { dtype, shape, isBigEndian, isColumnMajor, begin } = header;
  const stored = countElements(source.name, name, shape);
  const strides = isColumnMajor ? columnMajorStrides(shape) : rowMajorStrides(shape);
  const end = begin + stored * itemSizes[dtype];
  if (end > source.size)
    malformed(source.name, `is cut short: "${shorten(name)}" ends at byte ${end} of ${source.size}`);
  const whole = partOf(source, begin, end);
  return placeTensor(source.name, { name, dtype, shape, strides, stored, isBigEndian }, (from, to) =>
    whole.read(from, to),
  );
}
