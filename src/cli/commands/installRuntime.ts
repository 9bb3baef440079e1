/** `runtimes install` and `runtimes remove`: a native runtime for this user, proved with a training step before it counts. */
import type { InstallProgress } from '../../runs/runtimes/installation';
import { installRuntime } from '../../runs/runtimes/installRuntime';
import { removeRuntime } from '../../runs/runtimes/stagedInstall';
import { Cancelled, UserError } from '../../shared/errors';
import type { InstallableRuntimeName } from '../../shared/runtimes/nativeInstall';
import { EXIT, type ExitCode } from '../exitCodes';
import { selectPalette, type Surroundings } from '../terminal';

export interface InstallArguments {
  readonly withinSeconds: number | undefined;
  readonly withoutDriver: boolean;
}

export async function installRuntimeCommand(
  runtime: InstallableRuntimeName,
  { withinSeconds, withoutDriver }: InstallArguments,
  around: Surroundings,
): Promise<ExitCode> {
  const stopping = new AbortController();
  const forget = around.onInterrupt(() => stopping.abort());
  const lines = createProgressLines(around);
  const startedAt = performance.now();
  try {
    const contents = await installRuntime(runtime, {
      ...{ env: around.env, onProgress: lines.show, signal: stopping.signal, withoutDriver },
      ...(withinSeconds !== undefined && { withinSeconds }),
    });
    const message = withoutDriver
      ? 'It was not proved, because it is for another machine.'
      : await prove(runtime, lines.show, around);
    lines.end();
    const palette = selectPalette(around.stdout, around.env);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
    around.stdout.write(`${palette.good('installed')} ${runtime} (${contents}) in ${seconds} s. ${message}\n`);
    return EXIT.done;
  } catch (error) {
    lines.end();
    if (error instanceof Cancelled) return EXIT.interrupted;
    throw error;
  } finally {
    forget();
  }
}

/** A runtime that computes wrongly must not stay where `auto` would take it. */
async function prove(
  runtime: InstallableRuntimeName,
  show: (progress: InstallProgress) => void,
  around: Surroundings,
): Promise<string> {
  show({ doing: 'taking one training step and comparing its gradients' });
  const worker = await around.startWorker(() => {});
  const answer = await worker
    .request('checkRuntime', { runtime })
    .catch((error: Error) => ({ ok: false, message: error.message }));
  await worker.stop();
  if (answer.ok) return answer.message;
  await removeRuntime(runtime, { env: around.env });
  throw new UserError('runtime', `${runtime} was removed again: ${answer.message}`);
}

export async function removeRuntimeCommand(runtime: InstallableRuntimeName, around: Surroundings): Promise<ExitCode> {
  const wasThere = await removeRuntime(runtime, { env: around.env });
  around.stdout.write(wasThere ? `${runtime} was removed\n` : `${runtime} was not installed\n`);
  return EXIT.done;
}

/** One line that changes on a terminal; elsewhere a line per step and per tenth of a download. */
function createProgressLines({ stderr }: Surroundings): { show(progress: InstallProgress): void; end(): void } {
  let last = '';
  let open = false;
  const show = (progress: InstallProgress): void => {
    const isNew = !last.startsWith(progress.doing);
    const text = describe(progress, stderr.isTTY);
    if (text === last) return;
    last = text;
    if (stderr.isTTY) {
      stderr.write(`${open && isNew ? '\n' : '\r'}\x1b[K${text.slice(0, stderr.columns - 1)}`);
      open = true;
    } else stderr.write(`${text}\n`);
  };
  return { show, end: () => (open ? stderr.write('\n') : undefined) };
}

function describe({ doing, done, total }: InstallProgress, isLive: boolean): string {
  if (done === undefined) return doing;
  const megabytes = (bytes: number) => `${Math.round(bytes / 1e6)} MB`;
  if (total === undefined) return isLive ? `${doing}: ${megabytes(done)}` : doing;
  const percent = Math.floor((100 * done) / total);
  if (!isLive) return `${doing}: ${Math.floor(percent / 10) * 10} % of ${megabytes(total)}`;
  return `${doing}: ${megabytes(done)} of ${megabytes(total)} (${percent} %)`;
}
