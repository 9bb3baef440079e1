/** Which failures pass by themselves, and how long to wait for that. */
import { Cancelled } from '../shared/errors';

/** The system or a network drive is busy or out of reach; what the user or the numbers did wrong stays wrong. */
const passing: ReadonlySet<string> = new Set([
  ...['EAGAIN', 'EBUSY', 'EINTR', 'EMFILE', 'ENFILE', 'ENOMEM', 'EIO', 'ESTALE', 'ETIMEDOUT', 'EHOSTDOWN'],
  ...['EHOSTUNREACH', 'ENETDOWN', 'ENETUNREACH', 'ECONNRESET', 'ENOTCONN', 'EREMOTEIO'],
]);
const DELAYS_S = [1, 4, 16] as const;

/** Attempts in all, the first included. */
export const MOST_ATTEMPTS = DELAYS_S.length + 1;

/** Seconds to wait before attempt `failed + 1`; undefined when another one is of no use. */
export function retryDelay(error: unknown, failed: number): number | undefined {
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && passing.has(code) ? DELAYS_S[failed - 1] : undefined;
}

/** Throws `Cancelled` when the signal comes first. */
export function waitUnless(signal: AbortSignal, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Cancelled());
    const stop = (): void => {
      clearTimeout(timer);
      reject(new Cancelled());
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', stop, { once: true });
  });
}
