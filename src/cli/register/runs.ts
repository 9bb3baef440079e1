/** The commands that start, continue and end runs: `run`, `resume`, `stop`. */
import { Option, type Command } from 'commander';
import { runtimeNames } from '../../shared/experiment/runtimeName';
import type { Surroundings } from '../terminal';
import { analysisOption, collectSeed, outOption, wholeNumber, type Finish } from '../typedArguments';

function workersOption(): Option {
  const option = new Option('--workers <n>', 'how many stages are computed at once, if memory and devices allow it');
  return option.argParser(wholeNumber(1, 256));
}

export function registerRuns(program: Command, around: Surroundings, finish: Finish): void {
  const isVerbose = (): boolean => program.opts<{ verbose?: boolean }>().verbose === true;
  program
    .command('run')
    .description('run an experiment file; what is already done is reused')
    .argument('<file>', 'the experiment, *.transfer.yaml')
    .addOption(new Option('--runtime <name>', 'what executes the tensors').choices(['auto', ...runtimeNames]))
    .option('--seed <n...>', "seeds to use instead of the file's", collectSeed)
    .option(
      '--only <id...>',
      'run only these pretrainings, transfers, pairs (moco/probe) or analyses, and what they need',
    )
    .addOption(analysisOption())
    .addOption(workersOption())
    .addOption(outOption())
    .option('--inspect', 'let a JavaScript debugger attach to the worker, and say where')
    .option('--json', 'print one JSON event per line')
    .action(
      async (
        file: string,
        options: {
          runtime?: string;
          seed?: number[];
          only?: string[];
          analysis?: string[];
          workers?: number;
          out: string;
          inspect?: true;
          json?: true;
        },
      ) => {
        const { runCommand } = await import('../commands/run');
        const {
          runtime,
          seed: seeds,
          only,
          analysis: analyses,
          workers,
          out,
          inspect: isInspected = false,
          json = false,
        } = options;
        const asked = {
          ...{ runtime, seeds, only, analyses, workers, out },
          ...{ isInspected, isJson: json, isVerbose: isVerbose() },
        };
        finish(await runCommand(file, asked, around));
      },
    );
  program
    .command('resume')
    .description('continue a run that was stopped or interrupted, to the same result')
    .argument('<run>', 'name of the run, the beginning of it, or "last"')
    .addOption(workersOption())
    .option('--here', 'go on with a run of a cluster on this machine')
    .addOption(outOption())
    .option('--json', 'print one JSON event per line')
    .action(async (run: string, options: { workers?: number; here?: true; out: string; json?: true }) => {
      const { resumeCommand } = await import('../commands/run');
      const { out, workers, here: isHere, json = false } = options;
      finish(await resumeCommand(run, { out, workers, isHere, isJson: json, isVerbose: isVerbose() }, around));
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
