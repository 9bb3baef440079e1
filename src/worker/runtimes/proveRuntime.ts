/** A runtime that is known to train: started, and one real step taken with it. */
import { UserError } from '../../shared/errors';
import { checkRuntime } from './checkRuntime';
import type { RuntimeStatus } from './runtime';
import { startRuntime } from './startRuntime';

/** Starts the runtime and takes one real training step with it before hours are spent. */
export async function proveRuntime(choice: Parameters<typeof startRuntime>[0]): Promise<RuntimeStatus> {
  const runtime = await startRuntime(choice);
  const check = await checkRuntime();
  if (!check.ok) {
    throw new UserError(
      'runtime',
      `the runtime ${runtime.name} fails its self-check: ${check.message}; choose another with --runtime`,
    );
  }
  return runtime;
}
