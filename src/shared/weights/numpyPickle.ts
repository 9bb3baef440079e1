/**
 * Pickles with NumPy arrays, as detectron2's model zoo has them: { "model": { name: array }, … }. Arrays are
 * `_reconstruct(ndarray, …)` with their state set afterwards, or `_frombuffer(bytes, dtype, shape, order)` (protocol 5).
 */
import { readInside, type ByteSource } from './byteSource';
import { malformed, shorten } from './malformed';
import { columnMajorStrides, parseNumpyType, refuseNumpyType } from './numpyTypes';
import { collectTensors, numbersOf } from './pickleTensors';
import { readPickle } from './readPickle';
import { PickleBytes, PickleCall, PicklePersistent, PickleTuple, type PickleValue } from './pickleValues';
import { countElements, itemSizes, placeTensor, type TensorPlace } from './tensorPlace';
import type { WeightsFile } from './weightsFile';

export async function openNumpyPickle(source: ByteSource): Promise<WeightsFile> {
  const { value, persistents } = await readPickle(source);
  if (persistents.some((item) => item instanceof PicklePersistent))
    malformed(
      source.name,
      'refers to tensors outside itself',
      'save it with torch.save, which puts them into the file',
    );
  const collected = collectTensors(source.name, value, (name, call) => placeArray(source, name, call));
  return { name: source.name, format: 'pickle', ...collected };
}

interface ArrayParts {
  readonly shape: PickleValue | undefined;
  readonly type: PickleValue | undefined;
  readonly isColumnMajor: boolean;
  readonly data: PickleValue | undefined;
}

function placeArray(source: ByteSource, name: string, call: PickleCall): TensorPlace | undefined {
  const parts = findParts(call);
  if (!parts) return undefined;
  const file = source.name;
  const code = typeCode(parts.type);
  const type = code === undefined ? undefined : parseNumpyType(code);
  if (!type) return refuseNumpyType(file, name, code ?? 'unknown');
  const shape = numbersOf(file, name, parts.shape);
  const stored = countElements(file, name, shape);
  const bytes = bytesOf(source, name, parts.data);
  if (bytes.most < stored * itemSizes[type.dtype])
    malformed(
      file,
      `is damaged: the array "${shorten(name)}" of shape [${shape.join(', ')}] has ${bytes.most} bytes at most`,
    );
  const view = { name, ...type, shape, stored, ...(parts.isColumnMajor && { strides: columnMajorStrides(shape) }) };
  return placeTensor(file, view, async (begin, end) => {
    const all = await bytes.read();
    if (all.length !== stored * itemSizes[type.dtype])
      malformed(file, `is damaged: the array "${shorten(name)}" has ${all.length} bytes`);
    return begin === 0 && end === all.length ? all : all.slice(begin, end);
  });
}

/** The parts of an array, wherever the protocol has put them; undefined for calls that make no array. */
function findParts({ global, args, state }: PickleCall): ArrayParts | undefined {
  if (global.name === '_reconstruct' && state instanceof PickleTuple) {
    const [, shape, type, order, data] = state.items;
    return { shape, type, isColumnMajor: order === true, data };
  }
  if (global.name !== '_frombuffer') return undefined;
  const [data, type, shape, order] = args;
  return { shape, type, isColumnMajor: order === 'F', data };
}

/** dtype('f4', …) whose state is (version, byte order, …). */
function typeCode(type: PickleValue | undefined): string | undefined {
  if (!(type instanceof PickleCall) || type.global.name !== 'dtype') return undefined;
  const letters = textOf(type.args[0]);
  const order = type.state instanceof PickleTuple ? textOf(type.state.items[1]) : undefined;
  return letters === undefined ? undefined : `${order ?? '<'}${letters}`;
}

function textOf(value: PickleValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

interface LazyBytes {
  /** No more than this many bytes. */
  readonly most: number;
  read(): Promise<Uint8Array>;
}

/** Raw bytes; a byte string of Python 2; or, in protocol 2 of Python 3, `encode(text, 'latin1')`. */
function bytesOf(source: ByteSource, name: string, data: PickleValue | undefined): LazyBytes {
  if (data instanceof PickleCall && data.global.module === '_codecs') return bytesOf(source, name, data.args[0]);
  if (data instanceof PickleCall && data.global.name === 'bytearray') return bytesOf(source, name, data.args[0]);
  if (typeof data === 'string')
    return { most: data.length, read: () => Promise.resolve(fromLatin1(source.name, name, data)) };
  if (!(data instanceof PickleBytes))
    return malformed(source.name, `has an array "${shorten(name)}" of objects, not numbers`);
  const { begin, end, form } = data;
  const read = async (): Promise<Uint8Array> => {
    const bytes = await readInside(source, begin, end, `array "${shorten(name)}"`);
    return form === 'text' ? fromLatin1(source.name, name, new TextDecoder().decode(bytes)) : bytes;
  };
  return { most: end - begin, read };
}

function fromLatin1(file: string, name: string, text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 255) malformed(file, `is damaged: the array "${shorten(name)}" holds letters that are no bytes`);
    bytes[at] = code;
  }
  return bytes;
}
