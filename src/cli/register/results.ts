/** The commands that look at experiment files and at what runs left: `ls`, `validate`, `report`. */
import { Option, type Command } from 'commander';
import { UserError } from '../../shared/errors';
import type { ReportFormat } from '../report/reportCommand';
import type { Surroundings } from '../terminal';
import { defaultOut, outOption, type Finish } from '../typedArguments';

interface ReportFlags {
  readonly format: ReportFormat;
  readonly out?: string;
  readonly from: string;
  readonly costs?: true;
}

export function registerResults(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('ls')
    .description('list the runs of a .transferscope folder')
    .addOption(outOption())
    .option('--json', 'print JSON')
    .option('--costs', 'with --json, what each pretraining cost: time, memory, energy, parameters, multiply-adds')
    .action(async (options: { out: string; json?: true; costs?: true }) => {
      const { listCommand } = await import('../commands/list');
      const { json = false, costs = false } = options;
      if (costs && !json)
        throw new UserError('config', '--costs adds to what --json prints; give both, or see `report`');
      finish(listCommand({ out: options.out, isJson: json, withCosts: costs }, around));
    });
  program
    .command('validate')
    .description('check experiment files: path:line:col: message')
    .argument('<file...>', 'experiment files')
    .option('--json', 'print JSON')
    .option('--data', 'also open the data, for the checks that need its size and classes')
    .action(async (files: string[], options: { json?: true; data?: true }) => {
      const { validateCommand } = await import('../commands/validate');
      finish(await validateCommand(files, { isJson: options.json === true, openData: options.data === true }, around));
    });
  program
    .command('report')
    .description('tables and pictures of one or more runs')
    .argument('<run...>', 'names of runs, or beginnings of them, or "last"')
    .addOption(
      new Option('--format <format>', 'what to write').choices(['md', 'csv', 'latex', 'html', 'json']).default('md'),
    )
    .option('--out <file>', 'write to this file instead of the terminal')
    .option('--costs', 'in CSV and LaTeX, too: parameters, multiply-adds, time, memory and energy')
    .option('--from <dir>', 'the folder of runs and stages', defaultOut)
    .action(async (runs: string[], options: ReportFlags) => {
      const { runReport } = await import('../commands/report');
      const { format, out: file, from: out, costs: withCosts = false } = options;
      finish(await runReport(runs, { format, out, file, withCosts }, around));
    });
}
