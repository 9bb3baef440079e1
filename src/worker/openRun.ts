/** What every run begins with, whoever computes it: the experiment read and checked, a runtime, the data, the plan. */
import { UserError } from '../shared/errors';
import type { Problem } from '../shared/experiment/problem';
import type { Experiment } from '../shared/experiment/schema';
import type { Stage } from '../shared/experiment/stages';
import type { RunRequest } from '../shared/protocol/worker';
import { DataLibrary } from './data/dataLibrary';
import { loadExperiment } from './experimentLoader';
import { readLaunch, type Launch } from './launch';
import { planRun } from './planRun';
import type { RuntimeStatus } from './runtimes/runtime';

export interface OpenedRun {
  readonly launch: Launch;
  readonly experiment: Experiment;
  readonly library: DataLibrary;
  readonly runtime: RuntimeStatus;
  readonly stages: readonly Stage[];
  readonly problems: readonly Problem[];
  /** What was odd about the data. */
  readonly warnings: readonly string[];
  /** 1-based line of the file where something with this id begins. */
  lineOf(id: string): number | undefined;
}

/** Throws `UserError` for a file with errors, and whatever choosing the runtime throws. */
export async function openRun(
  request: RunRequest,
  chooseRuntime: (experiment: Experiment, launch: Launch) => Promise<RuntimeStatus>,
): Promise<OpenedRun> {
  const launch = await readLaunch(request);
  const warnings: string[] = [];
  const openData = (experiment: Experiment) =>
    new DataLibrary(experiment.data, launch.baseDir, (message) => warnings.push(message));
  let library: DataLibrary | undefined;
  const parsed = await loadExperiment(launch.text, launch.file, {
    openData: (experiment) => (library = openData(experiment)),
    ...(launch.runtime && { runtime: launch.runtime }),
  });
  if (!parsed.experiment || !library) throw invalid(launch.file, parsed.problems);
  const experiment: Experiment = { ...parsed.experiment, ...(launch.seeds && { seeds: launch.seeds }) };
  const runtime = await chooseRuntime(experiment, launch);
  const stages = await planRun({ ...parsed, experiment }, library, { ...launch, runtime: runtime.name });
  const { document, places } = parsed;
  const lineOf = (id: string): number | undefined => {
    const place = places.get(id);
    return place && document.rangeOf(place).start.line;
  };
  return { launch, experiment, library, runtime, stages, problems: parsed.problems, warnings, lineOf };
}

function invalid(file: string, problems: readonly Problem[]): UserError {
  const errors = problems.filter((problem) => problem.severity === 'error');
  const first = errors[0];
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more; see transferscope validate ${file})` : '';
  return new UserError('config', `${first?.message ?? 'the experiment cannot be read'}${more}`, {
    file,
    line: first?.range.start.line,
    column: first?.range.start.column,
  });
}
