/**
 * Makes this clone ready: installs the npm packages that package-lock.json names (only when they changed) and builds.
 * Plain Node without dependencies, because it runs before there are any. Needs no GPU and nothing but the npm registry.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const stampFile = join(root, 'node_modules', '.transferscope-setup');
const OLDEST_NODE = [20, 9];
const NPM_LIMIT_MINUTES = 15;

/** Checks Node, installs what is missing, builds; ends the process with a sentence when that is impossible. */
export function setUp() {
  setUpPackages();
  runOrExit('build', process.execPath, [join(root, 'esbuild.mjs')]);
}

/** The same without the build. */
export function setUpPackages() {
  checkNode();
  installPackages();
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1])) return;
  fail(
    `Transferscope needs Node ${OLDEST_NODE.join('.')} or later and this is ${process.version}; install it from https://nodejs.org and try again.`,
  );
}

function installPackages() {
  const wanted = computeStamp();
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === wanted) return say('npm packages are up to date');
  say(
    existsSync(stampFile)
      ? 'package-lock.json has changed: installing npm packages …'
      : 'installing npm packages (first time, a minute or so) …',
  );
  const startedAt = performance.now();
  const hasLock = existsSync(join(root, 'package-lock.json'));
  const isInstalled = hasLock && npm(['ci']);
  if (hasLock && !isInstalled) say('npm ci did not work; trying npm install …');
  if (!isInstalled && !npm(['install'])) {
    fail(
      'npm could not install the packages (its message is above). Without a network, or behind a proxy, set the registry with "npm config set registry URL" and try again.',
    );
  }
  // `npm install` may have rewritten the lockfile.
  writeFileSync(stampFile, computeStamp());
  say(`npm packages installed in ${seconds(startedAt)}`);
}

/** What node_modules depends on: the lockfile, the manifest's dependencies, and the platform of native packages. */
function computeStamp() {
  const hash = createHash('sha256');
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  );
  hash.update(JSON.stringify({ dependencies, devDependencies, optionalDependencies }));
  if (existsSync(join(root, 'package-lock.json'))) hash.update(readFileSync(join(root, 'package-lock.json')));
  return `${hash.digest('hex')} ${process.platform} ${process.arch}\n`;
}

function npm(args) {
  const options = { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], timeout: NPM_LIMIT_MINUTES * 60_000 };
  // NODE_ENV=production would leave the build tools out.
  const all = [...args, '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error'];
  // Under `npm run` the very same npm is known; otherwise the one on the path (npm.cmd needs a shell on Windows).
  const npmCli = process.env.npm_execpath;
  const result = npmCli?.endsWith('.js')
    ? spawnSync(process.execPath, [npmCli, ...all], options)
    : spawnSync('npm', all, { ...options, shell: process.platform === 'win32' });
  if (result.error?.code === 'ETIMEDOUT') say(`npm was not ready after ${NPM_LIMIT_MINUTES} minutes and was ended`);
  else if (result.error) say(`npm did not start: ${result.error.message}`);
  return result.status === 0;
}

/** Runs a program with this terminal; when it fails, so does this process. */
export function runOrExit(what, command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status === 0) return;
  say(`${what} failed (${result.error?.message ?? result.signal ?? `exit code ${result.status}`})`);
  process.exit(result.status || 1);
}

export function say(sentence) {
  process.stdout.write(`[setup] ${sentence}\n`);
}

export function seconds(startedAt) {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
}

function fail(sentence) {
  process.stderr.write(`[setup] ${sentence}\n`);
  process.exit(1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setUp();
