/** `debug`: single updates of a stage, looked at from inside. */
import { Option, type Command } from 'commander';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import type { Surroundings } from '../terminal';
import { defaultOut, wholeNumber, type Finish } from '../typedArguments';

interface DebugArguments {
  readonly stage: string;
  readonly steps: number;
  readonly seed?: number;
  readonly runtime?: string;
  readonly from: 'start' | 'checkpoint';
  readonly results: string;
  readonly out?: string;
  readonly inspect?: true;
  readonly json?: true;
}

export function registerDebugging(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('debug')
    .description('make single updates of a stage and look inside: images, layers, gradients, matches')
    .argument('<file>', 'the experiment, *.transfer.yaml')
    .requiredOption('--stage <id>', 'a pretraining, a transfer, or a stage of the plan such as moco/seed-0/voc')
    .addOption(new Option('--steps <n>', 'how many updates').argParser(wholeNumber(1, 10_000)).default(1))
    .addOption(new Option('--seed <n>', "a seed to use instead of the file's").argParser(wholeNumber(0)))
    .addOption(new Option('--runtime <name>', 'what executes the tensors').choices(['auto', ...runtimeNames]))
    .addOption(
      new Option('--from <where>', 'begin at the start of the training, or at the checkpoint of a run')
        .choices(['start', 'checkpoint'])
        .default('start'),
    )
    .addOption(new Option('--results <dir>', 'the folder of runs and stages, which is only read').default(defaultOut))
    .option('--out <dir>', 'keep the images of each batch in this folder')
    .option('--inspect', 'wait for a JavaScript debugger before the first update')
    .option('--json', 'print one JSON object per update')
    .action(async (file: string, options: DebugArguments) => {
      const { debugCommand } = await import('../commands/debug');
      const { from, json = false, inspect = false, ...rest } = options;
      const asked = { ...rest, fromCheckpoint: from === 'checkpoint', isJson: json, isInspected: inspect };
      finish(await debugCommand(file, asked, around));
    });
}
