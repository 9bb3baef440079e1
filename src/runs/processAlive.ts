/** Whether the process that wrote a status file still runs. A process number alone proves little: it may be reused. */
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Liveness } from './runFiles';

export interface ProcessTrace {
  readonly pid: number;
  readonly host: string;
  /** When the process wrote that it had started, and when it last said that it lives (ISO 8601). */
  readonly startedAt: string;
  readonly heartbeatAt?: string;
}

/** `unknown` when the process belongs to another machine. Does not block on files. */
export async function probeProcess(trace: ProcessTrace): Promise<Liveness> {
  const answer = askSystem(trace);
  if (answer !== 'alive') return answer;
  try {
    return judgeBirth(trace, await readFile(statFile(trace.pid), 'utf8'), await readFile('/proc/stat', 'utf8'));
  } catch {
    return 'alive';
  }
}

/** What the number alone tells. */
export function askSystem(trace: ProcessTrace): Liveness {
  if (trace.host !== hostname()) return 'unknown';
  if (!Number.isSafeInteger(trace.pid) || trace.pid <= 0) return 'dead';
  try {
    process.kill(trace.pid, 0);
    return 'alive';
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'alive' : 'dead';
  }
}

/** When a process was started is only to be read on Linux; elsewhere the files are missing and its number must do. */
export function statFile(pid: number): string {
  return `/proc/${pid}/stat`;
}

/**
 * A process that was started after the trace was left only has the number: after its last beat, since clocks can be set
 * while a process runs. Takes the texts of `statFile` and /proc/stat.
 */
export function judgeBirth(trace: ProcessTrace, processStat: string, systemStat: string): Liveness {
  // Fields after the command name, which is in parentheses and may contain anything; starttime is the 20th of them.
  const fields = processStat.split(') ').at(-1)?.split(' ') ?? [];
  // A zombie is dead although it still has its number.
  if (fields[0] === 'Z') return 'dead';
  const bootSeconds = Number(/^btime (\d+)$/m.exec(systemStat)?.[1]);
  const TICKS_PER_SECOND = 100; // USER_HZ, fixed in the kernel's interface on every common platform.
  const bornAt = (bootSeconds + Number(fields[19]) / TICKS_PER_SECOND) * 1000;
  const CLOCK_SLACK_MS = 10_000;
  const leftAt = Math.max(Date.parse(trace.startedAt), Date.parse(trace.heartbeatAt ?? trace.startedAt));
  return Number.isFinite(bornAt) && bornAt > leftAt + CLOCK_SLACK_MS ? 'dead' : 'alive';
}
