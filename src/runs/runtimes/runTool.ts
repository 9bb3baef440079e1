/** Runs a program of the system with a time limit and keeps the end of what it said. */
import { spawn } from 'node:child_process';
import { Cancelled } from '../../shared/errors';

export interface ToolOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ended after this time. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

export interface ToolResult {
  /** It could not be started: not installed, or not on the path. */
  readonly isMissing: boolean;
  readonly isOk: boolean;
  readonly stdout: string;
  /** Why it failed, in a few words; empty when it did not. */
  readonly problem: string;
}

export type RunTool = (command: string, args: readonly string[], options: ToolOptions) => Promise<ToolResult>;

const KEPT = 20_000;

/** Never throws for what the program does; throws Cancelled when `signal` ends it. */
export const runTool: RunTool = async (command, args, { cwd, env, limitMs, signal }) => {
  if (signal?.aborted) throw new Cancelled();
  const child = spawn(command, [...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    // npm is a script on Windows, which only a shell can start.
    shell: process.platform === 'win32' && command === 'npm',
    // A process group of its own, so that what it started ends with it.
    detached: process.platform !== 'win32',
    ...(cwd !== undefined && { cwd }),
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout = `${stdout}${chunk.toString()}`.slice(-KEPT)));
  child.stderr.on('data', (chunk: Buffer) => (stderr = `${stderr}${chunk.toString()}`.slice(-KEPT)));
  let isLate = false;
  const end = (): void => killGroup(child.pid);
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  const outcome = await new Promise<{ code: number | null; error?: NodeJS.ErrnoException }>((resolve) => {
    child.on('error', (error) => resolve({ code: null, error }));
    child.on('close', (code) => resolve({ code }));
  });
  clearTimeout(timer);
  signal?.removeEventListener('abort', end);
  if (signal?.aborted) throw new Cancelled();
  const isOk = outcome.code === 0;
  const said = summarise(stderr) || summarise(stdout) || outcome.error?.message || `exit code ${outcome.code}`;
  const problem = isOk ? '' : isLate ? `no end after ${Math.round(limitMs / 1000)} s` : said;
  return { isMissing: outcome.error?.code === 'ENOENT', isOk, stdout, problem };
};

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // Already gone.
  }
}

/** The first two lines that speak of an error, else the last line; npm's and pip's closing remarks say nothing. */
function summarise(text: string): string {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !/^\[?notice|npm warn|A complete log of this run|^WARNING: /i.test(line));
  const errors = lines
    .filter((line) => /^(npm error|error:|.*\berror:)/i.test(line))
    .map((line) => line.replace(/^(npm error|error:)\s*/i, ''));
  const said = errors.length > 0 ? errors.slice(0, 2).join('; ') : (lines.at(-1) ?? '');
  return said.length > 300 ? `${said.slice(0, 299)}…` : said;
}
