/** Runs a program of the set-up to its end: at low priority, with a limit on its time, and with its last words when it fails. */
import { spawn } from 'node:child_process';
import { setPriority } from 'node:os';

export interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
  /** After which it is ended with all that it started. */
  readonly limitMs: number;
}

/** Resolves to what it printed; rejects with one sentence that names the command, how it ended, and its last lines. */
export function runProgram(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  const { cwd, env = process.env, limitMs } = options;
  return new Promise((resolve, reject) => {
    const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error' };
    // A process group of its own, so that the limit also ends what npm or apt-get has started.
    const child = spawn(command, args, {
      cwd,
      env: { ...env, ...quiet },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    const { pid } = child;
    if (pid !== undefined) setPriority(pid, 15);
    let output = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      endGroup(pid);
      // A process that left the group would keep the pipes open.
      child.stdout.destroy();
      child.stderr.destroy();
    }, limitMs);
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      if (code === 0) return resolve(output);
      const end = isLate ? `was ended after ${limitMs / 1000} s` : `failed (${signal ?? code})`;
      reject(new Error(`${[command, ...args].join(' ')} ${end}: ${output.trim().slice(-600) || 'it said nothing'}`));
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has just ended by itself.
  }
}
