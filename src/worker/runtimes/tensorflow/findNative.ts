/**
 * Looks for a native runtime: first among the packages beside this program (whoever added @tensorflow/tfjs-node to a
 * project), then in the user's cache, where `transferscope runtimes install` puts it. Loads nothing.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  NATIVE_RECORD,
  nativeCacheFolder,
  nativePackages,
  nativePackageVersion,
  parseNativeRecord,
  type NativeRuntimeName,
} from '../../../shared/runtimes/nativeInstall';
import { firstLine } from '../optionalPackage';
import type { NativeFiles } from './nativeBackend';

export interface FoundNative extends NativeFiles {
  /** For the user: where it came from. */
  readonly origin: string;
}

/** The files of a native runtime, or the reason why there are none. */
export function findNative(name: NativeRuntimeName): FoundNative | { readonly problem: string } {
  const beside = findBeside(name);
  if (beside && !('problem' in beside)) return beside;
  const cached = findCached(name);
  if (cached && !('problem' in cached)) return cached;
  return cached ?? beside ?? { problem: `not installed: run \`transferscope runtimes install ${name}\`` };
}

/** The package in a node_modules folder above this program; undefined when it is not there at all. */
function findBeside(name: NativeRuntimeName): FoundNative | { readonly problem: string } | undefined {
  const packageName = nativePackages[name];
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
  } catch {
    return undefined;
  }
  const packageFolder = dirname(manifest);
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  if (version !== nativePackageVersion)
    return { problem: `${packageName} ${version} is installed, but only ${nativePackageVersion} fits` };
  const addon = findAddon(packageFolder);
  if (!addon) return { problem: `${packageName} ${version} is installed, but its native addon was never downloaded` };
  return { packageName, packageFolder, addon, origin: `${packageName} ${version} beside this program` };
}

/** lib/napi-vN/tfjs_binding.node with the highest N. */
function findAddon(packageFolder: string): string | undefined {
  const lib = join(packageFolder, 'lib');
  if (!existsSync(lib)) return undefined;
  const found = readdirSync(lib)
    .map((folder) => ({ level: Number(/^napi-v(\d+)$/.exec(folder)?.[1] ?? NaN), folder }))
    .filter(({ level, folder }) => level >= 0 && existsSync(join(lib, folder, 'tfjs_binding.node')))
    .sort((a, b) => b.level - a.level)[0];
  return found && join(lib, found.folder, 'tfjs_binding.node');
}

/** The installation in the user's cache; undefined when there is none. */
function findCached(name: NativeRuntimeName): FoundNative | { readonly problem: string } | undefined {
  const cache = nativeCacheFolder({ env: process.env, platform: process.platform, home: homedir() });
  const folder = join(cache, name);
  const again = `; run \`transferscope runtimes install ${name}\` again`;
  let text: string;
  try {
    text = readFileSync(join(folder, NATIVE_RECORD), 'utf8');
  } catch {
    return existsSync(folder) ? { problem: `the installation in ${folder} has no record${again}` } : undefined;
  }
  const record = parseNativeRecord(text, `${process.platform}-${process.arch}`);
  if ('problem' in record)
    return { problem: `the installation in ${folder} cannot be used: ${record.problem}${again}` };
  for (const [file, bytes] of Object.entries(record.files)) {
    const problem = differs(join(folder, file), bytes);
    if (problem) return { problem: `the installation in ${folder} is damaged: ${file} ${problem}${again}` };
  }
  return {
    packageName: nativePackages[name],
    packageFolder: join(folder, record.packageFolder),
    addon: join(folder, record.addon),
    origin: `TensorFlow ${record.tensorflow} in ${folder}`,
  };
}

function differs(file: string, bytes: number): string | undefined {
  try {
    const { size } = statSync(file);
    return size === bytes ? undefined : `has ${size} bytes instead of ${bytes}`;
  } catch (error) {
    return firstLine(error);
  }
}
