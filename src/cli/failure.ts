/** Turns whatever was thrown into one sentence on stderr and an exit code; bugs leave their stack in a log file. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cancelled, UserError } from '../shared/errors';
import { RemoteBug } from '../shared/protocol/channelMessages';
import { EXIT, type ExitCode } from './exitCodes';
import type { Surroundings } from './terminal';

export interface FailureOptions {
  readonly isVerbose: boolean;
  /** The `.transferscope` folder, which keeps the log when it exists. */
  readonly out: string;
}

/** Says what went wrong and returns the exit code for it. */
export function reportFailure(error: unknown, around: Surroundings, options: FailureOptions): ExitCode {
  if (error instanceof Cancelled) {
    around.stderr.write('stopped\n');
    return EXIT.stopped;
  }
  if (error instanceof UserError) {
    around.stderr.write(`${describeUserError(error)}\n`);
    return error.code === 'config' ? EXIT.invalid : EXIT.failed;
  }
  const stack = stackOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const log = writeErrorLog(stack, options.out);
  around.stderr.write(
    `error: unexpected: ${message.split('\n')[0] ?? ''}; ${log ? `details are in ${log}` : 'no log could be written'}\n`,
  );
  if (options.isVerbose) around.stderr.write(`${stack}\n`);
  return EXIT.unexpected;
}

/** `path:line:col: error: sentence`, or without the place when there is none. */
function describeUserError(error: UserError): string {
  const { place } = error;
  if (!place) return `error: ${error.message}`;
  const parts = [place.file, place.line, place.line === undefined ? undefined : place.column];
  return `${parts.filter((part) => part !== undefined).join(':')}: error: ${error.message}`;
}

function stackOf(error: unknown): string {
  if (error instanceof RemoteBug)
    return `${error.message}\nin the worker:\n${error.remoteStack}\nhere:\n${error.stack ?? ''}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function writeErrorLog(stack: string, out: string): string | undefined {
  const name = `error-${new Date().toISOString().replaceAll(':', '-')}.log`;
  for (const folder of existsSync(out) ? [join(out, 'logs'), tmpdir()] : [tmpdir()]) {
    try {
      if (!existsSync(folder)) mkdirSync(folder);
      const file = join(folder, folder === tmpdir() ? `transferscope-${name}` : name);
      writeFileSync(
        file,
        `${process.argv.join(' ')}\nnode ${process.version} ${process.platform} ${process.arch}\n${stack}\n`,
      );
      return file;
    } catch {
      // A folder that cannot be written: the next one.
    }
  }
  return undefined;
}
