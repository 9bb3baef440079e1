/** `weights check`: asks a worker to run a fixed image through the imported network, and prints what it measured. */
import { resolve } from 'node:path';
import type { BackboneConfig } from '../../shared/experiment/layers';
import type { WeightsCheck } from '../../shared/weights/checkReport';
import { formatShape } from '../../shared/weights/fitBackbone';
import type { WeightsMapping } from '../../shared/weights/recognise';
import { EXIT, type ExitCode } from '../exitCodes';
import { formatNumberOf } from '../../shared/views/formatNumbers';
import { formatTable } from '../table';
import { selectPalette, type Surroundings } from '../terminal';

export interface CheckOptions {
  readonly isJson: boolean;
  readonly backbone: BackboneConfig;
  readonly mapping: WeightsMapping;
  /** Side of the image in px. */
  readonly imageSize: number;
  readonly runtime: string;
}

/** Warnings do not change the exit code: the file could be imported. */
export async function checkWeights(file: string, options: CheckOptions, around: Surroundings): Promise<ExitCode> {
  const { isJson, ...settings } = options;
  const worker = await around.startWorker(() => {});
  try {
    const check = await worker.request('checkWeights', { file: resolve(around.cwd, file), name: file, ...settings });
    around.stdout.write(isJson ? `${JSON.stringify(check, null, 2)}\n` : formatCheck(check, options, around));
    return EXIT.done;
  } finally {
    await worker.stop();
  }
}

function formatCheck(check: WeightsCheck, { backbone, imageSize }: CheckOptions, around: Surroundings): string {
  const palette = selectPalette(around.stdout, around.env);
  const rows = check.layers.map(({ layer, shape, mean, std, max }) => [
    layer,
    formatShape(shape),
    ...[mean, std, max].map((value) => value.toFixed(6).padStart(12)),
  ]);
  const head = ['LAYER', 'OUTPUT', ...['MEAN', 'STD', 'MAX'].map((title) => title.padStart(12))];
  const lines = [
    check.origin,
    `${check.matched} weights of ${backbone.name} imported, ${formatNumberOf(check.leftOut, 'tensor')} left out; one image of ${imageSize} px on ${check.runtime}`,
    '',
    formatTable([head, ...rows]),
    '',
    ...check.warnings.map((warning) => `${palette.caution('warning')}: ${warning}`),
    ...(check.warnings.length === 0 ? [palette.good('nothing suspicious was found')] : []),
    '',
    ...(check.snippet
      ? ['The same in PyTorch:', '', ...check.snippet]
      : ['Neither torchvision nor timm has this network at this size, so there is no PyTorch code to compare with.']),
  ];
  return `${lines.join('\n')}\n`;
}
