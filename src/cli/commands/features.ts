/** `features`: asks a worker for the outputs of layers, and says what was written. */
import { resolve } from 'node:path';
import { UserError } from '../../shared/errors';
import type { FeaturesRequest } from '../../shared/protocol/worker';
import { formatShape } from '../../shared/weights/fitBackbone';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import type { Surroundings } from '../terminal';

export interface FeaturesOptions extends Omit<FeaturesRequest, 'file' | 'name'> {
  readonly weights: string;
}

export async function featuresCommand(options: FeaturesOptions, around: Surroundings): Promise<ExitCode> {
  const { weights, images, input, out, cache, ...settings } = options;
  if (images.length > 0 === (input !== undefined))
    throw new UserError(
      'config',
      `${input === undefined ? 'there are no images' : 'there are images and an array'}; give either --images or --input`,
    );
  const place = (file: string): string => resolve(around.cwd, file);
  const worker = await around.startWorker(() => {});
  const stop = new AbortController();
  const ignore = around.onInterrupt(() => stop.abort());
  try {
    const request = { ...settings, file: place(weights), name: weights, images: images.map(place), out: place(out) };
    const optional = {
      ...(input !== undefined && { input: place(input) }),
      ...(cache !== undefined && { cache: place(cache) }),
    };
    const {
      images: count,
      layers,
      isReused,
      seconds,
      runtime,
    } = await worker.request('extractFeatures', { ...request, ...optional }, stop.signal);
    const how = isReused ? 'kept from before' : `${seconds.toFixed(1)} s on ${runtime}`;
    around.stdout.write(
      `wrote ${out}: ${formatNumberOf(count, 'image')}, ${formatNumberOf(layers.length, 'layer')}, ${how}\n`,
    );
    for (const { layer, shape } of layers) around.stdout.write(`  ${layer.padEnd(12)} ${formatShape(shape)}\n`);
    return EXIT.done;
  } finally {
    ignore();
    await worker.stop();
  }
}
