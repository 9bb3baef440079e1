/**
 * The command line. Which commands there are and what they take is in register/, a file for each group; each command's code loads only when it is called, so that `--help` answers at once. Everything
 * that goes wrong ends here, as one sentence and an exit code (exitCodes.ts).
 */
import { Command, CommanderError } from 'commander';
import { resolve } from 'node:path';
import { EXIT } from './exitCodes';
import { reportFailure } from './failure';
import { registerCluster } from './register/cluster';
import { registerData } from './register/data';
import { registerDebugging } from './register/debugging';
import { registerEvaluation } from './register/evaluation';
import { registerExchange } from './register/exchange';
import { registerExperiments } from './register/experiments';
import { registerResults } from './register/results';
import { registerRuns } from './register/runs';
import { registerRuntimes } from './register/runtimes';
import { registerWeights } from './register/weights';
import type { Surroundings } from './terminal';
import { defaultOut, type Finish } from './typedArguments';

declare const TRANSFERSCOPE_VERSION: string | undefined;

/** Runs one command line and returns its exit code; never throws. */
export async function runCli(args: readonly string[], around: Surroundings): Promise<number> {
  let exitCode: number = EXIT.done;
  const finish: Finish = (code) => void (exitCode = code);
  const program = createProgram(around, finish);
  try {
    await program.parseAsync(args.length === 0 ? ['--help'] : args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return reportFailure(error, around, {
      isVerbose: args.includes('--verbose'),
      out: resolve(around.cwd, defaultOut),
    });
  }
  return exitCode;
}

/** All commands with their arguments; nothing runs until it parses. */
export function createProgram(around: Surroundings, finish: Finish): Command {
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
  for (const register of groups) register(program, around, finish);
  return program;
}

/** In the order of the help. */
const groups = [
  registerExperiments,
  registerRuns,
  registerDebugging,
  registerCluster,
  registerResults,
  registerExchange,
  registerRuntimes,
  registerWeights,
  registerEvaluation,
  registerData,
];

const EXIT_CODE_HELP = `
Exit codes: 0 done, 1 errors in the file or arguments, 2 usage, 3 a stage failed, 70 unexpected,
75 stopped (resume goes on), 130 interrupted.

Environment: TRANSFERSCOPE_OUTSIDE_PATHS=allow|warn|refuse says whether an experiment may read files outside its
workspace (warn when not set); TRANSFERSCOPE_MEMORY_MB limits the worker's JavaScript heap.`;
