/** A Python with the given modules, for tests against the libraries themselves; where there is none, they are skipped by name. */
import { spawnSync } from 'node:child_process';

const commands = [process.env.TRANSFERSCOPE_PYTHON, 'python3', '/usr/bin/python3'].filter((name) => name !== undefined);

/** Undefined when no Python has them all. */
export function findPython(...modules: readonly string[]): string | undefined {
  return commands.find(
    (command) => spawnSync(command, ['-c', `import ${modules.join(', ')}`], { timeout: 60_000 }).status === 0,
  );
}

/** Runs a program and returns what it printed; throws with its last words when it fails. */
export function runPython(python: string, program: string, cwd: string): string {
  const { status, stdout, stderr } = spawnSync(python, ['-c', program], { cwd, encoding: 'utf8', timeout: 300_000 });
  if (status !== 0) throw new Error(stderr.trim().split('\n').slice(-3).join('\n'));
  return stdout;
}
