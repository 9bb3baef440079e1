/** What a command needs of its surroundings, as one object, so that tests can stand in for terminal and worker. */
import type { LocalExecutor } from '../runs/engines/local';
import type { WorkerProcess } from '../runs/workerProcess';

export interface OutputStream {
  write(text: string): void;
  readonly isTTY: boolean;
  /** Columns of the terminal; 80 when there is none. */
  readonly columns: number;
}

export interface Surroundings {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back on SIGINT and SIGTERM until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
  onResize(listener: () => void): () => void;
  createExecutor(): Promise<LocalExecutor>;
  /** Path of the worker program, for machines that share this one's files. */
  workerEntry(): string;
  startWorker(onLog: (line: string) => void): Promise<WorkerProcess>;
}

/** Colours by meaning; the identity where colours are not wanted. */
export interface Palette {
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
  readonly caution: (text: string) => string;
  readonly quiet: (text: string) => string;
  readonly strong: (text: string) => string;
}

const identity = (text: string): string => text;
export const PLAIN: Palette = { good: identity, bad: identity, caution: identity, quiet: identity, strong: identity };

const ansi = (code: number, end: number) => (text: string) => (text === '' ? '' : `\x1b[${code}m${text}\x1b[${end}m`);
export const COLOURS: Palette = {
  good: ansi(32, 39),
  bad: ansi(31, 39),
  caution: ansi(33, 39),
  quiet: ansi(2, 22),
  strong: ansi(1, 22),
};

/** Colours only on a terminal that can show them and when NO_COLOR (no-color.org) is not set. */
export function selectPalette(stream: OutputStream, env: Surroundings['env']): Palette {
  return stream.isTTY && !env.NO_COLOR && env.TERM !== 'dumb' ? COLOURS : PLAIN;
}
