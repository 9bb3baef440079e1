/**
 * Takes the native runtime when it is there or can be had quickly: `runtimes install tensorflow` with a time limit, so that a
 * blocked host or a slow line costs seconds. Says which runtime it will be. TRANSFERSCOPE_NATIVE=no leaves all as it is.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { say } from './setup.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const cli = join(root, 'dist', 'cli.js');
const LIMIT_SECONDS = 100;
/** After a failure nobody waits again for this long; `transferscope runtimes install` always tries. */
const PATIENCE_MS = 24 * 3600 * 1000;

/** Needs the build. Never fails. */
export function chooseRuntime() {
  if (isNativeHere()) return;
  if (process.env.TRANSFERSCOPE_NATIVE === 'no') return say('runtime: wasm (TRANSFERSCOPE_NATIVE=no)');
  if (failedLately()) return say('runtime: wasm; for the native one: node dist/cli.js runtimes install tensorflow');
  say(`looking for the native runtime, for ${LIMIT_SECONDS} s at most (TRANSFERSCOPE_NATIVE=no leaves it out) …`);
  const install = ['runtimes', 'install', 'tensorflow', '--within', String(LIMIT_SECONDS)];
  const { status } = spawnSync(process.execPath, [cli, ...install], { cwd: root, stdio: 'inherit' });
  if (status === 0) return say('runtime: tensorflow');
  rememberFailure();
  say('runtime: wasm, which is complete and slower');
}

function isNativeHere() {
  const listed = spawnSync(process.execPath, [cli, 'runtimes', '--json'], { cwd: root, encoding: 'utf8' });
  if (listed.status !== 0) return false;
  const native = JSON.parse(listed.stdout).find(({ name, available }) => available && name.startsWith('tensorflow'));
  if (native) say(`runtime: ${native.name} (${native.reason})`);
  return native !== undefined;
}

/** Per clone and machine, outside of it: a clone on a shared disk is used by several machines. */
function failureFile() {
  const name = createHash('sha256').update(root).digest('hex').slice(0, 16);
  return join(tmpdir(), 'transferscope', `no-native-${name}`);
}

function failedLately() {
  try {
    return Date.now() - Number(readFileSync(failureFile(), 'utf8')) < PATIENCE_MS;
  } catch {
    return false;
  }
}

function rememberFailure() {
  try {
    mkdirSync(dirname(failureFile()), { recursive: true });
    writeFileSync(failureFile(), String(Date.now()));
  } catch {
    // Then the next time waits again.
  }
}
