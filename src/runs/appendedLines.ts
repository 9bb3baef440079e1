/**
 * New lines of a file that others append to, read by byte offset: each call reads only what has come since the last.
 * A half-written last line waits for its end. When the file was cut back, replaced or rewritten (a training resumed from an
 * earlier checkpoint), reading starts anew; the bytes before the offset are compared to notice that.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';

export interface LineSink {
  /** The file does not begin as it did: what was read does not count. */
  restart(): void;
  line(text: string): void;
}

export interface AppendedLines {
  /** Reads what is new; says whether anything was. A missing file counts as an empty one. */
  read(): Promise<boolean>;
}

/** Small enough that parsing one chunk does not hold up the process. */
const CHUNK_BYTES = 256 * 1024;
/** Bytes before the offset that must still be the same. */
const MEMORY_BYTES = 512;

export function followLines(file: string, sink: LineSink): AppendedLines {
  const follower = new Follower(file, sink);
  let tail: Promise<unknown> = Promise.resolve();
  return {
    // One reading at a time: two would take the same bytes.
    read: () => {
      const next = tail.then(() => follower.read());
      tail = next.catch(() => undefined);
      return next;
    },
  };
}

class Follower {
  private offset = 0;
  private inode: number | undefined;
  private memory = Buffer.alloc(0);
  private decoder = new StringDecoder('utf8');
  private rest = '';

  constructor(
    private readonly file: string,
    private readonly sink: LineSink,
  ) {}

  async read(): Promise<boolean> {
    const handle = await open(this.file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!handle) return this.forget();
    try {
      const { size, ino } = await handle.stat();
      const isContinued = this.inode === undefined || (ino === this.inode && (await this.isContinued(handle, size)));
      const isForgotten = isContinued ? false : this.forget();
      this.inode = ino;
      const isNew = size > this.offset;
      while (this.offset < size) if (!(await this.readChunk(handle, size))) break;
      return isNew || isForgotten;
    } finally {
      await handle.close();
    }
  }

  /** Says whether there was anything to forget. */
  private forget(): boolean {
    const hadRead = this.offset > 0;
    this.offset = 0;
    this.inode = undefined;
    this.memory = Buffer.alloc(0);
    this.decoder = new StringDecoder('utf8');
    this.rest = '';
    if (hadRead) this.sink.restart();
    return hadRead;
  }

  private async isContinued(handle: FileHandle, size: number): Promise<boolean> {
    if (size < this.offset) return false;
    const { length } = this.memory;
    if (length === 0) return true;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, this.offset - length);
    return bytesRead === length && buffer.equals(this.memory);
  }

  /** False when the file ended earlier than it said. */
  private async readChunk(handle: FileHandle, size: number): Promise<boolean> {
    const wanted = Math.min(CHUNK_BYTES, size - this.offset);
    const { buffer, bytesRead } = await handle.read(Buffer.allocUnsafe(wanted), 0, wanted, this.offset);
    if (bytesRead === 0) return false;
    const bytes = buffer.subarray(0, bytesRead);
    this.offset += bytesRead;
    this.memory = Buffer.from(Buffer.concat([this.memory, bytes.subarray(-MEMORY_BYTES)]).subarray(-MEMORY_BYTES));
    const lines = (this.rest + this.decoder.write(bytes)).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) if (line.trim() !== '') this.sink.line(line);
    // Parsing is synchronous: let others have their turn.
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  }
}
