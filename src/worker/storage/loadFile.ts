/**
 * `load.jsonl` of a run: how busy the machine was, a row now and then. Bounded: when there are too many rows, every second
 * one is dropped, so that long runs keep a coarser past. Losing it loses no result, so a failure to write is passed over.
 */
import { appendFile, readFile } from 'node:fs/promises';
import type { LoadRow } from '../../shared/results/runManifest';
import { writeFileAtomic } from './atomicFile';

const MOST_ROWS = 2_000;

export class LoadFile {
  private rows: number | undefined;

  constructor(
    private readonly file: string,
    private readonly most = MOST_ROWS,
  ) {}

  async append(row: LoadRow): Promise<void> {
    try {
      this.rows ??= (await this.lines()).length;
      if (this.rows >= this.most) await this.thin();
      await appendFile(this.file, `${JSON.stringify(row)}\n`);
      this.rows++;
    } catch {
      // A full disk is told by whatever must be written.
    }
  }

  private async thin(): Promise<void> {
    const kept = (await this.lines()).filter((_, i) => i % 2 === 0);
    await writeFileAtomic(this.file, kept.map((line) => `${line}\n`).join(''));
    this.rows = kept.length;
  }

  private async lines(): Promise<string[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    return text.split('\n').filter((line) => line !== '');
  }
}
