/** Reads a zip archive (a .vsix) as a map from path to bytes: its central directory, stored and deflated members. */
import { readFileSync } from 'node:fs';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;

export function readZip(file: string): Map<string, Buffer> {
  const bytes = readFileSync(file);
  let end = bytes.length - 22;
  while (bytes.readUInt32LE(end) !== END_OF_DIRECTORY) end--;
  const files = new Map<string, Buffer>();
  let at = bytes.readUInt32LE(end + 16);
  while (bytes.readUInt32LE(at) === DIRECTORY_ENTRY) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength!);
    if (!name.endsWith('/')) files.set(name, readMember(bytes, at));
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return files;
}

function readMember(bytes: Buffer, entry: number): Buffer {
  const isDeflated = bytes.readUInt16LE(entry + 10) === 8;
  const size = bytes.readUInt32LE(entry + 20);
  const header = bytes.readUInt32LE(entry + 42);
  // The local header repeats the name and has extra fields of its own length.
  const from = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28);
  const data = bytes.subarray(from, from + size);
  return isDeflated ? inflateRawSync(data) : data;
}
