/** What is asked of Slurm for a run: what the user says now, else what was said before, else these. */
import type { SlurmOptions } from '../../../shared/results/submission';

/** What a user may say; the worker is this program's. */
export type SaidOptions = Partial<Omit<SlurmOptions, 'worker'>>;

const defaults = {
  ...{ resources: {}, setup: [], extra: [] },
  ...{ graceSeconds: 120, pack: 1, mostAttempts: 3, patienceSeconds: 60 },
} as const;

/** `program`: Node and the worker as they are now; a Node that was named once stays. */
export function completeOptions(
  said: SaidOptions,
  before: SlurmOptions | undefined,
  program: Pick<SlurmOptions, 'node' | 'worker'>,
): SlurmOptions {
  const written = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as SaidOptions;
  const resources = { ...before?.resources, ...written.resources };
  return { ...defaults, node: program.node, ...before, ...written, resources, worker: program.worker };
}
