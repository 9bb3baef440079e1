/** Lets JavaScript debuggers attach to this worker, from this machine alone. */
import { open, url, waitForDebugger } from 'node:inspector';
import { UserError } from '../../shared/errors';
import type { WorkerRequests } from '../../shared/protocol/worker';

/** Opens a free port of the loopback interface; the same one when called again. With `waits`, stands still after the answer until one is attached. */
export async function openInspector({
  waits = false,
}: WorkerRequests['openInspector']['params']): Promise<WorkerRequests['openInspector']['answer']> {
  if (url() === undefined) open(0, '127.0.0.1');
  const address = url();
  if (address === undefined) throw new UserError('worker', 'Node.js did not open its inspector; try again');
  // Once the answer is out; who attaches before the wait has begun would let nothing go.
  if (waits) setImmediate(waitForDebugger);
  return { url: address, port: Number(new URL(address).port) };
}
