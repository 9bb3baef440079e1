/** The command that makes experiment files: `new`. */
import type { Command } from 'commander';
import type { Surroundings } from '../terminal';
import type { Finish } from '../typedArguments';

export function registerExperiments(program: Command, around: Surroundings, finish: Finish): void {
  program
    .command('new')
    .description('write an experiment file from a template; without one, list the templates')
    .argument('[template]', 'which, such as quickstart')
    .option('--name <name>', "name of the experiment and its file (default the template's)")
    .option('--out <file>', 'the file, *.transfer.yaml, or a folder that is there; nothing is overwritten')
    .action(async (template: string | undefined, options: { name?: string; out?: string }) => {
      const { newCommand } = await import('../commands/newExperiment');
      finish(await newCommand(template, options, around));
    });
}
