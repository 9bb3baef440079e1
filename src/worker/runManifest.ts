/** What a run and its stages leave in writing besides results: where, when, with what and by whom they were made. */
import os from 'node:os';
import type { Stage } from '../shared/experiment/stages';
import type { Experiment } from '../shared/experiment/schema';
import { RECORD_VERSION, type StageRecord } from '../shared/results/records';
import type { PlannedStage, RunManifest } from '../shared/results/runManifest';
import { describeGit, describeVersions, type Launch } from './launch';
import type { RuntimeStatus } from './runtimes/runtime';
import type { StageOutput } from './stageContext';

export interface RunDescription {
  readonly run: string;
  readonly experiment: Experiment;
  readonly launch: Launch;
  readonly runtime: RuntimeStatus;
  readonly stages: readonly Stage[];
  readonly createdAt: string;
}

export async function describeRun(parts: RunDescription): Promise<RunManifest> {
  const { run, experiment, launch, runtime, stages, createdAt } = parts;
  const git = await describeGit(launch.baseDir);
  return {
    version: RECORD_VERSION,
    run,
    name: experiment.name,
    file: launch.file,
    baseDir: launch.baseDir,
    launch: {
      ...(launch.runtime && { runtime: launch.runtime }),
      ...(launch.seeds && { seeds: launch.seeds }),
      ...(launch.only && { only: launch.only }),
      ...(launch.analyses && { analyses: launch.analyses }),
    },
    versions: await describeVersions(),
    ...(git && { git }),
    runtime: { name: runtime.name, device: runtime.device, threads: runtime.threads, reason: runtime.reason },
    seeds: experiment.seeds,
    stages: plannedStages(stages, experiment),
    createdAt,
  };
}

/** Stages as others see them. */
export function plannedStages(stages: readonly Stage[], experiment: Experiment): PlannedStage[] {
  return stages.map((stage) => {
    const { id, key, kind, label, pretraining, transfer, analysis, against, seed, needs } = stage;
    const names = { ...(transfer && { transfer }), ...(analysis && { analysis }), ...(against && { against }) };
    const resources = { ...experiment.resources, ...entryOf(stage, experiment)?.resources };
    const asked = Object.keys(resources).length > 0 ? { resources } : {};
    return { id, key, kind, label, pretraining, ...names, seed, needs, ...asked };
  });
}

/** The entry of the experiment file that a stage belongs to: features are made by the network of their pretraining. */
function entryOf(stage: Stage, { pretrainings, transfers, analyses }: Experiment) {
  if (stage.kind === 'transfer') return transfers.find(({ id }) => id === stage.transfer);
  if (stage.kind === 'analysis') return analyses.find(({ id }) => id === stage.analysis);
  return pretrainings.find(({ id }) => id === stage.pretraining);
}

/** The record of a stage that has just been computed. */
export function makeRecord(
  stage: Stage,
  output: StageOutput,
  making: { readonly startedAt: Date; readonly runtime: string },
): Omit<StageRecord, 'version' | 'checksum'> {
  const finishedAt = new Date();
  const { seconds, attempts } = output.earlier ?? { seconds: 0, attempts: 0 };
  return {
    key: stage.key,
    kind: stage.kind,
    id: stage.id,
    seed: stage.seed,
    settings: stage.settings,
    result: output.result,
    files: output.files,
    made: {
      startedAt: making.startedAt.toISOString(),
      finishedAt: finishedAt.toISOString(),
      seconds: seconds + (finishedAt.getTime() - making.startedAt.getTime()) / 1000,
      runtime: making.runtime,
      host: os.hostname(),
      attempts: attempts + 1,
    },
  };
}
