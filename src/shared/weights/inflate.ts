/**
 * Unpacking deflated data with fflate, in pieces, so that a small file that claims to be small and is not (a "bomb") is
 * noticed after a few megabytes and not after all memory.
 */
import { Inflate, Unzlib } from 'fflate';
import { malformed } from './malformed';

/** Input given at once; deflate grows data at most 1,032 times. */
const pieceBytes = 8192;
const maxGrowth = 1032;

export interface Packed {
  /** Of the file, for messages. */
  readonly file: string;
  /** What is packed, for messages. */
  readonly what: string;
  readonly bytes: Uint8Array;
  /** Bytes that must come out. */
  readonly size: number;
  /** Bare deflate (zip) or with zlib's header (HDF5). Default deflate. */
  readonly form?: 'deflate' | 'zlib';
}

/** Unpacks exactly `size` bytes, or throws a user error. */
export function inflate({ file, what, bytes, size, form = 'deflate' }: Packed): Uint8Array {
  requirePlausible(file, what, { packed: bytes.length, size });
  const out = new Uint8Array(size);
  let done = 0;
  const stream = new (form === 'zlib' ? Unzlib : Inflate)((piece: Uint8Array) => {
    if (done + piece.length > size)
      malformed(file, `is damaged: ${what} unpacks to more than the ${size} bytes it claims`);
    out.set(piece, done);
    done += piece.length;
  });
  try {
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      stream.push(bytes.subarray(from, from + pieceBytes), from + pieceBytes >= bytes.length);
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'UserError') throw error;
    malformed(file, `is damaged: ${what} cannot be unpacked (${error instanceof Error ? error.message : 'unknown'})`);
  }
  if (done !== size) malformed(file, `is damaged: ${what} unpacks to ${done} bytes and claims ${size}`);
  return out;
}

/** The first `count` bytes of what is packed, without unpacking the rest: for headers. */
export function inflateStart({ file, what, bytes }: Omit<Packed, 'size'>, count: number): Uint8Array {
  const out = new Uint8Array(count);
  let done = 0;
  const stream = new Inflate((piece: Uint8Array) => {
    const part = piece.subarray(0, count - done);
    out.set(part, done);
    done += part.length;
  });
  try {
    for (let from = 0; from < bytes.length && done < count; from += pieceBytes)
      stream.push(bytes.subarray(from, from + pieceBytes));
  } catch (error) {
    malformed(file, `is damaged: ${what} cannot be unpacked (${error instanceof Error ? error.message : 'unknown'})`);
  }
  if (done !== count) malformed(file, `is damaged: ${what} unpacks to ${done} bytes where ${count} are needed`);
  return out;
}

/** Refuses sizes that no packed data of that length can have, before memory is asked for. */
export function requirePlausible(file: string, what: string, { packed, size }: { packed: number; size: number }): void {
  if (size > maxGrowth * packed + 64)
    malformed(file, `is damaged: ${what} claims to unpack from ${packed} to ${size} bytes, which deflate cannot do`);
}
