/** `stop`: leaves a request in the run folder, which works from any terminal and any machine that sees the folder. */
import { resolve } from 'node:path';
import { readRun, requestStop, resolveRun } from '../../runs/runStore';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export function stopCommand(typed: string, outTyped: string, around: Surroundings): ExitCode {
  const out = resolve(around.cwd, outTyped);
  const run = resolveRun(out, typed);
  const { state } = readRun(out, run);
  if (state !== 'running' && state !== 'planning') {
    around.stdout.write(`${run} is not running (${state}); nothing to stop\n`);
    return EXIT.done;
  }
  requestStop(out, run);
  around.stdout.write(
    `asked ${run} to stop after its next checkpoint; go on later with: transferscope resume ${run}\n`,
  );
  return EXIT.done;
}
