/**
 * `pace.jsonl` of a stage: what its curves should show but its result must not know, because it depends on the machine and on
 * interruptions: images per second, epochs, and where the training was resumed. Rows are those of metrics.jsonl; nothing but
 * panels reads them.
 */
import { appendFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { MetricRow } from '../../shared/results/records';
import { makeFolder, storageError } from '../storage/atomicFile';

export const PACE_FILE = 'pace.jsonl';

export class PaceFile {
  private since = performance.now();
  private images = 0;

  private constructor(
    private readonly file: string,
    private readonly stepsPerEpoch: number,
  ) {}

  /** Starts anew, or goes on at the step at which the training was resumed. */
  static async open(file: string, stepsPerEpoch: number, resumedAt: number | undefined): Promise<PaceFile> {
    const pace = new PaceFile(file, stepsPerEpoch);
    try {
      await makeFolder(path.dirname(file));
      if (resumedAt === undefined) await rm(file, { force: true });
      // A killed worker may have left half a row.
      else await appendFile(file, '\n');
    } catch (error) {
      throw storageError(error, file);
    }
    if (resumedAt !== undefined) await pace.append({ step: resumedAt, metrics: {}, event: 'resumed' });
    return pace;
  }

  /** Counts images that were trained on. */
  count(images: number): void {
    this.images += images;
  }

  /** One row with the rate since the last one; time spent on diagnostics does not count when `restart` follows them. */
  async write(step: number): Promise<void> {
    const seconds = (performance.now() - this.since) / 1000;
    if (seconds <= 0 || this.images === 0) return;
    const imagesPerSecond = Number((this.images / seconds).toPrecision(5));
    await this.append({ step, metrics: { imagesPerSecond, epoch: step / this.stepsPerEpoch } });
  }

  restart(): void {
    this.images = 0;
    this.since = performance.now();
  }

  private async append(row: MetricRow): Promise<void> {
    await appendFile(this.file, `${JSON.stringify(row)}\n`).catch((error: unknown) => {
      throw storageError(error, this.file);
    });
  }
}
