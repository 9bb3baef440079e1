/**
 * `metrics.jsonl` of a stage while it trains. A checkpoint remembers how long the file was; resuming cuts it back to
 * that length, so that an interrupted training leaves the same rows as an uninterrupted one.
 */
import { appendFile, mkdir, readFile, rm, truncate, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FileStamp, MetricRow } from '../../shared/results/records';
import { sha256, storageError } from './atomicFile';

export class MetricsFile {
  private constructor(
    private readonly file: string,
    private length: number,
  ) {}

  /** Opens the file with exactly its first `length` bytes kept; 0 starts anew. */
  static async open(file: string, length: number): Promise<MetricsFile> {
    try {
      await mkdir(path.dirname(file), { recursive: true });
      if (length === 0) await rm(file, { force: true });
      else await truncate(file, length);
    } catch (error) {
      throw storageError(error, file);
    }
    return new MetricsFile(file, length);
  }

  /** Whether a file of at least `length` bytes is there to go on with. */
  static async canResume(file: string, length: number): Promise<boolean> {
    if (length === 0) return true;
    const info = await stat(file).catch(() => undefined);
    return info !== undefined && info.size >= length;
  }

  get bytes(): number {
    return this.length;
  }

  async append(row: MetricRow): Promise<void> {
    const line = `${JSON.stringify(row)}\n`;
    await appendFile(this.file, line).catch((error: unknown) => {
      throw storageError(error, this.file);
    });
    this.length += Buffer.byteLength(line);
  }

  async stamp(): Promise<FileStamp> {
    const bytes = await readFile(this.file).catch(() => new Uint8Array());
    return { bytes: bytes.byteLength, sha256: sha256(bytes) };
  }
}
