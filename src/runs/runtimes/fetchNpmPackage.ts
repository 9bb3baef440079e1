/** Fetches one pinned npm package without its dependencies and without running anything of it. */
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { hashFile, WayBlocked, type Installation } from './installation';
import type { PinnedNpmPackage } from './pins';

const LIMIT_MS = 90_000;

/** Quick to give up: a registry that does not answer must cost seconds. */
const impatient = ['--fetch-retries=0', '--fetch-timeout=8000', '--loglevel=error', '--no-update-notifier'];

/** How npm is called: the npm that runs us, else the one on the path. */
export function npmCommand(env: Installation['env']): { command: string; args: string[] } {
  const cli = env['npm_execpath'];
  return cli?.endsWith('.js') ? { command: process.execPath, args: [cli] } : { command: 'npm', args: [] };
}

/** Puts the package's files into `folder`. */
export async function fetchNpmPackage(
  pin: PinnedNpmPackage,
  folder: string,
  installation: Installation,
): Promise<void> {
  const { run, env, signal, staging, report } = installation;
  report({ doing: `fetching ${pin.name} ${pin.version} from npm` });
  const archives = path.join(staging, 'archives');
  await mkdir(archives, { recursive: true });
  const { command, args } = npmCommand(env);
  const packed = await run(
    command,
    [...args, 'pack', `${pin.name}@${pin.version}`, '--ignore-scripts', '--pack-destination', '.', ...impatient],
    { limitMs: LIMIT_MS, signal, cwd: archives },
  );
  if (packed.isMissing) throw new WayBlocked('npm is not on the path');
  const file = packed.stdout.trim().split('\n').at(-1)?.trim();
  if (!packed.isOk || !file) throw new WayBlocked(`npm cannot fetch ${pin.name} ${pin.version} (${packed.problem})`);
  const archive = path.join(archives, path.basename(file));
  const integrity = `sha512-${await hashFile(archive, 'sha512', 'base64')}`;
  if (integrity !== pin.integrity)
    throw new WayBlocked(`npm gave another ${pin.name} ${pin.version} than expected (${integrity.slice(0, 20)}…)`);
  await mkdir(folder, { recursive: true });
  // Names without a drive: GNU's tar takes `C:` for a machine, and a shell parts a path at its spaces.
  const into = path.relative(archives, folder);
  const unpacked = await run('tar', ['-xzf', path.basename(file), '-C', into, '--strip-components=1'], {
    ...{ limitMs: LIMIT_MS, signal, cwd: archives },
  });
  if (!unpacked.isOk) throw new WayBlocked(`tar cannot unpack ${pin.name} (${unpacked.problem})`);
  await rm(archives, { recursive: true });
}
