/**
 * The IDX format (LeCun's MNIST page): big-endian magic 0x0800 + number of dimensions, the length of each dimension as
 * 32 bits, then bytes. Left out: element types other than bytes. Nothing is allocated that the file does not back.
 */
import { open, readFile, stat } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { ZlibOptions } from 'node:zlib';
import { constants, gunzip } from 'node:zlib';
import { UserError } from '../../shared/errors';

/** EMNIST's largest file has 814,255 × 28 × 28 = 638 million bytes; more is not IDX data of this kind. */
const MAX_VALUE_BYTES = 700_000_000;
const START_BYTES = 4_096;
const unpack = promisify<Uint8Array, ZlibOptions, Uint8Array>(gunzip);

export interface IdxFile {
  /** The whole file, unpacked. */
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  /** What follows the header: product of `shape` bytes. */
  readonly values: Uint8Array;
}

/** Reads a file, `.gz` or not. Header first: it says how much to expect, and no more than that is unpacked. */
export async function readIdxFile(file: string, dimensions: number): Promise<IdxFile> {
  try {
    const headerBytes = 4 + 4 * dimensions;
    const shape = parseHeader(file, await readStart(file), dimensions);
    const valueBytes = shape.reduce((product, length) => product * length, 1);
    if (valueBytes === 0) throw new UserError('data', `${file} holds nothing; get it again`);
    const claim = `${file} claims ${shape.join(' × ')} bytes`;
    if (valueBytes > MAX_VALUE_BYTES) {
      throw new UserError('data', `${claim}, more than the ${MAX_VALUE_BYTES} allowed; get it again`);
    }
    const bytes = await readExactly(file, headerBytes + valueBytes);
    if (!bytes) throw new UserError('data', `${claim} after its header but has more or fewer; get it again`);
    return { bytes, shape, values: bytes.subarray(headerBytes) };
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(
      'data',
      `${file} cannot be read (${error instanceof Error ? error.message : String(error)}); get it again`,
    );
  }
}

function parseHeader(file: string, bytes: Uint8Array, dimensions: number): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < 4 + 4 * dimensions || view.getUint32(0) !== 0x0800 + dimensions) {
    throw new UserError(
      'data',
      `${file} is not an IDX file of bytes with ${dimensions} dimension${dimensions > 1 ? 's' : ''}; get it again`,
    );
  }
  return Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
}

/** The file's first bytes, unpacked: at least a header where the file has one, at most 1,032 times 4 kB. */
async function readStart(file: string): Promise<Uint8Array> {
  const handle = await open(file, 'r');
  try {
    const { bytesRead, buffer } = await handle.read(new Uint8Array(START_BYTES), 0, START_BYTES, 0);
    const start = buffer.subarray(0, bytesRead);
    return isPacked(file) ? await unpack(start, { finishFlush: constants.Z_SYNC_FLUSH }) : start;
  } finally {
    await handle.close();
  }
}

/** The file's `expected` bytes, unpacked; undefined when it has more or fewer, which is found out without holding more. */
async function readExactly(file: string, expected: number): Promise<Uint8Array | undefined> {
  const { size } = await stat(file);
  if (!isPacked(file)) return size === expected ? readFile(file) : undefined;
  // Deflate adds less than one part in a thousand and a header even to noise.
  if (size > expected * 1.001 + 1_000) return undefined;
  try {
    const bytes = await unpack(await readFile(file), { maxOutputLength: expected });
    return bytes.byteLength === expected ? bytes : undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return undefined;
    throw error;
  }
}

function isPacked(file: string): boolean {
  return file.endsWith('.gz');
}
