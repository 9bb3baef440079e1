/** WebGPU's two packages, fetched without their dependencies, which nothing here loads; 41 MB on disk instead of 140. */
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { UserError } from '../../shared/errors';
import { fetchNpmPackage } from './fetchNpmPackage';
import { WayBlocked, type Installation } from './installation';
import { pinnedWebgpu, type PinnedNpmPackage } from './pins';

type WebgpuPins = Readonly<Record<keyof typeof pinnedWebgpu, PinnedNpmPackage>>;

/** Fills the staging folder as npm would. What was installed, in words; throws UserError('runtime') when it cannot be. */
export async function installWebgpuPackages(
  installation: Installation,
  { dawn, backend }: WebgpuPins = pinnedWebgpu,
): Promise<string> {
  const folderOf = (name: string): string => path.join(installation.staging, 'node_modules', ...name.split('/'));
  try {
    for (const pin of [dawn, backend]) await fetchNpmPackage(pin, folderOf(pin.name), installation);
    await keepOwnAddon(path.join(folderOf(dawn.name), 'dist'), installation.platform);
    await loadOnce(path.join(folderOf(dawn.name), 'index.js'), installation);
  } catch (error) {
    if (!(error instanceof WayBlocked)) throw error;
    throw new UserError(
      'runtime',
      `webgpu cannot be installed here (${error.message}); mend this and try again, or go on with the runtime wasm`,
    );
  }
  return `Dawn ${dawn.version}, TensorFlow.js's backend ${backend.version}`;
}

/** Dawn brings an addon of 16 MB for every platform, named `linux-x64.dawn.node` or `darwin-universal.dawn.node`. */
async function keepOwnAddon(folder: string, platform: string): Promise<void> {
  const names = await readdir(folder);
  const own = platform.startsWith('darwin') ? 'darwin-universal.dawn.node' : `${platform}.dawn.node`;
  if (!names.includes(own)) throw new WayBlocked(`Dawn has no addon for ${platform}`);
  const others = names.filter((name) => name.endsWith('.dawn.node') && name !== own);
  for (const name of others) await rm(path.join(folder, name));
}

async function loadOnce(entry: string, { run, signal, report }: Installation): Promise<void> {
  report({ doing: 'loading it once' });
  const script = 'import(process.argv[1]).then(({create})=>{create([]);process.exit(0)})';
  const loaded = await run(process.execPath, ['-e', script, pathToFileURL(entry).href], {
    ...{ limitMs: 120_000, signal },
    env: { ELECTRON_RUN_AS_NODE: '1' },
  });
  if (!loaded.isOk) throw new WayBlocked(`it does not load (${loaded.problem})`);
}
