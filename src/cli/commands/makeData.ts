/** `data make`: asks a worker to draw a data set, because only workers decode images. */
import { resolve } from 'node:path';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export interface MakeDataOptions {
  readonly out: string;
  readonly images: number;
  readonly size: number;
  readonly seed: number;
}

export async function makeScenesCommand(options: MakeDataOptions, around: Surroundings): Promise<ExitCode> {
  const out = resolve(around.cwd, options.out);
  const worker = await around.startWorker(() => {});
  try {
    const made = await worker.request('makeScenes', { ...options, out });
    around.stdout.write(
      `${made.images} scenes with ${made.objects} objects of ${made.classes.length} classes in ${options.out}: VOC, COCO, Cityscapes\n`,
    );
    return EXIT.done;
  } finally {
    await worker.stop();
  }
}
