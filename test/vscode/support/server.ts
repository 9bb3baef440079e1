/**
 * One running code-server with the packaged extension: its own user data, extensions and workspace in a temporary folder
 * that stop() removes. It listens on loopback and looks nothing up outside.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InstalledServer } from './installServer';
import { runProgram } from './runProgram';

/** Quiet, offline, and nothing that opens by itself. */
const quietSettings = {
  'chat.commandCenter.enabled': false,
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'extensions.webWorker': false,
  'files.autoSave': 'off',
  'files.hotExit': 'off',
  'git.enabled': false,
  'json.schemaDownload.enable': false,
  'npm.fetchOnlinePackageInfo': false,
  'security.workspace.trust.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'typescript.disableAutomaticTypeAcquisition': true,
  'update.mode': 'none',
  'update.showReleaseNotes': false,
  'window.dialogStyle': 'custom',
  'window.menuBarVisibility': 'compact',
  'workbench.enableExperiments': false,
  'workbench.reduceMotion': 'on',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

/** An extension gallery without addresses: otherwise the server looks extensions up. */
const noGallery = '{"serviceUrl":"","itemUrl":"","resourceUrlTemplate":"","controlUrl":""}';

const INSTALL_LIMIT_MS = 120_000;

export interface ServerOptions {
  readonly installed: InstalledServer;
  readonly vsix: string;
  /** Files of the workspace: path → text or bytes. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Added to the environment of the server and of all that it starts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folders are not trusted until the user says so. */
  readonly asksTrust?: boolean;
  /** More extensions beside ours. */
  readonly extensions?: readonly string[];
  /** For the server's Node, which hands them on to the extension host. */
  readonly nodeArguments?: readonly string[];
}

export interface Server {
  readonly url: string;
  /** The temporary folder of everything; the browser's profile may go there. */
  readonly root: string;
  readonly workspace: string;
  /** The text of an extension's output channel, all windows of this server together; '' before it has said anything. */
  readOutput(name: string): Promise<string>;
  /** Rows of the extension host's own log. */
  readHostLog(): Promise<string>;
  stop(): Promise<void>;
}

export async function startServer(options: ServerOptions): Promise<Server> {
  const {
    installed,
    vsix,
    files = {},
    settings = {},
    asksTrust = false,
    extensions = [],
    nodeArguments = [],
  } = options;
  const root = await realpath(await mkdtemp(path.join(tmpdir(), 'transferscope-vscode-')));
  const workspace = path.join(root, 'workspace');
  await mkdir(workspace);
  await writeAll(workspace, files);
  const userSettings = JSON.stringify({ ...quietSettings, ...settings });
  // A server reads paths of programs from the settings of its machine, not from the user's.
  const nodePath = settings['transferscope.nodePath'];
  const machineSettings = JSON.stringify(nodePath === undefined ? {} : { 'transferscope.nodePath': nodePath });
  const settingsFiles = { 'user/User/settings.json': userSettings, 'user/Machine/settings.json': machineSettings };
  await writeAll(root, { ...settingsFiles, 'config.yaml': 'auth: none\n' });
  await mkdir(path.join(root, 'extensions'));

  const env = { ...serverEnvironment(root), ...options.env };
  const folders = ['--user-data-dir', path.join(root, 'user'), '--extensions-dir', path.join(root, 'extensions')];
  const command = [installed.entry, ...folders, '--config', path.join(root, 'config.yaml')];
  try {
    const packages = [vsix, ...extensions].flatMap((file) => ['--install-extension', file]);
    const install = [...command, ...packages, '--force'];
    await runProgram(installed.node, install, { cwd: root, env, limitMs: INSTALL_LIMIT_MS });
    const port = await findFreePort();
    const args = [...nodeArguments, ...command, ...serverArguments(port, asksTrust)];
    const child = await launch({ installed, args, env, port });
    return {
      // Not 127.0.0.1: webviews need a secure context for their service worker.
      url: `http://localhost:${port}`,
      root,
      workspace,
      readOutput: (name) => readLogs(root, (file) => file.endsWith(`${name}.log`)),
      readHostLog: () => readLogs(root, (file) => file.endsWith('remoteexthost.log')),
      stop: () => stop(child, root),
    };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

export async function writeAll(folder: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, content);
  }
}

function serverArguments(port: number, asksTrust: boolean): string[] {
  const quiet = ['--disable-telemetry', '--disable-update-check', '--disable-getting-started-override'];
  const open = [...(asksTrust ? [] : ['--disable-workspace-trust']), '--ignore-last-opened'];
  return ['--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, ...quiet, ...open];
}

function serverEnvironment(root: string): NodeJS.ProcessEnv {
  const home = path.join(root, 'xdg');
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    EXTENSIONS_GALLERY: noGallery,
    XDG_CONFIG_HOME: home,
    XDG_DATA_HOME: home,
    XDG_CACHE_HOME: home,
  };
  // The server reads these, and an editor around the tests may have set them; vitest's are not for our worker.
  for (const name of ['VSCODE_IPC_HOOK_CLI', 'PORT', 'PASSWORD', 'NODE_OPTIONS', 'VITEST']) delete env[name];
  return env;
}

interface Launch {
  readonly installed: InstalledServer;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly port: number;
}

async function launch({ installed, args, env, port }: Launch): Promise<ChildProcess> {
  // A process group of its own, so that stop() reaches the extension hosts too.
  const child = spawn(installed.node, args, { env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline && child.exitCode === null) {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(5000) }).catch(
      () => undefined,
    );
    if (answer?.ok) return child;
    await sleep(50);
  }
  endGroup(child, 'SIGKILL');
  throw new Error(`code-server did not start:\n${output}`);
}

async function stop(child: ChildProcess, root: string): Promise<void> {
  const gone = new Promise((done) => child.once('exit', done));
  if (child.exitCode === null) {
    endGroup(child, 'SIGTERM');
    await Promise.race([gone, sleep(5000, undefined, { ref: false })]);
  }
  endGroup(child, 'SIGKILL');
  await rm(root, { recursive: true, force: true, maxRetries: 5 });
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, signal);
  } catch {
    // Nobody is left.
  }
}

function findFreePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

async function readLogs(root: string, isWanted: (file: string) => boolean): Promise<string> {
  const folder = path.join(root, 'user', 'logs');
  if (!existsSync(folder)) return '';
  const files = (await readdir(folder, { recursive: true })).filter(isWanted);
  return (await Promise.all(files.map((file) => readFile(path.join(folder, file), 'utf8')))).join('');
}
