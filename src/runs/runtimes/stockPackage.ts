/**
 * The first way: the package as its makers publish it, with TensorFlow 2.9 fetched by its own install script. That script's
 * host is asked first, because the script itself waits for minutes where the host is blocked.
 */
import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { npmCommand } from './fetchNpmPackage';
import { WayBlocked, type Installation, type NativeInstallation } from './installation';
import { bindingPackages } from './pins';

const ANSWER_MS = 5_000;
const LIMIT_MS = 300_000;
const STOCK_TENSORFLOW = '2.9.1';

export interface InstalledFiles {
  readonly source: 'stock' | 'built';
  readonly tensorflow: string;
  /** Relative to the staging folder. */
  readonly packageFolder: string;
  readonly addon: string;
}

/** Installs into the staging folder. Throws WayBlocked when it cannot. */
export async function installStockPackage(installation: NativeInstallation): Promise<InstalledFiles> {
  const { runtime, staging, run, env, signal, deadline, report } = installation;
  await requireHost(installation);
  const pin = bindingPackages[runtime];
  report({ doing: `installing ${pin.name} ${pin.version} from npm, with TensorFlow ${STOCK_TENSORFLOW}` });
  const project = path.join(staging, 'project');
  await mkdir(project, { recursive: true });
  // Without a manifest npm would look for one in the folders above.
  await writeFile(path.join(project, 'package.json'), '{ "private": true }\n');
  const { command, args } = npmCommand(env);
  const result = await run(
    command,
    [...args, 'install', `${pin.name}@${pin.version}`, '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: project, limitMs: Math.min(LIMIT_MS, deadline - performance.now()), signal },
  );
  if (result.isMissing) throw new WayBlocked('npm is not on the path');
  if (!result.isOk) throw new WayBlocked(`its installation failed (${result.problem})`);
  const installed = path.join(project, 'node_modules', ...pin.name.split('/'));
  const addon = findAddon(installed);
  if (addon === undefined) throw new WayBlocked('its install script left no native addon');
  await takeOver(installed, staging);
  return { source: 'stock', tensorflow: STOCK_TENSORFLOW, packageFolder: 'npm', addon: `npm/${addon}` };
}

/** Keeps the kernels, the addon and its libraries; the package's dependencies, another tfjs among them, go. */
async function takeOver(installed: string, staging: string): Promise<void> {
  const target = path.join(staging, 'npm');
  await mkdir(target);
  for (const part of ['package.json', 'dist', 'lib', path.join('deps', 'lib')]) {
    if (!existsSync(path.join(installed, part))) continue;
    await mkdir(path.dirname(path.join(target, part)), { recursive: true });
    await rename(path.join(installed, part), path.join(target, part)).catch(() =>
      cp(path.join(installed, part), path.join(target, part), { recursive: true }),
    );
  }
  await rm(path.join(staging, 'project'), { recursive: true });
}

/** lib/napi-vN/tfjs_binding.node, relative to the package. */
function findAddon(installed: string): string | undefined {
  const lib = path.join(installed, 'lib');
  const levels = existsSync(lib) ? readdirSync(lib).filter((name) => /^napi-v\d+$/.test(name)) : [];
  const level = levels.sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)))[0];
  const addon = level && `lib/${level}/tfjs_binding.node`;
  return addon && existsSync(path.join(installed, addon)) ? addon : undefined;
}

/** The package's own variables move its host. */
async function requireHost({ env, signal }: Installation): Promise<void> {
  const host = env['TFJS_NODE_BASE_URI'] ?? env['TFJS_NODE_CDN_STORAGE'] ?? env['CDN_STORAGE'];
  const url = new URL(host ?? 'https://storage.googleapis.com/tensorflow/');
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]) });
  } catch {
    signal.throwIfAborted();
    throw new WayBlocked(`${url.host} does not answer`);
  }
}
