/** As processAlive.ts, at once: for the command line, which has nothing else to do meanwhile. The editor must not use it. */
import { readFileSync } from 'node:fs';
import { askSystem, judgeBirth, statFile, type ProcessTrace } from './processAlive';
import type { Liveness } from './runFiles';

/** `unknown` when the process belongs to another machine. */
export function isProcessAlive(trace: ProcessTrace): Liveness {
  const answer = askSystem(trace);
  if (answer !== 'alive') return answer;
  try {
    return judgeBirth(trace, readFileSync(statFile(trace.pid), 'utf8'), readFileSync('/proc/stat', 'utf8'));
  } catch {
    return 'alive';
  }
}
