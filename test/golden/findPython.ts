/** A Python that can import what a comparison needs; tests without one are skipped by name. */
import { spawnSync } from 'node:child_process';

/** Command of the first Python (TRANSFERSCOPE_PYTHON, python3, /usr/bin/python3) with these modules; undefined without one. */
export function findPython(modules: readonly string[]): string | undefined {
  const commands = [process.env.TRANSFERSCOPE_PYTHON, 'python3', '/usr/bin/python3'];
  return commands.find(
    (command) => command !== undefined && spawnSync(command, ['-c', `import ${modules.join(', ')}`]).status === 0,
  );
}
