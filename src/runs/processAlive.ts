/** Whether the process that wrote a status file still runs. A process number alone proves little: it may be reused. */
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

export interface ProcessTrace {
  readonly pid: number;
  readonly host: string;
  /** When the process wrote that it had started (ISO 8601). */
  readonly startedAt: string;
}

/** `unknown` when the process belongs to another machine. */
export function isProcessAlive(trace: ProcessTrace): 'alive' | 'dead' | 'unknown' {
  if (trace.host !== hostname()) return 'unknown';
  if (!Number.isSafeInteger(trace.pid) || trace.pid <= 0) return 'dead';
  try {
    process.kill(trace.pid, 0);
  } catch (error) {
    // EPERM: it is there and belongs to somebody else.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return 'dead';
  }
  const bornAt = readBirth(trace.pid);
  const CLOCK_SLACK_MS = 10_000;
  const isReused = bornAt !== undefined && bornAt > Date.parse(trace.startedAt) + CLOCK_SLACK_MS;
  return isReused ? 'dead' : 'alive';
}

/** When a process was started, in ms since 1970, from Linux's /proc; undefined elsewhere. */
function readBirth(pid: number): number | undefined {
  try {
    // Fields after the command name, which is in parentheses and may contain anything; starttime is the 20th of them.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1]);
    const TICKS_PER_SECOND = 100; // USER_HZ, fixed in the kernel's interface on every common platform.
    const birth = (bootSeconds + Number(fields[19]) / TICKS_PER_SECOND) * 1000;
    // A zombie (state Z) is dead although it still has its number.
    if (fields[0] === 'Z') return Number.POSITIVE_INFINITY;
    return Number.isFinite(birth) ? birth : undefined;
  } catch {
    return undefined;
  }
}
