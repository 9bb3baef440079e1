/**
 * PyTorch's files since 1.6: a zip archive with <folder>/data.pkl and one entry per storage, <folder>/data/<key>, stored as
 * it is. Left out: TorchScript programs, and storages of big-endian machines.
 */
import { latin1 } from './byteSource';
import { malformed, shorten } from './malformed';
import { collectTensors } from './pickleTensors';
import { readPickle } from './readPickle';
import { placeTorchTensor, type StorageReader, type StorageReference } from './torchTensors';
import type { WeightsFile } from './weightsFile';
import type { ZipEntry, ZipFile } from './zipDirectory';

/** PyTorch packs nothing; 100,000 tensors take 20 MB. */
const maxPackedPickle = 2 ** 28;

/** The folder of a PyTorch archive, or undefined when the zip file is none. */
export function findTorchFolder(zip: ZipFile): string | undefined {
  for (const name of zip.entries.keys())
    if (/^([^/]+\/)?data\.pkl$/.test(name)) return name.slice(0, -'data.pkl'.length);
  return undefined;
}

export async function openTorchZip(file: string, zip: ZipFile, folder: string): Promise<WeightsFile> {
  if ([...zip.entries.keys()].some((name) => name.startsWith(`${folder}code/`)))
    malformed(file, 'is a TorchScript program, not a checkpoint', 'load it in Python and save its state_dict()');
  await requireLittleEndian(file, zip, folder);
  const entry = zip.entries.get(`${folder}data.pkl`)!;
  if (entry.method === 'deflate' && entry.size > maxPackedPickle)
    malformed(file, `has a data.pkl that unpacks to ${entry.size} bytes; at most ${maxPackedPickle} are read`);
  const pickle = await zip.open(entry);
  const { value } = await readPickle(pickle);
  const entryOf = ({ key }: StorageReference): ZipEntry | undefined => zip.entries.get(`${folder}data/${key}`);
  const storages: StorageReader = {
    size: (reference) => entryOf(reference)?.size,
    read: (reference, begin, end) => zip.read(entryOf(reference)!, begin, end),
  };
  const collected = collectTensors(file, value, (name, call) => placeTorchTensor(file, storages, { name, call }));
  return { name: file, format: 'pytorch', ...collected };
}

async function requireLittleEndian(file: string, zip: ZipFile, folder: string): Promise<void> {
  const entry = zip.entries.get(`${folder}byteorder`);
  if (!entry || entry.size > 16) return;
  const order = latin1(await zip.read(entry, 0, entry.size)).trim();
  if (order !== 'little')
    malformed(file, `was saved on a ${shorten(order)}-endian machine`, 'load it there and save it as safetensors');
}
