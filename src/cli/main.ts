/** The process edge of `transferscope`: connects the real terminal, worker and exit code to `runCli`. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { runCli } from './program';
import type { OutputStream, Surroundings } from './terminal';
import { UserError } from '../shared/errors';

function createOutput(stream: NodeJS.WriteStream): OutputStream {
  let isBroken = false;
  // The reader went away (`transferscope ls | head`): nothing is wrong, there is just nobody to print for.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    isBroken = true;
  });
  return {
    write: (text) => void (isBroken || stream.write(text)),
    get isTTY() {
      return stream.isTTY === true;
    },
    get columns() {
      return stream.columns || Number(process.env.COLUMNS) || 80;
    },
  };
}

function listen(target: NodeJS.EventEmitter, names: readonly string[], listener: () => void): () => void {
  for (const name of names) target.on(name, listener);
  return () => names.forEach((name) => target.off(name, listener));
}

/** What the worker is started with; the bundle lies beside this one. */
function workerOptions(): { entry: string; memoryMb?: number } {
  const entry = fileURLToPath(new URL('./worker.js', import.meta.url));
  if (!existsSync(entry))
    throw new UserError('worker', `the worker program ${entry} is not there; build it with: npm run build`);
  const typed = process.env.TRANSFERSCOPE_MEMORY_MB;
  if (typed === undefined || typed === '') return { entry };
  const memoryMb = Number(typed);
  if (!Number.isInteger(memoryMb) || memoryMb < 64) {
    throw new UserError('config', `TRANSFERSCOPE_MEMORY_MB is "${typed}"; give whole MiB, at least 64`);
  }
  return { entry, memoryMb };
}

const surroundings: Surroundings = {
  stdout: createOutput(process.stdout),
  stderr: createOutput(process.stderr),
  cwd: process.cwd(),
  env: process.env,
  onInterrupt: (listener) => listen(process, ['SIGINT', 'SIGTERM'], listener),
  onResize: (listener) => listen(process.stdout, ['resize'], listener),
  createExecutor: async () => {
    const { createLocalExecutor } = await import('../runs/engines/local');
    return createLocalExecutor(workerOptions());
  },
  workerEntry: () => workerOptions().entry,
  startWorker: async (onLog) => {
    const { startWorker } = await import('../runs/workerProcess');
    return startWorker({ ...workerOptions(), onLog });
  },
};

process.exitCode = await runCli(process.argv.slice(2), surroundings);
