/** Folds a run's events into the progress that its status file tells, so that others can show how far it is. */
import type { WorkerEvent } from '../shared/protocol/worker';
import type { RunStatusProgress } from '../shared/results/runManifest';
import { advanceProgress, emptyProgress, summariseProgress } from '../shared/views/run/runProgress';

export class ProgressKeeper {
  private progress = emptyProgress(performance.now());

  receive(event: WorkerEvent): void {
    // Metrics come often and say nothing of how far a run is.
    if (event.type === 'metricsLogged') return;
    this.progress = advanceProgress(this.progress, event, performance.now());
  }

  /** Undefined before the plan is known. */
  summary(): RunStatusProgress | undefined {
    return this.progress.stages.size === 0 ? undefined : summariseProgress(this.progress);
  }
}
