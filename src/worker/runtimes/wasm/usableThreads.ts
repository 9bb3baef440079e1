/** How many threads the wasm kernels use. The results do not depend on it. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';

/** More would wait for each other: a layer is cut into about this many units. */
const most = 16;

/**
 * TRANSFERSCOPE_THREADS if it is a positive whole number; else the cores this process may use, a container's quota
 * included (cgroup v2: "quota period" in microseconds, or "max").
 */
export function usableThreads(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  readQuota: () => string | undefined = cgroupQuota,
): number {
  const wanted = Number(environment['TRANSFERSCOPE_THREADS']);
  if (Number.isInteger(wanted) && wanted > 0) return Math.min(wanted, most);
  const [quota, period] = (readQuota() ?? '').trim().split(' ').map(Number);
  const share = quota && period ? Math.max(1, Math.floor(quota / period)) : Infinity;
  return Math.min(availableParallelism(), share, most);
}

function cgroupQuota(): string | undefined {
  try {
    return readFileSync('/sys/fs/cgroup/cpu.max', 'utf8');
  } catch {
    return undefined; // not Linux, or cgroup v1
  }
}
