/** The commands that exchange results with other tools: `export`, `import`. */
import { Option, type Command } from 'commander';
import { trackers, type Tracker } from '../../shared/exchange/exportFiles';
import type { ImportOptions } from '../commands/import';
import type { Surroundings } from '../terminal';
import { defaultOut, outOption, type Finish } from '../typedArguments';

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
  program
    .command('import')
    .description('results made elsewhere, from a JSON file, as a run whose rows are marked as imported')
    .argument('<file>', 'results file, or a plain JSON file of scores')
    .option('--as <name>', 'name of the run')
    .option('--pretraining <id>', 'of a plain file of scores: whose they are')
    .option('--transfer <id>', 'of a plain file of scores: what was measured')
    .option('--percent', 'of a plain file of scores: shares are in percent')
    .addOption(outOption())
    .action(async (file: string, options: Omit<ImportOptions, 'version'>) => {
      const { importCommand } = await import('../commands/import');
      finish(await importCommand(file, { ...options, version: program.version() ?? '' }, around));
    });
}
