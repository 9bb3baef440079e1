/** `stop`: leaves a request in the run folder, which works from any terminal and any machine that sees the folder. */
import { resolve } from 'node:path';
import { isUnderWay } from '../../runs/runFiles';
import { readRun, requestStop, resolveRun } from '../../runs/runStore';
import { EXIT, type ExitCode } from '../exitCodes';
import type { Surroundings } from '../terminal';

export interface StopOptions {
  readonly out: string;
  /** Let the stage under way finish first. */
  readonly afterStage: boolean;
}

export function stopCommand(typed: string, { out: typedOut, afterStage }: StopOptions, around: Surroundings): ExitCode {
  const out = resolve(around.cwd, typedOut);
  const run = resolveRun(out, typed);
  const { state } = readRun(out, run);
  if (!isUnderWay(state)) {
    around.stdout.write(`${run} is not running (${state}); nothing to stop\n`);
    return EXIT.done;
  }
  requestStop(out, run, afterStage ? 'afterStage' : 'now');
  around.stdout.write(
    `asked ${run} to stop after ${afterStage ? 'the stage under way' : 'its next checkpoint'}; go on later with: transferscope resume ${run}\n`,
  );
  return EXIT.done;
}
