/** A fingerprint of a backbone's weights: equal before and after a transfer that must leave them frozen, bit for bit. */
import { createHash } from 'node:crypto';
import { endianness } from 'node:os';
import type { WeightStore } from '../models/weightStore';

/** SHA-256 (hex) of names, shapes and float32 values in PyTorch layout, sorted by name. */
export async function weightsDigest(store: WeightStore): Promise<string> {
  const tensors = await store.exportTensors();
  const hash = createHash('sha256');
  for (const name of [...tensors.keys()].sort()) {
    const { shape, data } = tensors.get(name)!;
    hash.update(`${name}\n${shape.join(',')}\n`);
    hash.update(littleEndianBytes(data));
  }
  return hash.digest('hex');
}

function littleEndianBytes(data: Float32Array): Uint8Array {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
