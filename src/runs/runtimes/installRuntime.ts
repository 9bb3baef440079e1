/**
 * Installs a native runtime for this user: the stock package, else the binding built against a current TensorFlow, else one
 * sentence that says what is missing. Everything happens in a folder beside the final one; only an installation whose addon
 * was loaded once, in a process of its own, is renamed into place. Until then the earlier one, if any, stays.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import path from 'node:path';
import { Cancelled, UserError } from '../../shared/errors';
import {
  NATIVE_RECORD,
  nativeCacheFolder,
  nativePackageVersion,
  nativeRecordText,
  type NativeRecord,
  type NativeRuntimeName,
} from '../../shared/runtimes/nativeInstall';
import { probeProcess } from '../processAlive';
import { buildBinding } from './builtBinding';
import { WayBlocked, type Installation, type InstallProgress } from './installation';
import { requireNvidiaDriver } from './nvidiaDriver';
import { runTool, type RunTool } from './runTool';
import { installStockPackage, type InstalledFiles } from './stockPackage';

export interface InstallOptions {
  /** The folder of native runtimes; the user's cache when absent. */
  readonly cache?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly onProgress?: (progress: InstallProgress) => void;
  readonly signal?: AbortSignal;
  /** Gives up when it cannot be done in this time. What was downloaded is kept. */
  readonly withinSeconds?: number;
  /** Installs the GPU runtime where no NVIDIA driver is found, too: for images that are made elsewhere. */
  readonly withoutDriver?: boolean;
  /** Stands in for the system's programs in tests. */
  readonly run?: RunTool;
}

/** The record of the installation. Throws UserError('runtime') when no way works, Cancelled when `signal` says so. */
export async function installRuntime(runtime: NativeRuntimeName, options: InstallOptions = {}): Promise<NativeRecord> {
  const { env = process.env, run = runTool, signal = new AbortController().signal } = options;
  const cache = options.cache ?? userCache(env);
  const limit = options.withinSeconds === undefined ? undefined : AbortSignal.timeout(options.withinSeconds * 1000);
  const ends = limit ? AbortSignal.any([signal, limit]) : signal;
  if (runtime === 'tensorflow-gpu' && options.withoutDriver !== true) await requireNvidiaDriver(run, ends);
  await prepareCache(cache, runtime);
  const staging = path.join(cache, `.staging-${runtime}-${process.pid}`);
  const installation: Installation = {
    ...{ runtime, env, run, staging, signal: ends, platform: `${process.platform}-${process.arch}` },
    downloads: path.join(cache, 'downloads'),
    deadline: performance.now() + (options.withinSeconds ?? Infinity) * 1000,
    report: (progress) => options.onProgress?.(progress),
  };
  await mkdir(installation.downloads, { recursive: true });
  try {
    const record = await tryWays(installation, options);
    await putInPlace(staging, path.join(cache, runtime));
    await rm(installation.downloads, { recursive: true, force: true });
    return record;
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
  runtime: NativeRuntimeName,
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

async function tryWays(installation: Installation, options: InstallOptions): Promise<NativeRecord> {
  const reasons: string[] = [];
  const ways = [
    { name: 'the package as published', install: installStockPackage },
    { name: 'the binding built against a current TensorFlow', install: buildBinding },
  ];
  for (const { name, install } of ways) {
    await rm(installation.staging, { recursive: true, force: true });
    await mkdir(installation.staging, { recursive: true });
    try {
      const files = await install(installation);
      return await prove(files, installation, options);
    } catch (error) {
      if (!(error instanceof WayBlocked)) throw error;
      reasons.push(`${name}: ${error.message}`);
      installation.report({ doing: reasons.at(-1)! });
    }
  }
  throw new UserError(
    'runtime',
    `${installation.runtime} cannot be installed here (${reasons.join('; ')}); mend one of these and try again, or go on with the runtime wasm`,
  );
}

/** Loads the addon in another process and writes the record. */
async function prove(
  files: InstalledFiles,
  installation: Installation,
  { withoutDriver }: InstallOptions,
): Promise<NativeRecord> {
  const { staging, run, signal, runtime, platform } = installation;
  installation.report({ doing: 'loading it once' });
  const script =
    'const b=require(process.argv[1]);process.stdout.write(JSON.stringify({version:b.TF_Version,gpu:b.isUsingGpuDevice()}))';
  const addon = path.join(staging, files.addon);
  const loaded = await run(process.execPath, ['-e', script, addon], {
    ...{ limitMs: 120_000, signal },
    env: { ELECTRON_RUN_AS_NODE: '1', TF_CPP_MIN_LOG_LEVEL: '2' },
  });
  if (!loaded.isOk) throw new WayBlocked(`it does not load (${loaded.problem})`);
  const { version, gpu } = JSON.parse(loaded.stdout) as { version: string; gpu: boolean };
  if (runtime === 'tensorflow-gpu' && !gpu && withoutDriver !== true)
    throw new WayBlocked('it loads but finds no GPU; its CUDA does not fit the driver');
  const record = {
    ...{ runtime, platform, source: files.source, binding: nativePackageVersion, tensorflow: version },
    ...{ packageFolder: files.packageFolder, addon: files.addon, files: await nativeFiles(staging) },
    installedAt: new Date().toISOString(),
  };
  const text = nativeRecordText(record);
  await writeFile(path.join(staging, NATIVE_RECORD), text);
  return JSON.parse(text) as NativeRecord;
}

/** Bytes of every shared library and addon. */
async function nativeFiles(folder: string): Promise<Record<string, number>> {
  const names = await readdir(folder, { recursive: true });
  const wanted = names.filter((name) => /\.(node|dll|dylib|so)(\.\d+)*$/.test(name)).sort();
  const sizes: Record<string, number> = {};
  for (const name of wanted) sizes[name.split(path.sep).join('/')] = (await stat(path.join(folder, name))).size;
  return sizes;
}

/** What an installation that was killed left behind. */
async function prepareCache(cache: string, runtime: NativeRuntimeName): Promise<void> {
  await mkdir(cache, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
    throw new UserError(
      'storage',
      `the folder ${cache} cannot be made (${error.code}); set TRANSFERSCOPE_CACHE to another`,
    );
  });
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
