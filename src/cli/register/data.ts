/** `data make`. */
import { Argument, type Command } from 'commander';
import type { Surroundings } from '../terminal';
import { wholeNumber, type Finish } from '../typedArguments';

export function registerData(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('data')
    .description('data sets that need no download')
    .command('make')
    .description('draw a data set with exact labels, in the layouts of VOC, COCO and Cityscapes')
    .addArgument(new Argument('<name>', 'emoji on drawn backgrounds').choices(['emoji-scenes']))
    .requiredOption('--out <dir>', 'a new or empty folder')
    .option('--images <n>', 'number of scenes; every fifth is held out', wholeNumber(1, 1_000_000), 500)
    .option('--size <px>', 'pixels of a side', wholeNumber(32, 4096), 128)
    .option('--seed <n>', 'same seed and size, same files', wholeNumber(0), 0)
    .action(async (_: string, options: { out: string; images: number; size: number; seed: number }) => {
      const { makeScenesCommand } = await import('../commands/makeData');
      finish(await makeScenesCommand(options, around));
    });
}
