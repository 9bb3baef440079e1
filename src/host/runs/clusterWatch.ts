/**
 * Keeps the window's runs on a cluster current: their files tell most, but why a job waits, and that one is lost, only Slurm
 * knows. It is asked now and then while such a run is under way, once for each run; lost jobs are submitted again where
 * the workspace is trusted.
 */
import { isUnderWay } from '../../runs/runFiles';
import type { RunLibrary } from './runLibrary';

export interface ClusterWatchOptions {
  readonly library: RunLibrary;
  readonly isTrusted: () => boolean;
  readonly onError: (error: unknown) => void;
  readonly intervalMs?: number;
}

const INTERVAL_MS = 30_000;

export function watchClusters({ library, isTrusted, onError, intervalMs = INTERVAL_MS }: ClusterWatchOptions): {
  dispose(): void;
} {
  let isBusy = false;
  const look = async (): Promise<void> => {
    const open = library.runs().filter(({ state, manifest }) => manifest?.engine === 'slurm' && isUnderWay(state));
    if (open.length === 0) return;
    const { syncRun } = await import('../../runs/engines/slurm/syncRun');
    const { createSlurmTools, createToolRunner } = await import('../../runs/engines/slurm/slurmTools');
    const tools = createSlurmTools(createToolRunner(process.env));
    for (const { out, run } of open) {
      await syncRun({ out, run, tools, maySubmit: isTrusted() });
      await library.update(out, run);
    }
  };
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    look()
      .catch(onError)
      .finally(() => (isBusy = false));
  }, intervalMs);
  return { dispose: () => clearInterval(timer) };
}

/** Ends the jobs of a run. */
export async function cancelOnCluster(out: string, run: string): Promise<void> {
  const { cancelRun } = await import('../../runs/engines/slurm/cancelRun');
  const { createSlurmTools, createToolRunner } = await import('../../runs/engines/slurm/slurmTools');
  await cancelRun(out, run, createSlurmTools(createToolRunner(process.env)));
}
