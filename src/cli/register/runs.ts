/** The commands that start, continue and end runs: `run`, `resume`, `stop`. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import type { Surroundings } from '../terminal';
import { outOption, type Finish } from '../typedArguments';

export function registerRuns(program: Command, around: Surroundings, finish: Finish): void {
  const isVerbose = (): boolean => program.opts<{ verbose?: boolean }>().verbose === true;
  program
    .command('run')
    .description('run an experiment file; what is already done is reused')
    .argument('<file>', 'the experiment, *.transfer.yaml')
    .addOption(new Option('--runtime <name>', 'what executes the tensors').choices(['auto', ...runtimeNames]))
    .option('--seed <n...>', "seeds to use instead of the file's", collectSeed)
    .option('--only <id...>', 'run only these pretrainings, transfers or pairs (moco/probe), and what they need')
    .addOption(outOption())
    .option('--json', 'print one JSON event per line')
    .action(
      async (
        file: string,
        options: { runtime?: string; seed?: number[]; only?: string[]; out: string; json?: true },
      ) => {
        const { runCommand } = await import('../commands/run');
        const { runtime, seed: seeds, only, out, json = false } = options;
        finish(await runCommand(file, { runtime, seeds, only, out, isJson: json, isVerbose: isVerbose() }, around));
      },
    );
  program
    .command('resume')
    .description('continue a run that was stopped or interrupted, to the same result')
    .argument('<run>', 'name of the run, the beginning of it, or "last"')
    .addOption(outOption())
    .option('--json', 'print one JSON event per line')
    .action(async (run: string, options: { out: string; json?: true }) => {
      const { resumeCommand } = await import('../commands/run');
      finish(
        await resumeCommand(run, { out: options.out, isJson: options.json === true, isVerbose: isVerbose() }, around),
      );
    });
  program
    .command('stop')
    .description('ask a running run to checkpoint and stop')
    .argument('<run>', 'name of the run, the beginning of it, or "last"')
    .option('--after-stage', 'let the stage under way finish first')
    .addOption(outOption())
    .action(async (run: string, { out, afterStage = false }: { out: string; afterStage?: boolean }) => {
      const { stopCommand } = await import('../commands/stop');
      finish(stopCommand(run, { out, afterStage }, around));
    });
}

/** `--seed 0 1 2` and `--seed 0,1,2`. */
function collectSeed(typed: string, before: number[] | undefined): number[] {
  const seeds = typed.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 0 || seed > 0xffffffff)) {
    throw new InvalidArgumentError('A seed is a whole number from 0 to 4294967295; put the file before --seed.');
  }
  return [...(before ?? []), ...seeds];
}
