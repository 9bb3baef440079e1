/**
 * Installs a runtime for this user. TensorFlow's come as the stock package, else as the binding built against a current
 * TensorFlow, else there is one sentence that says what is missing; WebGPU's are two npm packages. Only what was loaded once,
 * in a process of its own, is put into place.
 */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../shared/errors';
import {
  NATIVE_RECORD,
  nativePackageVersion,
  nativeRecordText,
  type InstallableRuntimeName,
  type NativeRecord,
  type NativeRuntimeName,
} from '../../shared/runtimes/nativeInstall';
import { buildBinding } from './builtBinding';
import { WayBlocked, type NativeInstallation } from './installation';
import { requireNvidiaDriver } from './nvidiaDriver';
import { runTool } from './runTool';
import { installStaged, type InstallOptions } from './stagedInstall';
import { installStockPackage, type InstalledFiles } from './stockPackage';
import { installWebgpuPackages } from './webgpuPackages';

/** What was installed, in words. Throws UserError('runtime') when no way works, Cancelled when `signal` says so. */
export async function installRuntime(runtime: InstallableRuntimeName, options: InstallOptions = {}): Promise<string> {
  if (runtime === 'webgpu')
    return installStaged(runtime, options, (installation) => installWebgpuPackages(installation));
  const { tensorflow, source } = await installTensorflow(runtime, options);
  return `TensorFlow ${tensorflow}, ${source === 'built' ? 'binding built here' : 'package as published'}`;
}

/** The record of the installation. */
export async function installTensorflow(runtime: NativeRuntimeName, options: InstallOptions): Promise<NativeRecord> {
  const { run = runTool, signal = new AbortController().signal, withinSeconds } = options;
  const ends =
    withinSeconds === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(withinSeconds * 1000)]);
  if (runtime === 'tensorflow-gpu' && options.withoutDriver !== true) await requireNvidiaDriver(run, ends);
  return installStaged(runtime, options, (installation) => tryWays(installation, options));
}

async function tryWays(installation: NativeInstallation, options: InstallOptions): Promise<NativeRecord> {
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
  installation: NativeInstallation,
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
