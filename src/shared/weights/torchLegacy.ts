/**
 * PyTorch's files before 1.6: five pickles in a row (a magic number, the protocol, the machine, the value, the storages'
 * keys), then for each key the number of elements (8 bytes) and the elements.
 */
import { readInside, viewOf, type ByteSource } from './byteSource';
import { malformed, shorten } from './malformed';
import { collectTensors } from './pickleTensors';
import { readPickle } from './readPickle';
import { lookUp, PickleList, type PicklePersistent } from './pickleValues';
import { itemSizes } from './tensorPlace';
import { placeTorchTensor, readReference, type StorageReference } from './torchTensors';
import type { WeightsFile } from './weightsFile';

/** The first pickle of such a file: protocol 2, a number of 10 bytes, stop. */
const magic = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, 0x2e];
const countBytes = 8;

export function isTorchLegacy(start: Uint8Array): boolean {
  return magic.every((byte, index) => start[index] === byte);
}

interface StoragePlace {
  /** Of the first element. */
  readonly begin: number;
  readonly bytes: number;
  readonly elements: number;
}

export async function openTorchLegacy(source: ByteSource): Promise<WeightsFile> {
  const protocol = await readPickle(source, magic.length);
  if (protocol.value !== 1001)
    malformed(source.name, `is of PyTorch's file version ${shorten(String(protocol.value))}; known is 1001`);
  const machine = await readPickle(source, protocol.end);
  if (lookUp(machine.value, 'little_endian') === false)
    malformed(source.name, 'was saved on a big-endian machine', 'load it there and save it as safetensors');
  const main = await readPickle(source, machine.end);
  const keys = await readPickle(source, main.end);
  const places = placeStorages(source, { keys: keys.value, begin: keys.end, persistents: main.persistents });
  const storages = {
    size: ({ key }: StorageReference) => places.get(key)?.bytes,
    read: async ({ key }: StorageReference, begin: number, end: number) => {
      const place = places.get(key)!;
      const what = `storage "${shorten(key)}"`;
      if (begin > 0) return readInside(source, place.begin + begin, place.begin + end, what);
      const bytes = await readInside(source, place.begin - countBytes, place.begin + end, what);
      checkCount(source.name, place, { what, count: viewOf(bytes).getBigInt64(0, true) });
      return bytes.subarray(countBytes);
    },
  };
  const collected = collectTensors(source.name, main.value, (name, call) =>
    placeTorchTensor(source.name, storages, { name, call }),
  );
  return { name: source.name, format: 'pytorch-legacy', ...collected };
}

/** The storages follow in the order of the keys; how long each is, the value's references say. */
function placeStorages(
  source: ByteSource,
  { keys, begin, persistents }: { keys: unknown; begin: number; persistents: readonly PicklePersistent[] },
): Map<string, StoragePlace> {
  const references = new Map<string, StorageReference>();
  for (const persistent of persistents) {
    const reference = readReference(persistent);
    if (!reference) return malformed(source.name, 'refers to something that is no storage of a known type');
    references.set(reference.key, reference);
  }
  const places = new Map<string, StoragePlace>();
  let position = begin;
  for (const key of keys instanceof PickleList ? keys.items : []) {
    const reference = references.get(String(key));
    if (!reference?.dtype)
      return malformed(source.name, `is damaged: nothing refers to storage "${shorten(String(key))}"`);
    const bytes = reference.length * itemSizes[reference.dtype];
    places.set(reference.key, { begin: position + countBytes, bytes, elements: reference.length });
    position += countBytes + bytes;
    if (!(position <= source.size))
      malformed(
        source.name,
        `is cut short: storage "${shorten(reference.key)}" ends at byte ${position} of ${source.size}`,
      );
  }
  return places;
}

/** The count before the elements must be what the references say, or everything after it is somewhere else. */
function checkCount(file: string, { elements }: StoragePlace, { what, count }: { what: string; count: bigint }): void {
  if (count !== BigInt(elements))
    malformed(file, `is damaged: ${what} says ${count} elements and should have ${elements}`);
}
