/**
 * Installs code-server from npm into a per-user cache, once per release (about a minute, 800 MB). The package's own install
 * script downloads and compiles a lot; here npm fetches without scripts, and only those native modules are built that do
 * not load as they come.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import type { Release } from './releases';
import { runProgram } from './runProgram';
import { provideCompiler } from './systemPackages';

export interface InstalledServer {
  readonly release: Release;
  /** The Node program and the script that together are the `code-server` command. */
  readonly node: string;
  readonly entry: string;
}

const NPM_LIMIT_MS = 300_000;
const TRY_LIMIT_MS = 60_000;

/** Returns the server of a release, installing it when the cache has none; throws a sentence when that is impossible. */
export async function installServer(release: Release, log: (line: string) => void): Promise<InstalledServer> {
  const platform = `${process.platform}-${process.arch}`;
  if (!['linux-x64', 'linux-arm64'].includes(platform)) throw new Error(`code-server does not run here (${platform})`);
  const folder = serverFolder(release);
  const stamp = `code-server ${release.version} node ${release.node} ${platform}\n`;
  if (isInstalled(folder, stamp)) return serverIn(folder, release);

  log(`installing code-server ${release.version} into ${folder} (once, a minute or so) …`);
  const startedAt = performance.now();
  await provideCompiler(log);
  await removeAbandoned(path.dirname(folder));
  // Beside its place and moved there when it is whole: other test runs may be installing the same.
  const draft = `${folder}.draft-${process.pid}`;
  await fill(draft, release, platform);
  await writeFile(path.join(draft, 'installed'), stamp);
  if (!isInstalled(folder, stamp)) {
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  }
  await rm(draft, { recursive: true, force: true });
  log(`code-server ${release.version} installed in ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  return serverIn(folder, release);
}

/** Where a release is kept once it is installed. */
export function serverFolder({ version }: Release): string {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'transferscope-test', `code-server-${version}`);
}

function isInstalled(folder: string, stamp: string): boolean {
  const file = path.join(folder, 'installed');
  return existsSync(file) && readFileSync(file, 'utf8') === stamp;
}

function serverIn(folder: string, release: Release): InstalledServer {
  const modules = path.join(folder, 'node_modules');
  const node = path.join(modules, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  return { release, node, entry: path.join(modules, 'code-server', 'out', 'node', 'entry.js') };
}

/** What killed test runs have left half done. */
async function removeAbandoned(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true });
  const HOUR_MS = 3_600_000;
  for (const name of readdirSync(cache).filter((entry) => entry.includes('.draft-'))) {
    const file = path.join(cache, name);
    if (Date.now() - statSync(file).mtimeMs > HOUR_MS) await rm(file, { recursive: true, force: true });
  }
}

async function fill(folder: string, release: Release, platform: string): Promise<void> {
  const server = serverIn(folder, release);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  await fetchPackages(server, folder, platform);
  await buildNativeModules(server, path.join(folder, 'node_modules'), platform);
  const version = [server.entry, '--config', path.join(folder, 'config.yaml'), '--version'];
  await runProgram(server.node, version, { cwd: folder, limitMs: TRY_LIMIT_MS });
}

const vscodeFolder = (server: InstalledServer): string => path.resolve(server.entry, '../../../lib/vscode');

async function fetchPackages(server: InstalledServer, folder: string, platform: string): Promise<void> {
  const { release } = server;
  const packages = [`node-${platform}@${release.node}`, `code-server@${release.version}`];
  const options = { cwd: folder, limitMs: NPM_LIMIT_MS };
  await runProgram('npm', ['install', '--ignore-scripts', '--no-save', ...packages], options);
  const vscode = vscodeFolder(server);
  const env = environment(server);
  for (const cwd of [vscode, path.join(vscode, 'extensions')]) {
    await runProgram('npm', ['install', '--omit=dev', '--ignore-scripts'], { cwd, env, limitMs: NPM_LIMIT_MS });
  }
  await link('code-linux.sh', path.join(vscode, 'bin', 'remote-cli', 'code-server'));
  await link('browser-linux.sh', path.join(vscode, 'bin', 'helpers', 'browser.sh'));
}

/** argon2: the server does not start without it. spdlog: output channels. watcher: file events. watchdog: clean ends. */
async function buildNativeModules(server: InstalledServer, modules: string, platform: string): Promise<void> {
  const vscode = vscodeFolder(server);
  const codeServer = path.join(modules, 'code-server');
  const parents = existsSync(path.join(codeServer, 'node_modules', 'argon2')) ? codeServer : path.dirname(modules);
  await buildUnlessLoads(server, parents, 'argon2');
  for (const name of ['@vscode/spdlog', '@parcel/watcher', '@vscode/native-watchdog', 'native-watchdog']) {
    await buildUnlessLoads(server, vscode, name);
  }
  await provideRipgrep(vscode, platform);
}

async function buildUnlessLoads(server: InstalledServer, folder: string, name: string): Promise<void> {
  if (!existsSync(path.join(folder, 'node_modules', name))) return;
  const options = { cwd: folder, env: environment(server) };
  const loads = await runProgram(server.node, ['-e', `require('${name}')`], { ...options, limitMs: TRY_LIMIT_MS }).then(
    () => true,
    () => false,
  );
  if (loads) return;
  const rebuild = ['rebuild', name, '--build-from-source', '--foreground-scripts'];
  await runProgram('npm', rebuild, { ...options, limitMs: NPM_LIMIT_MS });
}

/** Older releases fetch ripgrep (file search, `workspaceContains`) from GitHub; npm carries it too. */
async function provideRipgrep(vscode: string, platform: string): Promise<void> {
  const target = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
  if (!existsSync(path.dirname(target)) || existsSync(path.join(target, 'rg'))) return;
  const folder = path.join(vscode, '..', 'ripgrep');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  const install = ['install', '--ignore-scripts', '--no-save', '@vscode/ripgrep-universal@1.18.0'];
  await runProgram('npm', install, { cwd: folder, limitMs: NPM_LIMIT_MS });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = files.find((file) => file.includes(platform) && path.basename(file) === 'rg');
  if (!found) throw new Error(`@vscode/ripgrep-universal has no rg for ${platform}`);
  await mkdir(target, { recursive: true });
  await chmod(path.join(folder, found), 0o755);
  await link(path.relative(target, path.join(folder, found)), path.join(target, 'rg'));
}

/** The release's own Node first, and its headers, so that node-gyp downloads nothing. */
function environment(server: InstalledServer): NodeJS.ProcessEnv {
  const bin = path.dirname(server.node);
  const nodedir = path.dirname(bin);
  return {
    ...process.env,
    PATH: `${bin}${path.delimiter}${process.env.PATH ?? ''}`,
    npm_config_nodedir: nodedir,
    npm_package_config_node_gyp_nodedir: nodedir,
    npm_config_yes: 'true',
  };
}

async function link(target: string, file: string): Promise<void> {
  await rm(file, { force: true });
  await symlink(target, file);
}
