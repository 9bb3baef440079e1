/** Stands in for npm, pip, the compiler and Node, so that installing is tested without a network. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Installation, InstallProgress } from '../../../../src/runs/runtimes/installation';
import type { RunTool, ToolOptions, ToolResult } from '../../../../src/runs/runtimes/runTool';

type Answer = Partial<ToolResult> | undefined;
type Program = (args: readonly string[], options: ToolOptions) => Answer | Promise<Answer>;

/** Programs by name; whoever is not in the table is not on the path. */
export function createFakeSystem(programs: Readonly<Record<string, Program>>): { run: RunTool; calls: string[] } {
  const calls: string[] = [];
  const run: RunTool = async (command, args, options) => {
    const name = path.basename(command);
    calls.push([name, ...args].join(' '));
    const program = programs[name];
    if (!program) return { isMissing: true, isOk: false, stdout: '', problem: `spawn ${name} ENOENT` };
    const answer = await program(args, options);
    const isOk = answer?.isOk ?? true;
    return { isMissing: false, isOk, stdout: '', problem: isOk ? '' : 'it failed', ...answer };
  };
  return { run, calls };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), content);
  }
}

/** An installation under way in a folder of the test's. */
export function startInstallation(
  folder: string,
  run: RunTool,
): Installation & { readonly reports: InstallProgress[] } {
  const reports: InstallProgress[] = [];
  for (const name of ['staging', 'downloads']) mkdirSync(path.join(folder, name), { recursive: true });
  return {
    runtime: 'tensorflow',
    platform: 'linux-x64',
    staging: path.join(folder, 'staging'),
    downloads: path.join(folder, 'downloads'),
    env: {},
    run,
    deadline: Infinity,
    signal: new AbortController().signal,
    reports,
    report: (progress) => void reports.push(progress),
  };
}
