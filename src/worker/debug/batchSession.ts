/**
 * A stage of an experiment that stands still and is stepped one batch at a time ("debug one batch"). Everything is read, planned
 * and assembled as for a run; nothing is written but pictures and weights in the session's own folder.
 */
import type { Stage } from '../../shared/experiment/stages';
import { isStageNamed } from '../../shared/experiment/selectStages';
import { UserError } from '../../shared/errors';
import type { BatchRequest } from '../../shared/protocol/worker';
import type { BatchInspection, BatchSession } from '../../shared/results/batchInspection';
import type { StageRecord } from '../../shared/results/records';
import { openRun, type OpenedRun } from '../openRun';
import { proveRuntime } from '../runtimes/proveRuntime';
import { explainRuntimeFailure } from '../runtimes/runtimeFailure';
import { imageThreads, type StageContext } from '../stageContext';
import { openStage } from './openStage';
import { SessionStages } from './sessionStages';

export interface OpenBatch {
  readonly session: BatchSession;
  /** Makes the next update, or reads the next batch where nothing is trained. */
  next(): Promise<BatchInspection>;
  dispose(): Promise<void>;
}

/** Throws user errors for what a run would refuse, and for stages without batches. */
export async function openBatchSession(request: BatchRequest, signal: AbortSignal): Promise<OpenBatch> {
  const { file, out, runtime, seed, folder, fromCheckpoint } = request;
  const opened = await openRun(
    { file, out, ...(runtime !== undefined && { runtime }), ...(seed !== undefined && { seeds: [seed] }) },
    (experiment, launch) => proveRuntime(launch.runtime ?? experiment.runtime),
  );
  const stage = findStage(opened.stages, request);
  const warnings: string[] = [...opened.warnings];
  const context = await contextOf(stage, opened, {
    stages: new SessionStages(out, folder),
    signal,
    warn: (message) => warnings.push(message),
  });
  const { steps, weights, images } = await openStage({
    ...{ stage, stages: opened.stages, experiment: opened.experiment, context, folder, fromCheckpoint },
    // A browser's GPU interface only reads later.
    readsAtOnce: opened.runtime.name !== 'webgpu',
    takeWarnings: () => warnings.splice(0),
  });
  const line = lineOf(stage, opened);
  const session: BatchSession = {
    ...{ stage: stage.id, label: stage.label, kind: stage.kind, method: methodOf(stage), seed: stage.seed },
    runtime: opened.runtime.name,
    ...{ steps: steps.steps, batch: steps.batch, accumulate: steps.accumulate },
    ...{ startedAt: steps.startedAt, isTrained: steps.isTrained, weights, images },
    ...(line !== undefined && { line }),
  };
  const next = (): Promise<BatchInspection> =>
    steps.next().catch((error: unknown) => {
      throw explainRuntimeFailure(error);
    });
  return { session, next, dispose: () => steps.dispose() };
}

/** The stage with the id, whichever its seed when one was asked for; otherwise the first of what is called so. */
function findStage(stages: readonly Stage[], { stage: wanted, seed }: BatchRequest): Stage {
  const ofSeed = ({ id }: Stage) => seed !== undefined && withoutSeed(id) === withoutSeed(wanted);
  const found =
    stages.find(({ id }) => id === wanted) ?? stages.find(ofSeed) ?? stages.find((one) => isStageNamed(one, wanted));
  if (found) return found;
  const known = [...new Set(stages.map(({ id }) => withoutSeed(id)))];
  throw new UserError(
    'config',
    `nothing in this experiment is called "${wanted}"; choose one of ${known.slice(0, 20).join(', ')}`,
  );
}

/** `moco/seed-0/voc` → `moco/voc` */
function withoutSeed(id: string): string {
  return id.replace(/\/(seed-\d+|all-seeds)(?=\/|$)/, '');
}

async function contextOf(
  { key, seed, needs }: Stage,
  { library, launch, runtime }: OpenedRun,
  own: Pick<StageContext, 'stages' | 'signal' | 'warn'>,
): Promise<StageContext> {
  const records = new Map<string, StageRecord>();
  for (const need of needs) {
    const found = await own.stages.lookUp(need);
    if (found.state === 'done') records.set(need, found.record);
  }
  return {
    ...{ key, seed, data: library, needs: records, ...own },
    ...{ baseDir: launch.baseDir, runtime: runtime.name, threads: imageThreads(1) },
    progress: () => {},
    metrics: () => {},
  };
}

function methodOf(stage: Stage): string {
  switch (stage.kind) {
    case 'pretraining':
      return stage.settings.pretraining.method;
    case 'features':
      return 'features';
    case 'transfer':
      return stage.settings.task;
    case 'analysis':
      return stage.settings.kind;
  }
}

function lineOf({ pretraining, transfer, analysis }: Stage, { lineOf: find }: OpenedRun): number | undefined {
  return find(analysis ?? transfer ?? pretraining);
}
