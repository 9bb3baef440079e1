/**
 * `pace.jsonl` of a stage: what its curves should show but its result must not know, because it depends on the machine and on
 * interruptions: images per second, the share of time spent waiting for images, epochs, and where the training was resumed.
 * Rows are those of metrics.jsonl; nothing but panels reads them.
 */
import { appendFile, rm } from 'node:fs/promises';
import path from 'node:path';
import type { MetricRow } from '../../shared/results/records';
import { quickerImages } from '../../shared/views/run/curveRemarks';
import { makeFolder, storageError } from '../storage/atomicFile';

export const PACE_FILE = 'pace.jsonl';

export interface PaceOptions {
  readonly stepsPerEpoch: number;
  readonly resumedAt?: number;
  readonly now?: () => number;
}

/** Waiting for less than this share of the time is not worth a word. */
const MUCH = 0.25;
/** A shorter time proves nothing, seconds. */
const LONG = 30;

export class PaceFile {
  private since: number;
  private images = 0;
  /** Milliseconds. */
  private waited = 0;
  /** Since the last judgement, seconds. */
  private judged = { seconds: 0, waited: 0 };
  private hasRemarked = false;

  private constructor(
    private readonly file: string,
    private readonly stepsPerEpoch: number,
    private readonly now: () => number,
  ) {
    this.since = now();
  }

  /** Starts anew, or goes on at the step at which the training was resumed. `now`: a clock in milliseconds. */
  static async open(
    file: string,
    { stepsPerEpoch, resumedAt, now = () => performance.now() }: PaceOptions,
  ): Promise<PaceFile> {
    const pace = new PaceFile(file, stepsPerEpoch, now);
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

  /** Counts time in which nothing was trained because the images were not ready. */
  wait(milliseconds: number): void {
    this.waited += milliseconds;
  }

  /**
   * One row with the rate since the last one; time spent on diagnostics does not count when `restart` follows them. Returns a
   * sentence, once in a training, when the images are what it waits for.
   */
  async write(step: number): Promise<string | undefined> {
    const seconds = (this.now() - this.since) / 1000;
    if (seconds <= 0 || this.images === 0) return undefined;
    const imagesPerSecond = Number((this.images / seconds).toPrecision(5));
    const waiting = Number(Math.min(1, this.waited / 1000 / seconds).toPrecision(3));
    await this.append({ step, metrics: { imagesPerSecond, waiting, epoch: step / this.stepsPerEpoch } });
    return this.judge(seconds, waiting * seconds);
  }

  restart(): void {
    this.images = 0;
    this.waited = 0;
    this.since = this.now();
  }

  private judge(seconds: number, waited: number): string | undefined {
    this.judged = { seconds: this.judged.seconds + seconds, waited: this.judged.waited + waited };
    if (this.judged.seconds < LONG) return undefined;
    const share = this.judged.waited / this.judged.seconds;
    this.judged = { seconds: 0, waited: 0 };
    if (this.hasRemarked || share < MUCH) return undefined;
    this.hasRemarked = true;
    return `the training waited ${Math.round(100 * share)} % of the time for images: ${quickerImages}`;
  }

  private async append(row: MetricRow): Promise<void> {
    await appendFile(this.file, `${JSON.stringify(row)}\n`).catch((error: unknown) => {
      throw storageError(error, this.file);
    });
  }
}
