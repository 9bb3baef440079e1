/**
 * How this window starts the bundled programs: on the editor's own Node (Electron as Node where the editor is Electron)
 * or on the one of the settings, without what the editor has put into its own environment.
 */
import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { Cancelled, UserError } from '../../shared/errors';
import type { RuntimeInfo, WeightsInspectionRequest, WeightsPart, WorkerEvent } from '../../shared/protocol/worker';
import type { LocalExecutor } from '../../runs/engines/local';
import { requestRunStop } from '../../runs/requestStop';
import type { WorkerProcess } from '../../runs/workerProcess';

export interface ProgramSettings {
  /** Folder of the extension, which holds dist/. */
  readonly root: string;
  /** The Node program; empty for the editor's own. */
  readonly nodePath: string;
  readonly memoryMb: number;
  /** Experiments may read files outside their workspace. */
  readonly allowOutsidePaths: boolean;
}

/** `outlives`: whether the run goes on when the window's process ends. */
export async function createEngine(settings: ProgramSettings, outlives: boolean): Promise<LocalExecutor> {
  const shared = { ...nodeProgram(settings), memoryMb: settings.memoryMb };
  if (outlives) {
    const { createDetachedExecutor } = await import('../../runs/engines/detached');
    return createDetachedExecutor({ ...shared, entry: programPath(settings, 'cli'), requestStop: requestRunStop });
  }
  const { createLocalExecutor } = await import('../../runs/engines/local');
  return createLocalExecutor({ ...shared, entry: programPath(settings, 'worker') });
}

/** Asks a worker what can execute tensors here; it loads packages to find out, which takes seconds. */
export async function listRuntimes(
  settings: ProgramSettings,
  onLog: (line: string) => void,
): Promise<readonly RuntimeInfo[]> {
  const { startWorker } = await import('../../runs/workerProcess');
  const worker = await startWorker({ ...nodeProgram(settings), entry: programPath(settings, 'worker'), onLog });
  try {
    return (await worker.request('listRuntimes', {})).runtimes;
  } finally {
    await worker.stop();
  }
}

export interface InspectionOptions {
  readonly onPart: (part: WeightsPart) => void;
  readonly onLog: (line: string) => void;
  /** Ends it at once. */
  readonly signal: AbortSignal;
}

/** Lets a process of its own look into a weight file: it is a stranger's, and may be large. */
export async function inspectWeights(
  settings: ProgramSettings,
  request: WeightsInspectionRequest,
  { onPart, onLog, signal }: InspectionOptions,
): Promise<void> {
  const { startWorker } = await import('../../runs/workerProcess');
  const onEvent = (event: WorkerEvent): void => {
    if (event.type === 'weightsInspected' && !signal.aborted) onPart(event.part);
  };
  const options = { ...nodeProgram(settings), entry: programPath(settings, 'worker'), memoryMb: settings.memoryMb };
  const worker = await startWorker({ ...options, onLog, onEvent });
  const kill = (): void => worker.kill();
  signal.addEventListener('abort', kill, { once: true });
  try {
    if (!signal.aborted) await worker.request('inspectWeights', request);
  } finally {
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** A worker of its own that looks at batches of one stage; whoever starts it ends it. */
export async function startBatchWorker(
  settings: ProgramSettings,
  onLog: (line: string) => void,
): Promise<WorkerProcess> {
  const { startWorker } = await import('../../runs/workerProcess');
  const { memoryMb } = settings;
  // A debugger may hold it for as long as its user thinks.
  const silence = { reportMs: 60_000, killMs: Infinity };
  return startWorker({ ...nodeProgram(settings), entry: programPath(settings, 'worker'), memoryMb, onLog, silence });
}

/** Runs one command of the command line program to its end. */
export async function runCommandLine(settings: ProgramSettings, args: readonly string[]): Promise<void> {
  const { execPath, env } = nodeProgram(settings);
  const TIMEOUT_MS = 120_000;
  try {
    await promisify(execFile)(execPath, [programPath(settings, 'cli'), ...args], {
      env,
      timeout: TIMEOUT_MS,
      windowsHide: true,
    });
  } catch (error) {
    const { stderr = '', message } = error as Error & { readonly stderr?: string };
    const said = stderr
      .trim()
      .split('\n')
      .at(-1)
      ?.replace(/^error: /, '');
    throw new UserError('worker', said || message);
  }
}

/** As `runCommandLine`, for commands that take long: their lines of progress are handed on. Resolves to the last line said. */
export async function followCommandLine(
  settings: ProgramSettings,
  args: readonly string[],
  { onLine, signal }: { readonly onLine: (line: string) => void; readonly signal: AbortSignal },
): Promise<string> {
  const { execPath, env } = nodeProgram(settings);
  const child = spawn(execPath, [programPath(settings, 'cli'), ...args], { env, windowsHide: true });
  signal.addEventListener('abort', () => child.kill('SIGINT'), { once: true });
  const last = { stdout: '', stderr: '' };
  createInterface({ input: child.stderr }).on('line', (line) => onLine((last.stderr = line)));
  createInterface({ input: child.stdout }).on('line', (line) => (last.stdout = line));
  const code = await new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  );
  if (signal.aborted) throw new Cancelled();
  if (code !== 0)
    throw new UserError('runtime', last.stderr.replace(/^error: /, '') || `it ended with exit code ${code}`);
  return last.stdout;
}

function programPath({ root }: ProgramSettings, name: 'worker' | 'cli'): string {
  return join(root, 'dist', `${name}.js`);
}

function nodeProgram({ nodePath, allowOutsidePaths }: ProgramSettings): {
  readonly execPath: string;
  readonly env: NodeJS.ProcessEnv;
} {
  const kept = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|ELECTRON_|NODE_OPTIONS$)/.test(name));
  return {
    execPath: nodePath === '' ? process.execPath : nodePath,
    env: {
      ...Object.fromEntries(kept),
      ELECTRON_RUN_AS_NODE: '1',
      // Refused where a launch begins (launchExperiment), by the editor's own idea of a workspace.
      ...(allowOutsidePaths && { TRANSFERSCOPE_OUTSIDE_PATHS: 'allow' }),
    },
  };
}
