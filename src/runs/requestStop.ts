/** Asks the worker of a run, wherever it is, to checkpoint and stop: the editor's way, which does not block. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../shared/errors';
import { STOP_AFTER_STAGE, type StopTime } from '../shared/results/runManifest';
import { STOP_FILE } from './runFiles';

/** The worker looks for the file every two seconds. */
export async function requestRunStop(out: string, run: string, when: StopTime = 'now'): Promise<void> {
  const folder = join(out, 'runs', run);
  await writeFile(join(folder, STOP_FILE), stopText(when)).catch((error: Error) => {
    throw new UserError('storage', `cannot write the stop request into ${folder}: ${error.message}`);
  });
}

/** What the file says. */
export function stopText(when: StopTime): string {
  return `${when === 'afterStage' ? STOP_AFTER_STAGE : new Date().toISOString()}\n`;
}
