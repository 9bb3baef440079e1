/**
 * Random access to the bytes of a file, so that the editor, the command line and the worker read weight files with the
 * same code, and a tensor of a large file is read alone. Every read is checked against the file's size.
 */
import { malformed } from './malformed';

export interface ByteSource {
  /** For messages. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Bytes begin..end - 1, in a buffer of their own that starts at its byte 0 (as typed arrays need for alignment). */
  read(begin: number, end: number): Promise<Uint8Array>;
  /** A faster CRC-32 (as in zip files) where the platform has one. */
  readonly crc32?: (bytes: Uint8Array, before?: number) => number;
}

/** What is needed of Node's FileHandle. */
export interface PositionedReader {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>;
}

/** Node reads at most 2 GiB - 1 at once. */
const maxReadBytes = 2 ** 30;

/** Bytes that are in memory already. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  // Not `slice`, which shares memory where the bytes are a Node Buffer.
  const read = (begin: number, end: number) => Promise.resolve(new Uint8Array(bytes.subarray(begin, end)));
  return { name, size: bytes.length, read };
}

/** An open file of known size. */
export function handleSource(
  handle: PositionedReader,
  { name, size, crc32 }: Pick<ByteSource, 'name' | 'size' | 'crc32'>,
): ByteSource {
  const read = async (begin: number, end: number): Promise<Uint8Array> => {
    const bytes = new Uint8Array(end - begin);
    let done = 0;
    while (done < bytes.length) {
      const length = Math.min(maxReadBytes, bytes.length - done);
      const { bytesRead } = await handle.read(bytes, done, length, begin + done);
      if (bytesRead === 0) malformed(name, `ends at byte ${begin + done} while it is being read`);
      done += bytesRead;
    }
    return bytes;
  };
  return { name, size, read, ...(crc32 && { crc32 }) };
}

/** A part of a source as a source. */
export function partOf(source: ByteSource, begin: number, end: number): ByteSource {
  requireInside(source, begin, end, 'a part');
  return {
    name: source.name,
    size: end - begin,
    read: (from, to) => readInside(source, begin + from, begin + to, 'a part'),
    ...(source.crc32 && { crc32: source.crc32 }),
  };
}

/** Reads after checking that the bytes are there; `what` is what they hold, for the message. */
export function readInside(source: ByteSource, begin: number, end: number, what: string): Promise<Uint8Array> {
  requireInside(source, begin, end, what);
  return source.read(begin, end);
}

function requireInside(source: ByteSource, begin: number, end: number, what: string): void {
  if (Number.isSafeInteger(begin) && Number.isSafeInteger(end) && 0 <= begin && begin <= end && end <= source.size)
    return;
  malformed(source.name, `is cut short or damaged: ${what} should be at bytes ${begin} to ${end} of ${source.size}`);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Names and other short texts in file headers. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += 8192)
    text += String.fromCharCode(...bytes.subarray(from, from + 8192));
  return text;
}
