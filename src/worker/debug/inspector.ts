/** Lets JavaScript debuggers attach to this worker, from this machine alone. */
import { open, url } from 'node:inspector';
import { UserError } from '../../shared/errors';
import type { WorkerRequests } from '../../shared/protocol/worker';

/** Opens a free port of the loopback interface; the same one when called again. */
export async function openInspector(): Promise<WorkerRequests['openInspector']['answer']> {
  if (url() === undefined) open(0, '127.0.0.1');
  const address = url();
  if (address === undefined) throw new UserError('worker', 'Node.js did not open its inspector; try again');
  return { url: address, port: Number(new URL(address).port) };
}
