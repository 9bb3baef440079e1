/** Safetensors files as weights, alone or in pieces with an index (`{ "weight_map": { name: file } }`). */
import type { ByteSource } from './byteSource';
import { isRecord, requireSibling, type FileOpener } from './fileOpener';
import { malformed, shorten } from './malformed';
import { readSafetensorsHeader, type FileDtype } from './safetensors';
import { countElements, placeInSource, type TensorDtype, type TensorPlace } from './tensorPlace';
import type { WeightsFile } from './weightsFile';

const dtypes: Readonly<Record<FileDtype, TensorDtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  U32: 'uint32',
  U8: 'uint8',
  BOOL: 'bool',
};
const maxPieces = 1000;

/** Whether a file begins as one: a header length that fits, then a JSON object. */
export function isSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 9) return false;
  const length = new DataView(start.buffer, start.byteOffset, 8).getBigUint64(0, true);
  return start[8] === 0x7b && length + 8n <= BigInt(size);
}

export async function openSafetensors(source: ByteSource): Promise<WeightsFile> {
  const header = await readSafetensorsHeader(source);
  const tensors = new Map<string, TensorPlace>();
  for (const [name, { dtype, shape, begin }] of header.tensors) {
    const stored = countElements(source.name, name, shape);
    tensors.set(name, placeInSource(source, begin, { name, dtype: dtypes[dtype], shape, stored }));
  }
  return { name: source.name, format: 'safetensors', tensors, metadata: header.metadata };
}

export function isShardIndex(json: unknown): boolean {
  return isRecord(json) && isRecord(json.weight_map);
}

/** All pieces of a sharded checkpoint; every tensor must be in the piece that the index names. */
export async function openShards(file: string, json: unknown, opener: FileOpener): Promise<WeightsFile> {
  const map = isRecord(json) && isRecord(json.weight_map) ? json.weight_map : {};
  const pieces = new Map<string, WeightsFile>();
  const tensors = new Map<string, TensorPlace>();
  for (const [name, value] of Object.entries(map)) {
    const pieceName = requireSibling(file, value);
    if (!pieces.has(pieceName)) {
      if (pieces.size >= maxPieces) malformed(file, `names more than ${maxPieces} pieces`);
      pieces.set(pieceName, await openSafetensors(await opener.openSibling(pieceName)));
    }
    const place = pieces.get(pieceName)!.tensors.get(name);
    if (!place)
      malformed(
        file,
        `says that "${shorten(name)}" is in ${pieceName}, and it is not there`,
        'download all pieces again',
      );
    tensors.set(name, place);
  }
  const metadata = Object.assign({}, ...[...pieces.values()].map((piece) => piece.metadata)) as Record<string, string>;
  return { name: file, format: 'safetensors', tensors, metadata };
}
