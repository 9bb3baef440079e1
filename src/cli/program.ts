/**
 * The command table. Each command's code loads only when it is called, so that `--help` answers at once. Everything
 * that goes wrong ends here, as one sentence and an exit code (exitCodes.ts).
 */
import { Argument, Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { runtimeNames } from '../shared/experiment/runtimeName';
import { registerEvaluation } from './evaluation/registerEvaluation';
import { nativeRuntimeNames, type NativeRuntimeName } from '../shared/runtimes/nativeInstall';
import { EXIT } from './exitCodes';
import { reportFailure } from './failure';
import type { ReportFormat } from './report/reportCommand';
import type { Surroundings } from './terminal';
import { addWeightsCommands } from './weightsProgram';

declare const TRANSFERSCOPE_VERSION: string | undefined;

/** Runs one command line and returns its exit code; never throws. */
export async function runCli(args: readonly string[], around: Surroundings): Promise<number> {
  let exitCode: number = EXIT.done;
  const finish = (code: number): void => void (exitCode = code);
  const program = createProgram(around, finish);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportFailure(error, around, {
      isVerbose: args.includes('--verbose'),
      out: resolve(around.cwd, DEFAULT_OUT),
    });
  }
  return exitCode;
}

const DEFAULT_OUT = '.transferscope';

function createProgram(around: Surroundings, finish: (code: number) => void): Command {
  const program = new Command('transferscope')
    .description('See what transfers, and why: pretrain, transfer and compare from one experiment file.')
    .version(typeof TRANSFERSCOPE_VERSION === 'string' ? TRANSFERSCOPE_VERSION : 'development', '-V, --version')
    .option('--verbose', 'print informative messages, and the stack of unexpected errors')
    .exitOverride()
    .showSuggestionAfterError()
    .showHelpAfterError('(transferscope --help lists commands and options)')
    .configureOutput({
      writeOut: (text) => around.stdout.write(text),
      writeErr: (text) => around.stderr.write(text),
      getOutHelpWidth: () => around.stdout.columns,
      getErrHelpWidth: () => around.stderr.columns,
    })
    .addHelpText('after', EXIT_CODE_HELP);
  addRunCommands(program, around, finish);
  addLookCommands(program, around, finish);
  addWeightsCommands(program, around, finish);
  registerEvaluation(program, around, finish);
  return program;
}

const EXIT_CODE_HELP = `
Exit codes: 0 done, 1 errors in the file or arguments, 2 usage, 3 a stage failed, 70 unexpected,
75 stopped (resume goes on), 130 interrupted.

Environment: TRANSFERSCOPE_OUTSIDE_PATHS=allow|warn|refuse says whether an experiment may read files outside its
workspace (warn when not set); TRANSFERSCOPE_MEMORY_MB limits the worker's JavaScript heap.`;

function addRunCommands(program: Command, around: Surroundings, finish: (code: number) => void): void {
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
        const { runCommand } = await import('./commands/run');
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
      const { resumeCommand } = await import('./commands/run');
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
      const { stopCommand } = await import('./commands/stop');
      finish(stopCommand(run, { out, afterStage }, around));
    });
}

function addLookCommands(program: Command, around: Surroundings, finish: (code: number) => void): void {
  program
    .command('ls')
    .description('list the runs of a .transferscope folder')
    .addOption(outOption())
    .option('--json', 'print JSON')
    .action(async (options: { out: string; json?: true }) => {
      const { listCommand } = await import('./commands/list');
      finish(listCommand({ out: options.out, isJson: options.json === true }, around));
    });
  program
    .command('validate')
    .description('check experiment files: path:line:col: message')
    .argument('<file...>', 'experiment files')
    .option('--json', 'print JSON')
    .option('--data', 'also open the data, for the checks that need its size and classes')
    .action(async (files: string[], options: { json?: true; data?: true }) => {
      const { validateCommand } = await import('./commands/validate');
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
    .option('--from <dir>', 'the folder of runs and stages', DEFAULT_OUT)
    .action(async (runs: string[], options: { format: ReportFormat; out?: string; from: string }) => {
      const { runReport } = await import('./commands/report');
      finish(await runReport(runs, { format: options.format, out: options.from, file: options.out }, around));
    });
  addRuntimeCommands(program, around, finish);
}

function addRuntimeCommands(program: Command, around: Surroundings, finish: (code: number) => void): void {
  const runtimes = program.command('runtimes').description('what can execute the tensors on this machine, and why');
  runtimes
    .command('list', { isDefault: true })
    .description('list the runtimes')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const { listRuntimesCommand } = await import('./commands/runtimes');
      finish(await listRuntimesCommand({ isJson: options.json === true }, around));
    });
  runtimes
    .command('check')
    .description('prove a runtime with one real training step against a reference')
    .argument('[name]', 'the runtime; all available ones when left out')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, options: { json?: true }) => {
      const { checkRuntimesCommand } = await import('./commands/runtimes');
      finish(await checkRuntimesCommand(name, { isJson: options.json === true }, around));
    });
  runtimes
    .command('install')
    .description('install a native runtime for this user')
    .addArgument(new Argument('<name>', 'the runtime').choices([...nativeRuntimeNames]))
    .option('--within <seconds>', 'give up when it would take longer', parseSeconds)
    .option('--without-driver', 'install tensorflow-gpu where no NVIDIA driver is found, too')
    .action(async (name: NativeRuntimeName, options: { within?: number; withoutDriver?: true }) => {
      const { installRuntimeCommand } = await import('./commands/installRuntime');
      const { within: withinSeconds, withoutDriver = false } = options;
      finish(await installRuntimeCommand(name, { withinSeconds, withoutDriver }, around));
    });
  runtimes
    .command('remove')
    .description('remove a native runtime that was installed with `runtimes install`')
    .addArgument(new Argument('<name>', 'the runtime').choices([...nativeRuntimeNames]))
    .action(async (name: NativeRuntimeName) => {
      const { removeRuntimeCommand } = await import('./commands/installRuntime');
      finish(await removeRuntimeCommand(name, around));
    });
}

function parseSeconds(typed: string): number {
  const seconds = Number(typed);
  if (!(seconds > 0)) throw new InvalidArgumentError('Give seconds, more than 0.');
  return seconds;
}

/** Fresh for each command: commander keeps values in options. */
function outOption(): Option {
  return new Option('--out <dir>', 'the folder of runs and stages').default(DEFAULT_OUT);
}

/** `--seed 0 1 2` and `--seed 0,1,2`. */
function collectSeed(typed: string, before: number[] | undefined): number[] {
  const seeds = typed.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (seeds.some((seed) => !Number.isSafeInteger(seed) || seed < 0 || seed > 0xffffffff)) {
    throw new InvalidArgumentError('A seed is a whole number from 0 to 4294967295; put the file before --seed.');
  }
  return [...(before ?? []), ...seeds];
}
