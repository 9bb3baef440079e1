/**
 * Installs code-server from npm into a per-user cache, once per release (about 45 s, 800 MB). The package's own install
 * script downloads and compiles a lot; here npm fetches without scripts, and only those native modules are built that do
 * not load as they come. Needs make and g++ for these.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir, setPriority } from 'node:os';
import path from 'node:path';
import type { Release } from './releases';

export interface InstalledServer {
  readonly release: Release;
  /** The Node program and the script that together are the `code-server` command. */
  readonly node: string;
  readonly entry: string;
}

/** Returns the server of a release, installing it when the cache has none. */
export async function installServer(release: Release, log: (line: string) => void): Promise<InstalledServer> {
  const platform = `${process.platform}-${process.arch}`;
  if (!['linux-x64', 'linux-arm64'].includes(platform)) throw new Error(`code-server does not run here (${platform})`);
  const folder = serverFolder(release);
  const modules = path.join(folder, 'node_modules');
  const server: InstalledServer = {
    release,
    node: path.join(modules, `node-${platform}`, 'bin', 'node'),
    entry: path.join(modules, 'code-server', 'out', 'node', 'entry.js'),
  };
  const stampFile = path.join(folder, 'installed');
  const stamp = `code-server ${release.version} node ${release.node} ${platform}\n`;
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return server;

  log(`installing code-server ${release.version} into ${folder} (once, a minute or so) …`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  await fetchPackages(server, folder, platform);
  await buildNativeModules(server, modules, platform);
  await run(server.node, [server.entry, '--config', path.join(folder, 'config.yaml'), '--version'], { cwd: folder });
  await writeFile(stampFile, stamp);
  return server;
}

/** Where a release is kept once it is installed. */
export function serverFolder({ version }: Release): string {
  const cache = process.env.XDG_CACHE_HOME || path.join(homedir(), '.cache');
  return path.join(cache, 'transferscope-test', `code-server-${version}`);
}

const vscodeFolder = (server: InstalledServer): string => path.resolve(server.entry, '../../../lib/vscode');

async function fetchPackages(server: InstalledServer, folder: string, platform: string): Promise<void> {
  const { release } = server;
  const packages = [`node-${platform}@${release.node}`, `code-server@${release.version}`];
  await run('npm', ['install', '--ignore-scripts', '--no-save', ...packages], { cwd: folder });
  const vscode = vscodeFolder(server);
  const env = environment(server);
  for (const part of [vscode, path.join(vscode, 'extensions')]) {
    await run('npm', ['install', '--omit=dev', '--ignore-scripts'], { cwd: part, env });
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
  const loads = await run(server.node, ['-e', `require('${name}')`], options).then(
    () => true,
    () => false,
  );
  if (!loads) await run('npm', ['rebuild', name, '--build-from-source', '--foreground-scripts'], options);
}

/** Older releases fetch ripgrep (file search, `workspaceContains`) from GitHub; npm carries it too. */
async function provideRipgrep(vscode: string, platform: string): Promise<void> {
  const target = path.join(vscode, 'node_modules', '@vscode', 'ripgrep', 'bin');
  if (!existsSync(path.dirname(target)) || existsSync(path.join(target, 'rg'))) return;
  const folder = path.join(vscode, '..', 'ripgrep');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), '{"private":true}');
  await run('npm', ['install', '--ignore-scripts', '--no-save', '@vscode/ripgrep-universal@1.18.0'], { cwd: folder });
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const found = files.find((file) => file.includes(platform) && path.basename(file) === 'rg');
  if (!found) throw new Error(`@vscode/ripgrep-universal has no rg for ${platform}`);
  await mkdir(target, { recursive: true });
  await chmod(path.join(folder, found), 0o755);
  await link(path.join(folder, found), path.join(target, 'rg'));
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

interface RunOptions {
  readonly cwd: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** Runs a program at low priority to its end; rejects with its last words when it fails. */
export function run(command: string, args: readonly string[], { cwd, env = process.env }: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const quiet = { npm_config_audit: 'false', npm_config_fund: 'false', npm_config_loglevel: 'error' };
    const child = spawn(command, args, { cwd, env: { ...env, ...quiet }, stdio: ['ignore', 'pipe', 'pipe'] });
    if (child.pid !== undefined) setPriority(child.pid, 15);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      reject(new Error(`${command} ${args.join(' ')} failed (${signal ?? code}): ${output.trim().slice(-600)}`));
    });
  });
}
