/**
 * `metrics.jsonl` of a stage while it trains. A checkpoint remembers how long the file was and its hash; resuming cuts it
 * back to that length, so that an interrupted training leaves the same rows as an uninterrupted one.
 */
import { appendFile, open, readFile, rm, truncate } from 'node:fs/promises';
import path from 'node:path';
import type { FileStamp, MetricRow } from '../../shared/results/records';
import { makeFolder, sha256, storageError } from './atomicFile';

export const METRICS_FILE = 'metrics.jsonl';

export class MetricsFile {
  private constructor(
    private readonly file: string,
    private length: number,
  ) {}

  /** Opens the file with exactly its first `length` bytes kept; 0 starts anew. */
  static async open(file: string, length: number): Promise<MetricsFile> {
    try {
      await makeFolder(path.dirname(file));
      if (length === 0) await rm(file, { force: true });
      else await truncate(file, length);
    } catch (error) {
      throw storageError(error, file);
    }
    return new MetricsFile(file, length);
  }

  /** Whether the file still begins as it did when `stamp` was taken. */
  static async beginsWith(file: string, stamp: FileStamp): Promise<boolean> {
    const bytes = await readFile(file).catch(() => new Uint8Array());
    return bytes.byteLength >= stamp.bytes && sha256(bytes.subarray(0, stamp.bytes)) === stamp.sha256;
  }

  async append(row: MetricRow): Promise<void> {
    const line = `${JSON.stringify(row)}\n`;
    await appendFile(this.file, line).catch((error: unknown) => {
      throw storageError(error, this.file);
    });
    this.length += Buffer.byteLength(line);
  }

  /** Flushes the rows so far; a checkpoint that counts on them may be written afterwards. */
  async stamp(): Promise<FileStamp> {
    if (this.length > 0) await flush(this.file);
    const bytes = this.length > 0 ? await readFile(this.file) : new Uint8Array();
    return { bytes: bytes.byteLength, sha256: sha256(bytes) };
  }
}

async function flush(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r+');
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    throw storageError(error, file);
  }
}
