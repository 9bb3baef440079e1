/**
 * How every runtime gets into the user's cache: everything happens in a folder beside the final one, which is renamed into
 * place when it is whole. Until then an earlier installation, if any, stays.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { Cancelled, UserError } from '../../shared/errors';
import { nativeCacheFolder, type InstallableRuntimeName } from '../../shared/runtimes/nativeInstall';
import { makeFolder } from '../makeFolder';
import { probeProcess } from '../processAlive';
import type { Installation, InstallProgress } from './installation';
import { runTool, type RunTool } from './runTool';

export interface InstallOptions {
  /** The folder of native runtimes; the user's cache when absent. */
  readonly cache?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
  /** Gives up when it cannot be done in this time. What was downloaded is kept. */
  readonly withinSeconds?: number;
  /** Installs a GPU's runtime where no GPU is found, too: for images that are made elsewhere. */
  readonly withoutDriver?: boolean;
  /** Stands in for the system's programs in tests. */
  readonly run?: RunTool;
}

/**
 * Lets `fill` put a runtime into the installation's empty staging folder, and that into place. Returns what `fill` does.
 * Throws Cancelled when the options' signal says so, UserError when the time is over or the cache cannot be written.
 */
export async function installStaged<Name extends InstallableRuntimeName, Result>(
  runtime: Name,
  options: InstallOptions,
  fill: (installation: Installation & { readonly runtime: Name }) => Promise<Result>,
): Promise<Result> {
  const { env = process.env, run = runTool, signal = new AbortController().signal } = options;
  const cache = options.cache ?? userCache(env);
  const limit = options.withinSeconds === undefined ? undefined : AbortSignal.timeout(options.withinSeconds * 1000);
  await prepareCache(cache, runtime);
  const staging = path.join(cache, `.staging-${runtime}-${process.pid}`);
  const installation = {
    ...{ runtime, env, run, staging, platform: `${process.platform}-${process.arch}` },
    signal: limit ? AbortSignal.any([signal, limit]) : signal,
    downloads: path.join(cache, 'downloads'),
    deadline: performance.now() + (options.withinSeconds ?? Infinity) * 1000,
    report: (progress: InstallProgress) => options.onProgress?.(progress),
  };
  try {
    await mkdir(installation.downloads, { recursive: true });
    await mkdir(staging, { recursive: true });
    const result = await fill(installation);
    await putInPlace(staging, path.join(cache, runtime));
    await rm(installation.downloads, { recursive: true, force: true });
    return result;
  } catch (error) {
    if (signal.aborted) throw new Cancelled();
    if (limit?.aborted)
      throw new UserError(
        'runtime',
        `${runtime} could not be installed within ${options.withinSeconds} s; run \`transferscope runtimes install ${runtime}\` without a limit`,
      );
    throw asUserError(error, cache);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Removes an installation; false when there was none. */
export async function removeRuntime(
  runtime: InstallableRuntimeName,
  { cache, env = process.env }: Pick<InstallOptions, 'cache' | 'env'> = {},
): Promise<boolean> {
  const root = cache ?? userCache(env);
  const folder = path.join(root, runtime);
  if (!existsSync(folder)) return false;
  // Renamed first: a removal that is interrupted must not leave half of it to be loaded.
  const old = path.join(root, `.old-${runtime}-${process.pid}`);
  await rename(folder, old);
  await rm(old, { recursive: true });
  return true;
}

function userCache(env: Readonly<Record<string, string | undefined>>): string {
  return nativeCacheFolder({ env, platform: process.platform, home: homedir() });
}

/** What an installation that was killed left behind. */
async function prepareCache(cache: string, runtime: InstallableRuntimeName): Promise<void> {
  await makeFolder(cache, 'set TRANSFERSCOPE_CACHE to another');
  for (const name of await readdir(cache)) {
    const left = /^\.(?:staging|old)-(.+)-(\d+)$/.exec(name);
    if (left?.[1] !== runtime) continue;
    const folder = path.join(cache, name);
    const trace = { pid: Number(left[2]), host: hostname(), startedAt: (await stat(folder)).mtime.toISOString() };
    if ((await probeProcess(trace)) === 'dead') await rm(folder, { recursive: true, force: true });
  }
}

async function putInPlace(staging: string, folder: string): Promise<void> {
  const old = path.join(path.dirname(folder), `.old-${path.basename(folder)}-${process.pid}`);
  if (existsSync(folder)) await rename(folder, old);
  await rename(staging, folder);
  await rm(old, { recursive: true, force: true });
}

function asUserError(error: unknown, cache: string): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EACCES' || code === 'EROFS')
    return new UserError('storage', `${cache} cannot be written (${code}); make room there or set TRANSFERSCOPE_CACHE`);
  return error;
}
