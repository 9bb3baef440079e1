/**
 * Opens a weight file of any kind. What a file is, its first bytes say, whatever its name; files that are something else
 * altogether (a web page, a Git LFS pointer, an archive) are called what they are.
 */
import { latin1, type ByteSource } from './byteSource';
import type { FileOpener } from './fileOpener';
import { isHdf5, openHdf5 } from './hdf5';
import { malformed, shorten } from './malformed';
import { isNpy, isNpz, openNpy, openNpz } from './npy';
import { openNumpyPickle } from './numpyPickle';
import { isSafetensors, isShardIndex, openSafetensors, openShards } from './safetensorsFiles';
import { isTfjsModel, openTfjs } from './tfjsLayers';
import { isTorchLegacy, openTorchLegacy } from './torchLegacy';
import { findTorchFolder, openTorchZip } from './torchZip';
import type { WeightsFile } from './weightsFile';
import { isZip, readZip } from './zipDirectory';

const startBytes = 512;
const maxJsonBytes = 2 ** 26;
const kinds = 'PyTorch, safetensors, NumPy, Keras HDF5 and TensorFlow.js files are read';

/** Names, shapes and places of all tensors; their numbers are read later, one tensor at a time. */
export async function openWeights(source: ByteSource, opener: FileOpener): Promise<WeightsFile> {
  const start = await source.read(0, Math.min(startBytes, source.size));
  if (source.size === 0) malformed(source.name, 'is empty');
  if (isZip(start)) return openArchive(source);
  if (isSafetensors(start, source.size)) return openSafetensors(source);
  if (isHdf5(start)) return openHdf5(source);
  if (isNpy(start)) return openNpy(source);
  if (isTorchLegacy(start)) return openTorchLegacy(source);
  if (/^\s*\{/.test(latin1(start)) && !isTextPickle(start)) return openJson(source, opener);
  refuseStrangers(source.name, start);
  if (start[0] === 0x80 || isTextPickle(start)) return openNumpyPickle(source);
  return malformed(source.name, `is no weight file that is known here (it begins with ${showStart(start)})`, kinds);
}

async function openArchive(source: ByteSource): Promise<WeightsFile> {
  const zip = await readZip(source);
  const folder = findTorchFolder(zip);
  if (folder !== undefined) return openTorchZip(source.name, zip, folder);
  if (isNpz(zip)) return openNpz(source.name, zip);
  const keras = zip.entries.get('model.weights.h5');
  if (keras) return openHdf5(await zip.open(keras));
  const names = [...zip.entries.keys()].slice(0, 3).map((name) => shorten(name, 40));
  return malformed(source.name, `is a zip archive without weights (it holds ${names.join(', ') || 'nothing'})`, kinds);
}

async function openJson(source: ByteSource, opener: FileOpener): Promise<WeightsFile> {
  if (source.size > maxJsonBytes)
    malformed(source.name, `is a JSON text of ${source.size} bytes, which no model needs`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(await source.read(0, source.size)));
  } catch {
    malformed(source.name, 'begins as JSON and is not');
  }
  if (isTfjsModel(json)) return openTfjs(source.name, json, opener);
  if (isShardIndex(json)) return openShards(source.name, json, opener);
  return malformed(
    source.name,
    'is a JSON text without weights',
    'name the model.json or the index of a sharded checkpoint',
  );
}

/** Pickles of protocol 0 and 1 begin with an empty dict, a mark and the letter of a dict or list, or a global. */
function isTextPickle(start: Uint8Array): boolean {
  return /^(\(dp|\(lp|\}q|\}\(|c[\w.]+\n\w+\n)/.test(latin1(start));
}

/** How the file begins, what it is, and what to do. */
const strangers: readonly (readonly [RegExp | string, string, string])[] = [
  [/^version https:\/\/git-lfs/, 'is a pointer of Git LFS, not the file itself', 'fetch it with: git lfs pull'],
  [/^\s*<(!doctype|html|\?xml)/i, 'is a web page, not a weight file', 'the download went wrong; fetch it again'],
  ['\x1f\x8b', 'is packed with gzip', 'unpack it with: gunzip'],
  [/^BZh/, 'is packed with bzip2', 'unpack it with: bunzip2'],
  [/^\xfd7zXZ/, 'is packed with xz', 'unpack it with: unxz'],
  [/^[^]{257}ustar/, 'is a tar archive', 'unpack it with tar (a .pth.tar of PyTorch is none, in spite of its name)'],
  [/^(GGUF|ggml)/, 'is a language model in GGUF', kinds],
  ['\x08', 'looks like an ONNX model', `export the weights from where it was made; ${kinds}`],
];

function refuseStrangers(file: string, start: Uint8Array): void {
  const text = latin1(start);
  const stranger = strangers.find(([begin]) => (typeof begin === 'string' ? text.startsWith(begin) : begin.test(text)));
  if (stranger) malformed(file, stranger[1], stranger[2]);
}

function showStart(start: Uint8Array): string {
  const text = latin1(start.subarray(0, 12));
  return /^[\x20-\x7e\s]+$/.test(text)
    ? JSON.stringify(text)
    : [...start.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
