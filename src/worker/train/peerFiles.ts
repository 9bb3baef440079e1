/**
 * How processes that train together pass numbers: through files that all have open, in memory where the system has a file
 * system for that, and a meeting at which each waits for the others. Sums are made as in a ring all-reduce, without the ring:
 * each process adds up its share of the positions, in the order of ranks, and reads the other shares.
 * Two processes write and read their gradients once each in all; docs/methods/training.md has timings.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import { formatBytes } from '../../shared/views/formatNumbers';
import type { Peers } from './peers';

/** Resolves when every process has come to the same point; rejects when one of them cannot any more. */
export type Meet = (point: string) => Promise<void>;

/** Places with room for numbers under way, best first. */
function places(): string[] {
  return process.platform === 'linux' ? ['/dev/shm', os.tmpdir()] : [os.tmpdir()];
}

/** A folder for the files of `PeerFiles`, with room for the sums of `parameters` numbers; the caller removes it. */
export function makePeerFolder(parameters: number, count: number, among = places()): string {
  const needed = 1.2 * (count + 1) * parameters * Float32Array.BYTES_PER_ELEMENT;
  const rooms = among.map((place) => ({ place, room: freeBytes(place) }));
  const found = rooms.find(({ room }) => room >= needed);
  if (found) return mkdtempSync(path.join(found.place, 'transferscope-'));
  const seen = rooms.map(({ place, room }) => `${place} has ${formatBytes(room)}`).join(', ');
  const message = `${count} processes exchange ${formatBytes(needed)} of gradients, but ${seen}; make room there, or use fewer \`processes\``;
  throw new UserError('worker', message);
}

function freeBytes(place: string): number {
  try {
    const { bavail, bsize } = statfsSync(place);
    return bavail * bsize;
  } catch {
    return 0;
  }
}

export interface PeerFilesOptions {
  readonly rank: number;
  readonly count: number;
  /** From `makePeerFolder`; may be removed once everybody has opened it. */
  readonly folder: string;
  readonly meet: Meet;
}

export class PeerFiles implements Peers {
  readonly rank: number;
  readonly count: number;
  private readonly meet: Meet;
  private readonly sumsFile: number;
  /** Two, used in turn: whoever writes into one knows that everybody has read what was in it before. */
  private readonly gatherFiles: readonly [number, number];
  private gathers = 0;
  /** This process's share of the running sums. */
  private share: Float32Array | undefined;
  private length = 0;

  constructor({ rank, count, folder, meet }: PeerFilesOptions) {
    this.rank = rank;
    this.count = count;
    this.meet = meet;
    const open = (name: string) => openSync(path.join(folder, name), rank === 0 ? 'w+' : 'r+');
    this.sumsFile = open('sums');
    this.gatherFiles = [open('even'), open('odd')];
  }

  async gather(own: Uint8Array): Promise<readonly Uint8Array[]> {
    const file = this.gatherFiles[(this.gathers % 2) as 0 | 1];
    this.gathers++;
    writeAll(file, own, this.rank * own.length);
    await this.meet(`gather ${this.gathers} of ${own.length} bytes`);
    return Array.from({ length: this.count }, (_, rank) =>
      rank === this.rank ? own.slice() : readAll(file, new Uint8Array(own.length), rank * own.length),
    );
  }

  async add(own: Float32Array): Promise<void> {
    // The others may still read what was written here for the part before.
    if (this.share) await this.meet('added');
    this.length = own.length;
    const { first, end } = this.shareOf(this.rank);
    // Nobody else adds up this process's own share.
    this.write(this.rank, 0, own.subarray(0, first));
    this.write(this.rank, end, own.subarray(end));
    await this.meet(`gradients of ${own.length} numbers`);
    for (let rank = 0; rank < this.count; rank++) {
      const theirs =
        rank === this.rank ? own.subarray(first, end) : this.read(rank, first, new Float32Array(end - first));
      if (this.share) addTo(this.share, theirs);
      else this.share = theirs.slice();
    }
  }

  async takeSums(): Promise<Float32Array> {
    const { share, length, count } = this;
    if (!share) throw new Error('internal: nothing was added');
    this.share = undefined;
    const { first, end } = this.shareOf(this.rank);
    this.write(count, first, share);
    await this.meet('sums');
    const sums = new Float32Array(length);
    sums.set(share, first);
    this.read(count, 0, sums.subarray(0, first));
    this.read(count, end, sums.subarray(end));
    return sums;
  }

  close(): void {
    for (const file of [this.sumsFile, ...this.gatherFiles]) closeSync(file);
  }

  private shareOf(rank: number): { readonly first: number; readonly end: number } {
    const each = Math.ceil(this.length / this.count);
    return { first: Math.min(this.length, rank * each), end: Math.min(this.length, (rank + 1) * each) };
  }

  /** Byte of a number in the block of a rank; the sums are the block after the last. */
  private place(block: number, at: number): number {
    return (block * this.length + at) * Float32Array.BYTES_PER_ELEMENT;
  }

  private write(block: number, first: number, values: Float32Array): void {
    writeAll(this.sumsFile, bytesOf(values), this.place(block, first));
  }

  private read(block: number, first: number, into: Float32Array): Float32Array {
    readAll(this.sumsFile, bytesOf(into), this.place(block, first));
    return into;
  }
}

function addTo(sums: Float32Array, values: Float32Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + values[i]!;
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function writeAll(file: number, bytes: Uint8Array, at: number): void {
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done, bytes.length - done, at + done);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
    const wish = `make room in ${places().join(' and ')}, or use fewer \`processes\`, and resume`;
    throw new UserError(
      'worker',
      `processes that train together cannot exchange ${formatBytes(bytes.length)} (${message}); ${wish}`,
    );
  }
}

function readAll(file: number, bytes: Uint8Array, at: number): Uint8Array {
  for (let done = 0; done < bytes.length;) {
    const read = readSync(file, bytes, done, bytes.length - done, at + done);
    if (read === 0) throw new Error(`internal: numbers of another process are missing from byte ${at + done} on`);
    done += read;
  }
  return bytes;
}

/** Removes the folder's names; whoever has the files open keeps them. */
export function removePeerFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Windows keeps the names of open files; they are removed when the files are closed.
  }
}
