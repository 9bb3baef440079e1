/**
 * TensorFlow.js models: model.json with a weightsManifest, and the files of bytes it names, laid end to end. Quantised
 * weights (16-bit floats; 8- and 16-bit steps of an affine scale) are widened.
 */
import { readInside, type ByteSource } from './byteSource';
import { isRecord, type FileOpener, requireSibling } from './fileOpener';
import { malformed, shorten } from './malformed';
import { countElements, itemSizes, placeTensor, type TensorDtype, type TensorPlace } from './tensorPlace';
import type { WeightsFile } from './weightsFile';

const dtypes: Readonly<Record<string, TensorDtype>> = {
  float32: 'float32',
  float16: 'float16',
  int32: 'int32',
  uint8: 'uint8',
  uint16: 'uint16',
  bool: 'bool',
};

export function isTfjsModel(json: unknown): boolean {
  return isRecord(json) && Array.isArray(json.weightsManifest);
}

export async function openTfjs(file: string, json: unknown, opener: FileOpener): Promise<WeightsFile> {
  const tensors = new Map<string, TensorPlace>();
  const groups = isRecord(json) && Array.isArray(json.weightsManifest) ? (json.weightsManifest as unknown[]) : [];
  for (const group of groups) {
    if (!isRecord(group) || !Array.isArray(group.paths) || !Array.isArray(group.weights))
      return malformed(file, 'has a weightsManifest that is not one');
    const shards: ByteSource[] = [];
    for (const path of group.paths as unknown[]) shards.push(await opener.openSibling(requireSibling(file, path)));
    placeGroup(file, joinSources(file, shards), { weights: group.weights as unknown[], tensors });
  }
  return { name: file, format: 'tfjs', tensors, metadata: describe(json) };
}

function describe(json: unknown): Record<string, string> {
  const table = isRecord(json) ? json : {};
  const known = ['format', 'generatedBy', 'convertedBy'].filter((key) => typeof table[key] === 'string');
  return Object.fromEntries(known.map((key) => [key, shorten(String(table[key]), 200)]));
}

function placeGroup(
  file: string,
  source: ByteSource,
  { weights, tensors }: { weights: readonly unknown[]; tensors: Map<string, TensorPlace> },
): void {
  let position = 0;
  for (const weight of weights) {
    const spec = parseSpec(file, weight);
    const stored = countElements(file, spec.name, spec.shape);
    const begin = position;
    position += stored * itemSizes[spec.stored];
    if (position > source.size)
      malformed(
        file,
        `needs ${position} bytes for "${shorten(spec.name)}", and its files of weights have ${source.size}`,
      );
    const view = { name: spec.name, dtype: spec.stored, shape: spec.shape, stored };
    const place = placeTensor(file, view, (from, to) => readInside(source, begin + from, begin + to, spec.name));
    if (tensors.has(spec.name)) malformed(file, `has two weights called "${shorten(spec.name)}"`);
    tensors.set(spec.name, { ...place, read: async () => rescale(await place.read(), spec) });
  }
}

interface Spec {
  readonly name: string;
  readonly shape: readonly number[];
  /** As in the file of bytes. */
  readonly stored: TensorDtype;
  /** value = scale · stored + min, for quantised weights. */
  readonly scale?: number;
  readonly min?: number;
}

function parseSpec(file: string, weight: unknown): Spec {
  const { name, shape, dtype, quantization } = isRecord(weight) ? weight : {};
  const isShape = Array.isArray(shape) && shape.every((side) => typeof side === 'number');
  if (typeof name !== 'string' || !isShape) return malformed(file, 'has a weight without a name or shape');
  const { dtype: packed, scale, min } = isRecord(quantization) ? quantization : {};
  const type = String(packed ?? dtype);
  if (!Object.hasOwn(dtypes, type))
    return malformed(file, `has a weight "${shorten(name)}" of type ${shorten(type)}, which is not read here`);
  const isScaled = typeof scale === 'number' && typeof min === 'number';
  return { name, shape: shape as number[], stored: dtypes[type]!, ...(isScaled && { scale, min }) };
}

function rescale(values: Float32Array, { scale, min }: Spec): Float32Array {
  if (scale === undefined || min === undefined) return values;
  return values.map((value) => scale * value + min);
}

/** Files laid end to end as one source. */
function joinSources(name: string, parts: readonly ByteSource[]): ByteSource {
  const begins: number[] = [];
  let size = 0;
  for (const part of parts) {
    begins.push(size);
    size += part.size;
  }
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - begin);
    for (const [k, part] of parts.entries()) {
      const [from, to] = [Math.max(begin, begins[k]!), Math.min(end, begins[k]! + part.size)];
      if (from < to) bytes.set(await part.read(from - begins[k]!, to - begins[k]!), from - begin);
    }
    return bytes;
  };
  return { name, size, read };
}
