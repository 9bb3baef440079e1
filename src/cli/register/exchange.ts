/** The commands that exchange results with other tools: `export`, `import`. */
import { Option, type Command } from 'commander';
import { trackers, type Tracker } from '../../shared/exchange/exportFiles';
import type { Surroundings } from '../terminal';
import { defaultOut, type Finish } from '../typedArguments';

export function registerExchange(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('export')
    .description('a run as files of TensorBoard, MLflow, Weights & Biases or DVC')
    .argument('<run>', 'name of a run, or its beginning, or "last"')
    .addOption(new Option('--to <tracker>', 'whose files').choices(trackers).makeOptionMandatory())
    .requiredOption('--out <dir>', 'the folder to write into')
    .option('--from <dir>', 'the folder of runs and stages', defaultOut)
    .action(async (run: string, options: { to: Tracker; out: string; from: string }) => {
      const { exportCommand } = await import('../commands/export');
      finish(await exportCommand(run, options, around));
    });
}
