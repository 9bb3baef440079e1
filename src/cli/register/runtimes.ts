/** `runtimes` and what is below it: `list`, `check`, `install`, `remove`. */
import { Argument, InvalidArgumentError, type Command } from 'commander';
import { installableRuntimeNames, type InstallableRuntimeName } from '../../shared/runtimes/nativeInstall';
import type { Surroundings } from '../terminal';
import type { Finish } from '../typedArguments';

export function registerRuntimes(program: Command, around: Surroundings, finish: Finish): void {
  const runtimes = program.command('runtimes').description('what can execute the tensors on this machine, and why');
  runtimes
    .command('list', { isDefault: true })
    .description('list the runtimes')
    .option('--json', 'print JSON')
    .action(async (options: { json?: true }) => {
      const { listRuntimesCommand } = await import('../commands/runtimes');
      finish(await listRuntimesCommand({ isJson: options.json === true }, around));
    });
  runtimes
    .command('check')
    .description('prove a runtime with one real training step against a reference')
    .argument('[name]', 'the runtime; all available ones when left out')
    .option('--json', 'print JSON')
    .action(async (name: string | undefined, options: { json?: true }) => {
      const { checkRuntimesCommand } = await import('../commands/runtimes');
      finish(await checkRuntimesCommand(name, { isJson: options.json === true }, around));
    });
  runtimes
    .command('install')
    .description('install a runtime for this user')
    .addArgument(new Argument('<name>', 'the runtime').choices([...installableRuntimeNames]))
    .option('--within <seconds>', 'give up when it would take longer', parseSeconds)
    .option('--without-driver', 'install tensorflow-gpu or webgpu where no GPU is found, too')
    .action(async (name: InstallableRuntimeName, options: { within?: number; withoutDriver?: true }) => {
      const { installRuntimeCommand } = await import('../commands/installRuntime');
      const { within: withinSeconds, withoutDriver = false } = options;
      finish(await installRuntimeCommand(name, { withinSeconds, withoutDriver }, around));
    });
  runtimes
    .command('remove')
    .description('remove a runtime that was installed with `runtimes install`')
    .addArgument(new Argument('<name>', 'the runtime').choices([...installableRuntimeNames]))
    .action(async (name: InstallableRuntimeName) => {
      const { removeRuntimeCommand } = await import('../commands/installRuntime');
      finish(await removeRuntimeCommand(name, around));
    });
}

function parseSeconds(typed: string): number {
  const seconds = Number(typed);
  if (!(seconds > 0)) throw new InvalidArgumentError('Give seconds, more than 0.');
  return seconds;
}
