/**
 * The whole story of a run, top to bottom: read the experiment, choose and prove the runtime, open the data, plan, then
 * take the stages in order: reuse what is done, compute what is not, write it down. Only this file knows all the parts;
 * openRun.ts reads and plans, run.ts takes the stages, runJournal.ts tells others about the run, stageWork.ts brings one
 * stage from its key to its record.
 */
import { isFineTuningStage, type Stage } from '../shared/experiment/stages';
import type { Experiment } from '../shared/experiment/schema';
import { UserError } from '../shared/errors';
import type { PartRequest, RunOutcome, RunRequest } from '../shared/protocol/worker';
import type { StageRecord } from '../shared/results/records';
import { runAnalysis } from './analysis/runAnalysis';
import type { Launch } from './launch';
import { openRun } from './openRun';
import { runPretraining } from './pretrain/pretraining';
import { Run } from './run';
import { RunJournal, type PipelineHost } from './runJournal';
import { proveRuntime } from './runtimes/proveRuntime';
import type { StageContext, StageOutput } from './stageContext';
import { RunFolder } from './storage/runFolder';
import { runFeatures } from './transfer/featuresStage';
import { runFrozenTransfer } from './transfer/frozenStage';
import { runFineTuning } from './transfer/fineTuningStage';

/** Runs an experiment, or one part of a run, to its end. A failed stage fails what needs it and nothing else. */
export async function runPipeline(request: RunRequest, host: PipelineHost): Promise<RunOutcome> {
  const begun = performance.now();
  const {
    problems,
    warnings,
    stages: planned,
    ...opened
  } = await openRun(request, (experiment, launch) => proveRuntime(launch.runtime ?? experiment.runtime));
  const stages = request.part ? selectPart(planned, request.part, opened.launch) : planned;
  const folder = await openFolder(request, opened.experiment.name);
  const compute = (stage: Stage, context: StageContext) => computeStage(stage, context, opened.experiment);
  const run = new Run({ ...opened, request, journal: new RunJournal(folder, host), folder, stages, compute });
  try {
    await run.begin(problems, warnings);
    await run.takeAll();
    return await run.end((performance.now() - begun) / 1000);
  } catch (error) {
    await run.breakOff(error);
    throw error;
  }
}

function openFolder({ out, resume, part }: RunRequest, name: string): Promise<RunFolder> {
  if (resume === undefined) return RunFolder.create(out, name);
  return part ? RunFolder.openPart(out, resume, part.name) : RunFolder.reopen(out, resume);
}

/** The stages of a part. Their keys must be those of the plan, by which others look for the results. */
function selectPart(planned: readonly Stage[], part: PartRequest, { plannedKeys = [] }: Launch): readonly Stage[] {
  const stages = planned.filter(({ id }) => part.stages === undefined || part.stages.includes(id));
  const changed = stages.find(({ key }) => !plannedKeys.includes(key));
  if (!changed && stages.length >= (part.stages?.length ?? 0)) return stages;
  throw new UserError(
    'config',
    `data, weights or program have changed since the launch${changed ? `, of ${changed.id} for one` : ''}; launch the experiment again`,
  );
}

/** What is done for each kind of stage. */
function computeStage(stage: Stage, context: StageContext, { backbone }: Experiment): Promise<StageOutput> {
  switch (stage.kind) {
    case 'pretraining':
      return runPretraining(stage, context);
    case 'features':
      return runFeatures(stage.settings, { backbone, pretraining: firstNeeded(stage, context) }, context);
    case 'transfer':
      return isFineTuningStage(stage) ? runFineTuning(stage, context) : runFrozenTransfer(stage, context);
    case 'analysis':
      return runAnalysis(stage, context);
  }
}

function firstNeeded(stage: Stage, { needs }: StageContext): StageRecord {
  const record = needs.get(stage.needs[0] ?? '');
  if (!record) throw new Error(`internal: ${stage.id} was started before what it needs`);
  return record;
}
