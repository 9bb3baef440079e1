/** A run that a cluster will compute: planned here, its folder made, its stages left to parts. Nothing is trained. */
import { UserError } from '../shared/errors';
import type { Experiment } from '../shared/experiment/schema';
import type { PrepareRequest } from '../shared/protocol/worker';
import type { Launch } from './launch';
import { openRun } from './openRun';
import { RunJournal, type PipelineHost } from './runJournal';
import { describeRun } from './runManifest';
import type { RuntimeStatus } from './runtimes/runtime';
import { listRuntimes } from './runtimes/startRuntime';
import { RunFolder } from './storage/runFolder';
import { StageStore } from './storage/stageStore';

export async function prepareRun(
  request: PrepareRequest,
  host: PipelineHost,
): Promise<{ run: string; runFolder: string }> {
  const { gpus = 0 } = request;
  const opened = await openRun(request, (experiment, launch) => targetRuntime(experiment, launch, gpus));
  const { launch, experiment, runtime, stages, problems, warnings } = opened;
  const folder = await RunFolder.create(request.out, experiment.name);
  const journal = new RunJournal(folder, host);
  try {
    await folder.writeExperiment(launch.text, experiment);
    const createdAt = new Date().toISOString();
    const described = { run: folder.run, experiment, launch, runtime, stages, createdAt };
    const store = new StageStore(request.out);
    for (const stage of stages) {
      const { state } = await store.lookUp(stage.key);
      folder.noteStage(stage.id, { state: state === 'done' ? 'reused' : 'waiting' });
    }
    await folder.setState('submitted');
    // Last: a folder without a manifest is no run.
    await folder.writeManifest({ ...(await describeRun(described)), engine: request.engine });
    await journal.log('info', `planned for ${request.engine} with the runtime ${runtime.name}`);
    const notes = problems.filter(({ severity }) => severity !== 'error').map(({ message }) => message);
    for (const message of [...notes, ...warnings]) await journal.log('warning', message);
  } catch (error) {
    await folder.remove();
    throw error;
  }
  return { run: folder.run, runFolder: folder.folder };
}

/**
 * The runtime of the machines that will compute, which this one cannot ask: the one that is named; else TensorFlow on a
 * graphics processor where the experiment or who submits it asks for such, and what this machine has without one where it does not.
 */
async function targetRuntime(experiment: Experiment, launch: Launch, gpus: number): Promise<RuntimeStatus> {
  const named = launch.runtime ?? experiment.runtime;
  const statuses = await listRuntimes();
  const find = (name: string): RuntimeStatus => {
    const status = statuses.find((candidate) => candidate.name === name);
    if (!status) throw new UserError('runtime', `there is no runtime called "${name}"`);
    return { ...status, device: '', threads: 0, reason: 'for the machines of the cluster' };
  };
  if (named !== 'auto') return find(named);
  if (gpus > 0 || asksForGpus(experiment)) return find('tensorflow-gpu');
  const tensorflow = statuses.find(({ name }) => name === 'tensorflow');
  return find(tensorflow?.available === true ? 'tensorflow' : 'wasm');
}

function asksForGpus({ resources, pretrainings }: Experiment): boolean {
  return [resources, ...pretrainings.map((pretraining) => pretraining.resources)].some(
    (asked) => (asked?.gpus ?? 0) > 0,
  );
}
