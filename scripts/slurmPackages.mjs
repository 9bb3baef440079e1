/**
 * Slurm for the tests that start a cluster of their own (test/process/slurm.test.ts): where this is root on Debian or Ubuntu,
 * what is missing is installed with apt-get (6 s); elsewhere those tests are skipped by name with the reason.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { say, seconds } from './setup.mjs';

const PROGRAMS = { munged: 'munge', slurmctld: 'slurmctld', slurmd: 'slurmd', sbatch: 'slurm-client' };
const LIMIT_MS = 180_000;

/** Says what it did; never fails. */
export function provideSlurm() {
  const missing = Object.keys(PROGRAMS).filter((name) => !isOnPath(name));
  if (missing.length === 0 || process.getuid?.() !== 0 || !isOnPath('apt-get')) return;
  const startedAt = performance.now();
  const packages = missing.map((name) => PROGRAMS[name]);
  const patient = [
    '-qq',
    '-o',
    'DPkg::Lock::Timeout=60',
    '-o',
    'Acquire::Retries=2',
    '-o',
    'Acquire::http::Timeout=20',
  ];
  const install = ['install', '-y', '--no-install-recommends', ...patient, ...packages];
  const isDone = apt(['update', ...patient]) && apt(install);
  say(
    `${packages.join(', ')} ${isDone ? 'installed' : 'could not be installed'} with apt-get in ${seconds(startedAt)}`,
  );
}

function apt(args) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync('apt-get', args, { env, stdio: 'ignore', timeout: LIMIT_MS }).status === 0;
}

function isOnPath(name) {
  const folders = `${process.env.PATH ?? ''}${delimiter}/usr/sbin${delimiter}/sbin`.split(delimiter);
  return folders.some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
