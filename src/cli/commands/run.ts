/** `run` and `resume`: hand the work to a local worker, show it, and end with the run's table. */
import { resolve } from 'node:path';
import { readAnalysis } from '../../shared/experiment/addAnalysis';
import { UserError } from '../../shared/errors';
import type { RunOutcome, RunRequest } from '../../shared/protocol/worker';
import type { LocalExecutor } from '../../runs/engines/local';
import { isUnderWay } from '../../runs/runFiles';
import { readRun, resolveRun } from '../../runs/runStore';
import { EXIT, type ExitCode } from '../exitCodes';
import { readExperimentText } from '../experimentText';
import { formatNumberOf, formatSeconds } from '../../shared/views/formatNumbers';
import { createDisplay, type RunDisplay } from '../progress/display';
import type { Surroundings } from '../terminal';

export interface RunOptions {
  readonly runtime?: string;
  readonly seeds?: readonly number[];
  readonly only?: readonly string[];
  /** How many workers share the stages. */
  readonly workers?: number;
  /** Analyses beside those of the file, as YAML. */
  readonly analyses?: readonly string[];
  readonly out: string;
  /** Lets a debugger attach to the worker. */
  readonly isInspected?: boolean;
  readonly isJson: boolean;
  readonly isVerbose: boolean;
}

export async function runCommand(file: string, options: RunOptions, around: Surroundings): Promise<ExitCode> {
  const { runtime, seeds, only, workers } = options;
  const analyses = options.analyses?.map(readAnalysis);
  const path = resolve(around.cwd, file);
  // The worker reads the file itself; this is for a quick answer when it cannot be one.
  readExperimentText(path, file);
  const out = resolve(around.cwd, options.out);
  return launch({ file: path, out, runtime, seeds, only, workers, analyses }, options, around);
}

export async function resumeCommand(
  typed: string,
  options: Pick<RunOptions, 'out' | 'isJson' | 'isVerbose' | 'workers'> & { readonly isHere?: boolean },
  around: Surroundings,
): Promise<ExitCode> {
  const out = resolve(around.cwd, options.out);
  const run = resolveRun(out, typed);
  const { state, status, manifest, problems } = readRun(out, run);
  const isOnCluster = manifest?.engine !== undefined;
  if (isUnderWay(state)) {
    const owner = isOnCluster ? ' by Slurm' : status ? ` by process ${status.pid} on ${status.host}` : '';
    throw new UserError(
      'config',
      `${run} is being run${owner}; stop it first with: transferscope ${isOnCluster ? 'cancel' : 'stop'} ${run}`,
    );
  }
  if (!manifest) {
    throw new UserError(
      'config',
      `${run} cannot be resumed: ${problems[0] ?? 'its manifest is missing'}; start it again with: transferscope run FILE`,
    );
  }
  if (isOnCluster && options.isHere !== true) {
    const { resumeOnCluster } = await import('./cluster');
    return resumeOnCluster(run, options, around);
  }
  const { workers } = options;
  return launch({ file: manifest.file, out, resume: run, workers }, options, around);
}

async function launch(
  request: RunRequest,
  options: Pick<RunOptions, 'isInspected' | 'isJson' | 'isVerbose'>,
  around: Surroundings,
): Promise<ExitCode> {
  const display = createDisplay(around, options);
  let runFolder = '';
  const follow = {
    onEvent: (event: Parameters<RunDisplay['show']>[0]) => {
      if (event.type === 'runPlanned') runFolder = event.runFolder;
      display.show(event);
    },
    onLog: (line: string) => {
      if (options.isVerbose || line.startsWith('the worker (process')) display.say(line);
    },
  };
  const interrupts = watchInterrupts(around, display);
  try {
    const executor = await around.createExecutor();
    const id = await executor.submit(request, follow);
    interrupts.attach(executor, id);
    if (options.isInspected === true)
      display.say(`a JavaScript debugger can attach at 127.0.0.1:${await executor.openInspector(id)}`);
    const outcome = await executor.wait(id);
    display.close({ outcome });
    if (!options.isJson) await printEnding({ outcome, out: request.out, runFolder }, around);
    return exitCodeOf(outcome);
  } catch (error) {
    display.close({ error: error as Error });
    if (!interrupts.wasKilled()) throw error;
    around.stderr.write('ended at once; what was checkpointed is kept\n');
    return EXIT.interrupted;
  } finally {
    interrupts.dispose();
  }
}

interface Interrupts {
  attach(executor: LocalExecutor, id: string): void;
  wasKilled(): boolean;
  dispose(): void;
}

/** The first Ctrl-C asks for a checkpoint and an end, the second ends the worker at once. */
function watchInterrupts(around: Surroundings, display: RunDisplay): Interrupts {
  let count = 0;
  let job: { executor: LocalExecutor; id: string } | undefined;
  const act = (): void => {
    if (!job) return;
    if (count === 1) void job.executor.cancel(job.id);
    else if (count > 1) job.executor.kill(job.id);
  };
  const dispose = around.onInterrupt(() => {
    count++;
    if (count === 1) display.say('stopping after the next checkpoint; press Ctrl-C again to end at once');
    act();
  });
  return {
    attach: (executor, id) => {
      job = { executor, id };
      act();
    },
    wasKilled: () => count > 1,
    dispose,
  };
}

interface Ending {
  readonly outcome: RunOutcome;
  readonly out: string;
  readonly runFolder: string;
}

async function printEnding({ outcome, out, runFolder }: Ending, around: Surroundings): Promise<void> {
  const print = (text: string): void => around.stdout.write(`${text}\n`);
  print('');
  print(await describeResults(out, outcome.run, around.stdout.columns));
  print('');
  for (const failure of outcome.failures) print(`failed: ${failure}`);
  print(describeOutcome(outcome));
  print(`run folder: ${runFolder || resolve(out, 'runs', outcome.run)}`);
  if (outcome.state !== 'done') print(`go on with: transferscope resume ${outcome.run}`);
}

/** The table, or why there is none: what became of the run must be said in any case. */
async function describeResults(out: string, run: string, columns: number): Promise<string> {
  const { terminalReport } = await import('../report/terminalTable');
  try {
    return terminalReport(out, run, columns).trimEnd();
  } catch (error) {
    if (error instanceof UserError) return `no table: ${error.message}`;
    throw error;
  }
}

function describeOutcome({ run, state, counts, seconds }: RunOutcome): string {
  const parts = [`${formatNumberOf(counts.done, 'stage')} done`];
  if (counts.reused > 0) parts.push(`${counts.reused} reused`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  if (counts.skipped > 0) parts.push(`${counts.skipped} skipped`);
  return `${run} ${state} in ${formatSeconds(seconds)}: ${parts.join(', ')}`;
}

function exitCodeOf(outcome: RunOutcome): ExitCode {
  if (outcome.state === 'done') return EXIT.done;
  return outcome.state === 'stopped' ? EXIT.stopped : EXIT.failed;
}
